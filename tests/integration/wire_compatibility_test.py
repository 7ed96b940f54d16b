"""A node and clients of today against those of before, both ways: `old_llm.py` is a client and a server in Python, made
from a .proto that has the first fields only."""

import json
import os
import subprocess
import sys
import unittest

from harness import System, turn_over

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "old_llm.py")
THINKS, SAYS = "let me see", "Hello, old world"


def python_with_grpc():
    """Debian's packages belong to Debian's python3, which need not be the one that runs this."""
    for python in (sys.executable, "/usr/bin/python3"):
        asked = [python, "-c", "import grpc, grpc_tools.protoc"]
        if os.path.exists(python) and subprocess.run(asked, capture_output=True).returncode == 0:
            return python
    return None


class OldServer:
    """Its requests can be read, one by one."""

    def __init__(self, test):
        self.process = subprocess.Popen([python_with_grpc(), SCRIPT, "server"], stdout=subprocess.PIPE, text=True)
        test.addClassCleanup(self.end)
        self.url = f"grpc://127.0.0.1:{self.process.stdout.readline().strip()}"

    def end(self):
        self.process.kill()
        self.process.communicate()

    def request(self):
        return json.loads(self.process.stdout.readline())


@unittest.skipUnless(python_with_grpc(), "python3-grpcio and python3-grpc-tools are not installed (cli/prepare ci)")
class OldClientAtOurNode(unittest.TestCase):
    def test_reads_the_whole_answer_with_its_tags(self):
        system = System()
        self.addCleanup(system.destroy)
        node = system.start("llm", "serve", "--listen", "127.0.0.1:0", "--sim", "ttft=1ms", "--sim", "reasoning=on")
        self.addCleanup(node.communicate)
        self.addCleanup(node.terminate)
        address = node.stdout.readline().decode().strip().removeprefix("grpc://")
        asked = subprocess.run([python_with_grpc(), SCRIPT, "client", address, "What is new?"], capture_output=True,
                               text=True, timeout=60)
        self.assertEqual(asked.returncode, 0, asked.stderr)
        answer = json.loads(asked.stdout)
        text = "".join(answer["streamed"])
        self.assertRegex(text, r"\A<think>\n(?s:.+)\n</think>\n\nThis is the simulated engine")
        self.assertEqual(answer["text"], text)
        self.assertEqual(answer["complete_at"], [False] * (len(answer["streamed"]) - 1) + [True])
        self.assertEqual(answer["health"], "healthy")


@unittest.skipUnless(python_with_grpc(), "python3-grpcio and python3-grpc-tools are not installed (cli/prepare ci)")
class OurClientsAtAnOldServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = OldServer(cls)
        cls.system = System("--llm", cls.server.url)
        cls.addClassCleanup(cls.system.destroy)
        cls.system.up()
        cls.system.add_user("alice")

    def test_health(self):
        run = self.system.run("llm", "health", "--url", self.server.url)
        self.assertEqual((run.code, run.out), (0, "healthy\n"), run)

    def test_generate(self):
        run = self.system.run("llm", "generate", "hi there", "--url", self.server.url, "--param", "temperature=0.5",
                              "--param", "maxTokens=30", "--param", "topK=4")
        self.assertEqual((run.code, run.out), (0, SAYS + "\n"), run)
        self.assertRegex(run.err, r"\Astop · TTFT \d+ ms\n\Z", "what it does not say is not made up")
        request = self.server.request()
        self.assertEqual((request["call"], request["prompt"], request["temperature"], request["max_tokens"]),
                         ("stream", "hi there", 0.5, 30))
        with_reasoning = self.system.run("llm", "generate", "hi", "--reasoning", "--url", self.server.url)
        self.assertEqual(with_reasoning.out, f"{THINKS}\n\n{SAYS}\n")
        self.server.request()

    def test_loadtest(self):
        """What it does not say is not measured: tokens are estimated, and their times unknown."""
        run = self.system.run("loadtest", "llm", "--url", self.server.url, "--rate", "10/s", "--duration", "1s",
                              "--arrivals", "constant", "--warm-up", "none", "--quiet", "--json", "-")
        self.assertIn(run.code, (0, 7), run)
        whole = json.loads(run.out)["measured"]["whole"]
        turns = [self.server.request() for _ in range(whole["tally"]["attempts"])]
        self.assertIn("x-wsdeep-timings", turns[0]["metadata"])
        self.assertEqual((whole["tally"]["good"], whole["itl_letter"], whole["tokens_counted_by"]), (len(turns), "C", "estimated"))

    def test_models(self):
        run = self.system.run("llm", "models", "--url", self.server.url)
        self.assertEqual(run.code, 1, run)
        self.assertIn("UNIMPLEMENTED", run.err)

    def test_chat(self):
        run = self.system.run("chat", "-m", "hello", "--chat", "old", "--json", "--timings")
        self.assertEqual(run.code, 0, run)
        events = [json.loads(line) for line in run.out.splitlines()]
        texts = [event for event in events if event["event"] == "text"]
        self.assertEqual("".join(event["text"] for event in texts if event["reasoning"]), THINKS)
        self.assertEqual("".join(event["text"] for event in texts if not event["reasoning"]), SAYS)
        self.assertFalse([event for event in texts if "tokens" in event or "tokenOffsetsMs" in event])
        self.assertEqual({name: value for name, value in events[-1].items() if name.endswith("Tokens")}, dict.fromkeys(
            ("promptTokens", "completionTokens", "cachedPromptTokens", "reasoningTokens")))
        first = self.server.request()
        self.assertEqual(first["prompt"], "hello")
        self.assertIn("x-wsdeep-timings", first["metadata"])
        self.assertEqual(self.system.run("chat", "-m", "and now?", "--chat", "old").out, SAYS + "\n")
        self.assertEqual(self.server.request()["prompt"],
                         f"User: hello\n\nAssistant: {SAYS}\n\nUser: and now?\n\nAssistant:")

    def test_frames(self):
        chat = self.system.connect(self.system.token("alice"))
        self.addCleanup(chat.close)
        chat.send({"action": "message", "data": {"message": "hi", "timings": True}})
        frames = chat.receive_until(turn_over)
        self.server.request()
        chunks = [frame["data"] for frame in frames if frame.get("action") == "llm_response_chunk"]
        self.assertEqual("".join(chunk["text"] for chunk in chunks), f"<think>\n{THINKS}\n</think>\n\n{SAYS}")
        self.assertFalse([chunk for chunk in chunks if {"tokens", "tokenOffsetsMs", "nodeArrivalUs"} & chunk.keys()])
        self.assertEqual(frames[-1]["data"]["usage"], {})


if __name__ == "__main__":
    unittest.main()
