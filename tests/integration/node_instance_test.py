"""An instance of the fleet from its user data to its end, on a copy of this file system that lasts as long as the test: the
scripts and services of templates/node/ run as they are; aws, docker and what else only such an instance has is played."""

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


def user_data(behaviour, **values):
    """The user data of the first fleet's launch template of a golden's settings, its placeholders filled in."""
    text = subprocess.run([WSDEEP, "render", "--fleet"], cwd=SETTINGS / behaviour, check=True, capture_output=True, text=True,
                          timeout=TIMEOUT_S).stdout
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


class Instance(unittest.TestCase):
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

    # --- the user data ---

    def test_makes_its_services_and_starts_with_the_disks(self):
        out = self.inside(self.set_up() + "cat /etc/wsdeep/node.env /etc/systemd/system/wsdeep-*.d/*.conf /usr/bin/wsdeep-node\n"
                          "ls /etc/systemd/system | grep wsdeep", Metadata())
        for expected in ("--engine openai --engine-url http://127.0.0.1:8000 --model deepseek --slots 32 --queue 32 "
                         "--listen 0.0.0.0:50051 --lame-duck 25s --grace 300s --metrics-listen 0.0.0.0:9464 "
                         "--cloudwatch chat-dev-nodes --watch-instance", "TimeoutStopSec=335", "TimeoutStopSec=350",
                         "ExecStopPost=+/opt/wsdeep/leave", 'exec /opt/wsdeep/wsdeep-node "$@"', "wsdeep.target"):
            self.assertIn(expected, out)
        self.assertEqual(self.calls("systemctl"), ["systemctl daemon-reload",
                                                   "systemctl enable --now --no-block wsdeep-prepare.service"])

    def test_tells_cloudformation_that_the_package_cannot_be_had(self):
        self.play("aws", '[ "$1" != s3 ]')
        self.write("tools/curl", TOOL)
        self.play("curl", "echo i-1")
        self.inside(self.set_up(), Metadata(), code=1)
        self.assertEqual(self.calls("aws")[-1], "aws cloudformation signal-resource --region us-east-1 --stack-name chat-dev "
                         "--logical-resource-id NodeGroup --unique-id i-1 --status FAILURE")

    def test_units_are_what_systemd_takes(self):
        if not shutil.which("systemd-analyze"):
            raise unittest.SkipTest("systemd-analyze is missing")
        said = self.inside(self.set_up() + """
            printf '#!/bin/sh\\n' | tee /usr/bin/docker > /dev/null; chmod 755 /usr/bin/docker
            printf '[Service]\\nExecStart=/usr/bin/docker\\n' > /etc/systemd/system/docker.service
            systemd-analyze verify --man=no /etc/systemd/system/wsdeep-*.service /etc/systemd/system/wsdeep.target 2>&1
            """, Metadata())
        self.assertEqual([line for line in said.splitlines() if "wsdeep" in line], [])

    def test_the_node_stops_before_its_engine_and_alone_when_the_engine_fails(self):
        node, engine = ((NODE / f"wsdeep-{name}.service").read_text() for name in ("node", "engine"))
        self.assertRegex(node, r"(?m)^After=.*\bwsdeep-engine\.service")
        for unit in (node, engine):
            self.assertIn("PartOf=wsdeep.target", unit)
        self.assertNotRegex(node, r"(?m)^(Requires|BindsTo|PartOf)=.*engine")

    # --- at each start: disks, model, image ---

    def prepared(self, behaviour="minimal", code=0, after="cat /etc/wsdeep/engine.env", **values):
        return self.inside(self.set_up(behaviour, **values) + f"/opt/wsdeep/prepare && {after}", Metadata(), code)

    # The engine's environment as systemd reads it, and what the engine is started with.
    ENGINE = ("while IFS='=' read -r key value; do export \"$key=$value\"; done < /etc/wsdeep/engine.env; "
              "/opt/wsdeep/engine-run")

    def test_prepares_what_the_engine_needs(self):
        out = self.prepared()
        self.assertEqual(out, "IMAGE=docker.io/vllm/vllm-openai:v0.30.0\nMODEL=deepseek\nMODEL_ARGUMENT=deepseek\n"
                         "OLLAMA_MODELS=/models/ollama\nCONTEXT_TOKENS=8192\nSLOTS=32\nGPUS=2\n"
                         "ENGINE_ARGUMENTS=--shutdown-timeout 340\nENGINE_STOP_SECONDS=340\n")
        self.assertIn("docker pull -q docker.io/vllm/vllm-openai:v0.30.0", self.calls("docker"))
        self.assertEqual([call for call in self.calls("aws") if "sync" in call], [])

    def test_pulls_no_image_that_is_there(self):
        self.play("docker", "exit 0")
        self.prepared()
        self.assertEqual([call for call in self.calls("docker") if "pull" in call], [])

    def test_fetches_a_model_by_many_ranges_at_a_time(self):
        self.play("aws", '[ "$1 $2" = "s3 cp" ] && cp /played/node.zip "${@: -1}"\n'
                         '[ "$2" = sync ] && cat "$AWS_CONFIG_FILE" >> /played/calls; exit 0')
        out = self.prepared(ModelBucket="models", ModelPrefix="r1/7b")
        self.assertIn("MODEL_ARGUMENT=/models/source", out)
        calls = self.calls()
        self.assertIn("aws s3 sync --only-show-errors s3://models/r1/7b /opt/wsdeep/models/source", calls)
        self.assertIn("  preferred_transfer_client = crt", calls)

    def test_tries_again_and_then_says_that_it_failed(self):
        self.play("docker", "exit 1")
        self.prepared(code=1)
        self.assertEqual(len([call for call in self.calls("docker") if "pull" in call]), 5)
        self.assertEqual(self.calls("aws")[-1], "aws cloudformation signal-resource --stack-name chat-dev "
                         "--logical-resource-id NodeGroup --unique-id i-1 --status FAILURE")

    def test_logs_in_at_the_registry_of_the_image(self):
        image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/engines/vllm:v0.20.1"
        self.play("docker", '[ "$1 $2" != "image inspect" ] || exit 1; [ "$1" != login ] || cat > /dev/null')
        out = self.prepared(Image=image)
        self.assertIn("aws ecr get-login-password --region eu-west-1", self.calls("aws"))
        self.assertIn("docker login --username AWS --password-stdin 123456789012.dkr.ecr.eu-west-1.amazonaws.com",
                      self.calls("docker"))
        self.assertIn("ENGINE_ARGUMENTS=--shutdown-timeout 340\n", out)

    def test_starts_each_vllm_by_the_flags_that_it_takes(self):
        # Its entry point is `vllm serve` since 0.12 (before, and in what does not say its version, the server that takes
        # --model only); it writes prompts into its log until 0.10, and does not start with the flag against that since 0.12;
        # it waits for answers since 0.18.
        rest = "--served-model-name deepseek --max-model-len 8192 --tensor-parallel-size 2 --max-num-seqs 32"
        old, new = "--model deepseek", "deepseek"
        quiet, waits = " --disable-log-requests", " --shutdown-timeout 340"
        table = {"docker.io/vllm/vllm-openai:v0.6.6": (old, quiet), "docker.io/vllm/vllm-openai:v0.8.5": (old, quiet),
                 "vllm/vllm-openai:v0.10.2": (old, quiet), "vllm/vllm-openai:v0.11.2": (old, ""),
                 "vllm/vllm-openai:v0.12.0": (new, ""), "vllm/vllm-openai:v0.17.9": (new, ""),
                 "vllm/vllm-openai:v0.18.0": (new, waits), "vllm/vllm-openai:v0.30.0": (new, waits),
                 "vllm/vllm-openai:v0.30.0-cu129": (new, waits), "vllm/vllm-openai:latest": (new, waits),
                 "docker.io/vllm/vllm-openai:nightly-1f2e": (new, waits), "own/vllm:1.0": (new, waits),
                 "own/vllm:latest": (old, ""), "host:5000/vllm": (old, ""), "vllm/vllm@sha256:0.20": (old, "")}
        for image, (model, more) in table.items():
            self.prepared(Image=image, after=self.ENGINE)
            run = next(call for call in self.calls("docker") if call.startswith("docker run"))
            self.assertEqual(run.partition(f" {image} ")[2], f"{model} {rest}{more}")

    def test_starts_ollama(self):
        self.prepared("ollama-at-night", after=self.ENGINE, Image="docker.io/ollama/ollama:0.6.8")
        self.assertEqual([call for call in self.calls("docker") if call.startswith("docker run")], [
            "docker run --rm --name wsdeep-engine --gpus all -p 127.0.0.1:11434:11434 -v /opt/wsdeep/models:/models "
            "-e OLLAMA_MODELS=/models/ollama -e OLLAMA_CONTEXT_LENGTH=8192 -e OLLAMA_KEEP_ALIVE=-1 -e OLLAMA_NUM_PARALLEL=4 "
            "-e OLLAMA_NOPRUNE=1 docker.io/ollama/ollama:0.6.8"])

    def test_uses_the_disks_of_the_instance(self):
        self.play("lsblk", "printf '/dev/nvme0n1 Amazon Elastic Block Store\\n/dev/nvme1n1 Amazon EC2 NVMe Instance Storage\\n"
                           "/dev/nvme2n1 Amazon EC2 NVMe Instance Storage\\n'")
        self.play("blkid", "exit 1")
        self.play("docker", "[ \"$1 $2\" != 'image inspect' ]")
        self.prepared("instance-store-and-reservation")
        self.assertEqual(self.calls("mdadm", "mkfs.xfs", "mount"), [
            "mdadm --create /dev/md/wsdeep --run --homehost=any --level=0 --raid-devices=2 /dev/nvme1n1 /dev/nvme2n1",
            "mkfs.xfs -q /dev/md/wsdeep", "mount -o noatime /dev/md/wsdeep /opt/wsdeep/local",
            "mount --bind /opt/wsdeep/local/models /opt/wsdeep/models",
            "mount --bind /opt/wsdeep/local/docker /var/lib/docker"])

    def test_takes_the_disks_that_the_ami_has_made_one_of(self):
        self.play("mountpoint", '[ "$2" = /opt/dlami/nvme ]')
        self.play("docker", "exit 0")
        self.prepared("instance-store-and-reservation")
        self.assertEqual(self.calls("mdadm", "mkfs.xfs", "mount"), [
            "mount --bind /opt/dlami/nvme /opt/wsdeep/local", "mount --bind /opt/wsdeep/local/models /opt/wsdeep/models"])

    def test_says_that_the_instance_has_no_disks(self):
        self.play("lsblk", "echo /dev/nvme0n1 Amazon Elastic Block Store")
        self.prepared("instance-store-and-reservation", code=1)
        self.assertIn("--status FAILURE", self.calls("aws")[-1])

    def test_mounts_the_volume_of_a_snapshot_read_only(self):
        self.play("lsblk", "printf '/dev/nvme1n1 \\n/dev/nvme1n1p1 ext4\\n'")
        out = self.prepared("model-snapshot")
        self.assertIn("MODEL_ARGUMENT=/models/source", out)
        self.assertEqual(self.calls("mount"), ["mount -o ro,noatime /dev/nvme1n1p1 /opt/wsdeep/models/source"])

    # --- ready, and gone ---

    def after_set_up(self, script, metadata):
        return self.inside(self.set_up() + ": > /played/calls\n" + script, metadata)

    def serving_after(self, asked):
        """A node that serves when it has been asked so often."""
        return (f"cat > /usr/bin/wsdeep-node <<'END'\n#!/bin/bash\necho \"wsdeep-node $*\" >> /played/calls\n"
                f"[ $(grep -c ^wsdeep-node /played/calls) -ge {asked} ]\nEND\n")

    COMPLETE = ("aws autoscaling complete-lifecycle-action --lifecycle-hook-name {} --auto-scaling-group-name chat-dev-nodes "
                "--instance-id i-1 --lifecycle-action-result CONTINUE")
    SIGNAL = ("aws cloudformation signal-resource --stack-name chat-dev --logical-resource-id NodeGroup --unique-id i-1 "
              "--status SUCCESS")

    HEALTH = "wsdeep-node health"
    START, STOP = "systemctl start wsdeep-node.service", "systemctl stop wsdeep-node.service"

    def ready(self, *states, asked=1):
        """Runs `ready` until it has seen all the states."""
        self.play("sleep", f'[ "$1" != 10 ] || [ $(grep -c "^sleep 10" /played/calls) -lt {len(states)} ] || kill $PPID')
        self.after_set_up(self.serving_after(asked) + "rm -f /run/wsdeep-signalled; /opt/wsdeep/ready || true",
                          Metadata(**state(*states)))

    def test_is_in_service_when_it_serves(self):
        self.ready("InService", asked=3)
        self.assertEqual(self.calls(), [self.HEALTH, "sleep 5"] * 2 +
                         [self.HEALTH, self.START, self.HEALTH, self.COMPLETE.format("ready"), "sleep 30", self.SIGNAL,
                          "sleep 10"])

    def test_waits_in_the_pool_without_publishing_its_load(self):
        self.ready("Warmed:Running", "Warmed:Running", "InService", "InService")
        self.assertEqual(self.calls("systemctl", "aws"), [self.STOP, self.COMPLETE.format("ready"), self.START,
                                                          self.COMPLETE.format("ready"), self.SIGNAL])

    def test_comes_back_from_standby(self):
        self.ready("InService", "Standby", "InService")
        self.assertEqual(self.calls("aws"), [self.COMPLETE.format("ready"), self.SIGNAL, self.COMPLETE.format("ready")])

    def test_lets_an_instance_go_that_has_to_go_and_no_other(self):
        for target, calls in (("Terminated", [self.COMPLETE.format("drain")]), ("InService", []), ("Standby", [])):
            self.after_set_up("/opt/wsdeep/leave", Metadata(**state(target)))
            self.assertEqual(self.calls("aws"), calls, target)
        self.after_set_up("/opt/wsdeep/leave", Metadata())
        self.assertEqual(self.calls("aws"), [], "no Auto Scaling at all")


