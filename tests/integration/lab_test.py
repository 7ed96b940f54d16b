"""002's terminal, whole: `local up --lab` with a real Redis, the lab's server behind the service's functions, and a person
at `wsdeep lab connect`, whose line is dropped."""

import json
import os
import shutil
import unittest
from urllib.parse import urlsplit

from harness import WSDEEP, HandshakeRefused, System, SystemTest, alive, eventually
from lab_client_test import Terminal
from relay import Relay

EDITOR = shutil.which("vim") or shutil.which("vi")


@unittest.skipUnless(shutil.which("redis-server"), "redis-server is not installed")
class LabTest(SystemTest):
    OPTIONS = ("--lab",)
    USERS = ("alice", "bob")

    def new(self, user="alice"):
        result = self.system.run("lab", "new", "--user", user)
        self.assertEqual(result.code, 0, result)
        session = result.out.strip()
        self.addCleanup(self.system.run, "lab", "end", session, "--user", user)
        return session

    def at(self, session, *more, url=None, columns=80, rows=24):
        info = self.system.info
        where = () if url is None else ("--url", url, "--user-pool-id", info["userPoolId"], "--client-id",
                                        info["clientId"], "--region", info["region"], "--endpoint", info["endpoint"],
                                        "--lab-url", info["labUrl"])
        words = [WSDEEP, "lab", "connect", session, "--user", "alice", *where, *more]
        return Terminal(words, self.system.environment(), self.system.home, columns, rows)

    def run_in(self, session, command, **options):
        return self.system.run("lab", "run", session, "--user", "alice", "--", command, **options)


class AtTheTerminal(LabTest):
    def test_a_shell_from_its_first_prompt_to_its_exit_code(self):
        session = self.new()
        with self.at(session) as terminal:
            terminal.wait_for("$")
            terminal.type("echo $((6*7)); tty\r")
            terminal.wait_for("42\r\n/dev/pts/")
            terminal.type("exit 5\r")
            self.assertEqual(terminal.finish(), 5)
            self.assertTrue(terminal.is_as_before())
        listed = json.loads(self.system.run("lab", "list", "--output", "json", "--user", "alice").out)
        self.assertNotIn("running", [one["state"] for one in listed if one["sessionId"] == session])
        with self.at(session) as terminal:
            self.assertNotEqual(terminal.finish(), 0)
        self.assertRegex(terminal.seen, "ended")

    @unittest.skipUnless(EDITOR, "there is no vi")
    def test_an_editor_a_resize_and_a_dropped_line(self):
        session = self.new()
        parts = urlsplit(self.system.info["url"])
        with Relay(parts.hostname, parts.port) as relay, \
                self.at(session, url=f"ws://127.0.0.1:{relay.port}/prod") as terminal:
            terminal.wait_for("$")
            terminal.type(f"{os.path.basename(EDITOR)} note.txt\r")
            terminal.wait_for("[New")
            terminal.type("ifirst line\rsecond line")
            terminal.wait_for("second line")
            terminal.resize(100, 30)
            terminal.wait_for("\x1b[30;")  # keys may overtake the new size: the editor has painted its last line
            terminal.type("\x1b:set columns? lines?\r")
            terminal.wait_for("columns=100")
            terminal.type("\r")
            relay.cut()
            terminal.wait_for("connecting again in")
            terminal.type("o and a third\x1b")  # nobody hears it yet
            mark = len(terminal.seen)
            terminal.wait_for("and a third", timeout=30)
            restored = terminal.seen[mark:]
            self.assertIn("first line", restored)
            self.assertIn("second line", restored)
            terminal.type(":wq\r")
            terminal.wait_for("$")
            terminal.type("cat note.txt\r")
            terminal.wait_for("and a third")
            terminal.type("\r~.")
            self.assertEqual(terminal.finish(), 0)
            self.assertTrue(terminal.is_as_before())
        result = self.run_in(session, "cat note.txt")
        self.assertEqual(result.out.replace("\r\n", "\n"), "first line\nsecond line\n and a third\n", result)

    def test_a_second_client_takes_the_terminal(self):
        session = self.new()
        with self.at(session) as first:
            first.wait_for("$")
            first.type("echo one two | tr a-z A-Z\r")
            first.wait_for("ONE TWO")
            with self.at(session) as second:
                second.wait_for("ONE TWO")  # the screen, as it is
                self.assertEqual(first.finish(), 1)
                self.assertIn("taken by another client", first.seen)
                second.type("exit\r")
                self.assertEqual(second.finish(), 0)

    def test_more_output_than_anybody_can_read(self):
        session = self.new()
        with self.at(session) as terminal:
            terminal.wait_for("$")
            terminal.type("seq 200000; echo DO''NE\r")
            terminal.wait_for("DONE", timeout=60)
            terminal.type("exit\r")
            self.assertEqual(terminal.finish(), 0)


