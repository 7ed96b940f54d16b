"""`wsdeep preflight` against moto's server, somebody else's reading of AWS: EC2, ACM, Route 53, ECR, S3, Secrets Manager,
Parameter Store. Needs `pip install 'moto[server]'`.

What moto 5.2 does not do, and preflight_test therefore plays: quotas of GPU instances, Lambda's account settings.
"""

import json
import os
import subprocess
import tempfile
import unittest

from harness import TIMEOUT, WSDEEP
from moto import KEY, REGION, MotoServer, needs_moto

SETTINGS = """project: chat
environments:
  dev:
    region: us-east-1
    account: "123456789012"
network: {{mode: existing, vpc: {vpc}, subnets: [{subnets}]}}
auth:
  hosted_ui_prefix: chat
  callback_urls: [https://app.example.com/callback]
  google: {{client_id: 12-abc.apps.googleusercontent.com, client_secret: chat/google}}
llm:
  domain: llm.example.com
  certificate: {certificate}
  model: deepseek-ai/DeepSeek-R1-Distill-Qwen-7B
  model_source: s3://chat-models/r1
  instance_types: [g5.xlarge]
  image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/vllm:v1
allowed_origins: [https://app.example.com]
"""


@needs_moto
class PreflightOfMoto(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.moto = MotoServer()
        cls.addClassCleanup(cls.moto.stop)
        cls.ec2, cls.zones = cls.moto.client("ec2"), cls.moto.client("route53")
        cls.vpc = cls.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        cls.subnets = [cls.ec2.create_subnet(VpcId=cls.vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"us-east-1{zone}")
                       ["Subnet"]["SubnetId"] for n, zone in enumerate("ab")]
        cls.certificate = cls.moto.client("acm").request_certificate(
            DomainName="llm.example.com", ValidationMethod="DNS")["CertificateArn"]

    def findings(self, **changes):
        """check → (severity, what) of every finding."""
        values = {"vpc": self.vpc, "subnets": ", ".join(self.subnets), "certificate": self.certificate, **changes}
        with tempfile.TemporaryDirectory() as home:
            with open(os.path.join(home, "wsdeep.yaml"), "w", encoding="utf-8") as file:
                file.write(SETTINGS.format(**values))
            done = subprocess.run([WSDEEP, "preflight", "--output", "json"], cwd=home, capture_output=True, text=True,
                                  timeout=TIMEOUT, env={"PATH": "/usr/bin:/bin", "HOME": home, "AWS_REGION": REGION,
                                                        "AWS_ENDPOINT_URL": self.moto.url, **KEY})
        self.assertIn(done.returncode, (0, 1), done.stderr)
        found = {}
        for one in json.loads(done.stdout)["findings"]:
            found.setdefault(one["check"], []).append((one["severity"], one["what"]))
        return found

    def test_what_is_missing_is_an_error_until_it_is_there(self):
        before = self.findings()
        for check in ("secrets", "model", "image"):
            self.assertEqual([severity for severity, _ in before[check]], ["error"], before[check])
        self.moto.client("secretsmanager").create_secret(Name="chat/google", SecretString="x")
        s3 = self.moto.client("s3")
        s3.create_bucket(Bucket="chat-models")
        s3.put_object(Bucket="chat-models", Key="r1/model.safetensors", Body=b"0" * 1000)
        ecr = self.moto.client("ecr")
        ecr.create_repository(repositoryName="vllm")
        ecr.put_image(repositoryName="vllm", imageTag="v1", imageManifest=json.dumps(
            {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
             "config": {"mediaType": "x", "size": 1, "digest": "sha256:" + "0" * 64}, "layers": []}))
        after = self.findings()
        for check in ("secrets", "model", "image"):
            self.assertEqual([severity for severity, _ in after[check]], ["ok"], after[check])
        self.assertIn("1.0 kB in 1 object", after["model"][0][1])

    def test_account_types_and_subnets_are_those_of_the_service(self):
        found = self.findings()
        self.assertEqual(found["account"][0][0], "ok")
        self.assertEqual(found["subnets"], [("ok", "2 in us-east-1a, us-east-1b")])
        self.assertEqual([severity for severity, _ in found["instance-types"]], ["ok"], found["instance-types"])
        self.assertEqual(found["api-log-role"][0][0], "ok")
        missing = self.findings(subnets=f"{self.subnets[0]}, subnet-0123456789abcdef0")
        self.assertIn(("error", "there is no subnet subnet-0123456789abcdef0 in us-east-1"), missing["subnets"])

    def test_a_certificate_is_told_by_its_state(self):
        found = self.findings()["certificates"]
        self.assertIn(found[0][0], ("ok", "error"))  # moto issues it after a while
        self.assertIn("llm.certificate", found[0][1])
        none = self.findings(certificate=self.certificate[:-4] + "0000")["certificates"]
        self.assertEqual(none[0][0], "error")
        self.assertIn("has no such certificate", none[0][1])

    def test_a_zone_of_the_name_and_an_endpoint_in_the_way_are_errors(self):
        before = self.findings()
        self.assertEqual((before["private-zones"][0][0], before["api-endpoints"][0][0]), ("ok", "ok"))
        zone = self.zones.create_hosted_zone(Name="llm.example.com", CallerReference="1", HostedZoneConfig={"PrivateZone": True},
                                             VPC={"VPCRegion": REGION, "VPCId": self.vpc})["HostedZone"]["Id"]
        self.addCleanup(self.zones.delete_hosted_zone, Id=zone)
        endpoint = self.ec2.create_vpc_endpoint(VpcId=self.vpc, ServiceName="com.amazonaws.us-east-1.execute-api",
                                                VpcEndpointType="Interface", PrivateDnsEnabled=True)["VpcEndpoint"]
        self.addCleanup(self.ec2.delete_vpc_endpoints, VpcEndpointIds=[endpoint["VpcEndpointId"]])
        after = self.findings()
        self.assertEqual(after["private-zones"][0][0], "error", after["private-zones"])
        self.assertEqual(after["api-endpoints"][0][0], "error", after["api-endpoints"])
        self.assertIn(endpoint["VpcEndpointId"], after["api-endpoints"][0][1])


if __name__ == "__main__":
    unittest.main()
