"""What both sides of our gRPC make of the other's bytes, whatever they are. tests/golden/raw_http2 has the tables, input →
words: client.txt for `wsdeep llm health`, `wsdeep llm generate` and a chat (`wsdeep-generate`); node.txt for
`wsdeep llm serve`. No process dies of any."""

import concurrent.futures
import functools
import json
import os
import re
import socket
import unittest

from harness import TIMEOUT, System, eventually, turn_over
from http2_frames import DATA, END_STREAM, GOAWAY, HEADERS, RST_STREAM, HeaderReader, Peer, RawServer
from raw_http2_answers import ANSWERS, GOOD
from raw_http2_requests import REQUESTS
from side_by_side import side_by_side

TABLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "raw_http2")
CHATS = 4  # at a time, each at a system of its own
REWRITE = "WSDEEP_REWRITE_GOLDEN" in os.environ


def compare(test, name, text):
    """With the file of that name, or writes it."""
    path = os.path.join(TABLES, name)
    if REWRITE:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return
    with open(path, encoding="utf-8") as file:
        test.maxDiff = None
        test.assertEqual(file.read(), text)


def chat(test, *options):
    """A system with these options, and what says "hi" in it as alice, and returns the data of what comes of it."""
    system = System(*options)
    test.addCleanup(system.destroy)
    system.up()
    system.add_user("alice")
    socket = system.connect(system.token("alice"))

    def say_hi():
        socket.send({"action": "message", "data": {"message": "hi"}})
        return socket.receive_until(turn_over)[-1]["data"]
    return system, say_hi


def said(run, url):
    """Exit code and words of a command; of one that succeeded, its answer."""
    words = run.out if run.code == 0 else run.err
    for known in (url, "wsdeep: error: ", "cannot read the health at : ", "the generation failed: "):
        words = words.replace(known, "")
    words = re.sub(r"local window of \d+", "local window of N", words)
    return f"{run.code}  " + words.strip().replace("\n", "\n" + " " * 25)


class Answers(unittest.TestCase):
    def setUp(self):
        self.system = System()
        self.addCleanup(self.system.destroy)

    def command(self, name, *words):
        with RawServer(ANSWERS[name]) as server:
            run = self.system.run("llm", *words, "--url", server.url, "--timeout", "4")
            self.assertIn(run.code, (0, 1), f"{name}: {run}")
            self.assertLessEqual(server.count, 10, f"{name}: it connects again and again")
            return said(run, server.url)

    def commands(self, name):
        return self.command(name, "health"), self.command(name, "generate", "hi")

    def chats(self, names):
        """What the client of a chat hears for each of these inputs, all of them read by one process: the answer, or the
        category of the failure."""
        server = RawServer()
        self.addCleanup(server.close)
        system, say_hi = chat(self, "--llm", server.url, "--llm-timeout", "1500ms")
        heard, processes = {}, set()
        for name in names:
            server.change(ANSWERS[name])
            end = say_hi()
            heard[name] = end["errorCategory"] if end.get("error") else f"answer: {end['message']}"
            processes.add(system.pid_of("wsdeep-generate"))
        self.assertEqual(len(processes), 1, processes)
        return heard

    def test_each_is_told_in_words(self):
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            heard = [pool.submit(self.chats, list(ANSWERS)[part::CHATS]) for part in range(CHATS)]
            told = dict(zip(ANSWERS, pool.map(self.commands, ANSWERS)))
        heard = {name: words for part in heard for name, words in part.result().items()}
        lines = []
        for name, (health, generate) in told.items():
            lines.append(name)
            if health == generate:
                lines.append(f"    health, generate  {health}")
            else:
                lines += [f"    health            {health}", f"    generate          {generate}"]
            lines.append(f"    chat                 {heard[name]}")
        compare(self, "client.txt", "\n".join(lines) + "\n")


def outcome(peer):
    """What a node answers on stream 1, in words."""
    reader, told = HeaderReader(), []
    try:
        while True:
            kind, flags, stream, payload = peer.frame()
            if kind == GOAWAY:
                told.append(f"GOAWAY {int.from_bytes(payload[4:8], 'big')}")
            elif stream != 1:
                continue
            elif kind == RST_STREAM:
                return " · ".join([*told, f"RST_STREAM {int.from_bytes(payload, 'big')}"])
            elif kind == HEADERS:
                told += [f"{name} {value}" for name, value in reader.read(payload)
                         if name in (":status", "grpc-status", "grpc-message")]
            elif kind == DATA and "message" not in told:
                told.append("message")
            if kind in (DATA, HEADERS) and flags & END_STREAM:
                late = "grpc-status 4" in told  # a message may come before it, or not
                return " · ".join(word for word in told if word != "message" or not late)
    except EOFError:
        return " · ".join([*told, "closed"])
    except ConnectionResetError:
        return " · ".join([*told, "reset"])
    except TimeoutError:
        return " · ".join([*told, "silence"])
    except OSError:
        return "the client has gone"


