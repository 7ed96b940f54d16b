"""`wsdeep deploy`, and the commands around it, against what CloudFormation does in bad hours, as
tests/golden/deploy/<behaviour>/ tells it.

Each folder holds scenario.json (tests/fakes/scripted_cloudformation.py), command.json (the arguments, and what may be
answered at the terminal), and what the command must print: stdout, stderr, and code. WSDEEP_REWRITE_GOLDEN=1 writes the
latter three instead; look at the difference before committing it.
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest

from harness import TIMEOUT, WSDEEP

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
GOLDEN = os.path.join(TESTS, "golden", "deploy")
sys.path.insert(0, os.path.join(TESTS, "fakes"))

from scripted_cloudformation import ScriptedCloudFormation  # noqa: E402

REWRITE = os.environ.get("WSDEEP_REWRITE_GOLDEN") == "1"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Deploy(unittest.TestCase):
    maxDiff = None

    def play(self, folder):
        """Runs the folder's command; its stdout, stderr and exit code."""
        command = json.loads(read(os.path.join(folder, "command.json")))
        with tempfile.TemporaryDirectory() as home, ScriptedCloudFormation(os.path.join(folder, "scenario.json")) as aws:
            environment = {"PATH": os.environ["PATH"], "HOME": home, "AWS_ENDPOINT_URL": aws.endpoint,
                           "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
                           "AWS_REGION": "us-east-1"}
            process = subprocess.Popen([WSDEEP, *command["arguments"]], cwd=GOLDEN, env=environment,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            aws.scenario.client = process
            try:
                out, err = process.communicate(timeout=TIMEOUT)
            finally:
                process.kill()
            self.assertEqual(aws.scenario.problems(), [], err.decode())
            return out.decode(), err.decode(), f"{process.returncode}\n"

    def compare(self, folder, name, actual):
        path = os.path.join(folder, name)
        if REWRITE:
            with open(path, "w", encoding="utf-8") as file:
                file.write(actual)
        else:
            self.assertEqual(actual, read(path), f"{name} of {os.path.basename(folder)}")

    def check(self, folder):
        out, err, code = self.play(folder)
        for name, actual in (("stdout", out), ("stderr", err), ("code", code)):
            self.compare(folder, name, actual)


def add_tests():
    behaviours = sorted(name for name in os.listdir(GOLDEN) if os.path.isdir(os.path.join(GOLDEN, name)))
    assert len(behaviours) >= 12, behaviours
    for behaviour in behaviours:
        folder = os.path.join(GOLDEN, behaviour)
        setattr(Deploy, "test_" + behaviour.replace("-", "_"), lambda self, folder=folder: self.check(folder))


add_tests()

if __name__ == "__main__":
    unittest.main()
