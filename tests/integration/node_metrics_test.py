"""The node's page of metrics (`wsdeep llm serve --metrics-listen`), judged by Prometheus's own promtool, and added up; and
what becomes of the pages of engines, good and bad."""

import json
import os
import re
import signal
import subprocess
import threading
import unittest
import urllib.error
import urllib.request

from fake_engine import FakeEngine
from foreign_servers import program
from harness import TIMEOUT, WSDEEP, eventually

VLLM = """# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m"} 3.0
vllm:num_requests_waiting{engine="0",model_name="m"} 2.0
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.28
vllm:prefix_cache_queries_total{engine="0",model_name="m"} 1000.0
vllm:prefix_cache_hits_total{engine="0",model_name="m"} 250.0
vllm:num_preemptions_total{engine="0",model_name="m"} 4.0
"""


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.type, self.body = status, headers.get("Content-Type", ""), body


class Node:
    """`wsdeep llm serve` with a page of metrics."""

    def __init__(self, test, *options):
        words = [WSDEEP, "llm", "serve", "--metrics-listen", "127.0.0.1:0", *options]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        test.addCleanup(self.end)
        self.url = self.process.stdout.readline().strip()
        self.page_url = self.said("serving metrics")["url"]
        # Nobody else reads the log; a full pipe would stop the node.
        threading.Thread(target=self.process.stderr.read, daemon=True).start()

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def said(self, message):
        for line in self.process.stderr:
            if json.loads(line)["message"] == message:
                return json.loads(line)
        raise AssertionError(f"the node never said: {message}")

    def ask(self, suffix="", method="GET"):
        url = self.page_url.replace("/metrics", suffix) if suffix.startswith("/") else self.page_url + suffix
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=TIMEOUT) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def values(self):
        """`name{labels}` → value, without the buckets."""
        lines = self.ask().body.decode().splitlines()
        pairs = [line.rsplit(" ", 1) for line in lines if not line.startswith("#") and "_bucket" not in line]
        return {name.removeprefix("wsdeep_node_"): float(value) for name, value in pairs}

    def buckets(self, name):
        found = re.findall(rf'^wsdeep_node_{name}_bucket{{le="(.*)"}} (\d+)$', self.ask().body.decode(), re.M)
        return [(bound, int(count)) for bound, count in found]

    def wait_for(self, **expected):
        def reached():
            values = self.values()
            return values if {name: values.get(name) for name in expected} == expected else None

        return eventually(reached)

    def generate(self, *words):
        return subprocess.run([WSDEEP, "llm", "generate", "hi", *words, "--url", self.url], capture_output=True, text=True,
                              timeout=TIMEOUT)

    def start(self, *words):
        return subprocess.Popen([WSDEEP, "llm", "generate", "hi", *words, "--url", self.url], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)


def before(test, engine, *options):
    return Node(test, "--engine", "openai", "--engine-url", engine.url, *options)


def total(values, name):
    return sum(value for key, value in values.items() if key.split("{")[0] == name)


class MetricsTest(unittest.TestCase):
    def engine(self, **options):
        engine = FakeEngine(**options)
        self.addCleanup(engine.__exit__)
        return engine

    def assert_adds_up(self, values):
        ends = ("completions_total", "cancellations_total", "refusals_total", "errors_total", "running", "waiting")
        self.assertEqual(values["requests_total"], sum(total(values, name) for name in ends), values)

    def end(self, process):
        process.send_signal(signal.SIGINT)
        process.wait(TIMEOUT)


