"""An account of AWS in which a deployment of `wsdeep preflight` would go well, until a test changes what is true in it:
what certificates, quotas, functions, networks, images, secrets and models there are. It answers by that state."""

import fnmatch
import json
import re
import threading
from urllib.parse import unquote

from cloudformation_model import ACCOUNT, Refused

REGION = "us-east-1"
REGIONS = (REGION, "us-west-2", "eu-west-1", "eu-central-1")
NAMES = ["example.com", "*.example.com", *(f"*.{name}.example.com" for name in ("dev", "staging", "internal", "chat", "r1"))]
CERTIFICATE = {"DomainName": "example.com", "SubjectAlternativeNames": NAMES, "Status": "ISSUED", "NotAfter": 1988150400.0,
               "RenewalEligibility": "ELIGIBLE"}
AVAILABILITY = {"agreementAvailability": {"status": "AVAILABLE"}, "authorizationStatus": "AUTHORIZED",
                "entitlementAvailability": "AVAILABLE", "regionAvailability": "AVAILABLE"}
VCPUS = {"g5.xlarge": 4, "g6.xlarge": 4, "g6.12xlarge": 48, "p5.48xlarge": 192}
QUOTAS = {"L-DB2E81BA": ("Running On-Demand G and VT instances", 64), "L-3819A6DF": ("All G and VT Spot Instance Requests", 64),
          "L-417A185B": ("Running On-Demand P instances", 192), "L-C4BD4855": ("All P5 Spot Instance Requests", 192)}
ZONES = ("us-east-1a", "us-east-1b", "us-east-1c")
VPC = "vpc-0123456789abcdef0"
SUBNETS = {"subnet-0123456789abcdef0": (VPC, "us-east-1a", 4000), "subnet-0123456789abcdef1": (VPC, "us-east-1b", 4000)}


def items(rows):
    """A list as EC2 writes it."""
    return "".join(f"<item>{row}</item>" for row in rows)


def fields(**values):
    return "".join(f"<{name}>{value}</{name}>" for name, value in values.items())


def filter_values(request, name):
    """The values of the filter of that name."""
    number = next((key.split(".")[1] for key, value in request.items() if value == name and key.endswith(".Name")), None)
    return [value for key, value in request.items() if number and key.startswith(f"Filter.{number}.Value.")]


