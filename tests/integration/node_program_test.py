"""`wsdeep-node`, which is all that a GPU node runs of ours: a build that differs elsewhere leaves its bytes, and so its
package, as they are, and no node is replaced for it."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import BIN, TIMEOUT, WSDEEP

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")
NODE = os.path.join(BIN, "wsdeep-node")
MAP = os.path.join(BIN, "..", "cli", "commands", "wsdeep-node.map")
SOURCES = os.path.join(ROOT, "cli", "node", "program_sources.cmake")
MEMBER = re.compile(r"cli/(\w+)/libwsdeep_(\w+)\.a\((\w+)\.(?:cpp|cxx)\.o\)")
# Only the node's own, so not in the list of those that stand beside others.
ITS_OWN = ("command", "program", "proto")


def release():
    with open(os.path.join(ROOT, "CMakeLists.txt"), encoding="utf-8") as file:
        return re.search(r"project\(wsdeep VERSION ([0-9.]+)", file.read()).group(1)


def listed():
    with open(SOURCES, encoding="utf-8") as file:
        return re.findall(r"^  ([\w/]+\.cpp)", file.read(), re.M)


def linked():
    """The sources that the map names, and the batches of a unity build among them."""
    with open(MAP, encoding="utf-8", errors="replace") as file:
        found = set(MEMBER.findall(file.read()))
    names = {(folder, name) for folder, library, name in found if library not in ITS_OWN}
    batches = {(folder, name) for folder, name in names if name.startswith("unity_")}
    return names - batches, batches


def path_of(folder, name):
    top = os.path.join(ROOT, "cli")
    return next(os.path.relpath(os.path.join(at, name + ".cpp"), top)
                for at, _, files in os.walk(os.path.join(top, folder)) if name + ".cpp" in files)


class Bytes(unittest.TestCase):
    def test_come_from_what_a_node_needs(self):
        sources, batches = linked()
        self.assertEqual([one for one in batches if not re.match(r"unity_node\d+", one[1])], [],
                         "a batch of other code: see wsdeep_batches in CMakeLists.txt")
        if batches:
            return  # a unity build takes whole batches: the list is held to a build without
        right = sorted(path_of(folder, name) for folder, name in sources)
        self.assertEqual(sorted(listed()), right, "cli/node/program_sources.cmake should list\n  " + "\n  ".join(right))

    def test_are_of_no_folder_that_deploys(self):
        folders = {folder for part in linked() for folder, _ in part}
        self.assertLessEqual(folders, {"base", "wire", "net", "aws", "llm", "node", "terminal"})

    def test_name_neither_the_release_nor_the_machine_that_built_them(self):
        with open(NODE, "rb") as file:
            content = file.read()
        self.assertNotIn(b"\0" + release().encode() + b"\0", content)
        self.assertNotIn(os.path.realpath(ROOT).encode(), content)
        self.assertNotIn(os.path.realpath(BIN).encode(), content)


class Version(unittest.TestCase):
    def test_is_made_of_the_bytes(self):
        said = subprocess.run([NODE, "--version"], capture_output=True, text=True, timeout=TIMEOUT)
        notes = subprocess.run(["readelf", "-n", NODE], capture_output=True, text=True, timeout=TIMEOUT).stdout
        build_id = re.search(r"Build ID: ([0-9a-f]+)", notes).group(1)
        self.assertEqual((said.returncode, said.stdout), (0, f"wsdeep-node {build_id[:12]}\n"))


class Package(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # All of them build into one folder: what one has built is there for the next, as in a user's.
        cls.out = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="wsdeep-node-program-"))

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wsdeep-node-program-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.programs = os.path.join(self.folder, "bin")
        os.mkdir(self.programs)
        for name in ("wsdeep", "wsdeep-node"):
            shutil.copy(os.path.join(BIN, name), self.programs)

    def build(self):
        """The hash of the package of the node as it is now."""
        words = [WSDEEP, "package", "--only", "node", "--architecture", "x86_64", "--binaries", self.programs,
                 "--out", self.out, "--output", "json"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=TIMEOUT, cwd=self.folder)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [one["sha256"] for one in json.loads(done.stdout)]

    def becomes(self, old, new):
        """Every program as if it had been built of other sources; those that this makes a difference to."""
        changed = []
        for name in sorted(os.listdir(self.programs)):
            path = os.path.join(self.programs, name)
            with open(path, "rb") as file:
                content = file.read()
            if old in content:
                changed.append(name)
            with open(path, "wb") as file:
                file.write(content.replace(old, new))
        return changed

    def test_stays_the_same_under_another_version(self):
        before = self.build()
        digits = release().split(".")
        changed = self.becomes(release().encode(), ".".join([*digits[:-1], "9"]).encode())
        self.assertEqual(changed, ["wsdeep"], "the tool knows its version, the node does not")
        self.assertEqual(before, self.build())

    def test_stays_the_same_when_a_tool_changes(self):
        before = self.build()
        with open(os.path.join(self.programs, "wsdeep"), "ab") as file:
            file.write(b"another build")
        self.assertEqual(before, self.build())

    def test_changes_with_the_node(self):
        before = self.build()
        with open(os.path.join(self.programs, "wsdeep-node"), "ab") as file:
            file.write(b"another build")
        self.assertNotEqual(before, self.build())


class Health(unittest.TestCase):
    def ask(self, *words):
        return subprocess.run([NODE, "health", *words], capture_output=True, text=True, timeout=TIMEOUT)

    def test_says_why_a_node_does_not_serve(self):
        said = self.ask("--url", "127.0.0.1:1")
        self.assertEqual((said.returncode, said.stdout), (1, ""))
        self.assertRegex(said.stderr, r"^wsdeep-node: error: the node at 127\.0\.0\.1:1 does not serve: .*Connection refused")
        self.assertIn("journalctl -u wsdeep-node", said.stderr)

    def test_is_quiet_about_one_that_serves(self):
        node = subprocess.Popen([NODE, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(node.communicate)
        self.addCleanup(node.kill)
        said = self.ask("--url", node.stdout.readline().strip().removeprefix("grpc://"))
        self.assertEqual((said.returncode, said.stdout, said.stderr), (0, "", ""))


if __name__ == "__main__":
    unittest.main()
