"""A stack with a fleet, as AWS would answer for it: CloudFormation (parameters that a change set changes), Auto Scaling with
instance refreshes and activities, target health, EC2, alarms, metrics and prices. It answers by its state, which a test sets
and changes; `at` has something happen when an action has been asked for often enough."""

import json
import threading
import time
from http.server import ThreadingHTTPServer

from cloudformation_model import Refused
from scripted_cloudformation import Handler, Scenario, to_xml
from serving import serve

REGION = "us-east-1"
STACK = "arn:aws:cloudformation:us-east-1:123456789012:stack/chat-dev-fleet/1"
PARAMETERS = {"LlmModel": "deepseek-r1:8b", "EngineImage": "ollama:1", "LlmModelBucket": "", "LlmModelPrefix": "",
              "NodeMax": "4", "RolloutModel": "", "RolloutImage": "", "RolloutModelBucket": "", "RolloutModelPrefix": "",
              "RolloutNodes": "0", "RolloutWeight": "0", "RolloutRest": "100"}


def name_value(values):
    return [{"Name": name, "Value": value} for name, value in values.items()]


class Node:
    def __init__(self, number, kind="g6.xlarge", zone="us-east-1a", spot=False):
        self.id = f"i-{number:017}"
        self.type, self.zone, self.spot = kind, zone, spot
        self.lifecycle, self.target = "InService", {"State": "healthy"}
        self.measures = {}

    def listed(self):
        return {"InstanceId": self.id, "InstanceType": self.type, "AvailabilityZone": self.zone,
                "LifecycleState": self.lifecycle, "HealthStatus": "Healthy"}


class Group:
    def __init__(self, name, *nodes, least=1, most=4):
        self.name, self.nodes, self.least, self.most = name, list(nodes), least, most
        self.desired = len(self.nodes)
        self.suspended, self.activities, self.refreshes = [], [], []

    @property
    def target_group(self):
        return f"arn:aws:elasticloadbalancing:{REGION}:123456789012:targetgroup/{self.name}/1"

    def listed(self):
        return {"AutoScalingGroupName": self.name, "MinSize": self.least, "DesiredCapacity": self.desired,
                "MaxSize": self.most, "Instances": [node.listed() for node in self.nodes],
                "SuspendedProcesses": [{"ProcessName": name} for name in self.suspended]}