class Metrics(MetricsTest):
    @unittest.skipUnless(program("promtool"), "promtool is not installed (cli/prepare ci)")
    def test_prometheus_has_nothing_to_say_against_the_page(self):
        engine = self.engine()
        engine.page = (200, "text/plain; version=0.0.4", VLLM.encode())
        node = before(self, engine)
        node.wait_for(engine_page_up=1, engine_up=1)
        self.assertEqual(node.generate().returncode, 0)
        answer = node.ask()
        self.assertEqual((answer.status, answer.type), (200, "text/plain; version=0.0.4; charset=utf-8"))
        judged = subprocess.run([program("promtool"), "check", "metrics"], input=answer.body, capture_output=True,
                                timeout=TIMEOUT)
        self.assertEqual((judged.returncode, judged.stdout, judged.stderr), (0, b"", b""))

    def test_each_request_is_counted_once_at_its_end(self):
        engine = self.engine()
        node = before(self, engine, "--slots", "1", "--queue", "1")
        node.wait_for(engine_up=1)
        for _ in range(3):
            self.assertEqual(node.generate().returncode, 0)
        values = node.values()
        self.assertEqual(values['completions_total{finish_reason="stop"}'], 3)
        self.assertEqual((values["prompt_tokens_total"], values["generated_tokens_total"]), (21, 9))
        self.assertNotIn("cached_prompt_tokens_total", values)
        self.assertEqual(values["time_to_first_token_seconds_count"], 3)
        self.assertEqual(values["inter_token_latency_seconds_count"], 6)
        self.assert_adds_up(values)

        engine.hold_after = 3
        running = node.start()
        node.wait_for(running=1, waiting=0, load=1)
        waiting = node.start()
        self.assert_adds_up(node.wait_for(running=1, waiting=1, load=2, slots=1))
        self.assertNotEqual(node.generate("--timeout", "20").returncode, 0)
        values = node.wait_for(**{'refusals_total{reason="queue_full"}': 1})
        self.assert_adds_up(values)

        self.end(waiting)
        self.assert_adds_up(node.wait_for(waiting=0, **{'cancellations_total{reason="client"}': 1}))
        self.end(running)
        self.assert_adds_up(node.wait_for(running=0, **{'cancellations_total{reason="client"}': 2}))
        self.assertNotEqual(node.generate("--timeout", "1").returncode, 0)
        self.assert_adds_up(node.wait_for(running=0, **{'cancellations_total{reason="deadline"}': 1}))

        engine.hold_after = None
        engine.refusal = (500, '{"error": {"message": "boom"}}')
        self.assertNotEqual(node.generate().returncode, 0)
        engine.refusal = (400, '{"error": {"message": "too long"}}')
        self.assertNotEqual(node.generate().returncode, 0)
        values = node.wait_for(**{'errors_total{code="INVALID_ARGUMENT"}': 1})
        self.assertEqual(total(values, "errors_total"), 2)
        self.assert_adds_up(values)
        self.assertEqual(values["queue_time_seconds_count"], 3 + 2 + 2)  # completed, held and failed; not the other ones
        self.assertEqual(values["request_time_seconds_count"], 3)

    def test_buckets_are_those_of_vllm_and_cumulative(self):
        node = Node(self, "--sim", "ttft=30ms", "--sim", "inter-token=0ms", "--sim", "prefill=0ms")
        self.assertEqual(node.generate().returncode, 0)
        buckets = node.buckets("time_to_first_token_seconds")
        self.assertEqual([bound for bound, _ in buckets],
                         "0.001 0.005 0.01 0.02 0.04 0.06 0.08 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 20 40 80 160 640 2560 +Inf"
                         .split())
        counts = [count for _, count in buckets]
        self.assertEqual((counts, counts[3], counts[-1]), (sorted(counts), 0, 1))

    def test_a_draining_node_says_so_until_its_last_answer_has_ended(self):
        engine = self.engine()
        engine.hold_after = 3
        node = before(self, engine, "--grace", "50s")
        node.wait_for(engine_up=1, draining=0)
        running = node.start()
        node.wait_for(running=1)
        node.process.send_signal(signal.SIGTERM)
        node.wait_for(draining=1, running=1)
        engine.go_on.set()
        self.assertEqual(running.wait(TIMEOUT), 0)
        self.assertEqual(node.process.wait(TIMEOUT), 0)

    def test_other_requests_are_told_where_the_pages_are(self):
        node = Node(self)
        for suffix, method, status in (("", "HEAD", 200), ("", "POST", 405), ("?x=1", "GET", 200), ("/", "GET", 404),
                                       ("/metricsx", "GET", 404), ("?engine=1", "GET", 404), ("?engine=1", "DELETE", 405)):
            self.assertEqual(node.ask(suffix, method).status, status, (suffix, method))
        self.assertIn(b"/metrics?engine=1", node.ask("/").body)
        self.assertEqual(node.ask("?engine=1").body, b"this engine has no page of metrics\n")

    def test_a_port_that_is_taken_is_a_failure_at_the_start(self):
        node = Node(self)
        taken = node.page_url.split("/")[2]
        run = subprocess.run([WSDEEP, "llm", "serve", "--metrics-listen", taken], capture_output=True, text=True,
                             timeout=TIMEOUT)
        self.assertEqual((run.returncode, run.stdout), (1, ""))
        self.assertIn(f"cannot listen on {taken}: address already in use", run.stderr)


