"""The clients of a node: `wsdeep llm generate` with conversations, sessions, retries, metadata and JSON; `health --watch`
while a node goes and comes back; `describe` of our node and of servers that lie."""

import json
import os
import re
import signal
import stat
import subprocess
import time
import unittest

from harness import AT_ONCE, TIMEOUT, System, eventually
from http2_frames import DATA, HEADERS, HeaderReader, RawServer, data, grpc_message, headers, settings
from raw_http2_answers import ANSWERS, GOOD, GRPC, HEAD, HELLO, OK, trailers_only
from terminal import OnTerminal


def proto_bytes(number, content):
    """A length-delimited field, of any length."""
    size, length = len(content), b""
    while size > 0x7F:
        length += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([number << 3 | 2]) + length + bytes([size]) + content


class Clients(unittest.TestCase):
    def setUp(self):
        self.system = System()
        self.addCleanup(self.system.destroy)

    def node(self, *options, listen="127.0.0.1:0"):
        """A node that answers twenty tokens; its process and its URL."""
        node = self.system.start("llm", "serve", "--listen", listen, "--node-id", "n1", "--sim", "ttft=1ms", "--sim",
                                 "inter-token=1ms", "--sim", "tokens=20", *options)
        self.addCleanup(node.communicate)
        self.addCleanup(node.kill)
        return node, node.stdout.readline().decode().strip()

    def run_llm(self, *words, **options):
        run = self.system.run("llm", *words, **options)
        return run

    def path(self, name, content=None):
        path = os.path.join(self.system.home, name)
        if content is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(content)
        return path


