"""A fleet's life from its first deployment to its end, by the real binary: the account is moto's, whose Auto Scaling starts
and ends real nodes (tests/fakes/living_fleet.py). Needs `pip install 'moto[server]' cfn-lint aws-sam-translator`.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

from harness import BIN, TIMEOUT, WSDEEP, Run, eventually
from moto import IMAGES, REGION, boto3, needs_moto
from whole_templates_test import MINIMAL, has_linters, write_programs

NO_CAPACITY = ("We currently do not have sufficient g5.xlarge capacity in the Availability Zone you requested (us-east-1a). "
               "Our system will be working on provisioning additional capacity. Launching EC2 instance failed.")
QUOTA = ("You have requested more vCPU capacity than your current vCPU limit of 0 allows for the instance bucket that the "
         "specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an "
         "adjustment to this limit. Launching EC2 instance failed.")
DEPLOY = ("--yes", "--no-lint", "--no-preflight", "--binaries", "programs", "--poll-interval", "50ms")
OLD = "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B"
NEXT = "deepseek-ai/DeepSeek-R1-Distill-Llama-8B"


class Cloud:
    """The account (living_fleet.py); what is called on it happens there."""

    def __init__(self, folder):
        program = pathlib.Path(__file__).resolve().parent.parent / "fakes" / "living_fleet.py"
        self.log = folder / "cloud.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([sys.executable, program, os.path.join(BIN, "wsdeep-node")],
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
                                            env={**os.environ, **IMAGES})
        self.url = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.log.read_text(encoding="utf-8")[-9000:])
        return json.loads(line)

    def __getattr__(self, method):
        def call(*arguments):
            self.process.stdin.write(json.dumps([method, *arguments]) + "\n")
            self.process.stdin.flush()
            return self.answer()
        return call

    def client(self, service):
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, aws_access_key_id="test",
                            aws_secret_access_key="test")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(timeout=TIMEOUT)
        self.process.stdout.close()


@needs_moto
@unittest.skipUnless(has_linters(), "pip install cfn-lint aws-sam-translator")
class Life(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="wsdeep-test-")))
        self.cloud = self.enterContext(Cloud(self.folder))
        certificate = self.cloud.client("acm").request_certificate(DomainName="llm.example.com")["CertificateArn"]
        text = MINIMAL.read_text(encoding="utf-8")
        old = text[text.index("arn:aws:acm"):].split()[0]
        (self.folder / "wsdeep.yaml").write_text(text.replace(old, certificate + "\n  min: 0\n  desired: 1\n  max: 3"))
        write_programs(self.folder / "programs", "x86_64")

    def started(self, *words):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "AWS_ENDPOINT_URL": self.cloud.url,
                       "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_MAX_ATTEMPTS": "1"}
        return subprocess.Popen([WSDEEP, *words, "-e", "dev"], cwd=self.folder, env=environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run_wsdeep(self, *words, code=0):
        process = self.started(*words, *(("--poll-interval", "50ms") if words[0] in ("fleet", "destroy") else ()))
        out, err = process.communicate(timeout=TIMEOUT)
        result = Run(subprocess.CompletedProcess(words, process.returncode, out, err))
        self.assertIn(code, (None, result.code), result)
        if os.environ.get("WSDEEP_SHOW"):
            print("$ wsdeep", *words, result.out, result.err, sep="\n", flush=True)
        return result

    def fleet(self, *words, code=0):
        return self.run_wsdeep("fleet", *words, code=code)

    def status(self):
        return json.loads(self.fleet("status", "--output", "json").out)["group"]

    def serves(self, count):
        eventually(lambda: self.status()["serving"] == count, TIMEOUT)

    def test_a_life(self):
        self.first_start()
        self.is_refused(NO_CAPACITY, "InsufficientInstanceCapacity")
        self.is_refused(QUOTA, "VcpuLimitExceeded")
        self.another_model()
        self.spot()
        self.sleep_and_wake()
        self.the_end()

    def first_start(self):
        self.cloud.hold("image")
        with self.started("deploy", *DEPLOY) as deploying:
            eventually(self.cloud.alive, TIMEOUT)
            self.cloud.hold("model 3 of 14 GB")
            eventually(lambda: "model 3 of 14 GB" in self.fleet("status").out, TIMEOUT)
            said = self.run_wsdeep("status").out
            self.assertIn("0 of 1 serve, 1 coming", said)
            self.assertRegex(said, r"alarms    0 of [1-9][0-9]* ringing")
            self.assertIn("model 3 of 14 GB", said)
            self.assertIsNone(deploying.poll())  # created is not serving
            self.cloud.hold("")
            said = deploying.communicate(timeout=TIMEOUT)[1].decode()
        self.assertEqual(deploying.returncode, 0, said)
        said = said[said.index("chat-dev-fleet is deployed: CREATE_COMPLETE"):]
        self.assertRegex(said, r"Pending initial model → ")  # to loading or ready, as the look comes
        self.assertIn("1 node of chat-dev-fleet-nodes serves: it takes questions", said)
        self.assertEqual(self.status()["serving"], 1)
        eventually(lambda: self.status()["nodes"][0]["load"] == 0, TIMEOUT)  # which the node itself publishes

    def is_refused(self, reason, name):
        self.cloud.refuse(reason)
        told = [self.fleet("scale", "2", "--yes", code=1).err, self.fleet("status").out, self.run_wsdeep("status").out,
                self.run_wsdeep("deploy", *DEPLOY, "--fleet", code=1).err]
        for said in told:
            self.assertIn(reason[:40], said)
            self.assertIn(f"{name}: ", said)
            self.assertIn("1 of 2 serve", said)
        self.cloud.refuse("")
        self.serves(2)
        self.fleet("scale", "1", "--yes")
        eventually(lambda: len(self.cloud.alive()) == 1, TIMEOUT)

    def another_model(self):
        [old] = self.cloud.alive()
        self.fleet("rollout", "--model", NEXT, "--nodes", "1", "--steps", "50", "--hold", "100ms", "--yes")
        self.assertEqual(len(self.cloud.alive()), 2)
        self.assertRegex(self.fleet("status").out, NEXT + r"[^\n]*50 %")
        self.fleet("rollout", "--back", "--yes")
        eventually(lambda: self.cloud.alive() == [old], TIMEOUT)
        self.fleet("rollout", "--model", NEXT, "--nodes", "1", "--steps", "100", "--hold", "100ms", "--yes")
        settings = self.folder / "wsdeep.yaml"
        settings.write_text(settings.read_text(encoding="utf-8").replace(OLD, NEXT))
        self.fleet("rollout", "--finish", "--yes")
        eventually(lambda: len(self.cloud.alive()) == 1 and old not in self.cloud.alive(), TIMEOUT)
        self.serves(1)
        self.assertEqual(self.run_wsdeep("deploy", *DEPLOY).err.count("there is nothing to deploy"), 2)

    def spot(self):
        [gone] = self.cloud.alive()
        self.cloud.interrupt(gone)
        eventually(lambda: gone not in self.cloud.alive(), TIMEOUT)
        self.serves(1)
        self.assertRegex(self.run_wsdeep("logs", "--node", gone).out, r"wsdeep-stage: ready\n(.*\n)*.*wsdeep-stage: leaving ")

    def sleep_and_wake(self):
        self.fleet("scale", "0", "--yes")
        eventually(lambda: not self.cloud.alive(), TIMEOUT)
        self.assertIn("desired 0", self.fleet("status").out)
        self.assertTrue(self.cloud.call_without_a_node("chat-dev-fleet"))
        self.serves(1)

    def the_end(self):
        self.run_wsdeep("destroy", "--confirm", "chat-dev")
        eventually(lambda: not self.cloud.alive(), TIMEOUT)


if __name__ == "__main__":
    unittest.main()
