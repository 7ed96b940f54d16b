"""What `wsdeep chat` and `wsdeep connect` make of gateways that misbehave: no turn is lost, doubled, or waited for in
vain, and Ctrl-C ends everything within a second."""

import json
import os
import signal
import socket
import subprocess
import threading
import time
import unittest
from urllib.parse import urlsplit

from harness import WSDEEP, Run, System, eventually, read_until
from relay import Relay
from scripted_gateway import ScriptedGateway
from terminal import ChatTerminal


class ClientTest(unittest.TestCase):
    """Signed in at a local system, talking to a gateway of the test's."""

    @classmethod
    def setUpClass(cls):
        cls.system = System("--sim", "ttft=20ms", "--sim", "inter-token=2ms")
        cls.addClassCleanup(cls.system.destroy)
        cls.system.up()
        cls.system.add_user("alice")

    def where(self, gateway):
        info = self.system.info
        return ("--url", gateway.url, "--user-pool-id", info["userPoolId"], "--client-id", info["clientId"],
                "--region", info["region"], "--endpoint", info["endpoint"])

    def ask(self, script, *options, question="why?", timeout=60):
        """One question to a gateway that plays `script`."""
        with ScriptedGateway(script) as gateway:
            result = self.system.run("chat", "-m", question, *options, *self.where(gateway), timeout=timeout)
        return result, gateway

    def interrupt(self, process, within=1.0):
        """Sends SIGINT; the exit code and how the process ended."""
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=10)
        took = time.monotonic() - started
        self.assertLess(took, within, err)
        return Run(subprocess.CompletedProcess([], process.returncode, out, err))


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