class Generate(Clients):
    def events(self, *words, code=0, **options):
        run = self.run_llm("generate", "--json", *words, **options)
        self.assertEqual(run.code, code, run)
        return [json.loads(line) for line in run.out.splitlines()]

    def test_the_question_may_come_from_stdin_and_from_files(self):
        _, url = self.node()
        for words, stdin in ((("-",), "from a pipe"), ((), "from a pipe"),
                             (("--messages", self.path("chat.json", '[{"role":"user","content":"from a pipe"}]')), None),
                             (("--messages", "-"), '{"role":"user","content":"from a pipe"}\n')):
            run = self.run_llm("generate", *words, "--url", url, stdin=stdin)
            self.assertEqual(run.code, 0, run)
            self.assertIn('You asked: "from a pipe"', run.out)

    def test_messages_go_before_the_prompt(self):
        _, url = self.node()
        chat = self.path("chat.jsonl", '{"role":"user","content":"one"}\n{"role":"assistant","content":"two"}\n')
        run = self.run_llm("generate", "three", "--messages", chat, "--url", url)
        self.assertIn("turn 2, with 2 earlier messages", run.out)

    def test_events_come_as_json_and_the_last_one_tells_the_end(self):
        _, url = self.node()
        events = self.events("hi", "--url", url, "--timings")
        self.assertEqual({event["event"] for event in events[:-1]}, {"text"})
        last = events[-1]
        self.assertEqual((last["event"], last["finishReason"], last["nodeId"]), ("completed", "stop", "n1"), last)
        self.assertEqual(last["usage"]["completionTokens"], 20)
        self.assertEqual(sum(event.get("tokens", 0) for event in events[:-1]), 20)
        self.assertEqual(len([at for event in events[:-1] for at in event.get("tokenOffsetsMs", ())]), 20)
        self.assertLessEqual(last["timings"]["ttftMs"], last["timings"]["durationMs"])
        self.assertEqual(set(last["timings"]["itlMs"]), {"p50", "p99", "max"})

    def test_a_failure_is_an_event_too(self):
        with RawServer(trailers_only(("grpc-status", "8"), ("grpc-message", "full"),
                                     ("grpc-retry-pushback-ms", "1500"))) as server:
            events = self.events("hi", "--url", server.url, code=1)
        self.assertEqual([(e["event"], e["fault"], e["message"], e["retryAfterMs"]) for e in events],
                         [("error", "overloaded", "RESOURCE_EXHAUSTED: full", 1500)])

    def test_a_session_goes_on_with_its_conversation(self):
        _, url = self.node("--set-cookie")
        session = self.path("chat.json")
        self.assertIn("turn 1", self.run_llm("generate", "one", "--session", session, "--url", url).out)
        self.assertEqual(stat.S_IMODE(os.stat(session).st_mode), 0o600)
        with open(session, encoding="utf-8") as file:
            kept = json.load(file)
        self.assertEqual([m["role"] for m in kept["messages"]], ["user", "assistant"])
        self.assertIn("=", kept["cookie"])
        self.assertIn("turn 2, with 2 earlier messages",
                      self.run_llm("generate", "two", "--session", session, "--url", url).out)
        with open(session, encoding="utf-8") as file:
            again = json.load(file)
        self.assertEqual((again["sessionId"], len(again["messages"])), (kept["sessionId"], 4))

    def test_a_failure_leaves_a_session_as_it_was_but_for_the_way_to_a_node_that_is_gone(self):
        node, url = self.node("--set-cookie")
        session = self.path("chat.json")
        self.run_llm("generate", "one", "--session", session, "--url", url)
        with open(session, encoding="utf-8") as file:
            before = json.load(file)
        node.kill()
        node.wait()
        self.assertEqual(self.run_llm("generate", "two", "--session", session, "--url", url).code, 1)
        with open(session, encoding="utf-8") as file:
            self.assertEqual(json.load(file), {**before, "cookie": ""})

    def test_cookie_and_metadata_are_sent(self):
        seen = {}

        def play(peer):
            peer.preface()
            peer.send(settings())
            head = peer.until(HEADERS)
            seen.update(HeaderReader().read(head[3]))
            peer.send(GOOD)

        session = self.path("chat.json", '{"sessionId": "s", "cookie": "AWSALB=x1", "messages": []}')
        with RawServer(play) as server:
            run = self.run_llm("generate", "hi", "--url", server.url, "--metadata", "x-tenant=a b=c", "--metadata",
                               "trace-bin=AP8=", "--session", session, "--authority", "node.internal:7")
        self.assertEqual(run.code, 0, run)
        self.assertEqual((seen["x-tenant"], seen["cookie"], seen[":authority"]), ("a b=c", "AWSALB=x1", "node.internal:7"))
        self.assertIn("trace-bin", seen)  # in Huffman's code, which the reader does not know

    def test_it_tries_again_only_while_nothing_came(self):
        def breaks_off(peer):
            peer.opened()
            started.append(1)
            peer.send(HEAD, data(HELLO), headers(("grpc-status", "14"), ("grpc-message", "died"), end=True))

        started = []
        full = headers(OK, GRPC, ("grpc-status", "8"), ("grpc-message", "full"),
                       ("grpc-retry-pushback-ms", "50"), end=True)

        def full_then_good(peer):
            peer.opened()
            peer.send(full)
            stream = peer.until(HEADERS)[2]
            peer.send(headers(OK, GRPC, stream=stream), data(HELLO, stream=stream),
                      headers(("grpc-status", "0"), end=True, stream=stream))

        with RawServer(full_then_good) as server:
            events = self.events("hi", "--url", server.url, "--retries", "1")
            self.assertEqual([e["event"] for e in events], ["retry", "text", "completed"])
            self.assertEqual(events[0]["waitMs"], 50)
        with RawServer(full_then_good) as server:
            run = self.run_llm("generate", "hi", "--url", server.url)
            self.assertEqual((run.code, run.err), (1, "wsdeep: error: the generation failed: RESOURCE_EXHAUSTED: full\n"
                                                   "ask again in 50ms, or let --retries do it\n"))
        with RawServer(breaks_off) as server:
            self.assertEqual(self.events("hi", "--url", server.url, "--retries", "5", code=1)[-1]["event"], "error")
        self.assertEqual(len(started), 1)

    def test_no_wait_is_longer_than_the_time_there_is(self):
        full = trailers_only(("grpc-status", "8"), ("grpc-message", "full"), ("grpc-retry-pushback-ms", "60000"))
        with RawServer(full) as server:
            began = time.monotonic()
            self.events("hi", "--url", server.url, "--retries", "3", "--timeout", "20", code=1)
            self.assertLess(time.monotonic() - began, 15)

    def test_ctrl_c_ends_it_and_the_node_s_work(self):
        _, url = self.node("--sim", "inter-token=1s")
        client = self.system.start("llm", "generate", "hi", "--url", url, "--json")
        self.addCleanup(client.communicate)
        self.assertEqual(json.loads(client.stdout.readline())["event"], "text")
        client.send_signal(signal.SIGINT)
        self.assertEqual(client.wait(5), 130)
        self.assertIn(b'"fault":"cancelled"', client.stdout.read())
        eventually(lambda: json.loads(self.run_llm("health", "--url", url, "--json").out)["active"] == 0)