class Account:
    def __init__(self, **changes):
        self.certificates = {}  # arn pattern → what differs from CERTIFICATE; None: there is none
        self.quotas, self.zones = dict(QUOTAS), list(ZONES)
        # None: whatever is asked for is there.
        self.vcpus = self.offered = self.objects = self.images = self.secrets = self.parameters = self.subnets = None
        self.running = []  # (type, cores, lifecycle, stack)
        self.concurrency, self.unreserved, self.reserved = 1000, 1000, None
        self.models = None  # of Amazon Bedrock: id → what differs from AVAILABILITY; None: whatever is asked for is there
        self.log_role = ""
        self.outputs = True  # whether a stack's say which function answers
        self.stacks = {}  # name → [(logical id, physical id, type)]
        self.buckets = {}  # name → status of HEAD
        self.endpoints, self.private_zones = [], []
        self.vpcs, self.peerings = [], []
        self.refuse = {}  # action → status, code, message
        self.hang = set()  # actions that are never answered
        self.over = threading.Event()
        self.calls, self.problems = [], []
        for name, value in changes.items():
            assert hasattr(self, name), name
            setattr(self, name, value)

    def respond(self, request):
        """Status, headers and body."""
        action = self.name_of(request.get("Action", "?"))
        self.calls.append(action)
        if action in self.hang:
            self.over.wait(20)
        try:
            if action in self.refuse:
                raise Refused(*self.refuse[action])
            return 200, {"x-amz-request-id": "r"}, getattr(self, action)(request)
        except Refused as refusal:
            return refusal.status, {"x-amz-request-id": "r"}, self.fault(request, refusal)
        except Exception as fault:
            self.problems.append(f"{action} {request}: {type(fault).__name__}: {fault}")
            return 400, {}, "{}"

    @staticmethod
    def fault(request, refusal):
        if "Version" not in request:  # of the query protocol
            return json.dumps({"__type": refusal.code, "message": str(refusal)})
        return (f"<ErrorResponse><Error><Code>{refusal.code}</Code><Message>{refusal}</Message></Error>"
                f"<RequestId>r</RequestId></ErrorResponse>")

    @staticmethod
    def name_of(action):
        """The operation of a request that has none in it, but a path."""
        for pattern, name in ((r"GET /2016-08-19/account-settings$", "GetAccountSettings"), (r"GET /account$", "GetAccount"),
                              (r"GET /foundation-model-availability/", "GetFoundationModelAvailability"),
                              (r"GET /2019-09-30/functions/.*/concurrency$", "GetFunctionConcurrency"),
                              (r"GET /2013-04-01/hostedzonesbyvpc\?", "ListHostedZonesByVPC"), (r"HEAD /", "HeadBucket"),
                              (r"GET /[^/?]*\?list-type=2", "ListObjectsV2")):
            if re.match(pattern, action):
                return name
        return action

    def asked_by_preflight(self, action):
        """What nothing but preflight asks; the rest of it others play, who play a whole stack."""
        shared = ("GetCallerIdentity", "ValidateTemplate", "DescribeStacks", "ListStackResources", "HeadBucket")
        name = self.name_of(action)
        return name[:1].isupper() and name not in shared and hasattr(self, name)

    def GetCallerIdentity(self, request):
        return (f"<GetCallerIdentityResponse><GetCallerIdentityResult><Account>{ACCOUNT}</Account>"
                f"<Arn>arn:aws:iam::{ACCOUNT}:user/alice</Arn><UserId>A</UserId></GetCallerIdentityResult>"
                "</GetCallerIdentityResponse>")

    def ValidateTemplate(self, request):
        return "<ValidateTemplateResponse><ValidateTemplateResult/></ValidateTemplateResponse>"

    def DescribeCertificate(self, request):
        arn = request["CertificateArn"]
        change = next((what for pattern, what in self.certificates.items() if fnmatch.fnmatchcase(arn, pattern)), {})
        if change is None:
            raise Refused(400, "ResourceNotFoundException", f"Could not find certificate {arn}.")
        return json.dumps({"Certificate": {"CertificateArn": arn, **CERTIFICATE, **change}})

    def GetServiceQuota(self, request):
        code = request["QuotaCode"]
        if isinstance(self.quotas.get(code), str):  # never changed: only the default is known
            raise Refused(400, "NoSuchResourceException", "The request failed because the specified quota does not exist.")
        name, value = self.quotas.get(code, (code, 1000))
        return json.dumps({"Quota": {"QuotaCode": code, "QuotaName": name, "Value": float(value)}})

    def GetAWSDefaultServiceQuota(self, request):
        return json.dumps({"Quota": {"QuotaName": self.quotas[request["QuotaCode"]], "Value": 0.0}})

    def GetAccountSettings(self, request):
        return json.dumps({"AccountLimit": {"ConcurrentExecutions": self.concurrency,
                                            "UnreservedConcurrentExecutions": self.unreserved}})

    def GetFunctionConcurrency(self, request):
        return json.dumps({"ReservedConcurrentExecutions": self.reserved} if self.reserved else {})

    def GetFoundationModelAvailability(self, request):
        model = unquote(request["Action"].rpartition("/")[2])
        if self.models is not None and model not in self.models:
            raise Refused(404, "ResourceNotFoundException", "The provided model identifier is invalid.")
        return json.dumps({"modelId": model, **AVAILABILITY, **(self.models or {}).get(model, {})})

    def GetAccount(self, request):
        return json.dumps({"cloudwatchRoleArn": self.log_role} if self.log_role else {})

    def DescribeSecret(self, request):
        secrets = {request["SecretId"]: False} if self.secrets is None else self.secrets
        if request["SecretId"] not in secrets:
            raise Refused(400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
        deleted = {"DeletedDate": 1.7e9} if secrets[request["SecretId"]] else {}
        return json.dumps({"ARN": "arn:aws:secretsmanager:x", "Name": request["SecretId"], **deleted})

    def DescribeImages(self, request):
        name = request["repositoryName"] + ":" + request["imageIds"][0].get("imageTag", "")
        images = {name: 9_800_000_000} if self.images is None else self.images
        if name not in images:
            raise Refused(400, "ImageNotFoundException", f"The image {name} does not exist within the repository")
        return json.dumps({"imageDetails": [{"imageSizeInBytes": images[name]}]})

    def GetParameters(self, request):
        parameters = self.parameters
        if parameters is None:
            parameters = {name: ",".join(SUBNETS) if "subnet" in name else VPC for name in request["Names"]}
        found = [{"Name": name, "Value": parameters[name]} for name in request["Names"] if name in parameters]
        return json.dumps({"Parameters": found, "InvalidParameters": []})

    def HeadBucket(self, request):
        name = request["Action"].split("/")[1]
        status = self.buckets.get(name, 404)
        if status != 200:
            raise Refused(status, f"HTTP {status}", "")
        return ""

    def ListObjectsV2(self, request):
        bucket = re.match(r"GET /([^?]*)", request["Action"]).group(1)
        objects = {bucket: [("model", 1_000_000_000)]} if self.objects is None else self.objects
        if bucket not in objects:
            raise Refused(404, "NoSuchBucket", "The specified bucket does not exist")
        return "<ListBucketResult>" + "".join(f"<Contents><Key>{key}</Key><Size>{size}</Size></Contents>"
                                             for key, size in objects[bucket]) + "</ListBucketResult>"

    def DescribeStacks(self, request):
        name = request["StackName"]
        if name not in self.stacks:
            raise Refused(400, "ValidationError", f"Stack with id {name} does not exist")
        output = fields(OutputKey="GenerateFunctionName", OutputValue="generate-1" if self.outputs else "")
        return ("<DescribeStacksResponse><DescribeStacksResult><Stacks><member>"
                + fields(StackId=name, StackName=name, StackStatus="UPDATE_COMPLETE", CreationTime="2024-02-19T07:11:42Z")
                + f"<Outputs><member>{output}</member></Outputs></member></Stacks></DescribeStacksResult>"
                "</DescribeStacksResponse>")

    def ListStackResources(self, request):
        rows = "".join("<member>" + fields(LogicalResourceId=one[0], PhysicalResourceId=one[1], ResourceType=one[2],
                                           ResourceStatus="CREATE_COMPLETE") + "</member>"
                       for one in self.stacks[request["StackName"]])
        return ("<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>" + rows
                + "</StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>")

    def ListHostedZonesByVPC(self, request):
        zones = "".join(f"<HostedZoneSummary>{fields(HostedZoneId=zone, Name=name)}<Owner>{fields(OwningAccount=owner)}</Owner>"
                        "</HostedZoneSummary>" for zone, name, owner in self.private_zones)
        return ("<ListHostedZonesByVPCResponse><HostedZoneSummaries>" + zones + "</HostedZoneSummaries>"
                "</ListHostedZonesByVPCResponse>")

    # EC2

    @staticmethod
    def ec2(action, content):
        return f"<{action}Response>{content}</{action}Response>"

    def DescribeInstanceTypes(self, request):
        asked = filter_values(request, "instance-type")
        vcpus = {kind: VCPUS.get(kind, 8) for kind in asked} if self.vcpus is None else self.vcpus
        rows = [f"<instanceType>{kind}</instanceType><vCpuInfo><defaultVCpus>{count}</defaultVCpus></vCpuInfo>"
                for kind, count in vcpus.items() if kind in asked]
        return self.ec2("DescribeInstanceTypes", f"<instanceTypeSet>{items(rows)}</instanceTypeSet>")

    def DescribeInstanceTypeOfferings(self, request):
        assert request["LocationType"] == "availability-zone"
        asked = filter_values(request, "instance-type")
        everywhere = [region + letter for region in REGIONS for letter in "abcdef"]
        offered = dict.fromkeys(asked, everywhere) if self.offered is None else self.offered
        rows = [fields(instanceType=kind, locationType="availability-zone", location=zone)
                for kind in asked for zone in offered.get(kind, [])]
        return self.ec2("DescribeInstanceTypeOfferings", f"<instanceTypeOfferingSet>{items(rows)}</instanceTypeOfferingSet>")

    def DescribeInstances(self, request):
        patterns = filter_values(request, "instance-type")
        rows = [fields(instanceId="i-1", instanceType=kind, instanceLifecycle=lifecycle)
                + f"<cpuOptions>{fields(coreCount=cores, threadsPerCore=2)}</cpuOptions><tagSet>"
                + items([fields(key="aws:cloudformation:stack-name", value=stack)]) + "</tagSet>"
                for kind, cores, lifecycle, stack in self.running
                if any(fnmatch.fnmatchcase(kind, pattern) for pattern in patterns)]
        return self.ec2("DescribeInstances", "<reservationSet>" + items(
            [f"<instancesSet>{items(rows)}</instancesSet>"]) + "</reservationSet>")

    def DescribeAvailabilityZones(self, request):
        rows = [fields(zoneName=zone, zoneState="available") for zone in self.zones]
        return self.ec2("DescribeAvailabilityZones", f"<availabilityZoneInfo>{items(rows)}</availabilityZoneInfo>")

    def DescribeSubnets(self, request):
        asked = filter_values(request, "subnet-id")
        subnets = {name: (VPC, f"us-east-1{'ab'[number % 2]}", 4000) for number, name in enumerate(asked)} \
            if self.subnets is None else self.subnets
        rows = [fields(subnetId=name, vpcId=vpc, availabilityZone=zone, availableIpAddressCount=free)
                for name, (vpc, zone, free) in subnets.items() if name in asked]
        return self.ec2("DescribeSubnets", f"<subnetSet>{items(rows)}</subnetSet>")

    def DescribeVpcs(self, request):
        rows = [fields(vpcId=name, cidrBlock=cidr) + f"<tagSet>{items([fields(key='aws:cloudformation:stack-name', value=stack)])}"
                "</tagSet>" for name, cidr, stack in self.vpcs]
        return self.ec2("DescribeVpcs", f"<vpcSet>{items(rows)}</vpcSet>")

    def DescribeVpcEndpoints(self, request):
        assert filter_values(request, "service-name")[0].endswith(".execute-api"), request
        rows = [fields(vpcEndpointId=name, serviceName="execute-api", privateDnsEnabled=dns) for name, dns in self.endpoints]
        return self.ec2("DescribeVpcEndpoints", f"<vpcEndpointSet>{items(rows)}</vpcEndpointSet>")

    def DescribeVpcPeeringConnections(self, request):
        rows = [f"<vpcPeeringConnectionId>{name}</vpcPeeringConnectionId><requesterVpcInfo>{fields(vpcId='vpc-a', cidrBlock=a)}"
                f"</requesterVpcInfo><accepterVpcInfo>{fields(vpcId='vpc-b', cidrBlock=b)}</accepterVpcInfo>"
                for name, a, b in self.peerings]
        return self.ec2("DescribeVpcPeeringConnections", f"<vpcPeeringConnectionSet>{items(rows)}</vpcPeeringConnectionSet>")
