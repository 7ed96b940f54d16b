"""An instance of the fleet from its user data until it serves, and its end when it has to go (played_instance.py)."""

import datetime
import os
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

from live_node import Onlooker
from played_instance import (NODE, ROOT, TIMEOUT_S, TOOL, WSDEEP_NODE, Metadata, PlayedInstance, state,
                             user_data)
from side_by_side import side_by_side


def aws_environment(home, metadata):
    """Of a program on an instance with that metadata, of which AWS cannot be reached."""
    return {"HOME": home, "PATH": os.environ["PATH"], "AWS_REGION": "us-east-1",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata.endpoint, "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}


class Instance(PlayedInstance):
    # --- the user data ---

    def test_makes_its_services_and_starts_with_the_disks(self):
        out = self.inside(self.set_up() + "cat /etc/wsdeep/node.env /etc/systemd/system/wsdeep-*.d/*.conf /usr/bin/wsdeep-node\n"
                          "ls /etc/systemd/system | grep wsdeep", Metadata())
        for expected in ("--engine openai --engine-url http://127.0.0.1:8000 --model deepseek --slots 32 --queue 32 "
                         "--listen 0.0.0.0:50051 --lame-duck 25s --grace 600s --metrics-listen 0.0.0.0:9464 "
                         "--cloudwatch chat-dev-nodes --watch-instance", "TimeoutStopSec=635", "TimeoutStopSec=650",
                         "ExecStopPost=+/opt/wsdeep/leave", 'exec /opt/wsdeep/wsdeep-node "$@"', "wsdeep.target"):
            self.assertIn(expected, out)
        self.assertEqual(self.calls("systemctl"), [
            "systemctl daemon-reload", "systemctl enable --now --no-block wsdeep-journal.service wsdeep-prepare.service"])

    def test_fetches_its_package_until_it_has_it_and_says_when_that_fails(self):
        self.play("aws", """[ "$1 $2" = "s3 cp" ] || exit 0
                            [ $(grep -c '^aws s3 cp' /played/calls) -gt 6 ] && cp /played/node.zip "${@: -1}" """)
        self.write("tools/curl", TOOL)
        self.play("curl", "echo i-1")
        self.write("tools/date", TOOL)
        self.play("date", "echo 1700000000")
        self.inside(self.set_up(), Metadata())
        self.assertEqual([call for call in self.calls("aws") if "s3 cp" not in call], [
            "aws cloudformation signal-resource --region us-east-1 --stack-name chat-dev --logical-resource-id NodeGroup "
            "--unique-id i-1 --status FAILURE",
            "aws logs create-log-stream --region us-east-1 --log-group-name /wsdeep/chat-dev/nodes --log-stream-name i-1",
            "aws logs put-log-events --region us-east-1 --log-group-name /wsdeep/chat-dev/nodes --log-stream-name i-1 "
            "--log-events timestamp=1700000000000,message=wsdeep-stage: failed the package s3://packages/node.zip cannot be "
            "fetched; trying on"], "told once")
        self.assertEqual(self.calls("systemctl")[-1].split()[:2], ["systemctl", "enable"])

    def test_says_that_the_user_data_itself_failed(self):
        self.write("tools/curl", TOOL)
        self.write("tools/unzip", TOOL)
        self.play("unzip", "exit 9")
        self.inside(self.set_up(), Metadata(), code=9)
        self.assertRegex(self.calls("aws")[-1], r"message=wsdeep-stage: failed the user data ended at line \d+: see "
                         r"/var/log/cloud-init-output.log$")

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
        self.assertEqual(out, "wsdeep-stage: disks\nwsdeep-stage: image\nIMAGE=docker.io/vllm/vllm-openai:v0.30.0\nMODEL=deepseek\nMODEL_ARGUMENT=deepseek\n"
                         "OLLAMA_MODELS=/models/ollama\nCONTEXT_TOKENS=8192\nSLOTS=32\nGPUS=2\n"
                         "ENGINE_ARGUMENTS=--shutdown-timeout 640\nENGINE_STOP_SECONDS=640\n")
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

    def test_says_how_much_of_the_model_is_here(self):
        self.write("tools/du", TOOL)
        self.play("du", "echo $(($(grep -c '^du' /played/calls) * 2000000000)) .")
        self.play("sleep", "exec /bin/sleep 0.01")
        self.play("aws", """[ "$1 $2" = "s3 cp" ] && cp /played/node.zip "${@: -1}"
                            [ "$1 $2" = "s3 ls" ] && printf '  Total Objects: 9\n   Total Size: 412345678901\n'
                            [ "$2" != sync ] || until [ $(grep -c '^du' /played/calls) -ge 4 ]; do /bin/sleep 0.01; done""")
        self.play("docker", "exit 0")
        out = self.prepared(ModelBucket="models", ModelPrefix="r1/7b", after="true")
        self.assertTrue(out.startswith("wsdeep-stage: disks\nwsdeep-stage: model 2 of 412 GB\nwsdeep-stage: model 4 of 412 GB\n"),
                        out)
        self.assertIn("aws s3 ls --recursive --summarize s3://models/r1/7b/", self.calls("aws"))

    def test_says_how_much_is_here_where_it_cannot_know_of_how_much(self):
        self.write("tools/du", TOOL)
        self.play("du", "echo 3100000000 .")
        self.play("sleep", "exec /bin/sleep 0.01")
        self.play("aws", """[ "$1 $2" = "s3 cp" ] && cp /played/node.zip "${@: -1}"
                            [ "$1 $2" = "s3 ls" ] && exit 255
                            [ "$2" != sync ] || until [ $(grep -c '^du' /played/calls) -ge 2 ]; do /bin/sleep 0.01; done
                            exit 0""")
        out = self.prepared(ModelBucket="models", ModelPrefix="r1/7b", after="true")
        self.assertIn("wsdeep-stage: model 3 GB\n", out)

    def test_tries_again_and_then_notes_what_failed(self):
        rows = {"the image docker.io/vllm/vllm-openai:v0.30.0 could not be pulled": ("docker", "exit 1", {}, "minimal"),
                "the model could not be fetched from s3://models/r1/7b":
                    ("aws", '[ "$1 $2" = "s3 cp" ] && cp /played/node.zip "${@: -1}"; [ "$2" != sync ]',
                     {"ModelBucket": "models", "ModelPrefix": "r1/7b"}, "minimal"),
                "the disks of the instance could not be made ready":
                    ("lsblk", "echo /dev/nvme0n1 Amazon Elastic Block Store", {}, "instance-store-and-reservation"),
                "nvidia-smi finds no GPU: is the driver in the image of the system, and does the instance type have one?":
                    ("nvidia-smi", "exit 9", {}, "minimal")}
        for why, (tool, failing, values, behaviour) in rows.items():
            with self.subTest(why=why):
                self.setUp()
                self.play(tool, failing)
                out = self.inside(self.set_up(behaviour, **values) + "/opt/wsdeep/prepare || cat /run/wsdeep-why", Metadata())
                self.assertEqual(out.splitlines()[-1], why)
                self.assertEqual([call for call in self.calls("aws") if "cloudformation" in call], [],
                                 "not before the last try of the service")
                tries = [call for call in self.calls("docker", "aws") if "pull" in call or "sync" in call]
                self.assertEqual(len(tries), {"docker": 5, "aws": 6}.get(tool, len(tries)))

    def test_logs_in_at_the_registry_of_the_image(self):
        image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/engines/vllm:v0.20.1"
        self.play("docker", '[ "$1 $2" != "image inspect" ] || exit 1; [ "$1" != login ] || cat > /dev/null')
        out = self.prepared(Image=image)
        self.assertIn("aws ecr get-login-password --region eu-west-1", self.calls("aws"))
        self.assertIn("docker login --username AWS --password-stdin 123456789012.dkr.ecr.eu-west-1.amazonaws.com",
                      self.calls("docker"))
        self.assertIn("ENGINE_ARGUMENTS=--shutdown-timeout 640\n", out)

    def test_starts_each_vllm_by_the_flags_that_it_takes(self):
        # Its entry point is `vllm serve` since 0.12 (before, and in what does not say its version, the server that takes
        # --model only); it writes prompts into its log until 0.10, and does not start with the flag against that since 0.12;
        # it waits for answers since 0.18.
        rest = "--served-model-name deepseek --max-model-len 8192 --tensor-parallel-size 2 --max-num-seqs 32"
        old, new = "--model deepseek", "deepseek"
        quiet, waits = " --disable-log-requests", " --shutdown-timeout 640"
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

    def test_mounts_the_volume_of_a_snapshot_read_only(self):
        self.play("lsblk", "printf '/dev/nvme1n1 \\n/dev/nvme1n1p1 ext4\\n'")
        out = self.prepared("model-snapshot")
        self.assertIn("MODEL_ARGUMENT=/models/source", out)
        self.assertEqual(self.calls("mount"), ["mount -o ro,noatime /dev/nvme1n1p1 /opt/wsdeep/models/source"])

    # --- ready, and gone ---

    def serving_after(self, asked):
        """A node that serves when it has been asked so often."""
        return (f"cat > /usr/bin/wsdeep-node <<'END'\n#!/bin/bash\necho \"wsdeep-node $*\" >> /played/calls\n"
                f"[ $(grep -c ^wsdeep-node /played/calls) -ge {asked} ]\nEND\n")

    COMPLETE = ("aws autoscaling complete-lifecycle-action --lifecycle-hook-name {} --auto-scaling-group-name chat-dev-nodes "
                "--instance-id i-1 --lifecycle-action-result CONTINUE")
    HEALTH = "wsdeep-node health"
    START, STOP = "systemctl start wsdeep-node.service", "systemctl stop wsdeep-node.service"

    def ready(self, *states, asked=1):
        """Runs `ready` until it has seen all the states."""
        self.play("sleep", f'[ "$1" != 10 ] || [ $(grep -c "^sleep 10" /played/calls) -lt {len(states)} ] || kill $PPID')
        return self.after_set_up(self.serving_after(asked) + "rm -f /run/wsdeep-signalled; /opt/wsdeep/ready || true",
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

    def test_says_once_that_it_is_ready_when_it_leaves_the_pool(self):
        # Its service was stopped there, so that it did not serve in between.
        self.play("systemctl", 'case $1 in stop) touch /tmp/stopped ;; start) rm -f /tmp/stopped ;; esac')
        self.play("sleep", '[ "$1" != 10 ] || [ $(grep -c "^sleep 10" /played/calls) -lt 4 ] || kill $PPID')
        health = "printf '#!/bin/bash\n[ ! -e /tmp/stopped ]\n' > /usr/bin/wsdeep-node\n"
        out = self.after_set_up(self.serving_after(1) + health + "rm -f /run/wsdeep-signalled /tmp/stopped; /opt/wsdeep/ready || true",
                                Metadata(**state("Warmed:Running", "Warmed:Running", "InService", "InService")))
        self.assertEqual(out, "wsdeep-stage: ready in the warm pool\nwsdeep-stage: ready\n")

    def test_says_that_it_is_ready_and_again_when_its_engine_came_back(self):
        self.assertEqual(self.ready("InService"), "wsdeep-stage: ready\n")
        self.assertEqual(self.ready("Warmed:Running", "InService"), "wsdeep-stage: ready in the warm pool\nwsdeep-stage: ready\n")
        falls = "cat > /usr/bin/wsdeep-node <<'END'\n#!/bin/bash\necho x >> /tmp/asked; n=$(wc -l < /tmp/asked)\n[ $n -lt 4 ] || [ $n -gt 5 ]\nEND\n"
        self.play("sleep", '[ "$1" != 10 ] || [ $(grep -c "^sleep 10" /played/calls) -lt 6 ] || kill $PPID')
        out = self.after_set_up(self.serving_after(1) + falls + "rm -f /run/wsdeep-signalled /tmp/asked; /opt/wsdeep/ready || true",
                                Metadata(**state("InService")))
        self.assertEqual(out, "wsdeep-stage: ready\n" * 2)

    def test_comes_back_from_standby(self):
        self.ready("InService", "Standby", "InService")
        self.assertEqual(self.calls("aws"), [self.COMPLETE.format("ready"), self.SIGNAL, self.COMPLETE.format("ready")])

    def test_lets_an_instance_go_that_has_to_go_and_no_other(self):
        for target, calls in (("Terminated", [self.COMPLETE.format("drain")]), ("InService", []), ("Standby", [])):
            self.after_set_up("/opt/wsdeep/leave", Metadata(**state(target)))
            self.assertEqual(self.calls("aws"), calls, target)
        self.after_set_up("/opt/wsdeep/leave", Metadata())
        self.assertEqual(self.calls("aws"), [], "no Auto Scaling at all")


class Spot(unittest.TestCase):
    """A node with the fleet's own arguments on a Spot instance."""

    def test_ends_within_the_notice_although_its_answers_have_more_time(self):
        arguments = re.search(r"^NODE_ARGUMENTS='(.*)'$", user_data("minimal"), re.M).group(1)
        self.assertIn("--lame-duck 25s --grace 600s", arguments)
        arguments = re.sub(r"--engine \S+ --engine-url \S+", "--engine sim --sim stall=1", arguments)
        arguments = re.sub(r"--(metrics-)?listen \S+", r"--\1listen 127.0.0.1:0", arguments)
        metadata = Metadata(**state("InService"))
        with metadata, tempfile.TemporaryDirectory() as home:
            node = subprocess.Popen([WSDEEP_NODE, *arguments.split()], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                    text=True, env=aws_environment(home, metadata))
            onlooker = Onlooker(int(node.stdout.readline().rpartition(":")[2]))
            self.addCleanup(onlooker.peer.socket.close)
            onlooker.generate("first").until("first: a message")
            gone = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=20)
            metadata.answers["spot/instance-action"] = [f'{{"action": "terminate", "time": "{gone:%Y-%m-%dT%H:%M:%SZ}"}}']
            said = node.communicate(timeout=TIMEOUT_S)[0]
            self.assertLess(datetime.datetime.now(datetime.timezone.utc), gone)
        self.assertEqual(onlooker.end_of("first"), "14 the node is draining, drained", "another node goes on with it")
        self.assertEqual(node.returncode, 0)
        self.assertEqual(said, "wsdeep-stage: leaving EC2 will terminate the Spot instance\n")


class Arguments(unittest.TestCase):
    """A node takes the arguments that the fleet, the service and the container give it."""

    def serves(self, arguments):
        """Starts a node with them, but before a simulated engine and on ports that are free."""
        for option, value in (("engine", "sim"), ("listen", "127.0.0.1:0"), ("metrics-listen", "127.0.0.1:0")):
            arguments = re.sub(rf"--{option} \S+", f"--{option} {value}", arguments)
        arguments = re.sub(r"--engine-url \S+ ?", "", arguments)
        with Metadata(**state("InService")) as metadata, tempfile.TemporaryDirectory() as home:
            node = subprocess.Popen([WSDEEP_NODE, *arguments.split()], stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, text=True, env=aws_environment(home, metadata))
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


load_tests = side_by_side

if __name__ == "__main__":
    unittest.main()
