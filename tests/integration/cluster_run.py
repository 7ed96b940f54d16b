"""A load test whose workers are somewhere else, as far as it knows: what the tests of `--on k8s` and `--on ecs` share."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
import uuid

from harness import TIMEOUT, WSDEEP, eventually
from live_node import Node
from loadtest_run import tells_of_lateness, was_late
from moto import KEY, REGION, MotoServer
from node_tls_test import Authority

VALID_OR_BUSY = (0, 7)  # a machine that is busy with other tests is told as what it is
# What workers get to be ready for the common start: at first what a machine needs that does nothing else, then plenty.
STARTS = ("10s", "90s")
ANSWERS = ("--sim", "prefill=0ms", "--sim", "ttft=10ms", "--sim", "inter-token=1ms", "--sim", "tokens=5")


class Elsewhere(unittest.TestCase):
    """A bucket of each test's at moto's, and a node."""

    @classmethod
    def setUpClass(cls):
        cls.moto = MotoServer()
        cls.addClassCleanup(cls.moto.stop)
        cls.s3 = cls.moto.client("s3")

    def setUp(self):
        self.new_bucket()
        self.folder = tempfile.mkdtemp(prefix="wsdeep-elsewhere-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.node = Node(self, *ANSWERS)

    def be_known_by_certificate(self):
        """From now on the node takes nobody without one: the flags that show one, and the file of its key."""
        ca = Authority(self.folder, "ca")
        certificate, key = ca.sign("node")
        self.node = Node(self, "--certificate", certificate, "--key", key, "--client-ca", ca.path("pem"), *ANSWERS)
        certificate, key = ca.sign("worker")
        return ("--ca-file", ca.path("pem"), "--cert", certificate, "--key", key), key

    def turns_at_node(self):
        return self.node.turns()

    def aws(self):
        return {"AWS_ENDPOINT_URL": self.moto.url, "AWS_REGION": REGION, "AWS_MAX_ATTEMPTS": "3", **KEY}

    def environment(self):
        return {"PATH": os.environ["PATH"], "HOME": self.folder, **self.aws()}

    def whole_run(self, *words, **how):
        """A run of which all workers were ready in time: where the machine was too busy for that, the next one gives them
        more."""
        for start_in in STARTS:
            result = self.end(self.begin(*words, start_in=start_in, **how), (*VALID_OR_BUSY, 1))
            if result and not was_late(result):
                return result
            self.assertTrue(tells_of_lateness(self.out + self.err), f"{self.out}\n{self.err}")
            self.start_afresh()
        self.fail(f"late again\n{self.out}\n{self.err}")

    def running(self, all_run, **how):
        """The process of a run whose workers have all begun to send, which `all_run` knows."""
        for start_in in STARTS:
            process = self.begin(start_in=start_in, **how)
            eventually(lambda: process.poll() is not None or all_run(), 3 * TIMEOUT)
            if process.poll() is None:
                return process
            self.end(process, (1, 7))
            self.start_afresh()
        self.fail(f"late again\n{self.out}\n{self.err}")

    def start_afresh(self):
        """Nothing is left of the run before."""
        self.new_bucket()

    def new_bucket(self):
        self.bucket = f"load-results-{uuid.uuid4()}"
        self.s3.create_bucket(Bucket=self.bucket)
        self.s3.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": "Enabled"})

    def begin(self, *words, duration="2s", results="runs"):
        self.json = os.path.join(self.folder, "run.json")
        command = [WSDEEP, "loadtest", "llm", "--url", self.node.url, "--rate", "20/s", "--arrivals", "constant",
                   "--duration", duration, "--warm-up", "none", "--results",
                   f"s3://{self.bucket}/{results}", "--json", self.json, *words]
        return subprocess.Popen(command, env=self.environment(), cwd=self.folder, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def end(self, process, code):
        self.out, self.err = process.communicate(timeout=4 * TIMEOUT)
        codes = code if isinstance(code, tuple) else (code,)
        self.assertIn(process.returncode, codes, f"{self.out}\n{self.err}")
        if not os.path.exists(self.json):
            return None
        with open(self.json, encoding="utf-8") as file:
            return json.load(file)

    def keys(self):
        """What is in the bucket, in any version."""
        found = self.s3.list_object_versions(Bucket=self.bucket)
        return sorted(one["Key"] for part in ("Versions", "DeleteMarkers") for one in found.get(part, []))

    def shards(self):
        return [key.rpartition("/")[2] for key in self.keys() if key.endswith(".shard")]