class Interrupts(ClientTest):
    """Ctrl-C ends everything within a second, whatever is under way."""

    def await_request(self, listener, beginning):
        """Accepts the process that asks, and no stray one that had this port before."""
        while True:
            sock, _ = listener.accept()
            self.addCleanup(sock.close)
            if sock.recv(65536).startswith(beginning):
                return

    def test_while_the_peer_is_silent(self):
        asked = threading.Event()
        over = threading.Event()

        def script(connection):
            connection.receive_message()
            asked.set()
            over.wait(30)

        with ScriptedGateway(script) as gateway:
            process = self.system.start("chat", "-m", "why?", *self.where(gateway))
            self.assertTrue(asked.wait(10))
            self.assertEqual(self.interrupt(process).code, 130)
            over.set()

    def test_while_it_waits_to_connect_again(self):
        with ScriptedGateway(lambda connection: connection.close(1011)) as gateway:
            process = self.system.start("chat", "-m", "why?", *self.where(gateway))
            read_until(process.stderr, "connecting again")
            self.assertEqual(self.interrupt(process).code, 130)

    def test_while_a_connection_is_being_opened(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            gateway = type("Silent", (), {"url": f"ws://127.0.0.1:{listener.getsockname()[1]}/prod"})
            process = self.system.start("chat", "-m", "why?", *self.where(gateway))
            self.await_request(listener, b"GET /prod")
            self.assertEqual(self.interrupt(process).code, 130)

    def test_while_a_token_is_refreshed(self):
        path = os.path.join(self.system.home, ".local", "state", "wsdeep", "logins.json")
        with open(path, encoding="utf-8") as file:
            saved = file.read()

        def restore():
            with open(path, "w", encoding="utf-8") as file:
                file.write(saved)

        self.addCleanup(restore)
        logins = json.loads(saved)
        self.expire(logins)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(logins, file)
        with socket.socket() as cognito, ScriptedGateway(lambda connection: None) as gateway:
            cognito.bind(("127.0.0.1", 0))
            cognito.listen()
            where = [*self.where(gateway)[:-1], f"http://127.0.0.1:{cognito.getsockname()[1]}"]
            for words in (("chat", "-m", "why?"), ("connect",)):
                with self.subTest(words[0]):
                    process = self.system.start(*words, *where)
                    self.await_request(cognito, b"POST /")
                    self.assertEqual(self.interrupt(process).code, 130)

    def expire(self, value):
        """Every expiry time in `value` is in the past."""
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in items:
            if key in ("expiresAt", "expires_at"):
                value[key] = 1
            else:
                self.expire(item)


class AtATerminal(ClientTest):
    def chat(self, gateway, *options):
        return ChatTerminal([WSDEEP, "chat", *options, *self.where(gateway)], self.system.environment(), self.system.home)

    def test_new_is_not_undone_by_the_next_connection(self):
        news = []

        def script(connection):
            while True:
                frame = connection.receive()
                if frame["action"] == "new_conversation":
                    news.append(connection.number)
                    if connection.number == 0:
                        return connection.drop()  # its answer is lost
                    connection.send({"message": "New conversation started", "data": {
                        "message": "", "sender": "System", "chatId": "the-new-one", "timestamp": 1}})
                    if connection.number == 1:
                        return connection.close(1001)
                if frame["action"] == "message":
                    turn = frame["data"]["messageId"]
                    connection.accept(turn)
                    connection.complete(turn, f"answered in {connection.query['sessionId']}")

        with ScriptedGateway(script) as gateway, self.chat(gateway, "--chat", "the-old-one") as chat:
            chat.answer("/help tells", "/new\n")
            chat.expect("connecting again in")
            chat.answer("New conversation started", "where am I?\n")
            chat.answer("answered in the-new-one", "/quit\n")
            self.assertEqual(chat.finish(), 0)
        self.assertEqual(news, [0, 1])
        self.assertEqual(gateway.chats[0], "the-old-one")
        self.assertNotIn("the-old-one", gateway.chats[1:])
        self.assertEqual(gateway.chats[2], "the-new-one")

    def test_a_resumed_answer_is_seen_as_one(self):
        def script(connection):
            turn = connection.receive_message()
            connection.accept(turn, resumed=connection.number > 0)
            if connection.number == 0:
                connection.chunk(turn, 0, "first half, ")
                return connection.cut()
            connection.complete(turn, "first half, second half")
            connection.linger()

        with ScriptedGateway(script) as gateway, self.chat(gateway) as chat:
            chat.answer("/help tells", "why?\n")
            chat.expect("the connection broke")
            chat.expect("(the answer goes on)")
            chat.answer("second half", "/quit\n")
            self.assertEqual(chat.finish(), 0)

    def test_ctrl_c_gives_a_question_up_that_waits_for_a_connection(self):
        with ScriptedGateway(lambda connection: connection.close(1011)) as gateway, self.chat(gateway) as chat:
            chat.expect("/help tells")
            chat.answer("connecting again", "why?\n")
            chat.answer("it will be asked when connected again", "\x03")
            chat.expect("(cancelled)")
            chat.answer("> ", "/quit\n")
            self.assertEqual(chat.finish(timeout=5), 0)

    def test_a_secret_stays_in_its_chat(self):
        """The whole way, through a gateway that ends every connection after some seconds."""
        system = System("--max-lifetime", "4s", "--sim", "ttft=20ms", "--sim", "inter-token=2ms")
        self.addCleanup(system.destroy)
        system.up()
        system.add_user("alice")
        with ChatTerminal([WSDEEP, "chat"], system.environment(), system.home) as chat:
            chat.answer("/help tells", "The password is swordfish.\n")
            chat.answer("swordfish", "/new\n")
            chat.expect("New conversation started")
            lives = len(system.log("wsdeep-connect"))
            eventually(lambda: len(system.log("wsdeep-connect")) > lives)
            mark = len(chat.seen)
            os.write(chat.ours, b"What was it? /end\n")
            chat.expect("/end", timeout=30)
            time.sleep(1)
            chat.answer("", "/quit\n")
            self.assertEqual(chat.finish(), 0)
            self.assertNotIn("swordfish", chat.since(mark))


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


class RawConnections(ClientTest):
    LINE = '{"action":"news","data":"' + "x" * 8000 + '"}\n'

    def test_stdin_is_read_no_faster_than_the_connection_takes_it(self):
        go_on = threading.Event()
        received = []

        def script(connection):
            go_on.wait(60)
            while True:
                received.append(connection.receive())

        lines = 3000  # 24 MB
        with ScriptedGateway(script, unhurried=True) as gateway:
            process = self.system.start("connect", *self.where(gateway))
            written = []

            def feed():
                for number in range(lines):
                    process.stdin.write(self.LINE.encode())
                    written.append(number)
                process.stdin.close()

            feeder = threading.Thread(target=feed, daemon=True)
            feeder.start()
            # It stops when the kernel's buffers and ours are full, long before the end.
            seen = -1
            while seen != len(written):
                seen = len(written)
                time.sleep(0.5)
            self.assertLess(seen, lines / 2)
            go_on.set()
            feeder.join(60)
            process.stdin = None
            out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.assertEqual(len(received), lines)

    def test_frames_that_were_not_sent_are_told(self):
        full = threading.Event()

        def script(connection):
            full.wait(60)
            connection.drop()

        with ScriptedGateway(script, unhurried=True) as gateway:
            process = self.system.start("connect", *self.where(gateway))

            def feed():
                try:
                    for _ in range(3000):
                        process.stdin.write(self.LINE.encode())
                except OSError:
                    pass

            feeder = threading.Thread(target=feed, daemon=True)
            feeder.start()
            time.sleep(2)
            full.set()
            process.wait(20)
            err = process.stderr.read().decode()
            feeder.join(20)
        for pipe in (process.stdout, process.stderr):
            pipe.close()
        self.assertEqual(process.returncode, 1, err)
        self.assertRegex(err, r"the connection broke \(1006\); \d+ frames were not sent")


if __name__ == "__main__":
    unittest.main()
