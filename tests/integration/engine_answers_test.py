"""The table of `engine_answers/README.md`: every answer through a node, the functions and `wsdeep chat`.

Each is asked for twice in a chat of its own: whole, told as JSON, and in random pieces, told as text. What the model is
given with the second question is what the chat remembers of the first."""

import json
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor

from engines_test import Node
from harness import TIMEOUT, WSDEEP, System
from replayed_engine import MODEL, ReplayedEngine, table


def events_of(run):
    return [json.loads(line) for line in run.out.splitlines()]


def read(events):
    """What a reader of `--json` knows in the end: the answer, the reasoning, how it ended, and the category."""
    says = thinks = ends = category = ""
    for event in events:
        if event["event"] == "text_was_reasoning":
            says, thinks = "", thinks + says
        if event["event"] == "text" and event["reasoning"]:
            thinks += event["text"]
        elif event["event"] == "text":
            says += event["text"]
        if event["event"] == "completed":
            ends = event["finishReason"]
        if event["event"] == "error":
            category = event["category"]
    return says, thinks, ends, category


class EngineAnswers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.engine = ReplayedEngine()
        cls.system = System("--engine", "openai", "--engine-url", cls.engine.url, "--model", MODEL)
        cls.addClassCleanup(cls.engine.close)
        cls.addClassCleanup(cls.system.destroy)
        cls.system.up()
        cls.system.add_user("alice")

    def ask_twice(self, expected):
        chat = ("--chat", "chat-" + expected.name)
        whole = self.system.run("chat", "--json", *chat, "-m", f"play {expected.name}")
        pieces = self.system.run("chat", *chat, "-m", f"play {expected.name} in pieces")
        return expected, whole, pieces

    def check_whole(self, expected, run):
        says, thinks, ends, category = read(events_of(run))
        self.assertEqual((says, thinks), (expected.says, expected.thinks), run)
        self.assertEqual((run.code, category), (expected.exit, expected.category), run)
        self.assertEqual(ends, "" if expected.exit else expected.ends, run)

    def check_pieces(self, expected, run):
        out = expected.says + ("" if expected.says.endswith("\n") or not expected.says else "\n")
        self.assertEqual((run.code, run.out), (expected.exit, out), run)
        self.assertIn(expected.told if expected.category != "llm_unavailable" or "ended" not in expected.told
                      else "(llm_unavailable)", run.err)
        self.assertIn(f"({expected.category})" if expected.category else "", run.err)

    def check_history(self, expected):
        first, second = f"play {expected.name}", f"play {expected.name} in pieces"
        remembered = [{"role": "user", "content": first}, {"role": "assistant", "content": expected.says}]
        self.assertEqual(self.engine.requests[second],
                         (remembered if expected.history != "-" else []) + [{"role": "user", "content": second}])

    def test_each_says_what_the_table_says(self):
        with ThreadPoolExecutor(4) as pool:
            for expected, whole, pieces in pool.map(self.ask_twice, table()):
                with self.subTest(expected.name):
                    self.check_whole(expected, whole)
                    self.check_pieces(expected, pieces)
                    self.check_history(expected)

    def test_ollama_s_dialect_is_read_as_well(self):
        node = Node(self, self.engine, "ollama", "--model", MODEL).wait_until("healthy")
        for expected in table():
            if not expected.name.startswith("o_"):
                continue
            with self.subTest(expected.name):
                answer = subprocess.run([WSDEEP, "llm", "generate", f"play {expected.name} in pieces", "--url", node.url],
                                        capture_output=True, text=True, timeout=TIMEOUT)
                self.assertEqual((answer.returncode, answer.stdout.rstrip("\n")), (expected.exit, expected.says), answer)
                self.assertIn(expected.ends, answer.stderr)
                self.assertIn(expected.told, answer.stderr)


if __name__ == "__main__":
    unittest.main()