class Requests(unittest.TestCase):
    def setUp(self):
        self.system = System()
        self.addCleanup(self.system.destroy)
        # Its first word comes later than a deadline that has passed is noticed.
        self.node = self.system.start("llm", "serve", "--listen", "127.0.0.1:0", "--node-id", "n1", "--slots", "4",
                                      "--sim", "ttft=30ms", "--sim", "inter-token=1ms", "--sim", "tokens=3")
        self.addCleanup(self.node.communicate)
        self.addCleanup(self.node.terminate)
        self.url = self.node.stdout.readline().decode().strip()

    def ask(self, name):
        port = int(self.url.rsplit(":", 1)[1])
        with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as connection:
            peer = Peer(connection)
            connection.settimeout(1)
            try:
                REQUESTS[name](peer)
            except OSError:  # refused while it was written: what was said is still there to read
                pass
            return outcome(peer)

    def health(self):
        return json.loads(self.system.run("llm", "health", "--url", self.url, "--output", "json").out or "{}")

    def test_each_is_told_in_words(self):
        lines = [f"{name}\n    {self.ask(name)}" for name in REQUESTS]
        idle = eventually(lambda: (lambda h: h if h.get("active") == 0 and h["queued"] == 0 else None)(self.health()))
        self.assertEqual(idle["status"], "healthy")
        self.assertIsNone(self.node.poll())
        compare(self, "node.txt", "\n".join(lines) + "\n")


class OlderServers(unittest.TestCase):
    """They know field 1 of a request and of an answer, and no more."""

    def setUp(self):
        self.system = System()
        self.addCleanup(self.system.destroy)

    def ask(self, *words):
        """The command's end, and the prompt that the server read."""
        seen = []

        def play(peer):
            peer.opened()
            payload = peer.until(DATA)[3]
            self.assertEqual(payload[5], 1 << 3 | 2)
            seen.append(payload[7:7 + payload[6]].decode())
            peer.send(GOOD)

        with RawServer(play) as server:
            return self.system.run("llm", *words, "--url", server.url), seen

    def test_the_system_message_is_in_the_prompt(self):
        for words, prompt in ((("hi",), "hi"),
                              (("hi", "--system", "Be brief."), "system: Be brief.\nuser: hi\nassistant:")):
            run, seen = self.ask("generate", *words)
            self.assertEqual((run.code, run.out, seen), (0, "healthy\n", [prompt]), run)

    def test_what_they_do_not_say_is_unknown(self):
        self.assertRegex(self.ask("generate", "hi")[0].err, r"^stop · TTFT \d+ ms\n$")
        with RawServer(ANSWERS["SERVING"]) as server:
            run = self.system.run("llm", "health", "--url", server.url, "--output", "json")
        self.assertEqual(run.code, 0, run)
        health = json.loads(run.out)
        self.assertEqual(health.pop("status"), "SERVING")
        self.assertEqual(set(health.values()), {None}, health)
        self.assertIn("completed", health)


class LostConnections(unittest.TestCase):
    """A function's instance is frozen between two messages: that its idle connection was closed meanwhile, by a load balancer
    say, it learns only when it writes the next request."""

    def test_a_question_on_a_connection_that_has_ended_is_asked_once_more(self):
        def play(ending, peer):
            peer.opened()
            peer.send(GOOD)
            peer.until(HEADERS)
            ending(peer)

        for ending in (Peer.end, Peer.abort):
            with self.subTest(ending.__name__), RawServer(functools.partial(play, ending)) as server:
                _, say_hi = chat(self, "--llm", server.url)
                self.assertEqual([say_hi()["message"] for _ in range(2)], ["healthy"] * 2)
                self.assertEqual(server.count, 2)

    def test_and_no_more_than_once(self):
        def play(peer):
            peer.opened()
            peer.abort()

        with RawServer(play) as server:
            _, say_hi = chat(self, "--llm", server.url)
            self.assertEqual(say_hi()["errorCategory"], "llm_unavailable")
            self.assertEqual(server.count, 2)


load_tests = side_by_side

if __name__ == "__main__":
    unittest.main()
