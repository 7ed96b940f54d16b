"""What `cmake --install` puts below a prefix works there, away from the tree that it was built in."""

import os
import pathlib
import subprocess
import tempfile
import unittest

from harness import BIN, TIMEOUT, System


class Installed(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="wsdeep-install-")
        self.addCleanup(folder.cleanup)
        self.prefix = pathlib.Path(folder.name)
        subprocess.run(["cmake", "--install", str(pathlib.Path(BIN).parent), "--prefix", str(self.prefix)],
                       check=True, stdout=subprocess.DEVNULL, timeout=TIMEOUT)

    def test_runs_the_local_system_with_its_own_handlers(self):
        system = System("--sim", "ttft=20ms", "--sim", "inter-token=2ms")
        system.program = str(self.prefix / "bin" / "wsdeep")
        self.addCleanup(system.destroy)
        system.up()
        system.add_user("alice")
        answer = system.run("chat", "-m", "Are you installed?")
        self.assertEqual(answer.code, 0, answer)
        self.assertIn("Are you installed?", answer.out)
        programs = {os.readlink(f"/proc/{pid}/exe") for pid in system.processes()}
        self.assertGreater(len(programs), 1, programs)
        self.assertEqual({str(pathlib.Path(program).parent) for program in programs},
                         {str((self.prefix / "bin" / "wsdeep").resolve().parent)})

    def test_has_its_manual_completions_and_service(self):
        for path in ("share/man/man1/wsdeep.1", "share/bash-completion/completions/wsdeep",
                     "share/zsh/site-functions/_wsdeep", "share/fish/vendor_completions.d/wsdeep.fish",
                     "lib/systemd/system/wsdeep-node.service", "share/doc/wsdeep/node.env",
                     "share/wsdeep/result.schema.json", "share/wsdeep/turn.schema.json"):
            self.assertIn("wsdeep", (self.prefix / path).read_text(), path)


if __name__ == "__main__":
    unittest.main()
