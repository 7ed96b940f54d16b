"""`wsdeep loadtest --on k8s`: the real program, a kubectl whose cluster is a folder and whose pods are processes here,
and moto's S3. The manifests are judged by Kubernetes' own schemas (`cli/prepare tests` installs them with npm)."""

import base64
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import unittest

from cluster_run import Elsewhere
from harness import WSDEEP
from moto import needs_moto
from side_by_side import side_by_side

HERE = os.path.dirname(os.path.abspath(__file__))
SCHEMAS = os.path.join(HERE, "kubernetes")
NODE = shutil.which("node") and os.path.isdir(os.path.join(SCHEMAS, "node_modules", "kubernetes-models"))
PULL = {"phase": "Pending", "containerStatuses": [
    {"name": "wsdeep", "state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image"}}}]}


def judge(objects):
    text = "".join(json.dumps(one) + "\n" for one in objects)
    judged = subprocess.run(["node", os.path.join(SCHEMAS, "judge.mjs")], input=text, capture_output=True, text=True,
                            timeout=120, check=True)
    return judged.stdout


class Manual(unittest.TestCase):
    """The rights that LOADTEST.md asks for are documents, not prose: they can be parsed, and hold what is called."""

    def blocks(self, begin):
        with open(os.path.join(HERE, "..", "..", "cli", "load", "LOADTEST.md"), encoding="utf-8") as file:
            text = file.read().split("## Workers on Kubernetes and on ECS")[1].split("\n## ")[0]
        paragraphs = [textwrap.dedent(one) for one in text.split("\n\n") if one.startswith("    ")]
        return [one for one in paragraphs if one.startswith(begin)]

    def test_policies_are_json_that_names_single_actions(self):
        policies = [json.loads(one) for one in self.blocks("{")]
        actions = [action for policy in policies for one in policy["Statement"]
                   for action in ([one["Action"]] if isinstance(one["Action"], str) else one["Action"])]
        self.assertEqual(len(policies), 2)
        self.assertEqual([action for action in actions if "*" in action], [])
        for needed in ("ecs:RunTask", "ecs:DescribeTasks", "ecs:StopTask", "iam:PassRole", "s3:DeleteObjectVersion"):
            self.assertIn(needed, actions)

    @unittest.skipUnless(NODE, "Kubernetes' schemas are missing: cli/prepare tests")
    def test_the_role_is_what_kubernetes_takes(self):
        import yaml
        (role,) = [yaml.safe_load(one) for one in self.blocks("apiVersion")]
        self.assertEqual(judge([role]), "")


