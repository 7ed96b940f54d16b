"""An account in which fleets live: moto in this process with its gaps filled (whole_moto.py), and an Auto Scaling that
takes its time. What it launches is a real wsdeep-node with a metadata service of its own; it serves when that node says so, it
leaves when that node has ended, and what cannot be launched is an activity that failed.

A program, since tests/integration has a moto.py of its own: living_fleet.py NODE_PROGRAM prints its URL, and then does what
each line of its input says, ["method", arguments…] of Cloud, and prints what came of it.
"""

import datetime
import json
import os
import subprocess
import sys
import threading
import time
import traceback
import warnings

import boto3
import moto.autoscaling.models as scaling
from moto.autoscaling.responses import AutoScalingResponse
from moto.cloudformation.models import cloudformation_backends
from moto.core.responses import ActionResult
from moto.elbv2.models import ELBv2Backend
from moto.server import ThreadedMotoServer
from whole_moto import fill_gaps

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration"))

from instance_metadata import InstanceMetadata  # noqa: E402
from live_node import Onlooker  # noqa: E402

REGION, ACCOUNT = "us-east-1", "123456789012"
LIFE = "autoscaling/target-lifecycle-state"
SPOT = "spot/instance-action"
PAUSE_S = 0.05  # between two looks at everything
RETRY_S = 0.3  # between two launches that fail


class Metadata(InstanceMetadata):
    def __init__(self, instance_id):
        super().__init__()
        self.values = {"instance-id": instance_id, LIFE: "InService"}

    def token(self, path, ttl):
        return 200, "token"

    def value(self, name, token):
        return (200, self.values[name]) if name in self.values else (404, "")


