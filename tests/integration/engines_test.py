"""Nodes before engines that speak HTTP: `wsdeep llm serve --engine openai|ollama`, and the local system over one."""

import json
import os
import signal
import subprocess
import tempfile
import unittest

from fake_engine import FakeEngine
from harness import TIMEOUT, WSDEEP, System, eventually


class Node:
    """`wsdeep llm serve` before an engine."""

    def __init__(self, test, engine, kind="openai", *options, env=None):
        words = [WSDEEP, "llm", "serve", "--engine", kind, "--engine-url", engine.url, *options]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, **(env or {})})
        test.addCleanup(self.end)
        self.url = self.process.stdout.readline().strip()
        test.assertTrue(self.url.startswith("grpc://"), self.url)

    def end(self):
        self.process.kill()
        self.process.communicate()

    def run(self, *words):
        return subprocess.run([WSDEEP, "llm", *words, "--url", self.url], capture_output=True, text=True, timeout=TIMEOUT)

    def health(self):
        return json.loads(self.run("health", "--output", "json").stdout)

    def wait_until(self, status):
        eventually(lambda: self.health()["status"] == status)
        return self

    def start(self, *words):
        return subprocess.Popen([WSDEEP, "llm", "generate", *words, "--url", self.url], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)


class Engines(unittest.TestCase):
    def engine(self, **options):
        engine = FakeEngine(**options)
        self.addCleanup(engine.__exit__)
        return engine

    def test_answers_by_openai_s_protocol(self):
        engine = self.engine()
        node = Node(self, engine).wait_until("healthy")
        answer = node.run("generate", "Say hello", "--system", "Be brief", "--param", "temperature=0.5", "--param",
                          "maxTokens=9", "--param", "topK=4")
        self.assertEqual((answer.returncode, answer.stdout), (0, "Hello, world\n"), answer.stderr)
        self.assertIn("stop · 7 prompt tokens · 3 tokens", answer.stderr)
        request = engine.requests[-1]
        self.assertEqual(request["path"], "/v1/chat/completions")
        self.assertEqual(request["body"], {
            "model": FakeEngine.MODEL, "stream": True, "stream_options": {"include_usage": True}, "temperature": 0.5,
            "max_tokens": 9, "top_k": 4, "messages": [{"role": "system", "content": "Be brief"},
                                                      {"role": "user", "content": "Say hello"}]})
        self.assertEqual(node.run("models").stdout, FakeEngine.MODEL + "\n")
        self.assertEqual(node.health()["engine"], "openai")

    def test_answers_by_ollama_s_protocol(self):
        engine = self.engine(thoughts=("Hm",))
        node = Node(self, engine, "ollama", "--model", FakeEngine.MODEL).wait_until("healthy")
        answer = node.run("generate", "Say hello", "--param", "maxTokens=9", "--reasoning")
        self.assertEqual((answer.returncode, answer.stdout), (0, "Hm\n\nHello, world\n"))
        self.assertIn("stop · 7 prompt tokens · 3 tokens", answer.stderr)
        self.assertEqual(engine.requests[-1]["path"], "/api/chat")
        self.assertEqual(engine.requests[-1]["body"]["options"], {"num_predict": 9})

    def test_keeps_reasoning_apart(self):
        node = Node(self, self.engine(thoughts=("One", " two"))).wait_until("healthy")
        self.assertEqual(node.run("generate", "hi").stdout, "Hello, world\n")
        self.assertEqual(node.run("generate", "hi", "--reasoning").stdout, "One two\n\nHello, world\n")

    def test_tells_an_engine_s_refusal_in_its_own_words(self):
        engine = self.engine()
        node = Node(self, engine).wait_until("healthy")
        for refusal, told in (((400, '{"error": {"message": "context is 4096 tokens"}}'),
                               "INVALID_ARGUMENT: the engine answers 400: context is 4096 tokens"),
                              ((429, '{"object": "error", "message": "too busy"}'),
                               "RESOURCE_EXHAUSTED: the engine answers 429: too busy"),
                              ((503, "<html>"), "UNAVAILABLE: the engine answers 503")):
            engine.refusal = refusal
            answer = node.run("generate", "hi")
            self.assertEqual(answer.returncode, 1, answer)
            self.assertIn(told, answer.stderr)

    def test_tells_an_answer_that_breaks_off(self):
        engine = self.engine()
        engine.break_after = 3
        node = Node(self, engine).wait_until("healthy")
        answer = node.run("generate", "hi")
        self.assertEqual((answer.returncode, answer.stdout), (1, "Hello\n"), answer)
        self.assertIn("DATA_LOSS: the engine's answer ended before it was whole", answer.stderr)

    def test_is_as_healthy_as_its_engine(self):
        engine = self.engine()
        engine.healthy = False
        node = Node(self, engine)
        self.assertIn("not healthy", node.run("health").stderr)
        engine.healthy = True
        node.wait_until("healthy")
        engine.healthy = False
        eventually(lambda: node.health()["status"] != "healthy")

    def test_is_not_healthy_without_its_model(self):
        node = Node(self, self.engine(), "ollama", "--model", "deepseek-r1:70b")
        eventually(lambda: "deepseek-r1:70b" in node.run("health").stderr)

    def test_stops_the_engine_when_the_client_has_gone(self):
        engine = self.engine()
        engine.hold_after = 4
        node = Node(self, engine).wait_until("healthy")
        client = node.start("hi")
        self.addCleanup(client.communicate)
        self.addCleanup(client.kill)
        eventually(lambda: node.health()["active"] == 1)
        client.send_signal(signal.SIGKILL)
        self.assertTrue(engine.gone.wait(5), "the engine still generates")
        eventually(lambda: node.health()["active"] == 0)

    def test_hardly_a_token_is_generated_for_a_client_that_has_gone(self):
        for kind in ("openai", "ollama"):
            with self.subTest(kind):
                engine = self.engine()
                engine.pace = 0.05
                node = Node(self, engine, kind).wait_until("healthy")
                client = node.start("hi")
                self.addCleanup(client.communicate)
                eventually(lambda: engine.generated >= 3)
                client.kill()
                before = engine.generated
                self.assertTrue(engine.gone.wait(5), "the engine still generates")
                # Two in 100 ms, and the one at which it notices.
                self.assertLessEqual(engine.generated - before, 4)
                eventually(lambda: node.health()["active"] == 0)

    def test_has_ollama_pull_its_model(self):
        engine = self.engine()
        engine.models = ["llama3:latest"]
        engine.pulls = [[{"status": "pulling manifest"}, {"error": "pull model manifest: file does not exist"}],
                        [{"status": "pulling 6e4c", "digest": "sha256:6e4c", "total": 1000, "completed": 430},
                         {"status": "success"}]]
        node = Node(self, engine, "ollama", "--model", FakeEngine.MODEL, "--pull")
        eventually(lambda: node.health()["status"] == f"pulling {FakeEngine.MODEL}")
        engine.pull_on.set()
        eventually(lambda: "file does not exist; tried again in 1 s" in node.health()["status"])
        engine.pull_on.clear()
        eventually(lambda: node.health()["status"] == f"pulling {FakeEngine.MODEL}: 43 %")
        self.assertIn("43 %", node.run("generate", "hi").stderr + node.run("health").stderr)
        engine.pull_on.set()
        node.wait_until("healthy")
        self.assertEqual(engine.pulled, [FakeEngine.MODEL] * 2)
        node.process.send_signal(signal.SIGTERM)
        log = node.process.communicate(timeout=TIMEOUT)[1]
        self.assertIn("the engine has pulled the model", log)

    def test_a_model_without_a_tag_is_the_latest(self):
        engine = self.engine()
        engine.models = ["llama3:latest"]
        Node(self, engine, "ollama", "--model", "llama3", "--pull").wait_until("healthy")
        self.assertEqual(engine.pulled, [])

    def test_reads_a_key_that_has_changed(self):
        engine = self.engine()
        engine.key = "sk-two"
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "key")
            with open(path, "w", encoding="utf-8") as file:
                file.write("sk-one\n")
            os.chmod(path, 0o644)
            node = Node(self, engine, "openai", "--engine-key-file", path)
            eventually(lambda: "it does not take the key of" in node.health()["status"])
            with open(path, "w", encoding="utf-8") as file:
                file.write("sk-two-and-longer"[:6] + "\n\n")
            node.wait_until("healthy")
            self.assertEqual(node.run("generate", "hi").returncode, 0)
            self.assertEqual(engine.requests[-1]["headers"]["Authorization"], "Bearer sk-two")
            node.process.send_signal(signal.SIGTERM)
            log = node.process.communicate(timeout=TIMEOUT)[1]
            self.assertIn("others can read the engine's key: chmod 600 it", log)
            self.assertNotIn("sk-", log)

    def test_refuses_what_is_more_than_its_slots(self):
        engine = self.engine()
        engine.hold_after = 2
        node = Node(self, engine, "openai", "--slots", "1", "--queue", "0").wait_until("healthy")
        first = node.start("hi")
        self.addCleanup(first.kill)
        eventually(lambda: node.health()["active"] == 1)
        self.assertIn("RESOURCE_EXHAUSTED", node.run("generate", "me too").stderr)
        engine.go_on.set()
        self.assertEqual(first.communicate(timeout=TIMEOUT)[0], "Hello, world\n")

    def test_lets_an_answer_end_within_the_grace(self):
        engine = self.engine()
        engine.hold_after = 4
        node = Node(self, engine, "openai", "--grace", "60s").wait_until("healthy")
        client = node.start("hi")
        self.addCleanup(client.kill)
        eventually(lambda: node.health()["active"] == 1)
        node.process.send_signal(signal.SIGTERM)
        eventually(lambda: node.run("generate", "one more").returncode == 1)
        engine.go_on.set()
        self.assertEqual(client.communicate(timeout=TIMEOUT)[0], "Hello, world\n")
        self.assertEqual(node.process.wait(TIMEOUT), 0)

    def test_ends_at_the_second_signal(self):
        engine = self.engine()
        engine.hold_after = 4
        node = Node(self, engine, "openai", "--grace", "10m").wait_until("healthy")
        client = node.start("hi")
        self.addCleanup(client.communicate)
        self.addCleanup(client.kill)
        eventually(lambda: node.health()["active"] == 1)
        node.process.send_signal(signal.SIGTERM)
        eventually(lambda: node.run("generate", "one more").returncode == 1)
        node.process.send_signal(signal.SIGTERM)
        self.assertEqual(node.process.wait(5), 130)

    def test_shows_its_key_to_the_engine_alone(self):
        engine = self.engine()
        node = Node(self, engine, env={"WSDEEP_ENGINE_API_KEY": "sk-secret"}).wait_until("healthy")
        self.assertEqual(node.run("generate", "hi").returncode, 0)
        self.assertEqual(engine.requests[-1]["headers"]["Authorization"], "Bearer sk-secret")
        with open(f"/proc/{node.process.pid}/cmdline", encoding="utf-8") as file:
            self.assertNotIn("sk-secret", file.read())

    def test_takes_its_key_from_a_file_and_names_the_file_when_it_is_refused(self):
        engine = self.engine()
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "key")
            with open(path, "w", encoding="utf-8") as file:
                file.write("sk-of-a-file\n")
            node = Node(self, engine, "openai", "--engine-key-file", path).wait_until("healthy")
            self.assertEqual(node.run("generate", "hi").returncode, 0)
            self.assertEqual(engine.requests[-1]["headers"]["Authorization"], "Bearer sk-of-a-file")
            engine.refusal = (401, '{"error": "Incorrect API key provided: sk-of-a-file"}')
            answer = node.run("generate", "hi")
            self.assertIn(f"FAILED_PRECONDITION: the engine answers 401: it does not take the key of {path}", answer.stderr)
            self.assertNotIn("sk-of-a-file", answer.stderr)
            for words in (path + "-none", "/dev/null"):
                wrong = subprocess.run([WSDEEP, "llm", "serve", "--engine", "openai", "--engine-url", engine.url,
                                        "--engine-key-file", words], capture_output=True, text=True, timeout=TIMEOUT)
                self.assertEqual(wrong.returncode, 1, wrong)
                self.assertIn(words, wrong.stderr)

    def test_refuses_options_that_do_not_go_together(self):
        for words, told in (((), "needs --engine-url"), (("--engine-url", "ftp://x"), "ftp"),
                            (("--engine-url", "http://127.0.0.1:1", "--sim", "slots=2"), "--sim is for --engine sim"),
                            (("--engine-url", "http://127.0.0.1:1", "--pull"), "only an Ollama engine pulls its model")):
            answer = subprocess.run([WSDEEP, "llm", "serve", "--engine", "openai", *words], capture_output=True,
                                    text=True, timeout=TIMEOUT)
            self.assertEqual(answer.returncode, 2, answer)
            self.assertIn(told, answer.stderr)


