"""What is around a stack: buckets of S3, groups of CloudWatch Logs, alarms, Auto Scaling groups, names of Cloud Map. The format of the
documents is in tests/golden/README.md."""

import fnmatch
import re
import time
from urllib.parse import parse_qsl

from cloudformation_model import Refused, Unexplained

# What a bucket's settings read as when they are as they should be, and when they are not (None: an error of that name).
SETTINGS = {
    "publicAccessBlock": (
        "<C>" + "".join(f"<{name}>true</{name}>" for name in
                        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")) + "</C>",
        "NoSuchPublicAccessBlockConfiguration"),
    "encryption": ("<C><Rule/></C>", "ServerSideEncryptionConfigurationNotFoundError"),
    "versioning": ("<C><Status>Enabled</Status></C>", "<VersioningConfiguration/>"),
}


class Bucket:
    """`exists` false: it is to be made. `open`: settings that are not as they should be. `puts`: what is to be put in.
    `objects`: what is in it. `versions`: rows of key, version and when it was written, as a look at all versions finds
    them; `deletes`: those of these, `KEY VERSION`, that are to be deleted. `status` and `headers`: all that is answered,
    since it is somebody else's."""

    def __init__(self, name, document):
        self.name = name
        self.status, self.headers = document.get("status", 200), document.get("headers", {})
        self.exists = document.get("exists", True)
        self.open = set(SETTINGS) if not self.exists else set(document.get("open", []))
        self.given = document.get("given", False)  # by the user, who answers for its settings
        self.objects = dict(document.get("objects", {}))
        self.unread = set(self.objects)
        self.puts = list(document.get("puts", []))
        self.versions = [list(row) for row in document.get("versions", [])]
        self.deletes = list(document.get("deletes", []))
        self.uploads = 0

    def leftovers(self):
        found = [] if self.exists else [f"never made: the bucket {self.name}"]
        found += [f"never put into {self.name}: {pattern}" for pattern in self.puts]
        found += [f"never deleted from {self.name}: {one}" for one in self.deletes]
        found += [f"never read from {self.name}: {key}" for key in sorted(self.unread)]
        found += [f"left open: {name} of {self.name}" for name in sorted(self.open) if not self.given]
        return found + ([f"left behind: parts of an upload to {self.name}"] if self.uploads else [])

    def answer(self, method, key, query, body=""):
        if self.status != 200:
            return self.status, self.headers, ""
        if not key and query.endswith("versions="):
            return 200, {}, self._listing(dict(parse_qsl(query, keep_blank_values=True)).get("prefix", ""))
        if not key and method == "POST" and query == "delete=":
            return 200, {}, self._delete(re.findall(r"<Key>([^<]*)</Key><VersionId>([^<]*)</VersionId>", body))
        if not key:
            return self._bucket(method, query)
        if "uploads=" in query or "uploadId" in query:
            return self._upload(method, key, query)
        return self._object(method, key)

    def _bucket(self, method, query):
        if method == "PUT" and not query and not self.exists:
            self.exists = True
            return 200, {}, ""
        if not self.exists:
            return 404, {}, ""
        setting = query.rstrip("=")
        if method == "HEAD":
            return 200, {}, ""
        if method == "GET" and setting in SETTINGS:
            return self._setting(*SETTINGS[setting], setting in self.open)
        if method == "PUT" and setting in self.open and not self.given:
            self.open.remove(setting)
            return 200, {}, ""
        raise Unexplained(f"unexpected {method} of {setting or 'the bucket'} {self.name}")

    def _listing(self, prefix):
        rows = [row for row in self.versions if row[0].startswith(prefix)]
        return "<L>" + "".join(f"<Version><Key>{key}</Key><VersionId>{version}</VersionId><LastModified>{when}"
                               "</LastModified><Size>1000</Size></Version>" for key, version, when in rows) + "</L>"

    def _delete(self, asked):
        for key, version in asked:
            if f"{key} {version}" not in self.deletes:
                raise Unexplained(f"{key} {version} is not to be deleted from {self.name}")
            self.deletes.remove(f"{key} {version}")
        return "<DeleteResult/>"

    @staticmethod
    def _setting(right, wrong, is_open):
        if not is_open:
            return 200, {}, right
        if wrong.startswith("<"):
            return 200, {}, wrong
        return 404, {}, f"<Error><Code>{wrong}</Code><Message>none</Message></Error>"

    def _object(self, method, key):
        found = next((pattern for pattern in self.objects if fnmatch.fnmatchcase(key, pattern)), None)
        if method == "PUT":
            self._take(key)
            self.objects[key] = ""
            return 200, {}, ""
        if method not in ("HEAD", "GET") or (method == "GET" and found is None):
            raise Unexplained(f"unexpected {method} of {key} in {self.name}")
        if found is None:
            return 404, {}, ""
        self.unread.discard(found)
        what = self.objects[found]
        return (what["status"], {}, what["body"]) if isinstance(what, dict) else (200, {}, what)

    def _take(self, key):
        """An object that is expected, into a bucket that may take it."""
        wanted = next((pattern for pattern in self.puts if fnmatch.fnmatchcase(key, pattern)), None)
        if wanted is None or not self.exists:
            raise Unexplained(f"{key} is not to be put into {self.name}")
        if self.open and not self.given:
            raise Unexplained(f"{key} is put into {self.name} before {sorted(self.open)} are set")
        self.puts.remove(wanted)

    def _upload(self, method, key, query):
        if method == "POST" and query == "uploads=":
            self._take(key)
            self.uploads += 1
            return 200, {}, "<R><UploadId>u1</UploadId></R>"
        if not self.uploads or "uploadId=u1" not in query:
            raise Unexplained(f"unexpected {method} of a part of {key}")
        if method == "PUT":
            return 200, {"ETag": "e" + re.search(r"partNumber=(\d+)", query).group(1)}, ""
        self.uploads -= 1  # completed, or with DELETE given up
        return 204 if method == "DELETE" else 200, {}, "<R/>"


class Surroundings:
    def __init__(self, document):
        self.buckets = {name: Bucket(name, one) for name, one in document.get("buckets", {}).items()}
        self.logs = {group: list(ticks) for group, ticks in document.get("logs", {}).items()}
        self.shown = {group: [] for group in self.logs}
        self.alarms = document.get("alarms", [])
        self.groups = document.get("scaling_groups", [])
        self.tagged = document.get("tagged")
        self.shifted = document.get("shifts", {})
        self.registered = {service: list(ones) for service, ones in document.get("registered", {}).items()}
        self.staying = document.get("stays_registered", {})
        self.leaving = {}
        self.unread = {key for key in ("alarms", "scaling_groups", "shifts") if key in document}
        self.began = int(time.time() * 1000)

    def leftovers(self):
        found = [one for bucket in self.buckets.values() for one in bucket.leftovers()]
        found += [f"never read: {len(ticks)} ticks of {group}" for group, ticks in self.logs.items() if ticks]
        found += [f"still registered in {service}: {ones}" for service, ones in self.registered.items() if ones]
        return found + [f"never read: {key}" for key in sorted(self.unread)]

    def names(self, action, request):
        """Cloud Map's. Who is to go is listed once more, since that takes its time."""
        service = request["ServiceId"]
        if service in self.staying:
            if action == "DeregisterInstance":
                raise Unexplained(f"{request['InstanceId']} of {service} is to keep its name")
            return {"Instances": [{"Id": one} for one in self.staying[service]]}
        if service not in self.registered:
            raise Refused(400, "ServiceNotFound", "no service exists with the specified ID")
        if action == "DeregisterInstance":
            if request["InstanceId"] not in self.registered[service]:
                raise Refused(400, "DuplicateRequest", "the operation is already in progress")
            self.registered[service].remove(request["InstanceId"])
            self.leaving.setdefault(service, []).append(request["InstanceId"])
            return {"OperationId": "o1"}
        return {"Instances": [{"Id": one} for one in self.registered[service] + self.leaving.pop(service, [])]}

    def s3(self, action, body):
        method, target = action.split(" ", 1)
        path, _, query = target.partition("?")
        name, _, key = path.lstrip("/").partition("/")
        if name in self.buckets:
            return self.buckets[name].answer(method, key, query, body)
        if method == "HEAD" and not key:
            return 404, {}, ""
        raise Unexplained(f"unexpected {action}")

    def log_events(self, request):
        """The events of a group since `startTime`, one tick more at each look; or a tick that is no answer."""
        group = request["logGroupName"]
        if group.endswith("/nodes") and group not in self.logs:
            return {"error": {"status": 400, "code": "ResourceNotFoundException", "message": "no such log group"}}
        if group not in self.logs:
            raise Unexplained(f"the scenario has no log group {group}")
        tick = self.logs[group].pop(0) if self.logs[group] else []
        if isinstance(tick, dict):
            return tick
        for identity, ago, message, *stream in tick:
            self.shown[group].append({"eventId": identity, "logStreamName": (stream or ["s"])[0],
                                      "timestamp": self.began - ago, "message": message})
        return {"events": [one for one in self.shown[group] if one["timestamp"] >= request["startTime"]]}

    def resources_by_tags(self):
        if self.tagged is None:
            raise Refused(400, "AccessDeniedException", "not authorized to perform: tag:GetResources")
        return {"ResourceTagMappingList": [{"ResourceARN": arn, "Tags": [{"Key": key, "Value": value} for key, value in
                                                                         tags.items()]} for arn, tags in self.tagged]}

    def shifts(self, action, request):
        """CodeDeploy's deployments of a group, and each by its id."""
        self.unread.discard("shifts")
        if action == "ListDeployments":
            return {"deployments": list(self.shifted.get(f"{request['applicationName']}/{request['deploymentGroupName']}", {}))}
        for group in self.shifted.values():
            if request["deploymentId"] in group:
                return {"deploymentInfo": group[request["deploymentId"]]}
        raise Unexplained(f"the scenario has no deployment {request['deploymentId']}")

    def named(self, key, kind, prefix, known, request):
        """Those of `known` that the request names."""
        asked = {value for name, value in request.items() if name.startswith(prefix + ".member.")}
        unknown = asked - {one[kind] for one in known}
        if unknown or not asked:
            raise Unexplained(f"the scenario has no {sorted(unknown)} among its {key}")
        self.unread.discard(key)
        return [one for one in known if one[kind] in asked]

    # What a look at the nodes asks for. A group may have Activities, Targets, and `then`, what it is like at each later
    # look; its target group is named as it is.
    DESCRIBED = ("DescribeAlarms", "DescribeAutoScalingGroups", "DescribeScalingActivities", "DescribeInstanceRefreshes",
                 "DescribeTargetHealth", "DescribeInstances", "GetMetricData", "GetProducts", "DescribeSpotPriceHistory")

    def describe(self, action, request):
        if action == "DescribeAlarms":
            return {"result": {"MetricAlarms": self.named("alarms", "AlarmName", "AlarmNames", self.alarms, request)}}
        if action == "DescribeAutoScalingGroups":
            return {"result": {"AutoScalingGroups": self.look_at_groups(request)}}
        if action in ("DescribeScalingActivities", "DescribeTargetHealth"):
            name = request.get("AutoScalingGroupName") or request["TargetGroupArn"]
            group = next(one for one in self.groups if one["AutoScalingGroupName"] == name)
            key = "Activities" if "Activities" in action else "TargetHealthDescriptions"
            return {"result": {key: group.get("Activities" if key == "Activities" else "Targets", [])}}
        if action in ("DescribeInstances", "DescribeSpotPriceHistory"):
            return {"whole": ""}
        return {"json": {"PriceList": []}} if action == "GetProducts" else {"result": {}}

    def look_at_groups(self, request):
        if not self.groups:
            return []
        found = self.named("scaling_groups", "AutoScalingGroupName", "AutoScalingGroupNames", self.groups, request)
        for one in found:
            if one.pop("looked_at", False) and one.get("then"):
                one.update(one["then"].pop(0))
            one["looked_at"] = True
        return [{key: value for key, value in one.items()
                 if key not in ("Targets", "Activities", "then", "looked_at")} for one in found]