class FleetModel:
    """`refuse` maps an action to status, code and message; `at` maps an action and how often it has been asked for to what
    happens then; `on_update` is told what a change set has changed."""

    def __init__(self, *nodes):
        self.groups = {"chat-dev-nodes": Group("chat-dev-nodes", *nodes)}
        self.parameters = dict(PARAMETERS)
        self.status = "UPDATE_COMPLETE"
        self.events = []
        self.image = self.newest_image = "ami-1"  # what the stack has, and what Systems Manager says by now
        self.change_set = None
        self.updates = []  # what each change set changed
        self.on_update = lambda changed: None
        self.failing_update = ""  # why CloudFormation puts back what the next one changes
        self.alarms, self.service_alarms = {"chat-dev-errors": "OK"}, {"chat-dev-answers": "OK"}
        self.journal = None  # (instance, line), the oldest first; nothing: there is no such log group
        self.prices, self.spot_prices = {"g6.xlarge": "0.8048000000"}, {"us-east-1a": "0.301200"}
        self.refuse, self.calls, self.problems = {}, [], []
        self.at = {}  # (action, count) → what happens then
        self.lock = threading.Lock()
        self.over = threading.Event()

    main = property(lambda self: self.groups["chat-dev-nodes"])

    def respond(self, request):
        action = request.get("Action", "?")
        with self.lock:
            self.calls.append(action)
            try:
                self.at.get((action, self.calls.count(action)), lambda: None)()
                found = self.answer(action, request)
            except Refused as refusal:
                found = {"error": {"status": refusal.status, "code": refusal.code, "message": str(refusal)}}
            except Exception as fault:
                self.problems.append(f"{action} {request}: {type(fault).__name__}: {fault}")
                found = {"error": {"status": 400, "code": "UnexpectedRequest", "message": str(fault)}}
        return Scenario._sent(action, found)

    def answer(self, action, request):
        if action in self.refuse:
            raise Refused(*self.refuse[action])
        return getattr(self, action)(request)

    # CloudFormation

    def outputs(self):
        found = {"NodeGroupName": self.main.name, "NodeTargetGroupArn": self.main.target_group}
        if "chat-dev-rollout" in self.groups:
            found |= {"RolloutGroupName": "chat-dev-rollout",
                      "RolloutTargetGroupArn": self.groups["chat-dev-rollout"].target_group}
        return [{"OutputKey": name, "OutputValue": value} for name, value in found.items()]

    def DescribeStacks(self, request):
        if request["StackName"] == "chat-dev":  # the service, of which the nodes' stack needs little
            return {"result": {"Stacks": [{"StackId": STACK.replace("-fleet", ""), "StackName": "chat-dev",
                                           "StackStatus": "UPDATE_COMPLETE", "CreationTime": "2024-02-19T07:11:42Z"}]}}
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in self.parameters.items()]
        parameters.append({"ParameterKey": "NodeImage", "ParameterValue": "/ami/latest", "ResolvedValue": self.image})
        return {"result": {"Stacks": [{"StackId": STACK, "StackName": "chat-dev-fleet", "StackStatus": self.status,
                                       "CreationTime": "2024-02-19T07:11:42Z", "Parameters": parameters,
                                       "Outputs": self.outputs()}]}}

    def ListStackResources(self, request):
        return {"result": {"StackResourceSummaries": [
            {"LogicalResourceId": name, "PhysicalResourceId": name, "ResourceType": "AWS::CloudWatch::Alarm",
             "ResourceStatus": "CREATE_COMPLETE"}
            for name in (self.service_alarms if request["StackName"] == "chat-dev" else self.alarms)]}}

    def CreateChangeSet(self, request):
        assert request["UsePreviousTemplate"] == "true" and "TemplateBody" not in request, request
        numbers = range(1, len(self.parameters) + 2)
        given = {request[f"Parameters.member.{n}.ParameterKey"]: n for n in numbers}
        assert set(given) == {*self.parameters, "NodeImage"}, given
        changed = {key: request[f"Parameters.member.{n}.ParameterValue"] for key, n in given.items()
                   if f"Parameters.member.{n}.ParameterValue" in request}
        self.change_set = {"name": request["ChangeSetName"], "changed": changed}
        return {"result": {"Id": "arn:cs"}}

    def DescribeChangeSet(self, request):
        if not self.change_set:
            raise Refused(404, "ChangeSetNotFound", "ChangeSet does not exist")
        assert self.change_set["name"] == request["ChangeSetName"]
        return {"result": {"ChangeSetId": "arn:cs", "ChangeSetName": self.change_set["name"], "StackId": STACK,
                           "Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE", "Changes": [], "Parameters": [
                               {"ParameterKey": "NodeImage", "ParameterValue": "/ami/latest",
                                "ResolvedValue": self.newest_image}]}}

    def DeleteChangeSet(self, request):
        self.change_set = None
        return {"result": {}}

    def ExecuteChangeSet(self, request):
        changed, self.change_set = self.change_set["changed"], None
        self.updates.append(changed)
        number = len(self.updates)
        self.image = self.newest_image
        before, self.parameters = self.parameters, self.parameters | changed
        end = ["UPDATE_COMPLETE"]
        if self.failing_update:
            self.parameters, end = before, ["UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE"]
            self.status = end[-1]
        for step, status in enumerate(["UPDATE_IN_PROGRESS", *end]):
            self.events.insert(0, {"EventId": f"e-{number}-{step}", "StackId": STACK, "StackName": "chat-dev-fleet",
                                   "LogicalResourceId": "chat-dev-fleet", "PhysicalResourceId": STACK,
                                   "ResourceType": "AWS::CloudFormation::Stack", "ResourceStatus": status,
                                   "ResourceStatusReason": self.failing_update if "ROLLBACK_IN" in status else "",
                                   "Timestamp": f"2024-02-19T07:{number:02}:{step:02}.000Z"})
        if not self.failing_update:
            self.on_update(changed)
        return {"result": {}}

    def DescribeStackEvents(self, request):
        return {"result": {"StackEvents": self.events}}

    # Auto Scaling

    def group_of(self, request):
        return self.groups[request["AutoScalingGroupName"]]

    def DescribeAutoScalingGroups(self, request):
        group = self.groups.get(request["AutoScalingGroupNames.member.1"])
        return {"result": {"AutoScalingGroups": [group.listed()] if group else []}}

    def DescribeScalingActivities(self, request):
        return {"result": {"Activities": self.group_of(request).activities}}

    def DescribeInstanceRefreshes(self, request):
        return {"result": {"InstanceRefreshes": self.group_of(request).refreshes}}

    def node(self, identity):
        return next(one for one in self.nodes() if one.id == identity)

    def StartInstanceRefresh(self, request):
        refresh = {"InstanceRefreshId": f"r-{len(self.main.refreshes)}", "Status": "Pending",
                   "StartTime": "2024-02-19T07:00:00Z", "PercentageComplete": 0,
                   "InstancesToUpdate": len(self.main.nodes)}
        self.started = {key[12:]: value for key, value in request.items() if key.startswith("Preferences.")}
        if request["Preferences.SkipMatching"] == "true":  # nothing is outdated
            refresh["Status"] = "Successful"
        self.group_of(request).refreshes.insert(0, refresh)
        return {"result": {"InstanceRefreshId": refresh["InstanceRefreshId"]}}

    def EnterStandby(self, request):
        node = self.node(request["InstanceIds.member.1"])
        node.lifecycle, node.target = "Standby", None
        self.main.desired -= request["ShouldDecrementDesiredCapacity"] == "true"
        return {"result": {"Activities": []}}

    def ExitStandby(self, request):
        self.node(request["InstanceIds.member.1"]).lifecycle = "Pending:Wait"
        self.main.desired += 1
        return {"result": {"Activities": []}}

    def CancelInstanceRefresh(self, request):
        self.group_of(request).refreshes[0]["Status"] = "Cancelled"
        return {"result": {}}

    def RollbackInstanceRefresh(self, request):
        self.group_of(request).refreshes[0]["Status"] = "RollbackSuccessful"
        return {"result": {}}

    def SetDesiredCapacity(self, request):
        self.group_of(request).desired = int(request["DesiredCapacity"])
        return {"result": {}}

    def TerminateInstanceInAutoScalingGroup(self, request):
        node = self.node(request["InstanceId"])
        node.lifecycle, node.target = "Terminating:Wait", {"State": "draining",
                                                           "Reason": "Target.DeregistrationInProgress"}
        self.main.desired -= request["ShouldDecrementDesiredCapacity"] == "true"
        return {"result": {"Activity": {"ActivityId": "t"}}}

    # What is around it

    def DescribeTargetHealth(self, request):
        group = next(one for one in self.groups.values() if one.target_group == request["TargetGroupArn"])
        return {"result": {"TargetHealthDescriptions": [{"Target": {"Id": node.id}, "TargetHealth": node.target}
                                                        for node in group.nodes if node.target]}}

    def FilterLogEvents(self, request):
        if self.journal is None:
            raise Refused(400, "ResourceNotFoundException", "The specified log group does not exist.")
        group = f"/wsdeep/{STACK.split('/')[1]}/nodes"
        assert (request["logGroupName"], request["filterPattern"]) == (group, '"wsdeep-stage:"'), request
        now = int(time.time() * 1000)
        return {"json": {"events": [{"eventId": f"e-{n}", "logStreamName": instance, "timestamp": now - 1000 + n,
                                     "message": line} for n, (instance, line) in enumerate(self.journal)]}}

    def nodes(self):
        return [node for group in self.groups.values() for node in group.nodes]

    def DescribeInstances(self, request):
        asked = {value for key, value in request.items() if key.startswith("Filter.1.Value.")}
        items = [{"instanceId": node.id, "instanceType": node.type, "instanceState": {"name": "running"},
                  "launchTime": "2024-02-19T07:11:42.000Z", **({"instanceLifecycle": "spot"} if node.spot else {})}
                 for node in self.nodes() if node.id in asked]
        return {"whole": "<reservationSet>" + "".join(
            f"<item><instancesSet><item>{to_xml(one)}</item></instancesSet></item>" for one in items)
            + "</reservationSet>"}

    def DescribeSpotPriceHistory(self, request):
        items = [{"instanceType": request["InstanceType.1"], "availabilityZone": zone, "spotPrice": price}
                 for zone, price in self.spot_prices.items()]
        return {"whole": "<spotPriceHistorySet>" + "".join(f"<item>{to_xml(one)}</item>" for one in items)
                + "</spotPriceHistorySet>"}

    def GetProducts(self, request):
        kind = next(one["Value"] for one in request["Filters"] if one["Field"] == "instanceType")
        product = {"terms": {"OnDemand": {"A.B": {"priceDimensions": {"A.B.C": {
            "unit": "Hrs", "pricePerUnit": {"USD": self.prices.get(kind)}}}}}}}
        return {"json": {"PriceList": [json.dumps(product)] if kind in self.prices else []}}

    def DescribeAlarms(self, request):
        return {"result": {"MetricAlarms": [{"AlarmName": name, "StateValue": state}
                                            for name, state in (self.alarms | self.service_alarms).items()]}}

    def GetMetricData(self, request):
        measures = {node.id: node.measures for node in self.nodes()}
        results, n = [], 1
        while f"MetricDataQueries.member.{n}.Id" in request:
            prefix = f"MetricDataQueries.member.{n}."
            metric = prefix + "MetricStat.Metric."
            assert request[metric + "Namespace"] == "wsdeep/node"
            assert request[metric + "Dimensions.member.2.Name"] == "InstanceId"
            values = measures.get(request[metric + "Dimensions.member.2.Value"], {})
            found = [values[request[metric + "MetricName"]]] if request[metric + "MetricName"] in values else []
            results.append({"Id": request[prefix + "Id"], "Values": found})
            n += 1
        return {"result": {"MetricDataResults": results}}


class ServedFleet:
    """Serves a model on a free port while the `with` block lasts."""

    def __init__(self, model):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.server.scenario = model
        self.server.handle_error = lambda *_: None  # a client that was told to stop does not say goodbye
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        self.thread = serve(self.server)
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