class EnginePages(MetricsTest):
    """What the node makes of the page that its engine serves."""

    def node_before(self, status, content_type, body):
        engine = self.engine()
        engine.page = (status, content_type, body)
        node = before(self, engine)

        def read():
            answer = node.ask("?engine=1")
            return None if b"has not been read yet" in answer.body else answer

        return node, eventually(read)

    def test_the_engines_page_is_given_on_as_it_came_and_read(self):
        node, answer = self.node_before(200, "text/plain; version=0.0.4; charset=utf-8", VLLM.encode())
        self.assertEqual((answer.status, answer.type, answer.body),
                         (200, "text/plain; version=0.0.4; charset=utf-8", VLLM.encode()))
        values = node.values()
        self.assertEqual({name: values[name] for name in values if name.startswith("engine_") or name == "kv_use"},
                         {"engine_up": values["engine_up"], "engine_page_up": 1, "engine_running": 3, "engine_waiting": 2,
                          "kv_use": 0.28, "engine_prefix_cache_queries_total": 1000,
                          "engine_prefix_cache_hits_total": 250, "engine_preemptions_total": 4})

    def test_the_health_check_tells_how_full_the_kv_cache_is(self):
        node, _ = self.node_before(200, "text/plain", VLLM.encode())
        run = subprocess.run([WSDEEP, "llm", "health", "--output", "json", "--url", node.url], capture_output=True,
                             text=True, timeout=TIMEOUT)
        health = json.loads(run.stdout)
        self.assertEqual({name: health[name] for name in ("load", "draining", "ttftP50Ms", "kvUse")},
                         {"load": 0, "draining": False, "ttftP50Ms": None, "kvUse": 0.28})

    def test_what_a_bad_page_does_not_tell_is_absent(self):
        no_prometheus = b"the engine's page of metrics is not in Prometheus's format\n"
        rows = {
            "none": ((404, "text/html", b"<h1>not found</h1>"), 502,
                     b"the engine answers 404 when asked for its page of metrics\n", {}),
            "HTML": ((200, "text/html", b"<!doctype html><html></html>"), 502, no_prometheus, {}),
            "JSON": ((200, "application/json", b'{"error": "no"}'), 502, no_prometheus, {}),
            "not UTF-8": ((200, "text/plain", b"\xff\xfe\x00\n"), 502, no_prometheus, {}),
            "NaN": ((200, "text/plain", b"vllm:num_requests_running NaN\n"), 200, b"vllm:num_requests_running NaN\n", {}),
            "negative": ((200, "text/plain", b"vllm:num_requests_running -1\nvllm:num_requests_waiting 2\n"), 200, None,
                         {"engine_waiting": 2}),
            "empty": ((200, "text/plain", b""), 200, b"", {}),
        }
        for what, (page, status, body, readings) in rows.items():
            with self.subTest(what):
                node, answer = self.node_before(*page)
                self.assertEqual(answer.status, status)
                self.assertIn(answer.body, (answer.body if body is None else body,))
                values = node.values()
                self.assertEqual(values["engine_page_up"], 1 if status == 200 else 0)
                self.assertEqual({name: values[name] for name in ("engine_running", "engine_waiting", "kv_use")
                                  if name in values}, readings)

    def test_a_page_of_ten_megabytes_is_not_read_to_its_end(self):
        node, answer = self.node_before(200, "text/plain", b"vllm:num_requests_running 3\n" * 400_000)
        self.assertEqual(answer.status, 502)
        self.assertIn(b"larger than 4.2 MB", answer.body)
        self.assertNotIn("engine_running", node.values())

    def test_an_engine_that_never_answers_for_its_page_holds_up_nobody(self):
        engine = self.engine()
        engine.page = "never"
        node = before(self, engine)
        node.wait_for(engine_up=1, engine_page_up=0)
        self.assertEqual(node.generate().returncode, 0)
        eventually(lambda: b"timed out" in node.ask("?engine=1").body or b"time" in node.ask("?engine=1").body)


if __name__ == "__main__":
    unittest.main()
