"""What CloudFormation knows: one stack, its nested stacks, their events and change sets, and what the next operation
will do to them. The format of the documents is in tests/golden/README.md.

Time passes by being looked at: while an operation runs, every DescribeStackEvents of the stack shows the next of its
ticks. A request that this state explains is answered, or refused as AWS would (`Refused`); any other is `Unexplained`,
which fails the test.
"""

import fnmatch
import hashlib

ACCOUNT = "123456789012"
REGION = "us-east-1"
DAY = "2024-02-19"
STACKS = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack"
STACK = "AWS::CloudFormation::Stack"
UPDATABLE = ("CREATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "CREATE_FAILED", "UPDATE_FAILED")
SETTLED = ("_COMPLETE", "_FAILED")

# Operation → the states that allow it.
OPERATIONS = {
    "delete": UPDATABLE + ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED"),
    "rollback": ("CREATE_FAILED", "UPDATE_FAILED"),
    "continue_rollback": ("UPDATE_ROLLBACK_FAILED",),
}


class Unexplained(Exception):
    """A request that nothing in the scenario leads to."""


class Refused(Exception):
    """An error of AWS that the state leads to."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code = status, code


def missing(name):
    return Refused(400, "ValidationError", f"Stack with id {name} does not exist")


def sent_as_is(document):
    """The entries that AWS's answers have under the same name, which begins with a capital letter."""
    return {name: value for name, value in document.items() if name[0].isupper()}


def pairs(kind, values):
    """`{"A": "x"}` as AWS lists parameters and outputs; a list is sent as it is."""
    if isinstance(values, list):
        return values
    return [{f"{kind}Key": key, f"{kind}Value": value} for key, value in values.items()]


def stack_fields(document):
    fields = sent_as_is(document)
    for kind in ("Parameter", "Output"):
        if kind + "s" in fields:
            fields[kind + "s"] = pairs(kind, fields[kind + "s"])
    return fields


class Stack:
    def __init__(self, name, identity, document, events):
        self.name, self.id = name, identity
        self.fields = stack_fields(document)
        self.known = {key: document[key] for key in ("resources", "template", "drift") if key in document}
        self.unread = set(self.known)
        self.change_sets = [ChangeSet(one["name"], one) for one in document.get("change_sets", [])]
        self.events = []
        self.log(document.get("events", events))
        self.fields.update(stack_fields(document))  # which the events may have changed

    @property
    def status(self):
        return self.fields["StackStatus"]

    def become(self, status):
        self.fields.pop("StackStatusReason", None)
        self.fields["StackStatus"] = status

    def read(self, key):
        if key not in self.known:
            raise Unexplained(f"the scenario does not say the {key} of {self.name}")
        self.unread.discard(key)
        return self.known[key]

    def log(self, rows, token=None):
        for row in rows:
            self._log(token, *row)

    def _log(self, token, time, logical, kind, status, reason="", physical=None):
        physical = self.id if logical == self.name else f"{self.name}-{logical}" if physical is None else physical
        identity = hashlib.sha256(f"{self.name} {time} {logical} {status} {len(self.events)}".encode()).hexdigest()[:12]
        event = {"EventId": identity, "StackId": self.id, "StackName": self.name, "LogicalResourceId": logical,
                 "PhysicalResourceId": physical, "ResourceType": kind, "ResourceStatus": status,
                 "Timestamp": f"{DAY}T{time}.000Z"}
        more = {"ResourceStatusReason": reason, "ClientRequestToken": token}
        self.events.append({**event, **{name: value for name, value in more.items() if value}})
        if logical == self.name:
            self.become(status)

    def summaries(self):
        names = ("LogicalResourceId", "PhysicalResourceId", "ResourceType", "ResourceStatus", "ResourceStatusReason")
        return [dict(zip(names, row)) for row in self.read("resources")]

    def described(self):
        return {"StackId": self.id, "StackName": self.name, "CreationTime": f"{DAY}T10:00:00.000Z", **self.fields}


class ChangeSet:
    """`Changes` as AWS lists them, less the wrapping; `nested` in one of them are those of the nested stack. Or it
    `fails`, with the reason. `pending` is how often it is looked at before it is ready. The rest is sent as it is."""

    def __init__(self, name, document):
        self.name = name
        self.id = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:changeSet/{name}/aaaa"
        self.pending = document.get("pending", 0)
        self.reason = document.get("fails")
        self.template, self.kind = None, "UPDATE"
        self.nested = {}
        self.unread = True
        changes = [self._change(change) for change in document.get("Changes", [])]
        self.fields = {**sent_as_is(document), "Changes": changes}

    def _change(self, change):
        fields = sent_as_is(change)
        if "nested" in change:
            inner = ChangeSet("wsdeep-nested-" + change["LogicalResourceId"], {"Changes": change["nested"]})
            self.nested[inner.id] = inner
            fields["ChangeSetId"] = inner.id
        return {"Type": "Resource", "ResourceChange": fields}

    def state(self):
        if self.pending:
            return {"Status": "CREATE_IN_PROGRESS", "ExecutionStatus": "UNAVAILABLE"}
        if self.reason is not None:
            return {"Status": "FAILED", "ExecutionStatus": "UNAVAILABLE", "StatusReason": self.reason}
        return {"Status": "CREATE_COMPLETE", "ExecutionStatus": "AVAILABLE"}

    def described(self):
        state = self.state()
        self.pending = max(0, self.pending - 1)
        self.unread = False
        return {**state, **self.fields} if state["ExecutionStatus"] == "AVAILABLE" else state

    def summary(self):
        return {"ChangeSetId": self.id, "ChangeSetName": self.name, **self.state()}


class Operation:
    """What a running operation shows, tick by tick, and what the stack is like (`then`) when it has ended."""

    def __init__(self, document):
        document = {"ticks": document} if isinstance(document, list) else document
        self.then = stack_fields(document.get("then", {}))
        self.token = document.get("token")
        self.ticks = [dict(tick) if isinstance(tick, dict) else tick for tick in document["ticks"]]

    def next_tick(self):
        if not self.ticks:
            return []
        tick = self.ticks[0]
        if isinstance(tick, dict) and tick.get("times", 1) > 1:
            tick["times"] -= 1
            return tick
        return self.ticks.pop(0)


class CloudFormation:
    def __init__(self, document):
        self.name = document["stack"]
        self.generation = 0
        self.coming = {name: document[name] for name in ("execute", "import", *OPERATIONS) if name in document}
        self.operation = Operation(document["running"]) if "running" in document else None
        self.operations = [self.operation] if self.operation else []
        made = document.get("change_set", [])
        self.to_be_made = list(made) if isinstance(made, list) else [made]
        self.overtaken = document.get("overtaken")
        self.protect = document.get("protect")
        self.deleted = document.get("deleted", [])
        self.policy = document.get("policy")
        self.policy_now = ""
        self.template_is_valid = document.get("template_is_valid", False)
        self.nested = {name: Stack(f"{self.name}-{name}", self.nested_id(name), inner, [])
                       for name, inner in document.get("nested", {}).items()}
        self.root = self._root(document["before"]) if "before" in document else None

    def _root(self, document):
        history = [] if self.operation else [["10:05:00", self.name, STACK, document["StackStatus"]]]
        return Stack(self.name, self._id(), document, history)

    def _id(self):
        return f"{STACKS}/{self.name}/11111111-2222-3333-4444-{555555555555 + self.generation}"

    def nested_id(self, name):
        return f"{STACKS}/{self.name}-{name}/22222222-3333-4444-5555-666666666666"

    def leftovers(self):
        """What should have been asked for, or tidied up, and was not."""
        found = [f"never asked for: {name}" for name in self.coming]
        found += [f"never seen: {len(one.ticks)} ticks of an operation" for one in self.operations if one.ticks]
        found += ["never created: the change set"] if self.to_be_made else []
        found += ["never overtaken: no change set was looked at"] if self.overtaken else []
        found += ["never set: the stack policy"] if self.policy and not self.policy_now else []
        found += ["never asked for: protect"] if self.protect is not None else []
        for stack in [*([self.root] if self.root else []), *self.nested.values()]:
            found += [f"never read: the {key} of {stack.name}" for key in sorted(stack.unread)]
            for one in stack.change_sets:
                found += [f"left behind: the failed change set {one.name}"] if one.reason is not None else []
                for inner in (one, *one.nested.values()):
                    found += [f"never read: the change set {inner.name}"] if inner.unread else []
        return found

    def answer(self, action, request):
        """The result of a request as an object, or a tick that says what happens instead of an answer."""
        handler = getattr(self, "_" + action, None)
        if handler is None:
            raise Unexplained(f"unexpected {action}")
        return handler(request)

    def stack_of(self, request):
        """By name only while there is one; by id always."""
        asked = request.get("StackName")
        for stack in [*([self.root] if self.root else []), *self.nested.values()]:
            if asked == stack.id or (asked == stack.name and stack.fields.get("StackStatus") != "DELETE_COMPLETE"):
                return stack
        if asked == self.name:
            raise missing(asked)
        raise Unexplained(f"no stack of the scenario is called {asked}")

    def _DescribeStacks(self, request):
        return {"Stacks": [self.stack_of(request).described()]}

    def _ListStacks(self, request):
        return {"StackSummaries": [{"StackId": one["id"], "StackName": self.name, "StackStatus": "DELETE_COMPLETE",
                                    "DeletionTime": one["at"]} for one in self.deleted]}

    def _ListStackResources(self, request):
        for one in self.deleted:
            if one["id"] == request["StackName"]:
                names = ("LogicalResourceId", "PhysicalResourceId", "ResourceType", "ResourceStatus")
                return {"StackResourceSummaries": [dict(zip(names, row)) for row in one["resources"]]}
        return {"StackResourceSummaries": self.stack_of(request).summaries()}

    def _GetTemplate(self, request):
        return {"TemplateBody": self.stack_of(request).read("template")}

    def _ValidateTemplate(self, request):
        if not self.template_is_valid:
            raise Unexplained("unexpected ValidateTemplate")
        return {}

    # Drift: the detection's id says which stack it is of.

    def _DetectStackDrift(self, request):
        return {"StackDriftDetectionId": "drift-of-" + self.stack_of(request).name}

    def _DescribeStackDriftDetectionStatus(self, request):
        for stack in (self.root, *self.nested.values()):
            if request["StackDriftDetectionId"] == "drift-of-" + stack.name:
                return {"DetectionStatus": "DETECTION_COMPLETE", "StackDriftStatus": stack.read("drift")["status"]}
        raise Unexplained("no such drift detection")

    def _DescribeStackResourceDrifts(self, request):
        return {"StackResourceDrifts": self.stack_of(request).read("drift")["resources"]}

    # Change sets.

    def _CreateChangeSet(self, request):
        if not self.to_be_made:
            raise Unexplained("unexpected CreateChangeSet")
        alive = self.root and self.root.status != "DELETE_COMPLETE"
        fresh = not alive or self.root.status == "REVIEW_IN_PROGRESS"
        kind = "UPDATE" if not fresh else "IMPORT" if self.to_be_made[0].get("import") else "CREATE"
        if request["StackName"] not in (self.name, self.root and self.root.id) or request["ChangeSetType"] != kind:
            raise Unexplained(f"a change set of type {kind} for {self.name} is due, not {request['ChangeSetType']}")
        if kind == "UPDATE" and self.root.status not in UPDATABLE:
            raise Unexplained(f"CreateChangeSet at {self.root.status}")
        if self.overtaken and self.overtaken.get("at") == "CreateChangeSet":
            self._overtake()
            raise Refused(400, "ValidationError", f"Stack:{self.root.id} is in UPDATE_IN_PROGRESS state and can not be updated.")
        if not alive:
            self._review()
        self.root.change_sets.append(ChangeSet(request["ChangeSetName"], self.to_be_made.pop(0)))
        self.root.change_sets[-1].template = request.get("TemplateBody")
        self.root.change_sets[-1].kind = kind
        return {"Id": self.root.change_sets[-1].id, "StackId": self.root.id}

    def _review(self):
        """A stack that a change set will fill."""
        self.generation += 1 if self.root else 0
        review = [["12:00:00", self.name, STACK, "REVIEW_IN_PROGRESS", "User Initiated"]]
        self.root = Stack(self.name, self._id(), {"StackStatus": "REVIEW_IN_PROGRESS"}, review)

    def _find(self, request):
        stack = self.stack_of(request) if "StackName" in request else self.root
        for one in stack.change_sets:
            if request["ChangeSetName"] in (one.name, one.id):
                return stack, one
        raise Refused(404, "ChangeSetNotFound", f"ChangeSet [{request['ChangeSetName']}] does not exist")

    def _DescribeChangeSet(self, request):
        described = {"StackId": self.root.id, "StackName": self.name} if self.root else {}
        for one in self.root.change_sets if self.root else []:
            if request["ChangeSetName"] in one.nested:
                return {**described, **one.nested[request["ChangeSetName"]].described()}
        found = self._find(request)[1].described()
        if self.overtaken and "at" not in self.overtaken and found["ExecutionStatus"] == "AVAILABLE":
            self._overtake()
        return {**described, **found}

    def _overtake(self):
        """Somebody else's operation begins, for which CloudFormation drops all change sets that there are."""
        self.operation = Operation(self.overtaken)
        self.operations.append(self.operation)
        self.overtaken = None
        self.root.become("UPDATE_IN_PROGRESS")
        self.root.change_sets.clear()

    def _ListChangeSets(self, request):
        return {"Summaries": [one.summary() for one in self.stack_of(request).change_sets]}

    def _DeleteChangeSet(self, request):
        stack, one = self._find(request)
        if one.reason is None and one.fields.get("CreationTime", DAY) >= stack.fields.get("LastUpdatedTime", DAY):
            raise Unexplained("DeleteChangeSet of one that can still be executed")
        stack.change_sets.remove(one)
        return {}

    def _ExecuteChangeSet(self, request):
        stack, one = self._find(request)
        if one.state()["ExecutionStatus"] != "AVAILABLE":
            raise Unexplained("ExecuteChangeSet of one that is not ready")
        if one.kind == "IMPORT":
            self._begin("import", "IMPORT_IN_PROGRESS")
        else:
            self._begin("execute", "CREATE_IN_PROGRESS" if stack.status == "REVIEW_IN_PROGRESS" else "UPDATE_IN_PROGRESS")
        stack.change_sets.remove(one)
        if one.template is not None:
            stack.known["template"] = one.template
        return {}

    # Operations.

    def _begin(self, name, status):
        if name not in self.coming:
            raise Unexplained(f"the scenario has no {name}")
        self.operation = Operation(self.coming.pop(name))
        self.operations.append(self.operation)
        self.root.become(status)

    def _operate(self, name, request):
        stack = self.stack_of(request)
        if stack is not self.root or stack.status not in OPERATIONS[name]:
            raise Unexplained(f"{name} of {stack.name} at {stack.status}")
        rollback = "UPDATE_ROLLBACK" if stack.status.startswith("UPDATE") else "ROLLBACK"
        self._begin(name, f"{'DELETE' if name == 'delete' else rollback}_IN_PROGRESS")
        return {}

    def _DeleteStack(self, request):
        if "RetainResources.member.1" in request and self.stack_of(request).status != "DELETE_FAILED":
            raise Refused(400, "ValidationError", "Specify resources to retain only when the stack is in DELETE_FAILED")
        if self.stack_of(request).fields.get("EnableTerminationProtection"):
            raise Unexplained("DeleteStack while termination protection is on")
        return self._operate("delete", request)

    def _RollbackStack(self, request):
        return self._operate("rollback", request)

    def _ContinueUpdateRollback(self, request):
        return self._operate("continue_rollback", request)

    def _UpdateTerminationProtection(self, request):
        stack, on = self.stack_of(request), request["EnableTerminationProtection"] == "true"
        if on is not self.protect:
            raise Unexplained(f"termination protection is not to become {on}")
        stack.fields["EnableTerminationProtection"] = on
        self.protect = None
        return {}

    def _GetStackPolicy(self, request):
        self.stack_of(request)
        return {"StackPolicyBody": self.policy_now} if self.policy_now else {}

    def _SetStackPolicy(self, request):
        self.stack_of(request)
        if self.policy is None or not fnmatch.fnmatchcase(request["StackPolicyBody"], self.policy):
            raise Unexplained(f"the stack policy is not to become {request['StackPolicyBody']}")
        self.policy_now = request["StackPolicyBody"]
        return {}

    def _DescribeStackEvents(self, request):
        stack = self.stack_of(request)
        if stack is self.root and self.operation:
            tick = self.operation.next_tick()
            if isinstance(tick, dict):
                return tick
            self._pass(tick)
        return {"StackEvents": stack.events[::-1]}

    def _pass(self, rows):
        """Events of a nested stack are `Network/Vpc`."""
        for time, path, *rest in rows:
            nested, _, logical = path.rpartition("/")
            (self.nested[nested] if nested else self.root).log([[time, logical, *rest]], self.operation.token)
        if not self.operation.ticks and self.root.status.endswith(SETTLED):
            self.root.fields.update(self.operation.then)
            self.operation = None
