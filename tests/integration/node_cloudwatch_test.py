"""`wsdeep llm serve --cloudwatch` and `wsdeep-node`: what CloudWatch, played by moto, has of a node that takes its region, its
keys and its id from an instance's metadata; and that a CloudWatch that does not answer disturbs nobody."""

import datetime
import json
import os
import signal
import subprocess
import unittest

from harness import BIN, TIMEOUT, WSDEEP, eventually
from moto import REGION, MotoServer, needs_moto
from node_instance_test import Metadata

NODE = os.path.join(BIN, "wsdeep-node")
ROLE = "iam/security-credentials/"
KEYS = json.dumps({"Code": "Success", "AccessKeyId": "testing", "SecretAccessKey": "testing", "Token": "token",
                   "Expiration": "2099-01-01T00:00:00Z"})
GROUP = {"AutoScalingGroupName": "chat-dev-nodes"}
BOTH = {**GROUP, "InstanceId": "i-1"}


class Instance(unittest.TestCase):
    def serve(self, words, metadata, cloudwatch, **env):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        self.process = subprocess.Popen(
            [*words, "--cloudwatch", "chat-dev-nodes", "--sim", "ttft=20ms", "--sim", "slots=4"], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True,
            env={**clean, "HOME": "/nonexistent", "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata,
                 "AWS_ENDPOINT_URL_CLOUDWATCH": cloudwatch, **env})
        self.addCleanup(self.end)
        self.url = self.process.stdout.readline().strip()
        self.assertTrue(self.url.startswith("grpc://"), self.url)

    def end(self):
        self.process.kill()
        self.process.communicate()

    def generate(self):
        subprocess.run([WSDEEP, "llm", "generate", "hi", "--url", self.url], check=True, capture_output=True, timeout=TIMEOUT)

    def metadata(self, **answers):
        metadata = self.enterContext(Metadata(**answers))
        return metadata.endpoint

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        said = self.process.communicate(timeout=TIMEOUT)[1]
        self.assertEqual(self.process.returncode, 0, said)
        return [json.loads(line) for line in said.splitlines()]


@needs_moto
class Published(Instance):
    @classmethod
    def setUpClass(cls):
        cls.moto = MotoServer()
        cls.addClassCleanup(cls.moto.stop)

    def values(self, metric, dimensions):
        now = datetime.datetime.now(datetime.timezone.utc)
        points = self.moto.client("cloudwatch").get_metric_statistics(
            Namespace="wsdeep/node", MetricName=metric, StartTime=now - datetime.timedelta(minutes=5),
            EndTime=now + datetime.timedelta(minutes=5), Period=60, Statistics=["Average", "SampleCount"],
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()])["Datapoints"]
        return [point["Average"] for point in points]

    def test_a_node_publishes_how_busy_it_is_by_its_instance_s_role(self):
        metadata = self.metadata(**{"placement/region": [REGION], ROLE: ["node"], ROLE + "node": [KEYS]})
        self.serve([NODE], metadata, self.moto.url)
        self.generate()
        (load,) = eventually(lambda: self.values("Load", GROUP), 40)
        self.assertLess(load, 1)
        self.assertEqual(self.values("Load", BOTH), [load])
        self.assertAlmostEqual(self.values("Running", GROUP)[0], load * 4)
        self.assertEqual(self.values("Waiting", BOTH), [0])
        for metric in ("TimeToFirstTokenP50", "TimeToFirstTokenP99"):
            (milliseconds,) = self.values(metric, GROUP)
            self.assertGreaterEqual(milliseconds, 15)
            self.assertLess(milliseconds, 20_000)
        self.assertEqual([line for line in self.stop() if line["level"] != "info"], [])


class Disturbed(Instance):
    def test_a_cloudwatch_that_nobody_reaches_is_logged_once_and_disturbs_nobody(self):
        self.serve([WSDEEP, "llm", "serve"], "http://127.0.0.1:1", "http://127.0.0.1:1", AWS_REGION=REGION,
                   AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing")
        first = self.process.stderr.readline()
        self.assertEqual(json.loads(first)["message"], "the node's load does not reach CloudWatch", first)
        self.generate()
        self.assertEqual([line for line in self.stop() if line["level"] != "info"], [])

    def test_a_node_that_does_not_know_its_region_does_not_start(self):
        clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        run = subprocess.run([NODE, "--cloudwatch", "g"], capture_output=True, text=True, timeout=TIMEOUT,
                             env={**clean, "HOME": "/nonexistent", "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"})
        self.assertEqual((run.returncode, run.stderr),
                         (2, "wsdeep-node: error: CloudWatch needs a region, and this is no instance that knows its own\n"
                             "set AWS_REGION\n"))


class NodeProgram(unittest.TestCase):
    def run_node(self, *words):
        return subprocess.run([NODE, *words], capture_output=True, text=True, timeout=TIMEOUT)

    def test_takes_the_flags_of_wsdeep_llm_serve(self):
        whole = subprocess.run([WSDEEP, "llm", "serve", "--help"], capture_output=True, text=True, timeout=TIMEOUT).stdout
        alone = self.run_node("--help").stdout
        options = [line for line in whole.splitlines() if line.startswith("  -")]
        self.assertEqual([line for line in options if line not in alone.splitlines()], [])
        self.assertIn("Serve a model over gRPC", alone)

    def test_says_its_version_and_what_it_does_not_know(self):
        self.assertRegex(self.run_node("--version").stdout, r"^wsdeep-node [0-9a-f]{12}\n$")
        run = self.run_node("--slotz", "4")
        self.assertEqual((run.returncode, run.stderr),
                         (2, "wsdeep-node: error: unknown option '--slotz', did you mean '--slots'?\n"
                             "Try: wsdeep-node --help\n"))


if __name__ == "__main__":
    unittest.main()
