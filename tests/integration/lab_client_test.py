"""`wsdeep lab` against a lab of which the test writes every word: what goes over the line, what a person's terminal is
like afterwards whatever ends it, and what is said when something is wrong."""

import json
import os
import signal
import termios
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import WSDEEP, System, eventually
from scripted_gateway import ScriptedGateway
from serving import serve
from terminal import OnTerminal


class Terminal(OnTerminal):
    """What programs draw on a terminal is not looked at here, only what came."""

    def __init__(self, words, environment, folder, columns=80, rows=24):
        super().__init__(words, environment, folder, columns, rows)
        self.screen.feed = self.screen.resize = lambda *_: None

    def type(self, keys):
        os.write(self.ours, keys.encode())

    def is_raw(self):
        return not termios.tcgetattr(self.ours)[3] & (termios.ICANON | termios.ECHO | termios.ISIG)

    def is_as_before(self):
        return termios.tcgetattr(self.ours) == self.before


class Lab:
    """The lab's side of one connection after the other."""

    def __init__(self):
        self.frames = []  # of all connections, those that keep a connection alive left out
        self.input = ""
        self.next_input = {}  # by client
        self.lock = threading.Lock()

    def screen(self, connection, frame, data, seq=0):
        connection.send({"type": "screen", "data": data, "cols": frame["cols"], "rows": frame["rows"], "seq": seq,
                         "input": self.next_input.get(frame["client"], 0)})

    def take(self, connection):
        """The next frame; keys are taken in order and acknowledged."""
        while True:
            frame = connection.receive()
            if "type" not in frame:
                continue
            self.frames.append(frame)
            if frame["type"] == "input":
                with self.lock:
                    if frame["seq"] == self.next_input.get(self.client, 0):
                        self.input += frame["data"]
                        self.next_input[self.client] = frame["seq"] + 1
                connection.send({"type": "input_ack", "seq": frame["seq"]})
            elif frame["type"] == "attach":
                self.client = frame["client"]
            elif frame["type"] == "resize":
                connection.send({"type": "resize_ack", "timestamp": 1})
            return frame

    def take_until(self, connection, wanted):
        while wanted not in self.input:
            self.take(connection)


class LabClientTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.system = System("--sim", "ttft=20ms")
        cls.addClassCleanup(cls.system.destroy)
        cls.system.up()
        cls.system.add_user("alice")

    def where(self, url):
        info = self.system.info
        return ("--url", url, "--user-pool-id", info["userPoolId"], "--client-id", info["clientId"], "--region",
                info["region"], "--endpoint", info["endpoint"])

    def connect(self, gateway, columns=80, rows=24):
        words = [WSDEEP, "lab", "connect", "s-1", *self.where(gateway.url)]
        return Terminal(words, self.system.environment(), self.system.home, columns, rows)


