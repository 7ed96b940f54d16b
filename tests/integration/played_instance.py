"""An instance of the fleet, played on a copy of this file system that lasts as long as the test: the scripts and services of
templates/node/ run as they are; aws, docker and what else only such an instance has is played."""

import datetime
import functools
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import unittest
import zipfile

from instance_metadata import InstanceMetadata

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE = ROOT / "templates" / "node"
WSDEEP = pathlib.Path(os.environ["WSDEEP_BIN"]) / "wsdeep"
WSDEEP_NODE = WSDEEP.with_name("wsdeep-node")
SETTINGS = ROOT / "tests" / "golden" / "stack" / "template"
TIMEOUT_S = 120

# A tool that notes how it was called; then it does what the test says, if it says something.
TOOL = """#!/bin/bash
name=${0##*/}
echo "$name $*" >> /played/calls
[ -e "/played/$name" ] || exit 0
. "/played/$name"
"""
TOOLS = ("aws", "docker", "systemctl", "nvidia-smi", "lsblk", "mkfs.xfs", "mdadm", "blkid", "mount", "udevadm", "sleep",
         "mountpoint")
ENTER = """set -e
mount -t tmpfs none "$0" && mkdir "$0/upper" "$0/work" "$0/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$0/upper,workdir=$0/work" "$0/root"
mount -t proc proc "$0/root/proc" && mount --rbind /dev "$0/root/dev"
mkdir -p "$0/root/played" && mount --bind "$1" "$0/root/played"
shift
exec chroot "$0/root" "$@"
"""


class Metadata(InstanceMetadata):
    """Each path has its answers in order, the last of which stays."""

    def __init__(self, **answers):
        super().__init__()
        self.answers = {"instance-id": ["i-1"], **answers}

    def token(self, path, ttl):
        return 200, "token"

    def value(self, name, token):
        known = self.answers.get(name)
        if token != "token" or not known:
            return 404, ""
        return 200, known.pop(0) if len(known) > 1 else known[0]


def state(*states):
    return {"autoscaling/target-lifecycle-state": list(states)}


@functools.cache
def rendered(behaviour):
    return subprocess.run([WSDEEP, "render", "--fleet"], cwd=SETTINGS / behaviour, check=True, capture_output=True, text=True,
                          timeout=TIMEOUT_S).stdout


def user_data(behaviour, **values):
    """The user data of the first fleet's launch template of a golden's settings, its placeholders filled in."""
    text = rendered(behaviour)
    text = text[text.index("Mappings:"):text.index("  NodeTemplateRollout:")]
    block = re.search(r"Fn::Base64: !Sub\n +- \|\n(.*?)\n +- EngineName", text, re.S).group(1)
    script = re.sub(r"^ {14}", "", block, flags=re.M)
    known = dict(re.findall(r"^ {14,16}(?:- )?([A-Za-z]+): \"?([^\"!\n]*)\"?$", text[text.index("- EngineName"):], re.M))
    engine = text[:text.index("Conditions:")]
    commands = dict(re.findall(r"^      (Name|Command|Loaded): (.*?)\n(?=      [A-Z]|    [A-Z])", engine, re.M | re.S))
    command = re.sub(r"\s+", " ", commands["Command"].removeprefix(">-")).strip()
    known |= {"EngineName": commands["Name"].split()[0], "EngineCommand": command, "EngineLoaded": commands["Loaded"].strip('"'),
              "NodeArguments": re.search(r"Arguments: (.*)", text).group(1), "GroupName": "chat-dev-nodes",
              "AWS::Region": "us-east-1", "AWS::StackName": "chat-dev", "Model": "deepseek", "ModelBucket": "",
              "ModelPrefix": "", "Image": "docker.io/vllm/vllm-openai:v0.30.0", "LlmContextTokens": "8192",
              "NodePackageBucket": "packages", "NodePackageKey": "node.zip", **values}
    return re.sub(r"\$\{([^!}]+)\}", lambda match: known[match.group(1)], script)


class PlayedInstance(unittest.TestCase):
    def setUp(self):
        if os.geteuid() != 0:
            raise unittest.SkipTest("root makes a file system of its own for the scripts")
        if subprocess.run(["unshare", "--mount", "true"], capture_output=True, timeout=TIMEOUT_S).returncode != 0:
            raise unittest.SkipTest("no namespaces for mounts here")
        folder = tempfile.TemporaryDirectory(prefix="wsdeep-instance-")
        self.addCleanup(folder.cleanup)
        self.played = pathlib.Path(folder.name) / "played"
        self.mount = pathlib.Path(folder.name) / "mount"
        for one in (self.played, self.played / "tools", self.mount):
            one.mkdir()
        for name in TOOLS:
            self.write(f"tools/{name}", TOOL)
        with zipfile.ZipFile(self.played / "node.zip", "w") as package:
            for file in NODE.iterdir():
                package.write(file, file.name)
        self.play("nvidia-smi", "echo GPU 0; echo GPU 1")
        self.play("aws", '[ "$1 $2" = "s3 cp" ] && cp /played/node.zip "${@: -1}"; exit 0')
        self.play("docker", '[ "$1 $2" != "image inspect" ]')
        self.play("mountpoint", "exit 1")

    def write(self, name, text):
        (self.played / name).write_text(text)
        (self.played / name).chmod(0o755)

    def play(self, tool, script):
        self.write(tool, script)

    def inside(self, script, metadata, code=0):
        """Runs the script in a fresh copy of the file system; returns what it printed."""
        self.write("script", script)
        self.write("calls", "")
        with metadata:
            path = f"/played/tools:{os.environ['PATH']}"
            done = subprocess.run(["unshare", "--mount", "bash", "-c", ENTER, self.mount, self.played, "bash", "/played/script"],
                                  env={"PATH": path, "LC_ALL": "C.UTF-8", "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata.endpoint},
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=TIMEOUT_S)
        self.assertEqual(done.returncode, code, f"{done.stdout}{done.stderr}{self.calls()}")
        return done.stdout

    def calls(self, *tools):
        lines = (self.played / "calls").read_text().splitlines()
        return [line for line in lines if not tools or line.split()[0] in tools]

    def set_up(self, behaviour="minimal", **values):
        return f"(\n{user_data(behaviour, **values)}\n)\n"

    def after_set_up(self, script, metadata):
        return self.inside(self.set_up() + ": > /played/calls\n" + script, metadata)

    SIGNAL = ("aws cloudformation signal-resource --stack-name chat-dev --logical-resource-id NodeGroup --unique-id i-1 "
              "--status SUCCESS")
