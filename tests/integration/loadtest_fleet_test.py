"""`wsdeep loadtest` against a fleet on one machine: three nodes behind HAProxy, as the balancer of a stack stands before
its fleet, and before them the local system. A node is killed in the middle: every attempt is in the table, which names the
node, and nothing hangs. And whatever ends a run, its outputs are whole."""

import json
import os
import signal
import tempfile
import time
import unittest

from fleet_balancer_test import NAMES, Node, balancer, certificate
from foreign_servers import program
from harness import TIMEOUT, WSDEEP, System, eventually
from side_by_side import side_by_side
from terminal import OnTerminal

SESSIONS = 250
SECONDS = 12
PROGRESS = r"^[^:]+  \S+/s  \d+ in flight  "  # told now and then where there is no terminal
ENDS = ("good", "slow", "refused", "failed", "truncated", "cancelled", "unfinished")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def pending(pid):
    """The names of the signals that wait for the process."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        mask = next(int(line.split()[1], 16) for line in file if line.startswith("ShdPnd"))
    return {number.name for number in signal.Signals if mask >> (number - 1) & 1}


@unittest.skipUnless(program("haproxy"), "haproxy is not installed (cli/prepare ci)")
class LoadtestOfAFleet(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="wsdeep-load-"))
        cls.ca, cls.pem = certificate(cls.folder)
        cls.plain = System()
        cls.addClassCleanup(cls.plain.destroy)

    def up(self):
        """Three nodes, the balancer, and the local system behind it, with users who are signed in."""
        options = ("--sim", "slots=64", "--queue", "256", "--sim", "tokens=20", "--sim", "inter-token=60ms")
        self.nodes = {name: Node(self.plain, name, *options) for name in NAMES}
        for node in self.nodes.values():
            self.addCleanup(node.end)
        self.front = self.enterContext(balancer(self.pem, self.nodes))
        self.balancer = f"grpcs://127.0.0.1:{self.front.port}"

    def up_with_system(self):
        self.up()
        self.system = System("--llm", self.balancer, "--llm-ca-file", self.ca)
        self.addCleanup(self.system.destroy)
        self.system.up()
        self.tokens = os.path.join(self.folder, f"tokens-{self.id()}")
        for command in (("create", "--count", "20", "--prefix", "load-"), ("tokens", "--count", "20", "--out", self.tokens)):
            run = self.system.run("users", *command)
            self.assertEqual(run.code, 0, run)

    def path(self, name):
        return os.path.join(self.folder, f"{self._testMethodName}-{name}")

    def outputs_asked_for(self):
        return "--json", self.path("json"), "--records", self.path("jsonl"), "--warm-up", "none"

    def begin(self, system, *words):
        return system.start("loadtest", *words, *self.outputs_asked_for())

    def on_terminal(self, system, *words):
        environment = {**system.environment(), "TERM": "xterm-256color", "NO_COLOR": "1"}
        return OnTerminal([WSDEEP, "loadtest", *words, *self.outputs_asked_for()], environment, self.folder, columns=160, rows=50)

    def ended(self, process, patience):
        """Its result, its records and its exit code, once it has ended by itself."""
        began = time.monotonic()
        out, err = process.communicate(timeout=patience)
        self.assertLess(time.monotonic() - began, patience, err.decode())
        return *self.outputs(), process.returncode, out.decode()

    def outputs(self):
        """The result and the records of a run that has ended."""
        return json.loads(read(self.path("json"))), [json.loads(line) for line in read(self.path("jsonl")).splitlines()]

    def adds_up(self, result, records):
        """The table of all that was attempted, inside the window and outside."""
        whole, outside = result["measured"]["whole"]["tally"], result["measured"]["outside"]
        for table in (whole, outside):
            self.assertEqual(table["attempts"], sum(table[end] for end in ENDS), table)
            self.assertEqual(sum(table["reasons"].values()), table["attempts"] - table["good"] - table["slow"], table)
        self.assertEqual(whole["attempts"] + outside["attempts"], len(records))
        return whole

    def wait_for_records(self, text):
        """Until the run has written some, with this in them."""
        def are_there():
            partial = self.path("jsonl") + ".partial"
            return os.path.exists(partial) and text in read(partial)

        eventually(are_there)

    def kill_in_the_middle(self, process):
        """Kills a node once it has answered."""
        self.wait_for_records('"node":"n2"')
        self.assertIsNone(process.poll(), "the run goes on")
        self.nodes["n2"].process.send_signal(signal.SIGKILL)

    def test_a_chat_load_goes_on_when_a_node_is_killed(self):
        self.up_with_system()
        patience = SECONDS + 20 + TIMEOUT
        with self.on_terminal(self.system, "chat", "--tokens", self.tokens, "--sessions", str(SESSIONS), "--concurrency",
                              str(SESSIONS), "--think", "5s", "--turns", "4", "--duration", f"{SECONDS}s", "--drain", "20s",
                              "--slo", "good_share>1%", "--html", self.path("html")) as terminal:
            self.screen_shows_a_killed_node(terminal, patience)
            code = terminal.finish(patience)
        text = terminal.screen.text()
        self.assertEqual(terminal.screen.wrapped, [], text)
        result, records = self.outputs()
        turns = self.adds_up(result, records)
        self.assertIn(code, (0, 7), text)
        self.assertGreater(turns["attempts"], SESSIONS, text)
        self.assertGreater(turns["good"], turns["attempts"] / 2, text)
        self.assertEqual({node["name"] for node in result["measured"]["nodes"]} - {"no node named"}, set(NAMES), text)
        page = read(self.path("html"))
        for name in NAMES:
            self.assertIn(name, text)
            self.assertIn(name, page)
        cut_off = {record["node"] for record in records if record["how"] == "truncated"}
        self.assertEqual(cut_off, {"n2"}, "what was under way there is the killed node's")
        self.assertTrue(any(record["node"] == "n2" and record["how"] == "completed" for record in records))
        self.assertTrue(any(record["moved"] for record in records), "its chats went on elsewhere")

    def screen_shows_a_killed_node(self, terminal, patience):
        terminal.wait_for_row(r"^chat load test of ws://127\.0\.0\.1:\d+/", patience)
        terminal.wait_for_row(rf"^sessions +{SESSIONS} open ", patience)
        terminal.wait_for_row(r"^n2 .*#", patience)
        terminal.wait_for_row(r"^(met|undecided) +good_share>1%", patience)
        self.nodes["n2"].process.send_signal(signal.SIGKILL)
        terminal.wait_for_row(r"^n2 .*(failing|silent for \d+s)", patience)
        terminal.wait_for_row(r"^errors  ", patience)
        self.assertNotRegex(terminal.seen, r"\x1b\[[0-9;]*m", "colours were not wanted")

    def test_a_load_of_nodes_goes_on_when_one_is_killed(self):
        self.up()
        process = self.begin(self.plain, "llm", "--url", self.balancer, "--ca-file", self.ca, "--rate", "40/s", "--turns", "3",
                             "--duration", f"{SECONDS}s", "--drain", "20s",
                             *(word for node in self.nodes.values() for word in ("--nodes", node.address)))
        self.kill_in_the_middle(process)
        result, records, code, text = self.ended(process, SECONDS + 20 + TIMEOUT)
        turns = self.adds_up(result, records)
        self.assertIn(code, (0, 7), text)
        self.assertGreater(turns["good"], turns["attempts"] / 2, text)
        self.assertGreater(turns["truncated"] + turns["failed"] + turns["refused"], 0, text)
        self.assertEqual({node["name"] for node in result["measured"]["nodes"]} - {"no node named"}, set(NAMES), text)

    def test_an_interrupted_run_leaves_whole_outputs(self):
        self.up()
        for number in (signal.SIGINT, signal.SIGTERM):
            process = self.begin(self.plain, "llm", "--url", self.balancer, "--ca-file", self.ca, "--rate", "20/s",
                                 "--duration", "10m")
            self.wait_for_records("completed")
            process.send_signal(number)
            result, records, code, text = self.ended(process, 20)
            self.assertEqual(code, 130, text)
            self.assertEqual(result["ended_by"], "interrupt")
            self.adds_up(result, records)
            self.assertGreater(len(records), 0)
            self.assertIn("interrupted", text)

    def test_a_second_signal_does_not_wait_for_answers(self):
        self.up()
        process = self.begin(self.plain, "llm", "--url", self.balancer, "--ca-file", self.ca, "--rate", "20/s",
                             "--duration", "10m", "--drain", "10m", "--output-tokens", "100000")
        self.wait_for_records("completed")
        process.send_signal(signal.SIGINT)
        eventually(lambda: "SIGINT" not in pending(process.pid))
        process.send_signal(signal.SIGINT)
        result, records, code, text = self.ended(process, 5)
        self.assertEqual(code, 130, text)
        self.adds_up(result, records)

    def test_a_rule_ends_the_run(self):
        self.up()
        process = self.begin(self.plain, "llm", "--url", self.balancer, "--ca-file", self.ca, "--rate", "50/s",
                             "--duration", "10m", "--abort-on", "ttft_p50>1us")
        result, records, code, text = self.ended(process, 40)
        self.assertEqual(result["ended_by"], "abort_rule", text)
        self.assertIn(code, (6, 7), text)
        self.assertIn("ttft_p50>1us", text)
        self.adds_up(result, records)


class LoadtestOfTheLocalSystem(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="wsdeep-load-"))
        cls.system, cls.tokens = cls.up()

    @classmethod
    def up(cls, answer=8):
        """A system, and the tokens of its users."""
        system = System("--sim", "ttft=5ms", "--sim", "inter-token=1ms", "--sim", f"tokens={answer}")
        cls.addClassCleanup(system.destroy)
        system.up()
        tokens = os.path.join(tempfile.mkdtemp(dir=cls.folder), "tokens")
        for command in (("create", "--count", "3", "--prefix", "load-"), ("tokens", "--count", "3", "--out", tokens)):
            run = system.run("users", *command)
            assert run.code == 0, run
        return system, tokens

    def test_a_target_that_goes_away_is_told_and_does_not_hang(self):
        system, tokens = self.up()
        records = os.path.join(self.folder, "records")
        process = system.start("loadtest", "chat", "--tokens", tokens, "--rate", "10/s", "--duration", "6s", "--drain", "5s",
                               "--warm-up", "none", "--records", records, "--json", "-", "--quiet")
        eventually(lambda: [line for line in system.log("wsdeep-generate") if line.get("nodeId")])
        self.assertEqual(system.run("local", "down").code, 0)
        out, err = process.communicate(timeout=30)
        result = json.loads(out)
        turns = result["measured"]["whole"]["tally"]
        self.assertEqual(turns["attempts"], sum(turns[end] for end in ENDS))
        self.assertGreater(turns["failed"], 0, err.decode())
        self.assertIn("not connected", turns["reasons"])
        self.assertEqual(len(read(records).splitlines()), turns["attempts"] + result["measured"]["outside"]["attempts"])
        self.assertNotIn("the rate was not kept", " ".join(result["verdict"]["reasons"]))

    def test_the_nodes_behind_the_front_door_are_asked(self):
        system, tokens = self.up(answer=5000)
        run = system.run("loadtest", "chat", "--tokens", tokens, "--sessions", "8", "--rate", "4/s", "--duration", "2s",
                         "--cancel", "100%@300ms", "--nodes", system.info["llmUrl"], "--warm-up", "none", "--quiet", "--json", "-")
        self.assertIn(run.code, (0, 7), run)
        result = json.loads(run.out)
        driver, whole = result["driver"], result["measured"]["whole"]
        self.assertGreater(driver["cancels"]["cancelled"], 0, run)
        self.assertEqual(driver["cancels"]["known"], driver["cancels"]["cancelled"], run)
        self.assertEqual(whole["metrics"]["cancel_free"]["counted"], driver["cancels"]["known"], run)
        (node,) = driver["engines"]
        self.assertEqual((node["engine"], node["failed"]), ("sim", 0), node)

    def test_a_node_that_does_not_answer_is_told_before_any_turn(self):
        run = self.system.run("loadtest", "chat", "--tokens", self.tokens, "--rate", "4/s", "--nodes", "127.0.0.1:1")
        self.assertEqual((run.code, run.out), (1, ""), run)
        self.assertIn("cannot read the health at grpc://127.0.0.1:1: connection refused", run.err)

    def test_every_kind_says_all_on_stdout_when_that_is_asked_for(self):
        signed_in = ("--tokens", self.tokens, "--sessions", "4")
        short = ("--duration", "2s", "--warm-up", "none")
        for words in (("llm", *short), ("chat", *signed_in, *short), ("both", *signed_in, *short),
                      ("connect", *signed_in, "--hold", "1s")):
            with self.subTest(kind=words[0]):
                run = self.system.run("loadtest", *words, "--rate", "10/s", "--quiet", "--json", "-")
                self.assertIn(run.code, (0, 7), run)
                result = json.loads(run.out)
                self.assertEqual(result["kind"], words[0])
                self.assertGreater(result["measured"]["whole"]["tally"]["good"], 0, run)
                self.assertRegex(run.err, rf"(IN)?(VALID|CONCLUSIVE)  {words[0]} load test of ")

    def test_the_summary_is_stdout_and_nothing_else_is(self):
        run = self.system.run("loadtest", "chat", "--tokens", self.tokens, "--rate", "20/s", "--requests", "10", "--turns", "2")
        self.assertIn(run.code, (0, 7), run)
        self.assertRegex(run.out, r"^(IN)?(VALID|CONCLUSIVE)  chat load test of ")
        self.assertRegex(run.out, r"attempts +\d+ +the sum")
        for line in run.err.splitlines():
            self.assertRegex(line, PROGRESS)

    def test_a_level_that_is_missed_decides_the_exit_code(self):
        run = self.system.run("loadtest", "llm", "--rate", "100/s", "--duration", "4s", "--warm-up", "none", "--slo",
                              "ttft_p50<1ms", "--quiet")
        self.assertIn("MISSED     ttft_p50<1ms", run.out)
        self.assertEqual(run.code, 7 if run.out.startswith("INVALID") else 6, run)

    def test_the_schemas_are_printed(self):
        for words, title in (((), "result"), (("turn",), "turn")):
            run = self.system.run("loadtest", "schema", *words)
            self.assertEqual(run.code, 0, run)
            self.assertIn("$schema", json.loads(run.out), title)


load_tests = side_by_side

if __name__ == "__main__":
    unittest.main()