class Connecting(LabClientTest):
    def test_keys_output_and_the_shells_exit_code(self):
        lab = Lab()

        def script(connection):
            lab.screen(connection, lab.take(connection), "\x1b[2J\x1b[H$ ")
            lab.take_until(connection, "ls\r")
            connection.send({"type": "output", "sessionId": "s-1", "data": "two\r\n", "seq": 1})
            connection.send({"type": "output", "sessionId": "s-1", "data": "one\r\n", "seq": 0})
            lab.take_until(connection, "\x03\x1a\x04")
            connection.send({"type": "session_end", "exitCode": 7})
            connection.linger()

        with ScriptedGateway(script) as gateway, self.connect(gateway, 100, 30) as terminal:
            terminal.wait_for("$ ")
            self.assertTrue(terminal.is_raw())
            terminal.type("ls\r")
            terminal.wait_for("one\r\ntwo\r\n")
            terminal.type("\x03\x1a\x04")  # Ctrl-C, Ctrl-Z and Ctrl-D are the session's
            self.assertEqual(terminal.finish(), 7)
            self.assertTrue(terminal.is_as_before())
        self.assertEqual((lab.frames[0]["cols"], lab.frames[0]["rows"]), (100, 30))
        self.assertEqual(gateway.chats, ["s-1"])
        self.assertIn("the session has ended (7)", terminal.seen)

    def test_leaving_undoes_what_the_sessions_program_did_to_the_terminal(self):
        lab = Lab()

        def script(connection):
            lab.screen(connection, lab.take(connection), "\x1b[?1049h\x1b[?2004h\x1b[?25lvim")
            while True:
                lab.take(connection)

        with ScriptedGateway(script) as gateway, self.connect(gateway) as terminal:
            terminal.wait_for("vim")
            terminal.type("\r~?")
            terminal.wait_for("draw the screen anew")
            terminal.type("~.")
            self.assertEqual(terminal.finish(), 0)
            self.assertTrue(terminal.is_as_before())
        self.assertIn("\x1b[?2004l", terminal.seen)
        self.assertIn("\x1b[?1049l\x1b[?25h", terminal.seen)
        self.assertIn("left the session, which goes on: wsdeep lab connect s-1", terminal.seen)
        self.assertEqual(lab.input, "\r", "the escapes stay here")

    def test_a_lost_line_is_found_again_and_no_key_is_typed_twice_or_lost(self):
        lab = Lab()

        def script(connection):
            lab.screen(connection, lab.take(connection), f"screen {connection.number} ", seq=connection.number)
            if connection.number == 0:
                lab.take_until(connection, "abc")
                connection.receive()  # d: it has arrived, and nobody says so
                return connection.drop()
            lab.take_until(connection, "abcdef")
            connection.send({"type": "session_end", "exitCode": 0})
            connection.linger()

        with ScriptedGateway(script) as gateway, self.connect(gateway) as terminal:
            terminal.wait_for("screen 0")
            for key in "abcd":
                terminal.type(key)
                if key == "c":
                    eventually(lambda: lab.input == "abc")
            terminal.wait_for("connecting again in")
            terminal.type("ef")
            terminal.wait_for("screen 1")
            self.assertEqual(terminal.finish(), 0)
        attaches = [frame["client"] for frame in lab.frames if frame["type"] == "attach"]
        self.assertEqual(len(attaches), 2)
        self.assertEqual(len(set(attaches)), 1)
        self.assertEqual(lab.input, "abcdef")

    def test_the_windows_size_follows(self):
        lab = Lab()

        def script(connection):
            lab.screen(connection, lab.take(connection), "ready")
            while lab.take(connection)["type"] != "resize":
                pass
            connection.send({"type": "session_end", "exitCode": 0})
            connection.linger()

        with ScriptedGateway(script) as gateway, self.connect(gateway) as terminal:
            terminal.wait_for("ready")
            terminal.resize(132, 50)
            self.assertEqual(terminal.finish(), 0)
        self.assertEqual((lab.frames[-1]["cols"], lab.frames[-1]["rows"]), (132, 50))

    def test_a_large_paste_arrives_whole_and_in_order(self):
        lab = Lab()
        paste = "".join(f"line {number} äöü\r" for number in range(8000))

        def script(connection):
            lab.screen(connection, lab.take(connection), "ready")
            lab.take_until(connection, "END")
            connection.send({"type": "session_end", "exitCode": 0})
            connection.linger()

        with ScriptedGateway(script) as gateway, self.connect(gateway) as terminal:
            terminal.wait_for("ready")
            typist = threading.Thread(target=lambda: terminal.type(paste + "END"))
            typist.start()
            self.assertEqual(terminal.finish(), 0)
            typist.join()
        self.assertEqual(lab.input, paste + "END")
        self.assertLessEqual(max(len(frame["data"].encode()) for frame in lab.frames if frame["type"] == "input"), 4096)

    def test_another_client_may_take_the_terminal(self):
        lab = Lab()

        def script(connection):
            lab.screen(connection, lab.take(connection), "ready")
            connection.send({"type": "detached", "reason": "attached elsewhere"})
            connection.linger()

        with ScriptedGateway(script) as gateway, self.connect(gateway) as terminal:
            self.assertEqual(terminal.finish(), 1)
            self.assertTrue(terminal.is_as_before())
        self.assertIn("the terminal was taken by another client: attached elsewhere", terminal.seen)

    def test_a_backend_that_fails_is_told_and_tried_again(self):
        lab = Lab()

        def script(connection):
            lab.take(connection)
            connection.send({"error": "Failed to process message"})
            lab.screen(connection, lab.take(connection), "there it is")
            connection.send({"type": "session_end", "exitCode": 0})
            connection.linger()

        with ScriptedGateway(script) as gateway, self.connect(gateway) as terminal:
            self.assertEqual(terminal.finish(), 0)
        self.assertIn("the lab does not answer: Failed to process message", terminal.seen)
        self.assertEqual(len(gateway.chats), 1)


