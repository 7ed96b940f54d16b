"""What `wsdeep chat` makes of gateways that misbehave, and of networks: no turn is lost, doubled, or waited for in vain."""

import json
import threading
import time
import unittest
from urllib.parse import urlsplit

from harness import System
from relay import Relay
from scripted_client import ClientTest
from scripted_gateway import ScriptedGateway
from side_by_side import side_by_side


class Storms(ClientTest):
    def count(self, code, seconds=5):
        def script(connection):
            connection.close(code)

        with ScriptedGateway(script) as gateway:
            process = self.system.start("chat", "-m", "why?", *self.where(gateway))
            time.sleep(seconds)
            result = self.interrupt(process)
        self.assertEqual(result.code, 130, result)
        self.assertIn("connecting again in", result.err)
        return len(gateway.opened)

    def test_a_server_that_accepts_and_closes_is_not_stormed(self):
        for code in (1001, 1011):
            with self.subTest(code):
                # At once, after at most 4.2 s, then 8.2 s: by bad luck some are short.
                self.assertLessEqual(self.count(code), 8)

    def test_a_question_on_which_every_connection_ends_is_told_as_failed(self):
        def script(connection):
            connection.receive_message()
            connection.drop()

        result, gateway = self.ask(script, "--timeout", "4")
        self.assertEqual(result.code, 1, result)
        self.assertIn("no_answer", result.err)


class Turns(ClientTest):
    def test_a_question_of_which_the_receipt_was_lost_is_asked_again(self):
        ids = []

        def script(connection):
            ids.append(connection.receive_message())
            if connection.number == 0:
                return connection.drop()
            connection.accept(ids[-1], resumed=True)
            connection.chunk(ids[-1], 0, "because", last=True)
            connection.complete(ids[-1], "because")
            connection.linger()

        result, gateway = self.ask(script)
        self.assertEqual((result.code, result.out), (0, "because\n"), result)
        self.assertEqual(len(ids), 2)
        self.assertEqual(ids[0], ids[1])
        self.assertEqual(gateway.chats[0], gateway.chats[1])

    def test_an_answer_goes_on_where_its_connection_broke(self):
        def script(connection):
            turn = connection.receive_message()
            connection.accept(turn, resumed=connection.number > 0)
            if connection.number == 0:
                connection.chunk(turn, 0, "one ")
                return connection.cut()
            connection.chunk(turn, 3, "four", last=True)
            connection.complete(turn, "one two three four")
            connection.linger()

        result, _ = self.ask(script)
        self.assertEqual((result.code, result.out), (0, "one two three four\n"), result)

    def test_an_answer_that_begins_again(self):
        def script(connection):
            turn = connection.receive_message()
            connection.accept(turn, restarted=connection.number > 0)
            if connection.number == 0:
                connection.chunk(turn, 0, "first ")
                return connection.cut()
            connection.chunk(turn, 0, "second", last=True)
            connection.complete(turn, "second")
            connection.linger()

        with self.subTest("a pipe gets what is whole"):
            result, _ = self.ask(script)
            self.assertEqual((result.code, result.out), (0, "second\n"), result)
        with self.subTest("JSON says so"):
            result, _ = self.ask(script, "--json")
            events = [json.loads(line) for line in result.out.splitlines()]
            self.assertEqual([e["event"] for e in events],
                             ["accepted", "text", "lost", "connected", "restarted", "text", "completed"])

    def test_an_answer_of_a_server_with_ids_of_its_own_is_told_as_lost(self):
        def script(connection):
            connection.receive_message()
            connection.accept("their-own")
            connection.chunk("their-own", 0, "one ")
            connection.cut()

        result, gateway = self.ask(script)
        self.assertEqual(result.code, 1, result)
        self.assertIn("connection_lost", result.err)
        self.assertEqual(len(gateway.opened), 1)

    def test_a_peer_that_falls_silent_is_left(self):
        silent = threading.Event()

        def script(connection):
            turn = connection.receive_message()
            connection.accept(turn, resumed=connection.number > 0)
            if connection.number == 0:
                connection.chunk(turn, 0, "one ")
                silent.wait(60)  # neither a word nor an end: its machine lost its network
                return
            connection.complete(turn, "one two")
            connection.linger()

        started = time.monotonic()
        result, gateway = self.ask(script)
        silent.set()
        self.assertEqual((result.code, result.out), (0, "one two\n"), result)
        self.assertIn("has said nothing for 10 s", result.err)
        self.assertLess(time.monotonic() - started, 30, "it would be silent for a minute")

    def test_a_server_may_think_while_it_answers_pings(self):
        def script(connection):
            turn = connection.receive_message()
            connection.accept(turn)
            threading.Timer(13, lambda: connection.complete(turn, "at last")).start()
            connection.linger()

        result, gateway = self.ask(script)
        self.assertEqual((result.code, result.out), (0, "at last\n"), result)
        self.assertEqual(len(gateway.opened), 1)
        self.assertGreaterEqual(gateway.connections[0].pings, 3)

    def test_frames_that_are_unknown_or_for_somebody_else_change_nothing(self):
        def script(connection):
            turn = connection.receive_message()
            connection.send({"action": "typing_indicator"})
            connection.accept(turn)
            connection.send({"action": "message", "data": {"content": "hello all", "sender": "bob", "recipient": "all",
                                                           "messageId": "r", "timestamp": 1}})
            connection.chunk(turn, 0, "be")
            connection.send({"action": "typing_indicator", "data": {"user": "bob"}})
            connection.send({"message": "Message sent", "data": {"message": "Delivered.", "sender": "System"}})
            connection.send("not even JSON")
            connection.chunk("another", 0, "x")
            connection.complete("another", "x")
            connection.chunk(turn, 1, "cause", last=True)
            connection.complete(turn, "because")
            connection.linger()

        for options in ((), ("--json",)):
            with self.subTest(options):
                result, _ = self.ask(script, *options)
                self.assertEqual(result.code, 0, result)
                self.assertIn("bob: hello all", result.err)
                if not options:
                    self.assertEqual(result.out, "because\n")

    def test_doubled_frames_are_shown_once(self):
        def script(connection):
            turn = connection.receive_message()
            for _ in range(2):
                connection.accept(turn)
            for seq, text in enumerate(("one ", "two ", "three")):
                for _ in range(2):
                    connection.chunk(turn, seq, text, last=seq == 2)
            connection.chunk(turn, 0, "one ")
            for _ in range(2):
                connection.complete(turn, "one two three")
            connection.linger()

        result, _ = self.ask(script)
        self.assertEqual((result.code, result.out), (0, "one two three\n"), result)

    def test_a_hole_is_filled_from_the_whole_text_or_told(self):
        def script(truncated):
            def play(connection):
                turn = connection.receive_message()
                connection.accept(turn)
                connection.chunk(turn, 0, "one ")
                connection.chunk(turn, 2, "three", last=True)
                if truncated:
                    connection.send({"message": "LLM response complete", "data": {
                        "sender": "assistant", "isComplete": True, "messageId": turn, "truncated": True}})
                else:
                    connection.complete(turn, "one two three")
                connection.linger()
            return play

        result, _ = self.ask(script(False))
        self.assertEqual((result.code, result.out), (0, "one two three\n"), result)
        result, _ = self.ask(script(True))
        self.assertEqual(result.code, 1, result)
        self.assertIn("pieces of the answer are missing", result.err.lower())


