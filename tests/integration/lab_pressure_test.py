"""The lab's server where something is short: descriptors, room in a terminal, time to say a last word."""

import os
import resource
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from harness import eventually
from lab_players import Client, LAB, Lab, Pool, Pushes, Redis, SECRET, setUpModule  # noqa: F401

READER = ("python3 -c 'import sys, time, tty; tty.setraw(0); print(\"re\" + \"ady\", flush=True); "
          "time.sleep({wait}); got = sys.stdin.buffer.read({size}); print(\"sum\", sum(got), flush=True)'\r")


def limits(soft, hard):
    return lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class PressureTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.pool, self.pushes = Pool(folder.name), Pushes()
        self.redis = Redis(folder.name).start()
        self.addCleanup(self.redis.stop)
        self.alice = self.pool.token("alice")

    def lab_of(self, *options, **more):
        self.lab = Lab(self.pool, self.redis, self.pushes, *options, **more)
        self.addCleanup(self.lab.stop)
        return self.lab

    def new(self):
        status, answer = self.lab.call("POST", "/api/labs/session", self.alice, {})
        self.assertEqual(status, 201, answer)
        return Client(self.lab, self.pushes, answer["sessionId"], "alice")


class Descriptors(PressureTest):
    def test_more_connections_than_there_are_descriptors_end_nobodys_terminal(self):
        lab = self.lab_of("--sessions", "2", preexec_fn=limits(64, 160))
        client = self.new()
        client.attach()
        client.type("for i in $(seq 20); do seq 1 500; sleep 0.1; done; echo do$((1))ne\r")
        flood = [socket.create_connection(("127.0.0.1", lab.port)) for _ in range(300)]
        try:
            client.sees("do1ne")
            self.assertIsNone(lab.process.poll(), lab.log())
        finally:
            for one in flood:
                one.close()
        self.assertEqual(client.run("echo un$((1))hurt"), (0, "un1hurt\n"))

    def test_its_limit_is_raised(self):
        lab = self.lab_of(preexec_fn=limits(64, 4096))
        with open(f"/proc/{lab.process.pid}/limits", encoding="utf-8") as file:
            line = next(one for one in file if one.startswith("Max open files"))
        self.assertEqual(line.split()[3:5], ["4096", "4096"])

    def test_sessions_that_there_are_no_descriptors_for_are_refused_at_the_start(self):
        run = subprocess.run([LAB, "--issuer", "https://i.example", "--client-id", "c", "--sessions", "100"],
                             env={"WSDEEP_LAB_SECRET": SECRET, "PATH": os.environ["PATH"]}, capture_output=True,
                             preexec_fn=limits(500, 500), timeout=20, check=False)
        self.assertEqual(run.returncode, 1)
        self.assertIn("100 sessions need 2480 descriptors, and this system allows 500", run.stderr.decode())


class Words(PressureTest):
    def test_keys_are_acknowledged_only_when_they_will_be_typed(self):
        self.lab_of()
        client = self.new()
        client.attach()
        client.type(READER.format(wait=2, size=160_000))
        client.sees("ready")
        refused = 0
        for _ in range(10):  # 16,000 each
            for again in range(200):
                answer = client.send(type="input", data="x" * 16_000, seq=client.seq)
                if answer["type"] == "input_ack":
                    break
                self.assertEqual(answer["code"], "input_full")
                refused += 1
                time.sleep(0.05)
            client.seq += 1
        client.sees(f"sum {160_000 * ord('x')}")
        self.assertGreater(refused, 0)

    def test_an_acknowledged_key_is_typed_though_one_before_it_was_lost(self):
        self.lab_of()
        client = self.new()
        client.attach(client="me")
        client.type("echo ")
        self.assertEqual(client.send(type="input", data="-last\r", seq=2)["type"], "input_ack")
        self.pushes.wait(client.connection, lambda f: f.get("code") == "input_gap")
        self.assertEqual(client.attach(client="me")["input"], 1)
        self.assertEqual(client.send(type="input", data="f$((1))rst", seq=1)["type"], "input_ack")
        client.sees("f1rst-last")

    def test_a_screen_tells_the_size_that_it_has(self):
        self.lab_of()
        client = self.new()
        client.attach(80, 24)
        client.send(type="resize", cols=100, rows=30)
        client.type("printf '\\033[?1049h'; sleep 0.1; printf '\\033[?1049l'\r")
        screen = self.pushes.wait(client.connection, lambda f: f["type"] == "screen")
        self.assertEqual((screen["cols"], screen["rows"]), (100, 30))

    def test_output_is_numbered_on_when_a_client_attaches_again(self):
        self.lab_of()
        client = self.new()
        client.attach(client="me")
        client.type("echo o$((1))e\r")
        client.sees("o1e")
        last = max(f["seq"] for f in self.pushes.of(client.connection) if f["type"] == "output")
        self.assertGreater(client.attach(client="me")["seq"], last)

    def test_everybody_who_loses_the_terminal_is_told(self):
        self.lab_of()
        first = self.new()
        clients = [first] + [Client(self.lab, self.pushes, first.session, "alice") for _ in range(2)]
        clients[0].attach()
        clients[0].type("while :; do echo more; sleep 0.01; done\r")
        self.pushes.delay = 0.3  # output is under way to the first when it loses the terminal to the second
        self.pushes.wait(clients[0].connection, lambda f: f["type"] == "output" and "more\r\nmore" in f["data"])
        for client in clients[1:]:
            client.attach()
        for client in clients[:2]:
            self.pushes.wait(client.connection, lambda f: f["type"] == "detached")
        self.lab.call("DELETE", f"/api/labs/session/{first.session}", self.alice)
        self.pushes.wait(clients[2].connection, lambda f: f["type"] == "session_end")

    def test_a_command_that_its_session_takes_with_it_has_its_last_words(self):
        self.lab_of()
        client = self.new()
        answers = []
        thread = threading.Thread(target=lambda: answers.append(
            client.send(type="command", command="touch /tmp/begun; echo last words; sleep 100")))
        thread.start()
        eventually(lambda: client.run("test -e /tmp/begun")[0] == 0)
        self.lab.call("DELETE", f"/api/labs/session/{client.session}", self.alice)
        thread.join()
        self.assertEqual((answers[0]["type"], answers[0]["code"], answers[0]["output"]),
                         ("error", "session_ended", "last words\n"))


class Secrets(PressureTest):
    @unittest.skipUnless(os.geteuid() == 0, "another process's memory is for root to read")
    def test_the_keeper_does_not_have_them_in_its_memory(self):
        lab = self.lab_of()
        children = subprocess.run(["pgrep", "-P", str(lab.process.pid)], capture_output=True, check=True).stdout.split()
        keeper = int(children[0])
        found = 0
        with open(f"/proc/{keeper}/maps", encoding="utf-8") as maps, open(f"/proc/{keeper}/mem", "rb") as memory:
            for line in maps:
                place, rights = line.split()[:2]
                if not rights.startswith("r") or "[vvar" in line or "[vsyscall]" in line:
                    continue
                begin, end = (int(part, 16) for part in place.split("-"))
                memory.seek(begin)
                content = memory.read(end - begin)
                found += content.count(SECRET.encode()) + content.count(b"not-for-sessions")
        self.assertEqual(found, 0)


if __name__ == "__main__":
    unittest.main()
