"""The man page and the completions are what the command table says now; WSDEEP_REWRITE_GOLDEN=1 writes them."""

import os
import shutil
import subprocess
import unittest

from harness import WSDEEP

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")
FILES = {
    "man": "man/wsdeep.1",
    "bash": "completions/wsdeep.bash",
    "zsh": "completions/_wsdeep",
    "fish": "completions/wsdeep.fish",
}


def generated(what):
    return subprocess.run([WSDEEP, "completion", what], check=True, stdout=subprocess.PIPE).stdout


class GeneratedFiles(unittest.TestCase):
    def test_they_are_not_stale(self):
        for what, path in FILES.items():
            with self.subTest(path):
                full = os.path.join(ROOT, path)
                if os.environ.get("WSDEEP_REWRITE_GOLDEN"):
                    with open(full, "wb") as file:
                        file.write(generated(what))
                with open(full, "rb") as file:
                    self.assertEqual(
                        file.read().decode(), generated(what).decode(), f"{path} is stale: set WSDEEP_REWRITE_GOLDEN=1"
                    )

    def test_bash_completes_commands_options_and_choices(self):
        def complete(*words):
            script = (
                f'source "{os.path.join(ROOT, FILES["bash"])}"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                '_wsdeep; printf "%s\\n" "${COMPREPLY[@]}"'
            )
            return subprocess.run(
                ["bash", "-c", script, "bash", *words], check=True, stdout=subprocess.PIPE, text=True
            ).stdout.split()

        self.assertEqual(complete("wsdeep", "cha"), ["chat"])
        self.assertEqual(complete("wsdeep", "local", ""), ["up", "status", "rotate-keys", "down"] + complete("wsdeep", "local", "-"))
        self.assertIn("--message", complete("wsdeep", "chat", "--me"))
        self.assertEqual(complete("wsdeep", "local", "status", "--output", "j"), ["json"])

    @unittest.skipUnless(shutil.which("man"), "man is not installed (apt-get install man-db)")
    def test_the_man_page_formats_without_a_warning(self):
        result = subprocess.run(
            ["man", "--warnings", "-l", os.path.join(ROOT, FILES["man"])],
            env={**os.environ, "MANWIDTH": "100", "LC_ALL": "C.UTF-8"},
            capture_output=True,
        )
        self.assertEqual((result.returncode, result.stderr), (0, b""))


if __name__ == "__main__":
    unittest.main()
