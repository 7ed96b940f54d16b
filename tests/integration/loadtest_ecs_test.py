"""`wsdeep loadtest --on ecs`: the real program against moto's ECS and S3. moto runs no tasks: an agent here starts a
worker for each one that it lists, with the command and the environment of its overrides, and a front before moto adds to
its answers what it does not know, how a container ended, and what it never says, such as failures."""

import http.server
import json
import os
import signal
import subprocess
import threading
import unittest
import urllib.error
import urllib.request

from cluster_run import Elsewhere
from harness import WSDEEP
from moto import needs_moto
from serving import serve

CLUSTER = "load"


class Front(http.server.ThreadingHTTPServer):
    """moto's ECS with the agent's word for how tasks are, and refusals where the test wants some."""

    daemon_threads = True

    def __init__(self, moto, agent):
        super().__init__(("127.0.0.1", 0), Handler)
        self.moto, self.agent, self.asked, self.refusals = moto, agent, [], {}
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        serve(self)


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *words):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        operation = self.headers["X-Amz-Target"].rpartition(".")[2]
        self.server.asked.append((operation, json.loads(body)))
        refusals = self.server.refusals.get(operation, [])
        status, answer = refusals.pop(0) if refusals else self.by_moto(body)
        if operation == "DescribeTasks" and status == 200:
            answer = self.server.agent.completed(answer)
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def by_moto(self, body):
        keep = ("X-Amz-Target", "Content-Type", "Authorization", "X-Amz-Date")
        request = urllib.request.Request(self.server.moto.url + "/", data=body,
                                         headers={name: self.headers[name] for name in keep if self.headers[name]})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


