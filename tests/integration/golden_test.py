"""Golden tests of commands that need nothing around them: every folder below tests/golden that has a file `args`. The
format is in tests/golden/README.md.
"""

import os
import pathlib
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest

from harness import TIMEOUT, WSDEEP

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"
REWRITE = os.environ.get("WSDEEP_REWRITE_GOLDEN") == "1"
SANITIZERS = {name: value for name, value in os.environ.items() if name in ("ASAN_OPTIONS", "UBSAN_OPTIONS")}


def files_below(folder):
    """Path → content, for every file."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def lines_of(path):
    return path.read_text().splitlines() if path.exists() else []


def run_case(case):
    """What is found, in the form of the folder `expected`: path → content."""
    with tempfile.TemporaryDirectory(prefix="wsdeep-golden-") as name:
        work = pathlib.Path(name).resolve()
        if (case / "input").exists():
            shutil.copytree(case / "input", work, dirs_exist_ok=True)
        before = files_below(work)
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(work), "LC_ALL": "C.UTF-8", **SANITIZERS}
        environment.update(line.split("=", 1) for line in lines_of(case / "env"))
        stdin = (case / "stdin").read_bytes() if (case / "stdin").exists() else b""
        run = subprocess.run(
            [WSDEEP, *shlex.split((case / "args").read_text(), comments=True)],
            input=stdin,
            capture_output=True,
            cwd=work,
            env=environment,
            timeout=TIMEOUT,
        )
        after = files_below(work)
        found = {"files/" + path: data for path, data in after.items() if before.get(path) != data}
        found.update(stdout=run.stdout, stderr=run.stderr, exit=b"%d\n" % run.returncode if run.returncode else b"")
        return {path: data.replace(str(work).encode(), b"$PWD") for path, data in found.items() if data}


def rewrite(case, found):
    shutil.rmtree(case / "expected", ignore_errors=True)
    for path, data in found.items():
        target = case / "expected" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


class Golden(unittest.TestCase):
    maxDiff = None

    def check(self, case):
        found = run_case(case)
        if REWRITE:
            rewrite(case, found)
        expected = files_below(case / "expected") if (case / "expected").exists() else {}
        self.assertEqual(sorted(found), sorted(expected))
        for path, data in found.items():
            self.assertEqual(data.decode(errors="replace"), expected[path].decode(errors="replace"), path)
            self.assertEqual(data, expected[path], path)


def add_case(args):
    case = args.parent
    name = re.sub(r"\W", "_", str(case.relative_to(GOLDEN)))
    setattr(Golden, f"test_{name}", lambda self: self.check(case))


for found_args in sorted(GOLDEN.rglob("args")):
    add_case(found_args)


class Manners(unittest.TestCase):
    """What holds for every command, whatever it does."""

    @classmethod
    def setUpClass(cls):
        page = subprocess.run([WSDEEP, "completion", "man"], check=True, capture_output=True, text=True).stdout
        cls.commands = [line.replace("\\", "").split()[2:] for line in page.splitlines() if line.startswith(".SS wsdeep ")]

    def run_command(self, *words):
        return subprocess.run(
            [WSDEEP, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=TIMEOUT
        )

    def test_the_man_page_lists_the_commands(self):
        self.assertIn(["render"], self.commands)
        self.assertIn(["local", "up"], self.commands)

    def test_help_goes_to_stdout_and_succeeds(self):
        for command in self.commands:
            with self.subTest(command):
                run = self.run_command(*command, "--help")
                self.assertEqual((run.returncode, run.stderr), (0, ""))
                self.assertIn("--help", run.stdout)
                self.assertNotIn("\x1b", run.stdout)

    def test_an_unknown_option_is_named_with_where_the_help_is(self):
        for command in self.commands:
            with self.subTest(command):
                run = self.run_command(*command, "--no-such-option")
                self.assertEqual((run.returncode, run.stdout), (2, ""))
                self.assertIn(f"Try: wsdeep {' '.join(command)} --help\n", run.stderr)
                self.assertTrue(run.stderr.startswith("wsdeep: error: "), run.stderr)

    def test_an_unknown_subcommand_is_named(self):
        for group in {command[0] for command in self.commands if len(command) > 1}:
            with self.subTest(group):
                run = self.run_command(group, "nosuchcommand")
                self.assertEqual((run.returncode, run.stdout), (2, ""))
                self.assertIn(f"wsdeep: error: unknown command 'nosuchcommand'\nTry: wsdeep {group} --help\n", run.stderr)


if __name__ == "__main__":
    unittest.main()