class TheTerminal(LabClientTest):
    """Whatever happens, the shell gets its terminal back."""

    def attached(self, play):
        lab = Lab()

        def script(connection):
            lab.screen(connection, lab.take(connection), "\x1b[?1049hready")
            while True:
                lab.take(connection)

        with ScriptedGateway(script) as gateway, self.connect(gateway) as terminal:
            terminal.wait_for("ready")
            self.assertTrue(terminal.is_raw())
            play(terminal)

    def test_after_signals_that_end_it(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(number):

                def play(terminal, number=number):
                    terminal.process.send_signal(number)
                    self.assertEqual(terminal.finish(), 130)
                    self.assertTrue(terminal.is_as_before())
                    self.assertIn("\x1b[?1049l", terminal.seen)

                self.attached(play)

    @unittest.skipIf("ASAN_OPTIONS" in os.environ, "a sanitizer handles the signal itself")
    def test_after_a_crash(self):
        def play(terminal):
            terminal.process.send_signal(signal.SIGSEGV)
            self.assertEqual(terminal.process.wait(timeout=30), -signal.SIGSEGV)
            self.assertTrue(terminal.is_as_before())

        self.attached(play)

    def test_while_it_is_stopped(self):
        def state(terminal):
            with open(f"/proc/{terminal.process.pid}/stat", encoding="utf-8") as file:
                return file.read().rpartition(")")[2].split()[0]

        def play(terminal):
            for stop in (lambda: terminal.process.send_signal(signal.SIGTSTP), lambda: terminal.type("\r~\x1a")):
                stop()
                eventually(lambda: state(terminal) == "T")
                self.assertTrue(terminal.is_as_before())
                terminal.process.send_signal(signal.SIGCONT)
                terminal.wait_for("ready")
                eventually(terminal.is_raw)

        lab = Lab()

        def script(connection):
            while True:
                frame = lab.take(connection)
                if frame["type"] == "attach":
                    lab.screen(connection, frame, "\x1b[?1049hready")

        with ScriptedGateway(script) as gateway, self.connect(gateway) as terminal:
            terminal.wait_for("ready")
            play(terminal)

    def test_when_nothing_can_be_reached(self):
        with Terminal([WSDEEP, "lab", "connect", "s-1", *self.where("ws://127.0.0.1:1/prod")],
                      self.system.environment(), self.system.home) as terminal:
            self.assertEqual(terminal.finish(), 1)
            self.assertTrue(terminal.is_as_before())
        self.assertIn("cannot go on with the session", terminal.seen)


class Running(LabClientTest):
    def lab_run(self, script, *words, **options):
        with ScriptedGateway(script) as gateway:
            return self.system.run("lab", "run", "s-1", *self.where(gateway.url), *words, **options)

    def test_output_comes_as_it_is_written_and_the_exit_code_is_the_commands(self):
        asked = []

        def script(connection):
            asked.append(connection.receive())
            connection.send({"type": "command_running", "commandId": "c-1"})
            connection.send({"type": "output", "sessionId": "s-1", "commandId": "c-1", "data": "one\n", "seq": 0})
            connection.send({"type": "output", "sessionId": "s-1", "commandId": "c-1", "data": "one\n", "seq": 0})  # pushed again
            connection.send({"type": "command_result", "commandId": "c-1", "timestamp": 1,
                             "result": {"output": "one\ntwo\n", "exitCode": 3}})
            connection.linger()

        result = self.lab_run(script, "--", "make", "-k", "test")
        self.assertEqual((result.code, result.out), (3, "one\ntwo\n"), result)
        self.assertEqual(asked, [{"type": "command", "command": "make -k test"}])

    def test_the_command_may_come_on_stdin(self):
        asked = []

        def script(connection):
            asked.append(connection.receive())
            connection.send({"type": "command_result", "result": {"output": "x", "exitCode": 0}, "timestamp": 1})
            connection.linger()

        result = self.lab_run(script, stdin="cd /tmp\nls\n")
        self.assertEqual((result.code, result.out), (0, "x"), result)
        self.assertEqual(asked[0]["command"], "cd /tmp\nls\n")

    def test_what_goes_wrong_is_told(self):
        def fails(connection):
            connection.receive()
            connection.send({"error": "Failed to process message"})
            connection.linger()

        def drops(connection):
            connection.receive()
            connection.drop()

        for script, words in ((fails, "cannot run the command: Failed to process message"),
                              (drops, "cannot run the command: the connection broke")):
            result = self.lab_run(script, "--", "ls")
            self.assertEqual((result.code, result.out), (1, ""), result)
            self.assertIn(words, result.err)

    def test_the_last_words_of_a_command_that_its_session_took_with_it_are_shown(self):
        def script(connection, **ended):
            connection.receive()
            connection.send({"type": "output", "sessionId": "s-1", "commandId": "c-1", "data": "one\n", "seq": 0})
            connection.send({"type": "error", "code": "session_ended", "error": "the session has ended: idle", **ended})
            connection.linger()

        whole = self.lab_run(lambda connection: script(connection, output="one\ntwo\n"), "--", "x")
        self.assertEqual((whole.code, whole.out), (1, "one\ntwo\n"), whole)
        self.assertNotIn("output", whole.err)
        cut = self.lab_run(lambda connection: script(connection, output="ne\nlast words\n", truncated=True), "--", "x")
        self.assertEqual((cut.code, cut.out), (1, "one\nne\nlast words\n"), cut)
        self.assertIn("[the end of the output, once more: some before it may be left out]\n", cut.err)

    def test_bad_words_are_refused_before_anything_is_sent(self):
        for words, said in ((("lab", "run", "s-1"), "the command is empty"),
                            (("lab", "run", "../x", "--", "ls"), "expected the id of a session"),
                            (("lab", "connect", "s-1"), "wsdeep lab run s-1 -- COMMAND"),
                            (("lab", "connect"), "session"),
                            (("lab",), "needs a command")):
            result = self.system.run(*words)
            self.assertEqual(result.code, 2, result)
            self.assertIn(said, result.err)
        result = self.system.run("lab", "run", "s-1", stdin=b"\xff\xfe")
        self.assertIn("no UTF-8", result.err)
        result = self.system.run("lab", "run", "s-1", stdin=b"x" * 20000)
        self.assertIn("longer than 16 KiB", result.err)


class LabHandler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.command, self.path, self.headers["Authorization"]))
        length = int(self.headers.get("Content-Length") or 0)
        self.server.bodies.append(self.rfile.read(length))
        status, document, headers = self.server.answers.pop(0)
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_DELETE = do_GET

    def log_message(self, *_):
        pass


