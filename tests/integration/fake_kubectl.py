"""A kubectl for the tests, whose cluster is a folder: it answers as kubectl 1.32 does, and a Job's pods are processes of
this machine that are given what the manifest says, and nothing else.

    fake_kubectl.py FOLDER ARGUMENTS…        what kubectl is called with
    fake_kubectl.py FOLDER --pod N           the life of one pod

The folder: `objects/KIND-NAME.json`, `pods/N.json`, `calls` (a line of JSON for each call), and of the test
`faults.json`: {"create Job": "Error from server (Forbidden): …", "get pods": "…"}, each of a call that fails so,
{"garble get pods": 3} so many answers cut off in the middle, {"pods": {"1": {…}}} the status of a pod that never runs,
{"no pods": true} a Job of which no pod is made, {"environment": {…}} what the pods' service account brings (as EKS
does), {"program": …} the image.
"""

import base64
import fcntl
import json
import os
import re
import signal
import subprocess
import sys

LABEL = "wsdeep.dev/run"


class Cluster:
    def __init__(self, folder):
        self.folder = folder
        for name in ("objects", "pods", "inputs"):
            os.makedirs(os.path.join(folder, name), exist_ok=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def read(self, *names, default=None):
        try:
            with open(self.path(*names), encoding="utf-8") as file:
                return json.load(file)
        except FileNotFoundError:
            return default

    def write(self, value, *names):
        beside = self.path(*names) + f".{os.getpid()}"
        with open(beside, "w", encoding="utf-8") as file:
            json.dump(value, file)
        os.rename(beside, self.path(*names))

    @property
    def faults(self):
        return self.read("faults.json", default={})

    def note(self, words):
        with open(self.path("calls"), "a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(json.dumps(words) + "\n")

    def pods(self):
        names = sorted(name for name in os.listdir(self.path("pods")) if re.fullmatch(r"\d+\.json", name))
        return [pod for pod in (self.read("pods", name) for name in names) if pod]

    def fail_as_told(self, call):
        if call in self.faults:
            sys.exit(self.faults[call])

    # ---- what kubectl does

    def create(self, options):
        with open(options["filename"], encoding="utf-8") as file:
            manifest = json.load(file)
        assert os.stat(options["filename"]).st_mode & 0o077 == 0, "a manifest that others can read"
        kind, name = manifest["kind"], manifest["metadata"]["name"]
        self.fail_as_told(f"create {kind}")
        path = f"{kind.lower()}-{name}.json"
        if os.path.exists(self.path("objects", path)):
            sys.exit(f'Error from server (AlreadyExists): {kind.lower()}s "{name}" already exists')
        manifest["metadata"]["uid"] = f"uid-of-{name}"
        self.write(manifest, "objects", path)
        self.keep_inputs(manifest)
        if kind == "Job":
            self.start_pods(manifest)
        print(json.dumps(manifest))

    def keep_inputs(self, manifest):
        """A ConfigMap's `data` is text; a Secret's, and all `binaryData`, is Base64."""
        for part in ("data", "binaryData"):
            for key, value in manifest.get(part, {}).items():
                is_text = manifest["kind"] == "ConfigMap" and part == "data"
                with open(self.path("inputs", key), "wb") as file:
                    file.write(value.encode() if is_text else base64.b64decode(value, validate=True))

    def start_pods(self, job):
        if self.faults.get("no pods"):
            return
        for index in range(job["spec"]["completions"]):
            pod = {"metadata": {"name": f"{job['metadata']['name']}-{index}", "labels": job["metadata"]["labels"],
                                "annotations": {"batch.kubernetes.io/job-completion-index": str(index)}},
                   "status": {"phase": "Pending"}}
            stuck = self.faults.get("pods", {}).get(str(index))
            if stuck is not None:
                pod["status"] = stuck
            self.write(pod, "pods", f"{index}.json")
            if stuck is None:
                subprocess.Popen([sys.executable, "-I", "-S", os.path.abspath(__file__), self.folder, "--pod",
                                  str(index)], start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)

    def get(self, kinds, options):
        self.fail_as_told(f"get {kinds}")
        if kinds == "pods":
            return self.say({"apiVersion": "v1", "kind": "List", "items": self.pods()}, "get pods")
        if kinds == "job":
            job = self.the_job()
            return self.say(job, "get job") if job else None
        return self.say({"apiVersion": "v1", "kind": "List", "items": self.faults.get("events", [])}, "get events")

    def say(self, answer, call):
        text = json.dumps(answer)
        garbled = self.read("garbled", default=0)
        if garbled < self.faults.get(f"garble {call}", 0):
            self.write(garbled + 1, "garbled")
            text = text[: len(text) // 2]
        print(text)

    def the_job(self):
        for name in os.listdir(self.path("objects")):
            if name.startswith("job-"):
                return self.read("objects", name)
        return None

    def patch(self, kind, name, options):
        self.fail_as_told(f"patch {kind}")
        held = self.read("objects", f"{kind}-{name}.json")
        held["metadata"].update(json.loads(options["patch"])["metadata"])
        self.write(held, "objects", f"{kind}-{name}.json")
        print(f"{kind}/{name} patched")

    def delete(self, kinds, options):
        self.fail_as_told(f"delete {kinds}")
        if kinds == "pods" or "job" in kinds.split(","):
            self.end_pods(signal.SIGKILL if kinds == "pods" else signal.SIGTERM)
        for name in os.listdir(self.path("objects")):
            if name.split("-")[0] in kinds.split(","):
                os.remove(self.path("objects", name))

    def end_pods(self, by):
        for pod in self.pods():
            index = pod["metadata"]["annotations"]["batch.kubernetes.io/job-completion-index"]
            try:
                os.kill(self.read("pods", f"{index}.process"), by)
            except (TypeError, ProcessLookupError):
                self.remove_pod(index)

    def remove_pod(self, index):
        if os.path.exists(self.path("pods", f"{index}.json")):
            os.remove(self.path("pods", f"{index}.json"))

    # ---- a pod's life

    def live(self, index):
        job = self.the_job()
        container = job["spec"]["template"]["spec"]["containers"][0]
        environment = self.environment_of(container, index)
        words = [self.expanded(word, {}) for word in container["args"]]
        mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        if "inputs" in mounts:
            environment = {n: v.replace(mounts["inputs"], self.path("inputs")) for n, v in environment.items()}
            words = [word.replace(mounts["inputs"], self.path("inputs")) for word in words]
        with open(self.path("pods", f"{index}.log"), "wb") as log:
            process = subprocess.Popen([self.faults["program"], *words], env=environment, stdout=log, stderr=log,
                                       stdin=subprocess.DEVNULL)
            self.write(process.pid, "pods", f"{index}.process")
            self.set_status(index, {"phase": "Running"})
            code = process.wait()
        if self.the_job() is None:
            return self.remove_pod(index)
        return self.set_status(index, self.ended(index, code if code >= 0 else 128 - code))

    def environment_of(self, container, index):
        known = dict(self.faults.get("environment", {}))
        for variable in container["env"]:
            known[variable["name"]] = str(index) if "valueFrom" in variable else self.expanded(variable["value"], known)
        return known

    @staticmethod
    def expanded(text, known):
        """`$(NAME)` of what stands before, `$` for `$$`, all else as it is."""
        def value(match):
            return "$" if match[0] == "$$" else known.get(match[1], match[0])
        return re.sub(r"\$\$|\$\(([A-Za-z_][A-Za-z0-9_]*)\)", value, text)

    def set_status(self, index, status):
        pod = self.read("pods", f"{index}.json")
        if pod:
            self.write({**pod, "status": status}, "pods", f"{index}.json")

    def ended(self, index, code):
        with open(self.path("pods", f"{index}.log"), encoding="utf-8", errors="replace") as log:
            last = log.read()[-200:]
        state = {"exitCode": code, "reason": "Completed" if code == 0 else "Error"}
        if code:
            state["message"] = last
        return {"phase": "Failed" if code else "Succeeded",
                "containerStatuses": [{"name": "wsdeep", "state": {"terminated": state}}]}


def main(folder, words):
    cluster = Cluster(folder)
    if words[0] == "--pod":
        return cluster.live(int(words[1]))
    cluster.note(words)
    options = dict(word[2:].partition("=")[::2] for word in words if word.startswith("--"))
    verb, *rest = [word for word in words if not word.startswith("--")]
    if verb == "create":
        return cluster.create(options)
    return getattr(cluster, verb)(*rest[:2 if verb == "patch" else 1], options)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
