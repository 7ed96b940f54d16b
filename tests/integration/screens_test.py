"""What a person sees at a terminal, and types: questions, answers, Ctrl-C, and the screen that is redrawn, as
tests/golden/terminal/<command>/<behaviour>/ tells it. The format is in tests/golden/README.md.
"""

import json
import os
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

from harness import WSDEEP
from terminal import OnTerminal

TESTS = pathlib.Path(__file__).resolve().parent.parent
SCREENS = TESTS / "golden" / "terminal"
sys.path.insert(0, str(TESTS / "fakes"))

from scripted_cloudformation import ScriptedCloudFormation, without_hashes  # noqa: E402

REWRITE = os.environ.get("WSDEEP_REWRITE_GOLDEN") == "1"
SANITIZERS = {name: value for name, value in os.environ.items() if name in ("ASAN_OPTIONS", "UBSAN_OPTIONS")}


class Nothing:
    """Where no AWS is needed: an endpoint that nobody listens at."""

    endpoint = "http://127.0.0.1:1"
    scenario = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass


class Screens(unittest.TestCase):
    maxDiff = None

    def play(self, folder, work):
        """The screen, the exit code and the written files, as they stand in the folder."""
        command = json.loads((folder / "command.json").read_text())
        for template in (TESTS / "golden" / "stack" / "deploy").glob("*.yaml"):
            shutil.copy(template, work)
        for name, text in command.get("given", {}).items():
            (work / name).write_text(text)
        before = {path: path.read_bytes() for path in work.rglob("*") if path.is_file()}
        scenario = folder / "scenario.json"
        with ScriptedCloudFormation(scenario) if scenario.exists() else Nothing() as aws:
            environment = {"PATH": "/usr/bin:/bin", "HOME": str(work), "LC_ALL": "C.UTF-8",
                           "AWS_ENDPOINT_URL": aws.endpoint, "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
                           "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1", **SANITIZERS}
            with OnTerminal([WSDEEP, *command["arguments"]], environment, work, command.get("columns", 80)) as terminal:
                if aws.scenario:
                    aws.scenario.client = terminal.process
                for question, keys in command.get("answers", []):
                    terminal.answer(question, keys)
                code = terminal.finish()
            if aws.scenario:
                self.assertEqual(aws.scenario.problems(), [], terminal.screen.text())
        if not command.get("may_wrap"):
            self.assertEqual(terminal.screen.wrapped, [])
        found = {"screen": without_hashes(terminal.screen.text()), "code": f"{code}\n"}
        for path in work.rglob("*"):
            if path.is_file() and before.get(path) != path.read_bytes():
                found[f"files/{path.relative_to(work)}"] = path.read_text()
        return found

    def check(self, folder):
        with tempfile.TemporaryDirectory() as work:
            found = self.play(folder, pathlib.Path(work))
        if REWRITE:
            shutil.rmtree(folder / "files", ignore_errors=True)
            for name, text in found.items():
                (folder / name).parent.mkdir(exist_ok=True)
                (folder / name).write_text(text)
        expected = {name: (folder / name).read_text() for name in ("screen", "code")}
        expected.update({str(path.relative_to(folder)): path.read_text()
                         for path in folder.rglob("files/**/*") if path.is_file()})
        self.assertEqual(sorted(found), sorted(expected))
        for name, text in found.items():
            self.assertEqual(text, expected[name], f"{name} of {folder.relative_to(SCREENS)}")


def add_tests():
    folders = sorted(path.parent for path in SCREENS.rglob("command.json"))
    assert len(folders) >= 12, folders
    for folder in folders:
        name = re.sub(r"\W", "_", str(folder.relative_to(SCREENS)))
        setattr(Screens, f"test_{name}", lambda self, folder=folder: self.check(folder))


add_tests()

if __name__ == "__main__":
    unittest.main()
