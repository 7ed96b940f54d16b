"""`wsdeep loadtest llm` at one node: what it and its page of metrics said meanwhile, and what cancelled turns left."""

import json
import os
import tempfile
import unittest

from harness import System

VERDICTS = (0, 7)  # a machine that is busy with other tests is told as what it is


class LoadtestLlm(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System()
        cls.addClassCleanup(cls.system.destroy)
        cls.node = cls.system.start("llm", "serve", "--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0",
                                    "--node-id", "n1", "--sim", "ttft=20ms", "--sim", "inter-token=5ms", "--sim",
                                    "tokens=100", "--sim", "slots=64")
        cls.addClassCleanup(cls.node.communicate)
        cls.addClassCleanup(cls.node.terminate)
        cls.url = cls.node.stdout.readline().decode().strip()
        said = (json.loads(line) for line in cls.node.stderr)
        cls.page = next(line["url"] for line in said if line["message"] == "serving metrics")

    def load(self, *words):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "result.json")
            run = self.system.run("loadtest", "llm", "--url", self.url, "--quiet", "--rate", "20/s", "--duration", "2s",
                                  "--warm-up", "none", "--json", path, *words)
            self.assertIn(run.code, VERDICTS, run)
            with open(path, encoding="utf-8") as file:
                return run, json.load(file)

    def test_cancelled_turns_free_their_slots(self):
        run, result = self.load("--cancel", "50%@100ms")
        cancels = result["driver"]["cancels"]
        self.assertGreater(cancels["cancelled"], 0)
        self.assertEqual(cancels["known"], cancels["cancelled"], cancels["fault"])
        self.assertLess(cancels["slot_seconds"], cancels["cancelled"])
        self.assertEqual(result["measured"]["whole"]["tally"]["cancelled"], cancels["cancelled"])
        self.assertEqual(result["measured"]["whole"]["metrics"]["cancel_free"]["counted"], cancels["known"])
        self.assertIn("slot-seconds after the cancel", " ".join(run.out.split()))

    def test_node_and_page_are_read_meanwhile(self):
        run, result = self.load("--nodes", self.url, "--metrics-url", self.page)
        node, page = result["driver"]["engines"]
        self.assertEqual((node["node"], node["engine"], node["failed"]), ("n1", "sim", 0), node["fault"])
        figures = {figure["name"]: figure for figure in page["figures"]}
        tokens = figures["wsdeep_node_generated_tokens_total"]
        self.assertTrue(tokens["counts_up"])
        self.assertEqual(tokens["last"] - tokens["first"], result["measured"]["whole"]["output_tokens"])
        self.assertIn("MEANWHILE node n1: load", " ".join(run.out.split()))

    def test_a_wrong_address_is_told_before_any_load(self):
        for words, cause in ((("--nodes", "127.0.0.1:1"), "cannot read the health at grpc://127.0.0.1:1: connection refused"),
                             (("--metrics-url", "http://127.0.0.1:1/metrics"), "127.0.0.1:1")):
            run = self.system.run("loadtest", "llm", "--url", self.url, "--rate", "20/s", "--duration", "1s", *words)
            self.assertEqual(run.code, 1, run)
            self.assertIn(cause, run.err)
            self.assertEqual(run.out, "")


if __name__ == "__main__":
    unittest.main()
