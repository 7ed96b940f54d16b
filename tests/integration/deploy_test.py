"""`wsdeep deploy`, and the commands around it, against what CloudFormation does in bad hours, as every folder below
tests/golden with a command.json tells it; those of tests/golden/terminal belong to screens_test.py. The format is in
tests/golden/README.md.
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

from harness import AT_ONCE, TIMEOUT, WSDEEP
from side_by_side import side_by_side

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
GOLDEN = os.path.join(TESTS, "golden")
SHARED = os.path.join(GOLDEN, "stack", "deploy")  # the templates that the commands work with
sys.path.insert(0, os.path.join(TESTS, "fakes"))

from scripted_cloudformation import ScriptedCloudFormation, without_hashes  # noqa: E402

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
        template = read(os.path.join(SHARED, "template.yaml"))
        with tempfile.TemporaryDirectory() as home, \
                ScriptedCloudFormation(os.path.join(folder, "scenario.json"), template) as aws:
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
                self.assertLess(time.monotonic() - aws.scenario.signalled, AT_ONCE, "it did not stop when it was told to")
            self.assertEqual(aws.scenario.problems(), [], err.decode())
            out = re.sub(r"(?m)^\S+Z ", "TIME ", out.decode()) if "hide_times" in command else out.decode()
            return out, without_hashes(err.decode()), f"{process.returncode}\n"

    @staticmethod
    def lay_out(folder, command):
        for name in ("template.yaml", "nested.yaml"):
            shutil.copy(os.path.join(SHARED, name), folder)
        with open(os.path.join(folder, "template.yaml"), "a", encoding="utf-8") as file:
            file.write("# padding\n" * (command.get("pad", 0) // 10))
        with open(os.path.join(folder, "template.yaml"), "a", encoding="utf-8") as file:
            file.write("  Wide:\n    Value: >-\n" + "      wide\n" * (command.get("wide", 0) // 5) if "wide" in command else "")
        for name, text in command.get("files", {}).items():
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
            if text.startswith("#!"):
                os.chmod(os.path.join(folder, name), 0o755)
        if "settings" in command:
            shutil.copy(os.path.join(GOLDEN, "stack", "template", command["settings"], "wsdeep.yaml"), folder)

    def compare(self, folder, name, actual):
        path = os.path.join(folder, name)
        if REWRITE:
            with open(path, "w", encoding="utf-8") as file:
                file.write(actual)
        else:
            self.assertEqual(actual, read(path), f"{name} of {os.path.relpath(folder, GOLDEN)}")

    def check(self, folder):
        out, err, code = self.play(folder)
        for name, actual in (("stdout", out), ("stderr", err), ("code", code)):
            self.compare(folder, name, actual)

    def test_an_upload_that_is_interrupted_leaves_no_parts(self):
        with tempfile.TemporaryDirectory() as home, ScriptedCloudFormation(os.path.join(SHARED, "upload.json")) as aws:
            self.build_large_handler(home)
            process = subprocess.Popen(
                [WSDEEP, "deploy", "--stack", "chat-dev", "--template", "function.yaml", "--yes", "--binaries", "bin"],
                cwd=home, env=environment_of(home, aws.endpoint, {}), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE)
            aws.scenario.client = process
            try:
                out, err = process.communicate(timeout=TIMEOUT)
            finally:
                process.kill()
            self.assertLess(time.monotonic() - aws.scenario.signalled, AT_ONCE)
            self.assertEqual(aws.scenario.problems(), [], err.decode())
            self.assertEqual((process.returncode, out), (130, b""), err.decode())
            self.assertTrue(err.decode().endswith(
                "wsdeep: error: interrupted after 0 of 1 files\n"
                "the stack was not touched; run deploy again to upload the rest\n"), err.decode())
            self.assertEqual([name for name in os.listdir(os.path.join(home, "build", "package")) if ".zip" not in name], [])

    def test_a_deployment_removes_the_packages_that_nothing_needs_any_more(self):
        """Thirteen old ones: ten are kept for their youth, the template that ran until now and a parameter name two."""
        with tempfile.TemporaryDirectory() as home, ScriptedCloudFormation(os.path.join(SHARED, "tidy.json")) as aws:
            self.write_function(home)
            done = subprocess.run(
                [WSDEEP, "deploy", "--stack", "chat-dev", "--template", "function.yaml", "--yes", "--no-lint",
                 "--binaries", os.path.dirname(WSDEEP), "--poll-interval", "20ms"],
                cwd=home, env=environment_of(home, aws.endpoint, {}), stdin=subprocess.DEVNULL, capture_output=True,
                timeout=TIMEOUT)
            self.assertEqual(aws.scenario.problems(), [], done.stderr.decode())
            self.assertEqual(done.returncode, 0, done.stderr.decode())
            self.assertIn("bucket    removed 1 file that nothing needs any more (1.0 kB)\n", done.stderr.decode())

    def test_with_bedrock_one_stack_is_deployed_and_nobody_waits_for_nodes(self):
        with tempfile.TemporaryDirectory() as home, ScriptedCloudFormation(os.path.join(SHARED, "bedrock.json")) as aws:
            self.lay_out(home, {"settings": "bedrock"})
            done = subprocess.run(
                [WSDEEP, "deploy", "--yes", "--no-lint", "--binaries", os.path.dirname(WSDEEP), "--poll-interval", "20ms"],
                cwd=home, env=environment_of(home, aws.endpoint, {}), stdin=subprocess.DEVNULL, capture_output=True,
                timeout=TIMEOUT)
            told = done.stderr.decode()
            self.assertEqual(aws.scenario.problems(), [], told)
            self.assertEqual((done.returncode, done.stdout.decode()), (0, "WebSocketUrl  wss://chat.example.com\n"), told)
            self.assertIn("packages  authorizer, connect, disconnect, default, message, generate:", told)
            self.assertTrue(told.endswith("chat-dev is deployed: CREATE_COMPLETE\n"), told)
            self.assertNotIn("fleet", told)

    @staticmethod
    def write_function(home):
        with open(os.path.join(home, "function.yaml"), "w", encoding="utf-8") as file:
            file.write("Transform: AWS::Serverless-2016-10-31\nResources:\n  Default:\n"
                       "    Type: AWS::Serverless::Function\n    Properties:\n      Runtime: provided.al2023\n"
                       "      Handler: bootstrap\n      CodeUri: build/package/default.zip\n")

    @staticmethod
    def build_large_handler(home):
        """A handler whose package must go in parts: bytes behind its end that nothing makes shorter."""
        os.mkdir(os.path.join(home, "bin"))
        large = os.path.join(home, "bin", "wsdeep-default")
        shutil.copy(os.path.join(os.path.dirname(WSDEEP), "wsdeep-default"), large)
        with open(large, "ab") as file:
            file.write(os.urandom(17 << 20))
        Deploy.write_function(home)


def add_tests():
    behaviours = sorted(folder for folder, _, files in os.walk(GOLDEN) if "command.json" in files)
    behaviours = [os.path.relpath(folder, GOLDEN) for folder in behaviours]
    behaviours = [name for name in behaviours if not name.startswith("terminal")]
    assert len(behaviours) >= 12, behaviours
    for behaviour in behaviours:
        folder = os.path.join(GOLDEN, behaviour)
        setattr(Deploy, "test_" + re.sub(r"\W", "_", behaviour), lambda self, folder=folder: self.check(folder))


add_tests()

load_tests = side_by_side

if __name__ == "__main__":
    unittest.main()
