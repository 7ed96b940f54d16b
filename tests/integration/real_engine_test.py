"""A real engine, llama.cpp with a small model of noise, behind a node, the functions, the gateway and `wsdeep chat`. What
it says is chance, so that counts and framing are compared, never text. It comes from npm: `cli/prepare tests` installs
what tests/integration/real_engine/package-lock.json names."""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.request

from harness import TIMEOUT, System, eventually, turn_over

NODE = shutil.which("node")
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "real_engine")
PACKAGES = os.path.isdir(os.path.join(FOLDER, "node_modules", "node-llama-cpp"))
SLOTS, QUEUE, CONTEXT = 2, 1, 1024
QUESTION = "the world has many words in it and they are all about how to make an answer out of other words"


class LlamaCpp:
    """The engine: so many slots, and places to wait for one."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="wsdeep-engine-")
        model = os.path.join(self.folder, "noise.gguf")
        subprocess.run(["python3", os.path.join(FOLDER, "make_gguf.py"), model], check=True)
        self.process = subprocess.Popen([NODE, os.path.join(FOLDER, "server.mjs"), model, str(SLOTS), str(QUEUE)],
                                        stdout=subprocess.PIPE, text=True)
        self.url = f"http://127.0.0.1:{int(self.process.stdout.readline())}"

    def end(self):
        self.process.kill()
        self.process.communicate()
        shutil.rmtree(self.folder)

    def counts(self):
        with urllib.request.urlopen(self.url + "/counts", timeout=TIMEOUT) as answer:
            return json.load(answer)

    def pace(self, ms):
        """From one token to the next."""
        request = urllib.request.Request(self.url + "/pace", json.dumps({"ms": ms}).encode())
        urllib.request.urlopen(request, timeout=TIMEOUT).close()

    def until(self, **wanted):
        """Waits until the counts are as wanted, or more."""
        return eventually(lambda: (lambda now: now if all(now[name] >= value for name, value in wanted.items()) else None)(
            self.counts()))

    def idle(self):
        return eventually(lambda: (lambda now: now if now["running"] == now["waiting"] == 0 else None)(self.counts()))


@unittest.skipUnless(NODE, "node is not installed (apt-get install nodejs npm)")
@unittest.skipUnless(PACKAGES, "node-llama-cpp is not installed (cli/prepare tests, where npm is)")
class RealEngine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = LlamaCpp()
        cls.addClassCleanup(cls.engine.end)
        cls.system = System("--engine", "openai", "--engine-url", cls.engine.url)
        cls.addClassCleanup(cls.system.destroy)
        cls.system.up()
        cls.system.add_user("alice")
        eventually(lambda: cls.system.health()["status"] == "healthy")

    def setUp(self):
        self.engine.idle()
        self.engine.pace(0)

    def chat(self, text, *options, **parameters):
        """The events of a turn."""
        told = [word for name, value in parameters.items() for word in ("--param", f"{name}={value}")]
        run = self.system.run("chat", "-m", text, "--json", "--timings", *told, *options)
        return run, [json.loads(line) for line in run.out.splitlines()]

    def start(self, *words):
        """A command that goes on; its end belongs to the test."""
        process = self.system.start(*words)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def test_streams_and_counts_every_token(self):
        before = self.engine.counts()["generated"]
        run, events = self.chat("hello world", maxTokens=60, seed=7)
        self.assertEqual(run.code, 0, run)
        texts = [event for event in events if event["event"] == "text"]
        completed = events[-1]
        self.assertGreater(len(texts), 1)
        self.assertEqual(completed["completionTokens"], self.engine.counts()["generated"] - before)
        self.assertEqual(sum(event["tokens"] for event in texts), completed["completionTokens"])
        offsets = [offset for event in texts for offset in event["tokenOffsetsMs"]]
        self.assertEqual(len(offsets), completed["completionTokens"])
        self.assertEqual(offsets, sorted(offsets))
        self.assertIn(completed["finishReason"], ("stop", "length"))
        if completed["finishReason"] == "length":
            self.assertEqual(completed["completionTokens"], 60)

    def test_frames_come_whole_and_in_order(self):
        socket = self.system.connect(self.system.token("alice"))
        self.addCleanup(socket.close)
        socket.send({"action": "message", "data": {"message": "hello", "parameters": {"maxTokens": 80}}})
        frames = socket.receive_until(turn_over)
        chunks = [frame["data"] for frame in frames if frame.get("action") == "llm_response_chunk"]
        self.assertEqual([chunk["seq"] for chunk in chunks], list(range(len(chunks))))
        self.assertEqual([chunk["isComplete"] for chunk in chunks], [False] * (len(chunks) - 1) + [True])
        self.assertEqual("".join(chunk["text"] for chunk in chunks), frames[-1]["data"]["message"])
        self.assertEqual(sum(chunk["tokens"] for chunk in chunks), frames[-1]["data"]["usage"]["completionTokens"])

    def test_a_second_turn_finds_the_first_in_the_cache(self):
        first = self.chat(QUESTION, "--chat", "cached", maxTokens=20)[1][-1]
        second = self.chat("and then", "--chat", "cached", maxTokens=20)[1][-1]
        self.assertLess(first["cachedPromptTokens"], first["promptTokens"])
        self.assertGreater(second["promptTokens"], first["promptTokens"])
        # The prompt up to `assistant: `, whose last token may be another one with what follows.
        self.assertGreaterEqual(second["cachedPromptTokens"], first["promptTokens"] - 2)
        self.assertLess(second["cachedPromptTokens"], second["promptTokens"])

    def test_a_client_that_goes_away_ends_the_generation(self):
        self.engine.pace(200)
        before = self.engine.counts()
        client = self.start("llm", "generate", "tell me more", "--param", "max_tokens=200")
        at = self.engine.until(generated=before["generated"] + 3)["generated"]
        client.send_signal(signal.SIGINT)
        after = self.engine.until(cancelled=before["cancelled"] + 1)
        self.assertLessEqual(after["generated"] - at, 2)

    def test_a_cancelled_turn_ends_the_generation(self):
        self.engine.pace(50)
        before = self.engine.counts()
        client = self.start("chat", "-m", "tell me more", "--param", "maxTokens=800")
        self.engine.until(generated=before["generated"] + 3)
        client.send_signal(signal.SIGINT)
        after = self.engine.until(cancelled=before["cancelled"] + 1)
        self.assertLessEqual(after["generatedAfterCancel"] - before["generatedAfterCancel"], 2)
        self.assertEqual(client.wait(TIMEOUT), 130)

    def test_a_prompt_over_the_context_is_told_as_such(self):
        words = f"maximum context length is {CONTEXT} tokens"
        node = self.system.run("llm", "generate", QUESTION * 60)
        self.assertEqual(node.code, 1, node)
        self.assertIn("INVALID_ARGUMENT", node.err)
        self.assertIn(words, node.err)
        run, events = self.chat(QUESTION * 60)
        self.assertEqual((run.code, events[-1]["event"], events[-1]["category"]), (1, "error", "invalid_input"), run)
        self.assertIn(words, events[-1]["message"])

    def test_a_full_queue_is_told_as_such(self):
        self.engine.pace(100)
        for _ in range(SLOTS + QUEUE):
            self.start("llm", "generate", "wait for me", "--param", "max_tokens=400")
        self.engine.until(running=SLOTS, waiting=QUEUE)
        node = self.system.run("llm", "generate", "one more")
        self.assertEqual(node.code, 1, node)
        self.assertIn("RESOURCE_EXHAUSTED", node.err)
        run, events = self.chat("one more")
        self.assertEqual((run.code, events[-1]["event"], events[-1]["category"]), (1, "error", "llm_overloaded"), run)


if __name__ == "__main__":
    unittest.main()