@needs_moto
class LoadtestK8s(Elsewhere):
    def setUp(self):
        super().setUp()
        self.cluster = os.path.join(self.folder, "cluster")
        kubectl = os.path.join(self.folder, "kubectl")
        with open(kubectl, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nexec {sys.executable} -I -S {HERE}/fake_kubectl.py {self.cluster} "$@"\n')
        os.chmod(kubectl, stat.S_IRWXU)
        os.mkdir(self.cluster)
        self.faults()

    def start_afresh(self):
        super().start_afresh()
        faults = os.path.join(self.cluster, "faults.json")
        for name in os.listdir(self.cluster):
            path = os.path.join(self.cluster, name)
            if path != faults:
                shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)

    def environment(self):
        return {**super().environment(), "PATH": f"{self.folder}:{os.environ['PATH']}"}

    def faults(self, **faults):
        told = {"program": WSDEEP, "environment": self.aws(),
                **{name.replace("_", " "): text for name, text in faults.items()}}
        with open(os.path.join(self.cluster, "faults.json"), "w", encoding="utf-8") as file:
            json.dump(told, file)

    def begin(self, *words, workers=3, start_in="20s", **how):
        return super().begin("--on", "k8s", "--image", "registry/wsdeep:1", "--workers", str(workers), "--start-in", start_in,
                             *words, **how)

    def calls(self):
        with open(os.path.join(self.cluster, "calls"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def left(self):
        return os.listdir(os.path.join(self.cluster, "objects"))

    def test_three_pods_do_the_run_of_one(self):
        prompts = os.path.join(self.folder, "prompts.jsonl")
        with open(prompts, "w", encoding="utf-8") as file:
            file.write('{"prompt": "What costs $(HOME) $5?"}\n')
        result = self.whole_run("--prompts", prompts, "--kube-context", "there", "--namespace", "load")
        tally = result["measured"]["whole"]["tally"]
        self.assertEqual((tally["attempts"], tally["good"]), (40, 40), self.err)
        self.assertEqual(self.shards(), ["worker-0.shard", "worker-1.shard", "worker-2.shard"])
        self.assertEqual(self.left(), [])
        calls = self.calls()
        self.assertEqual({tuple(call[:2]) for call in calls}, {("--context=there", "--namespace=load")})

    def test_a_key_goes_by_a_secret(self):
        """The node takes nobody without it."""
        flags, key = self.be_known_by_certificate()
        result = self.whole_run(*flags)
        tally = result["measured"]["whole"]["tally"]
        self.assertEqual((tally["attempts"], tally["good"]), (40, 40), self.err)
        with open(os.path.join(self.cluster, "inputs", "key"), "rb") as copy, open(key, "rb") as file:
            self.assertEqual(copy.read(), file.read())
        self.assertEqual(self.left(), [])

    def test_a_pod_that_cannot_be_had_is_named_before_the_start(self):
        self.faults(pods={"1": PULL})
        self.end(self.begin(), (1, 7))
        self.assertIn("ImagePullBackOff: Back-off pulling image", self.out + self.err)
        self.assertEqual(self.turns_at_node(), 0, "no turn was sent")
        self.assertEqual(self.left(), [])

    def test_what_keeps_all_pods_from_being_made_is_asked_for_once_a_look(self):
        self.faults(no_pods=True, events=[{"message": "pods is forbidden: exceeded quota: load"}])
        self.end(self.begin(), (1, 7))
        self.assertIn("exceeded quota: load", self.out + self.err)
        looks = [call[1] for call in self.calls() if call[0] == "get"]
        self.assertGreaterEqual(looks.count("pods"), looks.count("job"))
        self.assertGreaterEqual(looks.count("pods"), looks.count("events"))

    def test_a_pod_that_is_killed_is_named(self):
        process = self.running(self.all_run, duration="60s")
        os.kill(int(self.read_process(2)), signal.SIGKILL)
        result = self.end(process, 7)
        self.assertEqual(result["verdict"]["validity"], "invalid")
        self.assertIn("exit code 137", self.out + self.err)

    def read_process(self, index):
        path = os.path.join(self.cluster, "pods", f"{index}.process")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                return file.read()
        return None

    def all_run(self):
        return all(self.read_process(index) and self.is_running(index) for index in range(3))

    def is_running(self, index):
        with open(os.path.join(self.cluster, "pods", f"{index}.log"), encoding="utf-8") as file:
            return '"state":"running"' in file.read()

    def test_ctrl_c_deletes_the_job_and_still_merges(self):
        process = self.running(self.all_run, duration="60s")
        process.send_signal(signal.SIGINT)
        result = self.end(process, (130, 7))
        self.assertGreater(result["measured"]["whole"]["tally"]["attempts"], 0)
        self.assertEqual(self.shards(), ["worker-0.shard", "worker-1.shard", "worker-2.shard"])
        self.assertEqual(self.left(), [])

    def test_answers_that_are_cut_off_are_asked_for_again(self):
        self.faults(**{"garble get pods": 2})
        result = self.whole_run()
        with open(os.path.join(self.cluster, "garbled"), encoding="utf-8") as file:
            self.assertEqual(json.load(file), 2, "so many answers were cut off")
        tally = result["measured"]["whole"]["tally"]
        self.assertEqual((tally["attempts"], tally["good"]), (40, 40), self.err)
        self.assertEqual([worker["missing"] for worker in result["workers"]], ["", "", ""])

    def test_what_kubectl_says_is_told_and_nothing_is_left(self):
        refusal = 'Error from server (Forbidden): jobs.batch is forbidden: User "x" cannot create resource "jobs"'
        self.faults(create_Job=refusal)
        prompts = os.path.join(self.folder, "prompts.jsonl")
        with open(prompts, "w", encoding="utf-8") as file:
            file.write('{"prompt": "x"}\n')
        self.end(self.begin("--prompts", prompts), 1)
        self.assertIn(f"kubectl create: {refusal}", self.err)
        self.assertIn("LOADTEST.md has the Role", self.err)
        self.assertEqual(self.left(), [])

    def test_files_too_large_for_a_secret_go_by_the_bucket_and_are_gone_afterwards(self):
        prompts = os.path.join(self.folder, "prompts.jsonl")
        with open(prompts, "w", encoding="utf-8") as file:
            for number in range(12_000):
                file.write(json.dumps({"prompt": f"{number} " + "x" * 100}) + "\n")
        self.whole_run("--prompts", prompts)
        self.assertEqual([key for key in self.keys() if "/inputs/" in key], [])
        self.assertEqual(len(self.shards()), 3)

    def test_says_what_is_missing(self):
        os.remove(os.path.join(self.folder, "kubectl"))
        process = super().begin("--on", "k8s", "--image", "i", "--workers", "2")
        if not shutil.which("kubectl"):
            self.end(process, 4)
            self.assertIn("--on k8s needs kubectl, and PATH has none", self.err)
        else:
            process.kill()
            process.communicate()
        self.end(super().begin("--on", "k8s", "--workers", "2"), 2)
        self.assertIn("--on k8s needs --image", self.err)

    @unittest.skipUnless(NODE, "Kubernetes' schemas are missing: cli/prepare tests")
    def test_manifests_are_what_kubernetes_takes(self):
        prompts = os.path.join(self.folder, "prompts.jsonl")
        with open(prompts, "w", encoding="utf-8") as file:
            file.write('{"prompt": "x"}\n')
        flags, key = self.be_known_by_certificate()
        self.faults(pods={str(index): PULL for index in range(3)}, delete_job="no",
                    **{"delete job,secret,configmap": "no"})
        self.end(self.begin("--prompts", prompts, *flags, "--service-account", "load"), 1)
        self.assertIn("something is left behind: kubectl delete: no", self.err)
        objects = {one["kind"]: one for one in map(self.object, self.left())}
        self.assertEqual(sorted(objects), ["ConfigMap", "Job", "Secret"])
        self.assertEqual(judge(objects.values()), "")
        for kind in ("ConfigMap", "Secret"):
            (owner,) = objects[kind]["metadata"]["ownerReferences"]
            self.assertEqual((owner["kind"], owner["uid"][:7]), ("Job", "uid-of-"))
        with open(key, "rb") as file:
            secret = base64.b64encode(file.read()).decode()
        self.assertEqual(objects["Secret"]["data"], {"key": secret})
        self.assertEqual(sorted(objects["ConfigMap"]["binaryData"]), ["ca-file", "cert", "prompts"])

    def object(self, name):
        with open(os.path.join(self.cluster, "objects", name), encoding="utf-8") as file:
            held = json.load(file)
        held["metadata"].pop("uid")
        return held

    @unittest.skipUnless(NODE, "Kubernetes' schemas are missing: cli/prepare tests")
    def test_the_judge_finds_what_is_wrong(self):
        wrong = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "x"}, "spec": {
            "completionMode": "Indexd", "template": {"spec": {"containers": [{"name": "a", "imag": "b"}]}}}}
        said = judge([wrong])
        self.assertIn('"imag"', said)
        self.assertIn("completionMode must be equal to one of the allowed values", said)

    def test_printed_manifests_say_what_is_created(self):
        import yaml
        prompts = os.path.join(self.folder, "prompts.jsonl")
        with open(prompts, "w", encoding="utf-8") as file:
            file.writelines('{"prompt": "x' + "x" * 100 + '"}\n' for _ in range(12_000))
        how = {"results": "runs/"}
        self.end(self.begin("--prompts", prompts, "--print-manifests", **how), 0)
        printed, comments = yaml.safe_load(self.out.split("---\n")[-1]), self.out.split("---\n")[0]
        self.faults(pods={str(index): PULL for index in range(3)}, **{"delete job,secret,configmap": "no"})
        self.end(self.begin("--prompts", prompts, **how), 1)
        (created,) = [self.object(name) for name in self.left()]
        variables = [self.variables(one) for one in (printed, created)]
        self.assertEqual(*(list(each) for each in variables))
        self.assertEqual(*(each["AWS_REGION"] for each in variables))
        for each in variables:
            folder = f"s3://{self.bucket}/runs/{each['WSDEEP_LOADTEST_SALT']}/"
            self.assertEqual(each["WSDEEP_LOADTEST_SHARD"], folder + "worker-$(JOB_COMPLETION_INDEX).shard")
            self.assertEqual(each["WSDEEP_LOADTEST_INPUTS"], folder + "inputs/")
        self.assertIn(variables[0]["WSDEEP_LOADTEST_INPUTS"] + "prompts", comments)

    @staticmethod
    def variables(job):
        environment = job["spec"]["template"]["spec"]["containers"][0]["env"]
        return {one["name"]: one.get("value") for one in environment}

    @unittest.skipUnless(NODE, "Kubernetes' schemas are missing: cli/prepare tests")
    def test_printed_manifests_are_the_same_in_yaml(self):
        import yaml
        self.end(self.begin("--print-manifests"), 0)
        printed = yaml.safe_load(self.out)
        self.assertEqual(judge([printed]), "")
        self.assertEqual(printed["spec"]["completions"], 3)
        self.assertEqual(self.left() if os.path.exists(os.path.join(self.cluster, "objects")) else [], [])


load_tests = side_by_side

if __name__ == "__main__":
    unittest.main()