class Arguments(unittest.TestCase):
    """A node takes the arguments that the fleet, the service and the container give it."""

    def serves(self, arguments):
        """Starts a node with them, but before a simulated engine and on ports that are free."""
        for option, value in (("engine", "sim"), ("listen", "127.0.0.1:0"), ("metrics-listen", "127.0.0.1:0")):
            arguments = re.sub(rf"--{option} \S+", f"--{option} {value}", arguments)
        arguments = re.sub(r"--engine-url \S+ ?", "", arguments)
        with Metadata(**state("InService")) as metadata, tempfile.TemporaryDirectory() as home:
            node = subprocess.Popen([WSDEEP_NODE, *arguments.split()], stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, text=True,
                                    env={"HOME": home, "PATH": os.environ["PATH"], "AWS_REGION": "us-east-1",
                                         "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata.endpoint,
                                         "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
                                         "AWS_SECRET_ACCESS_KEY": "secret"})
            said = node.stdout.readline()
            node.send_signal(signal.SIGTERM)
            node.send_signal(signal.SIGINT)
            errors = node.communicate(timeout=TIMEOUT_S)[1]
        self.assertRegex(said, r"^grpc://127\.0\.0\.1:\d+\n$", errors)

    def test_of_the_fleet(self):
        for behaviour in ("minimal", "ollama-at-night"):
            self.serves(re.search(r"^NODE_ARGUMENTS='(.*)'$", user_data(behaviour), re.M).group(1))

    def test_of_the_service(self):
        self.serves(re.search(r"^NODE_ARGUMENTS=(.*)$", (ROOT / "cli" / "node.env").read_text(), re.M).group(1))

    def test_of_the_container(self):
        words = re.search(r'^ENTRYPOINT \["wsdeep", "llm", "serve", (.*)\]$', (ROOT / "cli" / "Containerfile").read_text(),
                          re.M).group(1)
        self.serves(words.replace('"', "").replace(",", "") + " --engine sim")


if __name__ == "__main__":
    unittest.main()
