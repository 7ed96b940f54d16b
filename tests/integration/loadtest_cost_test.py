"""What `wsdeep loadtest chat --cost` says a run cost: its messages against what went over the wire, its sums against its
own counts, and the example of the manual against its own prices."""

import json
import os
import re
import socket
import tempfile
import threading
import unittest
from urllib.parse import urlsplit

from harness import System
from relay import Relay

MANUAL = os.path.join(os.path.dirname(__file__), "..", "..", "cli", "load", "LOADTEST.md")
VERDICTS = (0, 7)  # a machine that is busy with other tests is told as what it is
BILLED_BYTES = 32 * 1024
SESSIONS = 4


class MessageMeter(Relay):
    """Counts the messages that pass as API Gateway bills them: each 32 KB begun, both ways."""

    def __init__(self, host, port):
        self.billed = 0
        self.counting = threading.Lock()
        super().__init__(host, port)

    def _pass(self, source, sink):
        stream = WebSocketLengths()
        try:
            while data := source.recv(65536):
                units = sum(max(1, -(-length // BILLED_BYTES)) for length in stream.feed(data))
                with self.counting:
                    self.billed += units
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # either side has ended


class WebSocketLengths:
    """The payload lengths of the messages in one direction of a connection, past its handshake (RFC 6455, 5.2)."""

    def __init__(self):
        self.buffer, self.open, self.length = b"", False, 0

    def feed(self, data):
        self.buffer += data
        if not self.open:
            head, mark, rest = self.buffer.partition(b"\r\n\r\n")
            if not mark:
                return
            self.open, self.buffer = True, rest
        while (frame := self._frame()) is not None:
            final, opcode, length = frame
            if opcode >= 8:
                continue
            self.length += length
            if final:
                yield self.length
                self.length = 0

    def _frame(self):
        if len(self.buffer) < 2:
            return None
        first, second = self.buffer[0], self.buffer[1]
        wide = {126: 2, 127: 8}.get(second & 0x7F, 0)
        head = 2 + wide + (4 if second & 0x80 else 0)
        length = int.from_bytes(self.buffer[2:2 + wide], "big") if wide else second & 0x7F
        if len(self.buffer) < head + length:
            return None
        self.buffer = self.buffer[head + length:]
        return bool(first & 0x80), first & 0x0F, length


def dollars(text):
    """`$0.00325` → 0.00325"""
    return float(text.replace("$", "").replace(",", ""))


class LoadtestCost(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System("--sim", "ttft=50ms", "--sim", "inter-token=10ms", "--sim", "tokens=30", "--sim", "slots=64")
        cls.addClassCleanup(cls.system.destroy)
        cls.system.up()
        cls.system.add_user("alice")

    def load(self, *words):
        """The result, its records and its text."""
        with tempfile.TemporaryDirectory() as folder:
            paths = [os.path.join(folder, name) for name in ("result.json", "turns.jsonl")]
            run = self.system.run("loadtest", "chat", "--quiet", "--sessions", str(SESSIONS), "--max-sessions", str(SESSIONS),
                                  "--user", "alice", "--json", paths[0], "--records", paths[1], "--warm-up", "none", *words)
            self.assertIn(run.code, VERDICTS, run)
            with open(paths[0], encoding="utf-8") as file:
                result = json.load(file)
            with open(paths[1], encoding="utf-8") as file:
                return result, [json.loads(line) for line in file], run.out

    def test_its_messages_are_those_that_went_over_the_wire(self):
        info = self.system.info
        address = urlsplit(info["url"])
        with MessageMeter(address.hostname, address.port) as meter:
            result, records, _ = self.load(
                "--url", f"ws://127.0.0.1:{meter.port}/prod", "--user-pool-id", info["userPoolId"], "--client-id",
                info["clientId"], "--region", info["region"], "--endpoint", info["endpoint"], "--rate", "3/s", "--arrivals",
                "constant", "--duration", "4s", "--turns", "2", "--prompt-tokens", "9000", "--cost")
        told = sum(record["billed_messages"] for record in records) + result["measured"]["connection_use"]["messages"]
        self.assertTrue(records)
        self.assertGreaterEqual(told, 3 * len(records), "two for the question, and what answers it")
        # The answers to the last frames of sessions that end may still be under way.
        self.assertLessEqual(told, meter.billed)
        self.assertLessEqual(meter.billed - told, SESSIONS)
        self.assertTrue(any(record["billed_messages"] > record["messages_sent"] + record["messages_received"]
                            for record in records), "a question of 36 KB is two messages")

    def test_its_sums_are_counts_times_prices(self):
        result, _, text = self.load("--rate", "4/s", "--duration", "4s", "--instances", "2xg5.xlarge", "--price-instance",
                                    "g5.xlarge=1.006")
        measured, cost = result["measured"], result["cost"]
        whole, use = measured["whole"], measured["connection_use"]
        seconds = (whole["to_us"] - whole["from_us"]) / 1e6
        items = {item["name"]: item for item in cost["items"]}
        expected = {
            "2 × g5.xlarge": 2 * seconds / 3600 * 1.006,
            "messages": whole["billed_messages"] * 1e-6,
            "connection minutes": use["open_us"] / 60e6 * 0.25e-6,
            "function calls": (whole["front_door"]["messages_sent"] + whole["front_door"]["accepted"] + 2 * use["opened"]
                               + use["closed"]) * 0.2e-6,
            "table reads": (whole["front_door"]["messages_sent"] + whole["front_door"]["read_4kb"]["least"]) * 0.125e-6,
        }
        for name, usd in expected.items():
            self.assertAlmostEqual(items[name]["least_usd"], usd, delta=usd * 1e-9, msg=name)
        for item in cost["items"]:
            self.assertLessEqual(item["least"], item["most"], item)
            self.assertAlmostEqual(item["least_usd"], item["least"] * item["usd_per_unit"], places=12)
        self.assertAlmostEqual(cost["least_usd"], sum(item["least_usd"] for item in cost["items"]), places=12)
        self.assertAlmostEqual(cost["least_usd_per_mtok"], cost["least_usd"] / whole["good_output_tokens"] * 1e6, places=6)
        self.assertEqual(whole["good_output_tokens"], whole["output_tokens"], "every turn was good")
        self.assertIn("for a million good tokens", text)

    def test_the_window_that_is_there_has_the_frames_that_came(self):
        result, records, text = self.load("--rate", "4/s", "--duration", "4s", "--cost")
        (now,) = [one for one in result["measured"]["coalescing"] if one["present"]]
        self.assertEqual((now["window_us"], now["turns"]), (20_000, len(records)))
        came = sum(len(record["pieces"]) for record in records)
        # Each answer may have an empty last frame, and posts take time here as well, in which tokens join.
        self.assertGreaterEqual(now["frames"], came * 0.9)
        frames = [one["frames"] for one in result["measured"]["coalescing"]]
        self.assertEqual(frames, sorted(frames, reverse=True), "a longer window has no more frames")
        self.assertRegex(text, r"(?m)^20\.0ms .* now$")
        self.assertIn("the nodes' instances: say --instances", text)

    def test_words_that_are_none_are_refused(self):
        for flag, value, words in (
            ("--instances", "3xg6e", "--instances: expected a number and a type, such as 3xg6e.xlarge, got '3xg6e'"),
            ("--price-instance", "g6e.xlarge=-1", "expected a type and its dollars an hour, such as g6e.xlarge=1.861"),
            ("--coalesce", "soon", "--coalesce"),
        ):
            run = self.system.run("loadtest", "chat", "--user", "alice", flag, value)
            self.assertEqual(run.code, 2, run)
            self.assertIn(words, run.err)


class TheManualsExample(unittest.TestCase):
    """Its rows: what, how many, price (of a million, or of one), dollars."""

    def test_is_multiplied_and_added_up_rightly(self):
        with open(MANUAL, encoding="utf-8") as file:
            rows = re.findall(r"(?m)^\| ([^|]+) \| ([\d.,]+) \| (\$[\d.]+)( a million)? \| (\$[\d.]+) \|$", file.read())
        self.assertGreaterEqual(len(rows), 7)
        total = 0
        for name, quantity, price, million, usd in rows:
            exact = float(quantity.replace(",", "")) * dollars(price) / (1e6 if million else 1)
            self.assertAlmostEqual(exact, dollars(usd), delta=exact * 0.006 + 1e-9, msg=name)
            total += exact
        with open(MANUAL, encoding="utf-8") as file:
            (told,) = re.findall(r"(?m)^\| \*\*sum\*\* \| \| \| \*\*(\$[\d.]+)\*\* \|$", file.read())
        self.assertAlmostEqual(total, dollars(told), delta=total * 0.006)


if __name__ == "__main__":
    unittest.main()
