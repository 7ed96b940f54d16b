"""The Debian package on a bare Debian 12, installed as cli/Containerfile installs it: it runs, and it leaves nothing.

The bare system is debootstrap's smallest, entered with chroot in namespaces of its own, so that nothing that starts in it
outlives a step. It is made once a week and kept in the user's cache folder.
"""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["WSDEEP_BIN"]).parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "wsdeep" / "debian-12.tar"
CACHE_LIFETIME_S = 7 * 24 * 3600
COMMAND_TIMEOUT_S = 600

CHAT = """
wsdeep local up --detach
wsdeep users create alice --email alice@example.com --generate | wsdeep login alice --password-stdin
wsdeep chat --user alice -m "Are you packaged?"
wsdeep local down
"""


def quietly(*command, cwd=None):
    """Runs a command; what it said belongs to its failure."""
    done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=COMMAND_TIMEOUT_S)
    if done.returncode != 0:
        raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout}")


def bare_system(folder):
    """A fresh bare Debian 12 in `folder`."""
    if not CACHE.exists() or time.time() - CACHE.stat().st_mtime > CACHE_LIFETIME_S:
        CACHE.parent.mkdir(parents=True, exist_ok=True)
        made = folder.with_name("made")
        quietly("debootstrap", "--variant=minbase", "bookworm", made)
        partial = CACHE.with_suffix(f".{os.getpid()}")
        quietly("tar", "-C", made, "--one-file-system", "-cf", partial, ".")
        partial.rename(CACHE)
        shutil.rmtree(made)
    folder.mkdir()
    quietly("tar", "-C", folder, "-xpf", CACHE)
    shutil.copy("/etc/resolv.conf", folder / "etc" / "resolv.conf")


def stage(containerfile, name):
    """The instructions of one stage of a Containerfile: (word, text) in order."""
    text = re.search(rf"^FROM .* AS {name}$(.*?)^FROM ", containerfile, re.M | re.S).group(1)
    return re.findall(r"^([A-Z]+) (.*)$", text, re.M)


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.geteuid() != 0:
            raise unittest.SkipTest("root makes and enters a bare Debian")
        for program in ("debootstrap", "dpkg-shlibdeps", "unshare"):
            if not shutil.which(program):
                raise unittest.SkipTest(f"{program} is missing (cli/prepare tests)")
        folder = tempfile.TemporaryDirectory(prefix="wsdeep-debian-")
        cls.addClassCleanup(folder.cleanup)
        cls.packages = pathlib.Path(folder.name) / "packages"
        quietly("cpack", "-G", "DEB", "-B", cls.packages, cwd=BUILD)
        cls.root = pathlib.Path(folder.name) / "root"
        bare_system(cls.root)

    def inside(self, script, user=None):
        """What `script` prints in the bare system; it fails with everything that was said."""
        enter = 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "${@}"'
        run = ["su", "-", user, "-c", f"set -eu; {script}"] if user else ["sh", "-euc", script]
        done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", enter, self.root, *run],
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8",
                                   "DEBIAN_FRONTEND": "noninteractive"},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=COMMAND_TIMEOUT_S)
        self.assertEqual(done.returncode, 0, f"{script}\n{done.stdout}{done.stderr}")
        return done.stdout

    def test_runs_as_the_container_runs_it_and_leaves_nothing(self):
        before = self.files()
        user = self.install_as_in_the_container()
        self.assertIn((BUILD.parent.parent / "CMakeLists.txt").read_text().split("VERSION ")[2].split()[0],
                      self.inside("wsdeep --version", user))
        self.has_its_manual_and_completions()
        self.has_a_service_that_nobody_started()
        self.assertIn("Are you packaged?", self.inside(CHAT, user))
        self.inside("apt-get remove -y wsdeep")
        self.assertEqual({path for path in self.files() - before if "wsdeep" in path}, set())

    def install_as_in_the_container(self):
        """Follows the stage of cli/Containerfile that both images begin with; returns the user that it ends as."""
        user = None
        for word, text in stage((ROOT / "cli" / "Containerfile").read_text(), "installed"):
            if word == "COPY":
                (package,) = self.packages.glob("*.deb")
                shutil.copy(package, self.root / text.split()[-1].lstrip("/"))
            elif word == "RUN":
                self.inside(text)
            elif word == "USER":
                user = text
        # By number, as Kubernetes' runAsNonRoot wants it; the workers' manifests name the same one.
        self.assertEqual(user, "1000:1000")
        return self.inside(f"id -un {user.split(':')[0]}").strip()

    def has_its_manual_and_completions(self):
        self.inside("apt-get update && apt-get install -y --no-install-recommends man-db")
        self.assertEqual(self.inside("man -w wsdeep"), "/usr/share/man/man1/wsdeep.1\n")
        for path in ("bash-completion/completions/wsdeep", "zsh/vendor-completions/_wsdeep",
                     "fish/vendor_completions.d/wsdeep.fish"):
            self.assertTrue((self.root / "usr" / "share" / path).is_file(), path)

    def has_a_service_that_nobody_started(self):
        self.assertIn("ExecStart=/usr/bin/wsdeep-node ", self.inside("cat /lib/systemd/system/wsdeep-node.service"))
        self.assertIn("wsdeep-node", self.inside("wsdeep-node --version"))
        self.assertIn("NODE_ARGUMENTS=", self.inside("cat /usr/share/doc/wsdeep/node.env"))
        self.assertEqual(self.inside("find /etc/systemd /var/lib/systemd -name '*wsdeep*'"), "")

    def files(self):
        """Every file of the bare system but for what belongs to users and to the package tools."""
        kept = ("home", "proc", "dev", "tmp", "var/cache", "var/lib/apt", "var/log", "var/mail")
        return {os.path.relpath(os.path.join(folder, name), self.root)
                for folder, folders, names in os.walk(self.root)
                if not os.path.relpath(folder, self.root).startswith(kept) for name in folders + names}


class Archive(unittest.TestCase):
    def test_is_versioned_and_matches_its_sum(self):
        with tempfile.TemporaryDirectory(prefix="wsdeep-archive-") as folder:
            quietly("cpack", "-G", "TGZ", "-B", folder, cwd=BUILD)
            (archive,) = pathlib.Path(folder).glob("wsdeep-*.tar.gz")
            quietly("sha256sum", "--check", f"{archive.name}.sha256", cwd=folder)
            quietly("tar", "-xzf", archive, cwd=folder)
            program = pathlib.Path(folder) / archive.name.removesuffix(".tar.gz") / "bin" / "wsdeep"
            said = subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout
            self.assertIn(said.split()[-1], archive.name)


if __name__ == "__main__":
    unittest.main()