class Sessions(LabClientTest):
    """new, list and end, over HTTP."""

    def lab(self, answers, *words):
        server = ThreadingHTTPServer(("127.0.0.1", 0), LabHandler)
        server.asked, server.bodies, server.answers = [], [], [(*one, {})[:3] for one in answers]
        serve(server)
        try:
            return self.system.run("lab", *words, "--lab-url", f"http://127.0.0.1:{server.server_port}"), server
        finally:
            server.shutdown()
            server.server_close()

    def test_new_list_and_end(self):
        result, server = self.lab([(201, {"sessionId": "s-9"})], "new")
        self.assertEqual((result.code, result.out), (0, "s-9\n"), result)
        self.assertEqual(server.asked[0][:2], ("POST", "/api/labs/session"))
        self.assertEqual(server.asked[0][2], "Bearer " + self.system.token("alice"))
        sessions = {"sessions": [{"sessionId": "s-9", "state": "running", "createdAt": 1767225600000,
                                  "lastUsedAt": 1767225660000, "cols": 80, "rows": 24}]}
        result, _ = self.lab([(200, sessions)], "list")
        self.assertRegex(result.out, r"s-9 +running +80x24 +2026-01-01T00:00:00Z +2026-01-01T00:01:00Z")
        result, _ = self.lab([(200, sessions)], "list", "--output", "json")
        self.assertEqual(json.loads(result.out)[0]["sessionId"], "s-9")
        result, _ = self.lab([(200, {"sessions": []})], "list")
        self.assertEqual((result.code, result.out), (0, ""))
        self.assertIn("no sessions; a new one: wsdeep lab new", result.err)
        result, server = self.lab([(204, b"")], "end", "s-9")
        self.assertEqual(result.code, 0, result)
        self.assertEqual(server.asked[0][:2], ("DELETE", "/api/labs/session/s-9"))

    def test_what_is_wrong_and_what_to_do(self):
        for answer, code, words in (
                ((401, {"error": "token has expired"}), 3, ("token has expired (401)", "wsdeep login")),
                ((404, {"error": "no such session"}), 4, ("no such session (404)", "wsdeep lab list")),
                ((503, {"error": "sessions are not available"}, {"Retry-After": "7"}), 1, ("try again in 7 s",)),
                ((500, b"<html>oops</html>"), 1, ("the lab answered 500",)),
                ((200, b"<html>hello</html>"), 1, ("is this the lab's server?",))):
            with self.subTest(answer):
                result, _ = self.lab([answer], "list")
                self.assertEqual(result.code, code, result)
                for word in words:
                    self.assertIn(word, result.err)

    def test_a_system_without_a_lab_says_how_to_get_one(self):
        result = self.system.run("lab", "new")
        self.assertEqual(result.code, 2, result)
        self.assertIn("the local system has no lab", result.err)
        self.assertIn("wsdeep local up --lab", result.err)

    def test_nobody_who_is_not_signed_in_gets_far(self):
        result = self.system.run("lab", "new", "--user", "mallory", "--lab-url", "http://127.0.0.1:1")
        self.assertEqual(result.code, 3, result)
        self.assertIn("wsdeep login", result.err)


if __name__ == "__main__":
    unittest.main()