class ThroughARelay(unittest.TestCase):
    """The whole system, and a network that fails in the middle of an answer: one turn, whole, on both sides."""

    @classmethod
    def setUpClass(cls):
        cls.system = System("--sim", "ttft=50ms", "--sim", "inter-token=40ms", "--sim", "tokens=60")
        cls.addClassCleanup(cls.system.destroy)
        cls.system.up()
        cls.system.add_user("alice")

    def ask_through(self, fail, chat):
        """The events of a turn in the middle of whose answer `fail(relay)` is done."""
        info = self.system.info
        address = urlsplit(info["url"])
        with Relay(address.hostname, address.port) as relay:
            process = self.system.start(
                "chat", "--json", "-m", "Tell me.", "--chat", chat, "--url", f"ws://127.0.0.1:{relay.port}/prod",
                "--user-pool-id", info["userPoolId"], "--client-id", info["clientId"], "--region", info["region"],
                "--endpoint", info["endpoint"])
            events = []
            for line in process.stdout:
                events.append(json.loads(line))
                if sum(e["event"] == "text" for e in events) == 3 and events[-1]["event"] == "text":
                    fail(relay)
            err = process.stderr.read().decode()
            self.assertEqual(process.wait(60), 0, (err, events))
            process.stdout.close(), process.stderr.close(), process.stdin.close()
        return events

    def check(self, events, chat):
        """That what was shown last is what the chat remembers, and that it remembers one turn."""
        names = [e["event"] for e in events]
        self.assertEqual((names.count("accepted"), names.count("completed")), (1, 1), names)
        begin = len(names) - names[::-1].index("restarted") if "restarted" in names else 0
        shown = "".join(e["text"] for e in events[begin:] if e["event"] == "text")
        page = self.system.run("connect", "--chat", chat, "--wait", "10", "--exit-on", "history",
                               stdin='{"action":"history","data":{}}\n')
        stored = [(m["role"], m["content"]) for m in json.loads(page.out)["data"]["messages"]]
        self.assertEqual(stored, [("user", "Tell me."), ("assistant", shown)])

    def test_a_connection_that_falls_silent(self):
        events = self.ask_through(Relay.freeze, "frozen")
        self.assertIn("resumed", [e["event"] for e in events])
        self.check(events, "frozen")

    def test_a_connection_that_is_cut(self):
        events = self.ask_through(Relay.cut, "cut")
        self.assertTrue({"resumed", "restarted"} & {e["event"] for e in events}, events)
        self.check(events, "cut")


load_tests = side_by_side

if __name__ == "__main__":
    unittest.main()
