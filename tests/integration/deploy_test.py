"""`wsdeep deploy`, and the commands around it, against what CloudFormation does in bad hours, as
tests/golden/deploy/<behaviour>/ tells it.

Each folder holds scenario.json (tests/fakes/scripted_cloudformation.py), command.json and what the command must print:
stdout, stderr, and code. WSDEEP_REWRITE_GOLDEN=1 writes the latter three instead; look at the difference before
committing it. command.json has the `arguments`, and may have

    environment   variables to set, or with "" to take away
    pad           how many bytes of comments to put below template.yaml, for one that is too large for a request
    hide_times    true: the lines of stdout begin with a time, which is not compared
    settings      the folder of tests/golden/render whose wsdeep.yaml is there
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from harness import TIMEOUT, WSDEEP

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
GOLDEN = os.path.join(TESTS, "golden", "deploy")
sys.path.insert(0, os.path.join(TESTS, "fakes"))

from scripted_cloudformation import ScriptedCloudFormation  # noqa: E402

SANITIZERS = {name: value for name, value in os.environ.items() if name in ("ASAN_OPTIONS", "UBSAN_OPTIONS")}
REWRITE = os.environ.get("WSDEEP_REWRITE_GOLDEN") == "1"


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def environment_of(home, endpoint, more):
    values = {"PATH": "/usr/bin:/bin", "HOME": home, "AWS_ENDPOINT_URL": endpoint, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
              "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1", **SANITIZERS, **more}
    return {name: value for name, value in values.items() if value}


class Deploy(unittest.TestCase):
    maxDiff = None

    def play(self, folder):
        """Runs the folder's command; its stdout, stderr and exit code."""
        command = json.loads(read(os.path.join(folder, "command.json")))
        with tempfile.TemporaryDirectory() as home, ScriptedCloudFormation(os.path.join(folder, "scenario.json")) as aws:
            self.lay_out(home, command)
            process = subprocess.Popen([WSDEEP, *command["arguments"]], cwd=home, stdin=subprocess.DEVNULL,
                                       env=environment_of(home, aws.endpoint, command.get("environment", {})),
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            aws.scenario.client = process
            try:
                out, err = process.communicate(timeout=TIMEOUT)
            finally:
                process.kill()
            if aws.scenario.signalled:
                self.assertLess(time.monotonic() - aws.scenario.signalled, 1.5, "it did not stop when it was told to")
            self.assertEqual(aws.scenario.problems(), [], err.decode())
            out = re.sub(r"(?m)^\S+Z ", "TIME ", out.decode()) if "hide_times" in command else out.decode()
            return out, err.decode(), f"{process.returncode}\n"

    @staticmethod
    def lay_out(folder, command):
        for name in ("template.yaml", "nested.yaml"):
            shutil.copy(os.path.join(GOLDEN, name), folder)
        with open(os.path.join(folder, "template.yaml"), "a", encoding="utf-8") as file:
            file.write("# padding\n" * (command.get("pad", 0) // 10))
        if "settings" in command:
            shutil.copy(os.path.join(TESTS, "golden", "render", command["settings"], "wsdeep.yaml"), folder)

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