class Health(Clients):
    def watch(self, *words):
        watch = self.system.start("llm", "health", "--watch", "--poll-interval", "200ms", *words)
        self.addCleanup(watch.communicate)
        self.addCleanup(watch.kill)
        return watch

    def look(self, watch, wanted):
        """Reads lines until one is wanted."""
        while line := watch.stdout.readline():
            look = json.loads(line)
            if wanted(look):
                return look
        self.fail("the watch has ended")

    def end(self, watch):
        began = time.monotonic()
        watch.send_signal(signal.SIGINT)
        self.assertEqual(watch.wait(TIMEOUT), 130)
        self.assertLess(time.monotonic() - began, AT_ONCE)
        self.assertEqual(watch.stderr.read(), b"")

    def test_it_tells_when_a_node_goes_and_comes_back(self):
        node, url = self.node()
        watch = self.watch("--url", url, "--json")
        look = self.look(watch, lambda look: look["serving"])
        self.assertEqual((look["url"], look["healthy"], look["serving"], look["nodeId"]), (url, True, "SERVING", "n1"))
        node.kill()
        node.wait()
        gone = self.look(watch, lambda look: not look["healthy"])
        self.assertEqual(gone["status"], None)
        self.node(listen=url.removeprefix("grpc://"))
        self.look(watch, lambda look: look["healthy"] and look["serving"] == "SERVING")
        self.end(watch)

    def test_a_node_that_nobody_takes_calls_at_does_not_hold_it_up(self):
        _, url = self.node()
        watch = self.watch("--url", url, "--url", "127.0.0.1:1", "--json")
        self.look(watch, lambda look: look["url"] == "127.0.0.1:1" and "nobody listens" in look["fault"])
        self.look(watch, lambda look: look["url"] == url and look["healthy"])
        self.end(watch)

    def test_elsewhere_than_at_a_terminal_it_says_what_changes(self):
        node, url = self.node()
        watch = self.watch("--url", url)
        first = watch.stdout.readline().decode()
        self.assertRegex(first, r"^\d\d:\d\d:\d\d  healthy · node n1 ·")
        node.kill()
        self.assertRegex(watch.stdout.readline().decode(), "cannot read the health at ")
        self.end(watch)

    def test_a_server_that_knows_no_watch_is_asked(self):
        def play(peer):
            peer.preface()
            peer.send(settings())
            reader = HeaderReader()
            while True:
                _, _, stream, payload = peer.until(HEADERS)
                if dict(reader.read(payload))[":path"].endswith("/Watch"):
                    peer.send(headers(OK, GRPC, ("grpc-status", "12"), end=True, stream=stream))
                    continue
                peer.send(headers(OK, GRPC, stream=stream), data(HELLO, stream=stream),
                          headers(("grpc-status", "0"), end=True, stream=stream))

        with RawServer(play) as server:
            watch = self.watch("--url", server.url, "--json")
            for _ in range(3):
                look = self.look(watch, lambda look: True)
                self.assertEqual((look["status"], look["serving"]), ("healthy", None))
            self.end(watch)

    def test_it_is_a_live_screen_at_a_terminal(self):
        _, first = self.node()
        _, second = self.node()
        words = [self.system.program, "llm", "health", "--watch", "--url", first, "--url", second]
        with OnTerminal(words, self.system.environment(), self.system.home, columns=120) as terminal:
            while terminal.screen.text().count("healthy · node n1") < 2:
                terminal.wait_for("\x1b[J")
            terminal.answer("", "\x03")
            self.assertEqual(terminal.finish(), 130)

    def test_several_nodes_are_a_row_each(self):
        _, url = self.node()
        run = self.run_llm("health", "--url", url, "--url", "127.0.0.1:1")
        self.assertEqual(run.code, 1)
        self.assertEqual(run.err, "wsdeep: error: 1 of 2 nodes are not healthy\n")
        self.assertRegex(run.out, f"^{url}  healthy · node n1 .*\n127.0.0.1:1  cannot read the health .*nobody listens")
        self.assertEqual(self.run_llm("health", "--url", url, "--url", url).code, 0)

    def test_models_as_json(self):
        _, url = self.node()
        self.assertEqual(json.loads(self.run_llm("models", "--json", "--url", url).out), {"models": ["sim"]})