class LocalSystemOverAnEngine(unittest.TestCase):
    def test_chats_with_it(self):
        with FakeEngine(thoughts=("They greet me.",)) as engine:
            system = System("--engine", "ollama", "--engine-url", engine.url, "--model", FakeEngine.MODEL)
            self.addCleanup(system.destroy)
            system.up()
            system.add_user("alice")
            answer = system.run("chat", "-m", "Hello?")
            self.assertEqual(answer.code, 0, answer)
            self.assertEqual(answer.out, "Hello, world\n")
            self.assertEqual(engine.requests[-1]["body"]["messages"][-1], {"role": "user", "content": "Hello?"})

    def test_says_on_this_machine_that_the_engine_was_not_reached_and_why(self):
        with FakeEngine() as engine:
            system = System("--engine", "ollama", "--engine-url", engine.url, "--model", FakeEngine.MODEL)
            self.addCleanup(system.destroy)
            system.up()
            system.add_user("alice")
        answer = system.run("chat", "-m", "Hello?")
        self.assertEqual(answer.code, 1, answer)
        self.assertIn("(llm_unavailable)\nthe cause, at grpc://", answer.err)
        cause = answer.err.split("\nthe cause, at ")[1].split("\n")[0].split(": ", 1)[1]
        self.assertIn(engine.url, cause)
        self.assertIn(f"\n             llm_unavailable: {cause}\n", system.run("local", "status").out)


if __name__ == "__main__":
    unittest.main()