class Agent:
    """What ECS's agent does: a process for each task, SIGTERM for one that was stopped."""

    def __init__(self, test):
        self.test, self.ecs, self.workers, self.never = test, test.ecs, {}, {}
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        while not self.over.wait(0.5):
            arns = self.ecs.list_tasks(cluster=CLUSTER)["taskArns"]
            for task in self.ecs.describe_tasks(cluster=CLUSTER, tasks=arns)["tasks"] if arns else []:
                self.look_at(task)

    def look_at(self, task):
        arn, override = task["taskArn"], task["overrides"]["containerOverrides"][0]
        environment = {one["name"]: one["value"] for one in override["environment"]}
        if arn not in self.workers and arn not in self.never:
            if reason := self.test.cannot_start.get(environment["WSDEEP_LOADTEST_WORKER"]):
                self.never[arn] = reason
            elif task["lastStatus"] == "RUNNING":
                self.start(arn, override, environment)
        if task["desiredStatus"] == "STOPPED" and arn in self.workers and self.workers[arn].poll() is None:
            self.workers[arn].terminate()

    def start(self, arn, override, environment):
        with open(os.path.join(self.test.folder, arn.rpartition("/")[2]), "wb") as log:
            self.workers[arn] = subprocess.Popen([WSDEEP, *override["command"]], env={**self.test.aws(), **environment},
                                                 stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def completed(self, answer):
        for task in answer["tasks"]:
            worker, reason = self.workers.get(task["taskArn"]), self.never.get(task["taskArn"])
            if reason:
                task.update(lastStatus="STOPPED", stopCode="TaskFailedToStart", stoppedReason=reason, containers=[])
            elif worker is None:
                task["lastStatus"] = "PENDING"
            elif (code := worker.poll()) is None:
                task["lastStatus"] = "RUNNING" if task["desiredStatus"] == "RUNNING" else "STOPPING"
            else:
                exit_code = code if code >= 0 else 128 - code
                task.update(lastStatus="STOPPED", stopCode="EssentialContainerExited",
                            stoppedReason="Essential container in task exited",
                            containers=[{"name": "wsdeep", "exitCode": exit_code}])
        return answer

    def end(self):
        self.over.set()
        self.thread.join()
        for worker in self.workers.values():
            worker.kill()
            worker.wait()


@needs_moto
class LoadtestEcs(Elsewhere):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # A task of moto's would stop by being looked at.
        transition = json.dumps({"model_name": "ecs::task", "transition": {"progression": "manual", "times": 10**9}})
        urllib.request.urlopen(urllib.request.Request(cls.moto.url + "/moto-api/state-manager/set-transition",
                                                      data=transition.encode(), method="POST"), timeout=30).close()
        cls.ecs = cls.moto.client("ecs")
        cls.ecs.create_cluster(clusterName=CLUSTER)
        cls.ecs.register_task_definition(family="wsdeep", containerDefinitions=[
            {"name": "wsdeep", "image": "registry/wsdeep:1", "memory": 2048, "cpu": 2048}])

    def setUp(self):
        super().setUp()
        self.cannot_start, self.before = {}, set()
        for arn in self.ecs.list_tasks(cluster=CLUSTER)["taskArns"]:
            self.ecs.stop_task(cluster=CLUSTER, task=arn)
        self.agent = Agent(self)
        self.addCleanup(self.agent.end)
        self.front = Front(self.moto, self.agent)
        self.addCleanup(self.front.server_close)
        self.addCleanup(self.front.shutdown)

    def start_afresh(self):
        super().start_afresh()
        self.before = set(self.agent.workers)
        self.front.asked.clear()

    def environment(self):
        return {**super().environment(), "AWS_ENDPOINT_URL_ECS": self.front.url}

    def begin(self, *words, workers=3, duration="2s", start_in="10s"):
        return super().begin("--on", "ecs", "--cluster", CLUSTER, "--task-definition", "wsdeep", "--launch-type", "FARGATE",
                             "--workers", str(workers), "--start-in", start_in, *words, duration=duration)

    def asked(self, operation):
        return [body for name, body in self.front.asked if name == operation]

    def test_three_tasks_do_the_run_of_one(self):
        prompts = os.path.join(self.folder, "prompts.jsonl")
        with open(prompts, "w", encoding="utf-8") as file:
            file.write('{"prompt": "What costs $5?"}\n')
        flags, key = self.be_known_by_certificate()
        result = self.whole_run("--prompts", prompts, *flags)
        tally = result["measured"]["whole"]["tally"]
        self.assertEqual((tally["attempts"], tally["good"]), (40, 40), self.err)
        self.assertEqual(self.shards(), ["worker-0.shard", "worker-1.shard", "worker-2.shard"])
        self.assertEqual([key for key in self.keys() if "/inputs/" in key], [])
        self.assert_no_file_travels_in_the_open(self.asked("RunTask"), key)

    def assert_no_file_travels_in_the_open(self, calls, key):
        self.assertEqual(len({call["clientToken"] for call in calls}), 3)
        self.assertEqual(len({call["startedBy"] for call in calls}), 1)
        self.assertLessEqual(len(calls[0]["startedBy"]), 36)
        self.assertNotIn("What costs", json.dumps(calls))
        with open(key, encoding="utf-8") as file:
            self.assertNotIn(file.read().splitlines()[1], json.dumps(calls))

    def test_a_task_that_cannot_be_placed_ends_the_others(self):
        self.front.refusals["RunTask"] = [(400, {"__type": "ThrottlingException", "message": "Rate exceeded"})]
        self.refuse_third_task()
        self.end(self.begin(), 1)
        self.assertIn("ECS cannot run worker 2: RESOURCE:MEMORY", self.err)
        self.assertIn("--workers", self.err)
        self.assertEqual(len(self.asked("StopTask")), 2)

    def refuse_third_task(self):
        """With status 200, as ECS does."""
        by_moto = Handler.by_moto

        def refused(handler, body):
            if b'"value":"2/3"' in body:
                return 200, {"tasks": [], "failures": [{"arn": "arn:ci", "reason": "RESOURCE:MEMORY"}]}
            return by_moto(handler, body)

        Handler.by_moto = refused
        self.addCleanup(setattr, Handler, "by_moto", by_moto)

    def test_a_task_that_never_starts_is_named(self):
        self.cannot_start["1/3"] = "CannotPullContainerError: pull image manifest has been retried"
        self.end(self.begin(), (1, 7))
        self.assertIn("CannotPullContainerError", self.out + self.err)
        self.assertEqual(self.turns_at_node(), 0, "no turn was sent")

    def test_ctrl_c_stops_the_tasks_and_still_merges(self):
        process = self.running(self.all_run, duration="60s")
        process.send_signal(signal.SIGINT)
        result = self.end(process, (130, 7))
        self.assertGreater(result["measured"]["whole"]["tally"]["attempts"], 0)
        self.assertEqual(len(self.shards()), 3)

    def all_run(self):
        workers = [arn for arn in list(self.agent.workers) if arn not in self.before]
        return len(workers) == 3 and all('"state":"running"' in self.said_by(arn) for arn in workers)

    def said_by(self, arn):
        with open(os.path.join(self.folder, arn.rpartition("/")[2]), encoding="utf-8") as log:
            return log.read()

    def test_says_what_is_missing(self):
        self.end(Elsewhere.begin(self, "--on", "ecs", "--workers", "2"), 2)
        self.assertIn("--on ecs needs --task-definition", self.err)
        self.front.refusals["RunTask"] = [(400, {"__type": "ClusterNotFoundException", "message": "Cluster not found."})]
        self.end(self.begin(), 4)
        self.assertIn("Cluster not found.", self.err)

    def test_a_command_line_too_long_for_overrides_is_refused(self):
        self.end(self.begin(*[word for number in range(400) for word in ("--slo", f"ttft_p99<{1000 + number}ms")]), 2)
        self.assertIn("ECS takes 8192", self.err)
        self.assertEqual(self.asked("RunTask"), [])


if __name__ == "__main__":
    unittest.main()