class Describe(Clients):
    def test_what_it_prints_is_the_proto_that_the_node_was_made_of(self):
        _, url = self.node()
        run = self.run_llm("describe", "--url", url)
        self.assertEqual(run.code, 0, run)
        folder = self.path("proto")
        os.mkdir(folder)
        for text in re.split(r"(?m)^(?=// \S+\.proto$)", run.out)[1:]:
            name = text.split("\n", 1)[0][3:]
            os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        subprocess.run(["protoc", "-I", folder, "--descriptor_set_out=/dev/null", os.path.join(folder, "llm.proto")],
                       check=True, timeout=TIMEOUT)
        self.assertIn("optional float temperature = 1;", run.out)

    def test_names_lists_and_json(self):
        _, url = self.node()
        self.assertIn("int64 prompt_tokens = 1;", self.run_llm("describe", "llm.Usage", "--url", url).out)
        missing = self.run_llm("describe", "llm.Usege", "--url", url)
        self.assertEqual((missing.code, missing.err),
                         (4, "wsdeep: error: the server has no 'llm.Usege', did you mean 'llm.Usage'?\n"))
        self.assertIn("llm.LLMService/GenerateStream (llm.LLMRequest) returns (stream llm.LLMResponse)\n",
                      self.run_llm("describe", "--list", "--url", url).out)
        services = json.loads(self.run_llm("describe", "--json", "--url", url).out)["services"]
        self.assertIn("llm.LLMService", [service["name"] for service in services])

    def test_a_server_without_reflection_says_so(self):
        with RawServer(ANSWERS["trailers only, status 12"]) as server:
            run = self.run_llm("describe", "--url", server.url)
        self.assertEqual((run.code, run.out), (1, ""))

    def play_reflection(self, *answers):
        """A server whose stream of reflection answers so, message by message."""
        def play(peer):
            stream = peer.opened()[2]
            peer.send(headers(OK, GRPC, stream=stream))
            for answer in answers:
                peer.until(DATA)
                peer.send(data(grpc_message(answer), stream=stream))
            peer.until(DATA)
            peer.send(headers(("grpc-status", "13"), ("grpc-message", "no more"), end=True, stream=stream))
        return play

    def test_a_hostile_description_is_bounded(self):
        lists = proto_bytes(6, proto_bytes(1, proto_bytes(1, b"a.S")))

        def files(*contents):
            return proto_bytes(4, b"".join(proto_bytes(1, content) for content in contents))

        def file(name, *rest):
            return proto_bytes(1, name) + b"".join(rest)

        circle = file(b"a", proto_bytes(3, b"b")), file(b"b", proto_bytes(3, b"a"))
        for answers, words in (
                ((b"\x0a\xff\xff",), "cannot be decoded"),
                ((proto_bytes(7, proto_bytes(2, b"go \x1b[2J away")),), "does not list its services: go \\x1b[2J away"),
                ((proto_bytes(6, b"".join(proto_bytes(1, proto_bytes(1, b"s%d" % n)) for n in range(201))),),
                 "more than 200 services"),
                ((lists, files(b"\xff\xff")), "cannot be decoded"),
                ((lists, files(*circle)), "// a.S: "),
                ((lists, files(file(b"a"))), "// a.S: the server does not describe it"),
                ((lists, files(file(b"a", proto_bytes(3, b"gone"))), proto_bytes(7, b"")), "// a.S: "),
                ((lists, *(files(file(b"f%d" % n, proto_bytes(3, b"f%d" % (n + 1)))) for n in range(1001))),
                 "more than 1000 files"),
                ((lists, files(file(b"\xff\x00\x1b[2J", proto_bytes(3, b"\x1b[2J"))), proto_bytes(7, b"")), "// a.S: "),
        ):
            with self.subTest(words=words), RawServer(self.play_reflection(*answers)) as server:
                run = self.run_llm("describe", "--url", server.url, "--timeout", "10")
                self.assertIn(words, run.out + run.err)
                self.assertNotIn("\x1b", run.out + run.err)


del Clients


if __name__ == "__main__":
    unittest.main()