class Commands(LabTest):
    def test_a_commands_output_and_exit_code(self):
        session = self.new()
        result = self.run_in(session, "echo out; exit 3")
        self.assertEqual((result.code, result.out.replace("\r\n", "\n")), (3, "out\n"), result)
        self.assertEqual(self.run_in(session, "pwd; touch here").code, 0)
        self.assertEqual(self.run_in(session, "ls here").out.strip(), "here")

    def test_the_documents_own_frames(self):
        """002, step 8, beside its commands and sizes."""
        session = self.new()
        socket = self.system.connect(self.system.token("alice"), query=f"?sessionId={session}")
        self.addCleanup(socket.close)
        socket.send({"type": "ping"})
        self.assertEqual(socket.receive_until(lambda f: f.get("type") == "pong")[-1]["type"], "pong")
        socket.send({"type": "command", "command": "echo hello"})
        result = socket.receive_until(lambda f: f.get("type") == "command_result")[-1]
        self.assertEqual(result["result"]["exitCode"], 0)
        self.assertIn("hello", result["result"]["output"])
        socket.send({"type": "resize", "cols": 100, "rows": 30})
        socket.receive_until(lambda f: f.get("type") == "resize_ack")
        socket.send({"type": "nonsense"})
        socket.receive_until(lambda f: f.get("type") == "unknown_command")


class WhoMay(LabTest):
    def test_another_users_session_is_not_there(self):
        session = self.new("alice")
        for words in (("lab", "run", session, "--user", "bob", "--", "ls"), ("lab", "end", session, "--user", "bob")):
            result = self.system.run(*words)
            self.assertIn(result.code, (3, 4), result)
        with self.assertRaises(HandshakeRefused) as refused:
            self.system.connect(self.system.token("bob"), query=f"?sessionId={session}")
        self.assertEqual(refused.exception.status, 400)
        self.assertEqual(self.run_in(session, "true").code, 0)

    def test_a_session_that_never_was_is_told(self):
        for words in (("lab", "run", "no-such-session", "--", "ls"), ("lab", "end", "no-such-session")):
            result = self.system.run(*words, "--user", "alice") if words[1] == "end" else self.system.run(
                *words[:3], "--user", "alice", *words[3:])
            self.assertEqual(result.code, 4, result)
            self.assertIn("wsdeep lab list", result.err)


class Parts(LabTest):
    def test_redis_and_the_server_are_started_again(self):
        session = self.new()
        redis = self.child("redis-server")
        os.kill(redis, 9)
        eventually(lambda: self.child("redis-server") not in (None, redis))
        # The terminal lives on, whatever Redis has forgotten, and is written down again.
        eventually(lambda: self.run_in(session, "true").code == 0)
        with self.at(session) as terminal:
            terminal.wait_for("$")
            terminal.type("exit\r")
            terminal.finish()
        server = self.child("wsdeep-lab")
        os.kill(server, 9)
        eventually(lambda: self.system.run("lab", "new", "--user", "alice").code == 0)

    def test_nothing_is_left_when_it_goes_down(self):
        system = System("--sim", "ttft=20ms", "--lab")
        self.addCleanup(system.destroy)
        system.up()
        processes = system.processes()
        self.assertIn(self.child("redis-server", system), processes)
        system.down()
        eventually(lambda: not alive(processes))

    def child(self, name, system=None):
        """The process of that name that the local system has started; Redis writes its address into its command line."""
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                    head, _, rest = file.read().rpartition(")")
            except OSError:
                continue
            if head.partition("(")[2] == name[:15] and int(rest.split()[1]) == (system or self.system).info["pid"]:
                return int(pid)
        return None


class WithoutRedis(unittest.TestCase):
    def test_it_says_how_to_install_it(self):
        system = System("--lab")
        self.addCleanup(system.destroy)
        result = system.run("local", "up", "--detach", "--port", "0", "--lab", env={"PATH": "/nonexistent"})
        self.assertEqual(result.code, 1, result)
        self.assertIn("redis-server is not installed", result.err)
        self.assertIn("apt install redis-server", result.err)


if __name__ == "__main__":
    unittest.main()