class Instance:
    """One of a group, and the process that is its node."""

    def __init__(self, cloud, group, state, activity):
        self.cloud, self.group, self.state, self.activity = cloud, group, state, activity
        self.id = state.instance_id
        self.metadata = Metadata(self.id).__enter__()
        self.process, self.port, self.ready_as = None, None, None

    def start(self):
        self.tell("loading")
        self.process = subprocess.Popen(
            [self.cloud.program, "--listen", "127.0.0.1:0", "--node-id", self.id, "--cloudwatch", self.group.name,
             "--watch-instance", "--lame-duck", "300ms", "--grace", "1s"], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, env={
                "PATH": os.environ["PATH"], "HOME": "/nonexistent", "AWS_ENDPOINT_URL": self.cloud.url, "AWS_REGION": REGION,
                "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.metadata.endpoint})
        self.port = int(self.process.stdout.readline().strip().rsplit(":", 1)[1])
        threading.Thread(target=self.ship, daemon=True).start()

    def ship(self):
        """What the node itself writes to its journal."""
        for line in self.process.stdout:
            self.cloud.journal(self.group, self.id, line.rstrip())

    def tell(self, stage):
        """A line of its journal, which the services of an instance ship."""
        self.cloud.journal(self.group, self.id, f"wsdeep-stage: {stage}")

    def has_ended(self):
        return self.process is not None and self.process.poll() is not None

    def look(self):
        """What the load balancer's health check finds: the status of a call."""
        if self.process is None or self.has_ended():
            self.ready_as = None
            return
        try:
            onlooker = Onlooker(self.port)
            self.ready_as = onlooker.ready("ready").end_of("ready")
            onlooker.peer.socket.close()
        except (EOFError, OSError):
            self.ready_as = "14"

    def health(self):
        if self.ready_as == "0":
            return {"State": "healthy"}
        if self.ready_as is None:
            return {"State": "initial", "Reason": "Elb.InitialHealthChecking",
                    "Description": "Initial health checks in progress"}
        return {"State": "unhealthy", "Reason": "Target.FailedHealthChecks",
                "Description": f"Health checks failed with these codes: [{self.ready_as.split()[0]}]"}

    def end(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.metadata.__exit__()


class Cloud:
    """`refusal`: why EC2 launches nothing; `held`: what a new node is at, and stays at. Use it in a `with` block."""

    def __init__(self, program):
        self.program, self.refusal, self.held = program, "", ""
        self.instances, self.activities, self.refreshes, self.last_failure = {}, [], [], 0.0
        self.lock, self.over = threading.RLock(), threading.Event()
        fill_gaps()
        self.take_over()
        self.server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)

    def take_over(self):
        cloud = self
        self.launch_one = scaling.FakeAutoScalingGroup.replace_autoscaling_group_instances
        scaling.FakeAutoScalingGroup.replace_autoscaling_group_instances = lambda *words: cloud.launch(*words)
        scaling.FakeAutoScalingGroup.active_instances = lambda group: [
            one for one in group.instance_states if one.lifecycle_state in ("Pending", "InService")]
        AutoScalingResponse.describe_scaling_activities = lambda response: ActionResult(
            {"Activities": cloud.activities_of(response._get_param("AutoScalingGroupName"))})
        AutoScalingResponse.start_instance_refresh = lambda response: ActionResult(
            {"InstanceRefreshId": cloud.refresh(response._get_param("AutoScalingGroupName"))})
        AutoScalingResponse.describe_instance_refreshes = lambda response: ActionResult(
            {"InstanceRefreshes": cloud.refreshes_of(response._get_param("AutoScalingGroupName"))})
        ELBv2Backend.describe_target_health = lambda backend, group, targets: cloud.health_of(backend, group)

    def __enter__(self):
        self.server.start()
        self.url = "http://{}:{}".format(*self.server.get_host_and_port())
        self.worker = threading.Thread(target=self.work, daemon=True)
        self.worker.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.worker.join()
        for instance in self.instances.values():
            instance.end()
        self.server.stop()

    def client(self, service):
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, aws_access_key_id="test",
                            aws_secret_access_key="test")

    # --- Auto Scaling ---

    def groups(self):
        return list(scaling.autoscaling_backends[ACCOUNT][REGION].autoscaling_groups.values())

    def launch(self, group, count, tags):
        with self.lock:
            for _ in range(count):
                if self.refusal:
                    self.fail_to_launch(group)
                    return
                self.launch_one(group, 1, tags)
                state = group.instance_states[-1]
                state.lifecycle_state = "Pending"
                state.instance_type = state.instance.instance_type = self.type_of(group)
                activity = self.note(group, f"Launching a new EC2 instance: {state.instance_id}", "PreInService")
                self.instances[state.instance_id] = Instance(self, group, state, activity)

    @staticmethod
    def type_of(group):
        overrides = (group.mixed_instances_policy or {}).get("LaunchTemplate", {}).get("Overrides", [])
        version = group.ec2_launch_template.default_version() if group.ec2_launch_template else None
        return overrides[0]["InstanceType"] if overrides else version.data["InstanceType"] if version else "g5.xlarge"

    def fail_to_launch(self, group):
        if time.monotonic() - self.last_failure >= RETRY_S:
            self.last_failure = time.monotonic()
            self.note(group, "Launching a new EC2 instance.  Status Reason: " + self.refusal, "Failed", self.refusal)

    def note(self, group, description, status, reason=""):
        now = datetime.datetime.now(datetime.timezone.utc)
        activity = {"ActivityId": f"a-{len(self.activities)}", "AutoScalingGroupName": group.name, "StatusCode": status,
                    "Description": description, "Cause": "At your wish.", "StartTime": now, "StatusMessage": reason,
                    "Progress": 100 if status == "Failed" else 30}
        self.activities.insert(0, activity)
        return activity

    def activities_of(self, name):
        with self.lock:
            return [dict(one) for one in self.activities if one["AutoScalingGroupName"] == name][:20]

    def refresh(self, name):
        """One that skips what matches: moto makes a changed group anew, so that every node of it does."""
        with self.lock:
            self.refreshes.insert(0, {"InstanceRefreshId": f"refresh-{len(self.refreshes)}", "AutoScalingGroupName": name,
                                      "Status": "InProgress", "PercentageComplete": 0, "InstancesToUpdate": 0})
            return self.refreshes[0]["InstanceRefreshId"]

    def refreshes_of(self, name):
        with self.lock:
            return [dict(one) for one in self.refreshes if one["AutoScalingGroupName"] == name]

    def health_of(self, backend, arn):
        with self.lock:
            return [{"Target": {"Id": one.id, "Port": 50051}, "HealthCheckPort": "50051", "TargetHealth": one.health()}
                    for one in self.instances.values() if arn in one.group.target_group_arns]

    def work(self):
        while not self.over.wait(PAUSE_S):
            with self.lock:
                try:
                    self.look_at_all()
                except Exception:
                    traceback.print_exc()
                    os._exit(1)  # which the test sees

    def look_at_all(self):
        for instance in list(self.instances.values()):
            self.further(instance)
        for group in self.groups():
            if len(group.active_instances()) < (group.desired_capacity or 0):
                group.set_desired_capacity(group.desired_capacity)
            if all(one.lifecycle_state == "InService" for one in group.active_instances()):
                for refresh in self.refreshes:
                    if refresh["AutoScalingGroupName"] == group.name:
                        refresh.update(Status="Successful", PercentageComplete=100)

    def further(self, instance):
        """One step of an instance's life."""
        instance.look()
        if instance.state not in instance.group.instance_states:
            self.let_go(instance)
        elif instance.process is None and not self.held:
            instance.start()
        elif instance.state.lifecycle_state == "Pending" and instance.ready_as == "0":
            instance.state.lifecycle_state = "InService"
            instance.activity.update(StatusCode="Successful", Progress=100)
            instance.tell("ready")
        elif instance.has_ended():
            instance.group.instance_states.remove(instance.state)

    def let_go(self, instance):
        """Of what the group has given up: its node is told by the metadata, and may end what it has begun."""
        instance.metadata.values[LIFE] = "Terminated"
        if instance.process is not None and not instance.has_ended():
            return
        self.note(instance.group, f"Terminating EC2 instance: {instance.id}", "Successful")
        self.instances.pop(instance.id).end()

    # --- what a test has happen ---

    def interrupt(self, instance_id):
        """EC2 takes a Spot instance back in two minutes."""
        at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=2)
        self.instances[instance_id].metadata.values[SPOT] = json.dumps(
            {"action": "terminate", "time": at.strftime("%Y-%m-%dT%H:%M:%SZ")})

    def hold(self, stage):
        """New nodes stay at this stage of their way; none: they go on."""
        with self.lock:  # others launch, and let go
            self.held = stage
            for instance in self.instances.values():
                if stage and instance.process is None:
                    instance.tell(stage)

    def refuse(self, reason):
        """EC2 launches nothing more, and says why; none: it does again."""
        self.refusal = reason

    def call_without_a_node(self, stack):
        """What a call comes to that finds none: the load balancer's 503, an alarm that counts those, and what that does;
        whether it has woken the group."""
        with self.lock:
            [resources] = [one.resource_map for one in cloudformation_backends[ACCOUNT][REGION].stacks.values()
                           if one.name == stack]
            alarm, policy = resources["NodeWakeAlarm"].properties, resources["NodeWake"]
            [group] = [one for one in self.groups() if one.name == policy.properties["AutoScalingGroupName"]]
            balancer = resources["LoadBalancer"].physical_resource_id.split(":loadbalancer/")[1]
            told = {one["MetricStat"]["Metric"]["MetricName"]: one["MetricStat"]["Metric"]["Dimensions"][0]["Value"]
                    for one in alarm["Metrics"] if "MetricStat" in one}
            woken = (told == {"HTTPCode_ELB_503_Count": balancer, "GroupDesiredCapacity": group.name}
                     and alarm["AlarmActions"] == [policy.physical_resource_id] and group.desired_capacity == 0)
            if woken:
                group.set_desired_capacity(int(policy.properties["StepAdjustments"][0]["ScalingAdjustment"]))
            return woken

    def alive(self):
        with self.lock:
            return list(self.instances)

    def journal(self, group, instance_id, line):
        logs, name = self.client("logs"), f"/wsdeep/{group.name.removesuffix('-nodes').removesuffix('-rollout')}/nodes"
        try:
            logs.create_log_stream(logGroupName=name, logStreamName=instance_id)
        except logs.exceptions.ResourceAlreadyExistsException:
            pass
        logs.put_log_events(logGroupName=name, logStreamName=instance_id,
                            logEvents=[{"timestamp": int(time.time() * 1000), "message": line}])


def main():
    warnings.simplefilter("ignore")
    answers, sys.stdout = sys.stdout, sys.stderr  # whatever else prints
    with Cloud(sys.argv[1]) as cloud:
        print(json.dumps(cloud.url), file=answers, flush=True)
        for line in sys.stdin:
            method, *arguments = json.loads(line)
            print(json.dumps(getattr(cloud, method)(*arguments)), file=answers, flush=True)


if __name__ == "__main__":
    main()
