"""The lab's server by itself: real sessions, a real Redis, and a receiver of pushes that is not ours.

What ISOLATION.md claims is tried here, each by an attempt from inside a session.
"""

import base64
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from harness import BIN, alive, eventually, family
from lab_players import Client, LAB, Lab, Pool, Pushes, Redis, SECRET, b64


class LabTest(unittest.TestCase):
    OPTIONS = ("--sessions-per-user", "20")

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.pool, cls.pushes = Pool(folder.name), Pushes()
        cls.redis = Redis(folder.name).start()
        cls.addClassCleanup(lambda: cls.redis.stop())
        cls.lab = Lab(cls.pool, cls.redis, cls.pushes, *cls.OPTIONS)
        cls.addClassCleanup(lambda: cls.lab.stop())
        cls.alice, cls.bob = cls.pool.token("alice"), cls.pool.token("bob")

    def new(self, token=None, user="alice", **body):
        status, answer = self.lab.call("POST", "/api/labs/session", token or self.alice, body)
        self.assertEqual(status, 201, answer)
        return Client(self.lab, self.pushes, answer["sessionId"], user)

    def end(self, client, token=None):
        self.assertEqual(self.lab.call("DELETE", f"/api/labs/session/{client.session}", token or self.alice)[0], 204)


class Interface(LabTest):
    def test_a_session_from_its_beginning_to_its_end(self):
        client = self.new(cols=100, rows=30)
        path = f"/api/labs/session/{client.session}"
        self.assertEqual(self.lab.call("GET", path + "/validate", self.alice),
                         (200, {"valid": True, "sessionId": client.session}))
        listed = self.lab.call("GET", "/api/labs/sessions", self.alice)[1]["sessions"]
        mine = next(one for one in listed if one["sessionId"] == client.session)
        self.assertEqual((mine["state"], mine["cols"], mine["rows"]), ("running", 100, 30))
        self.end(client)
        eventually(lambda: self.lab.call("GET", path + "/validate", self.alice)
                   == (404, {"error": "the session has ended: deleted"}))

    def test_the_frames_of_the_document(self):
        client = self.new()
        self.assertEqual(client.send(type="ping")["type"], "pong")
        answer = client.send(type="command", command="echo out; echo err >&2; exit 3")
        self.assertEqual((answer["type"], answer["result"]), ("command_result", {"output": "out\nerr\n", "exitCode": 3}))
        self.assertAlmostEqual(answer["timestamp"] / 1000, time.time(), delta=60)
        self.assertEqual(client.send(type="resize", cols=120, rows=40)["type"], "resize_ack")
        self.assertEqual(client.send(type="nonsense"), {"type": "unknown_command"})
        self.assertEqual(client.send(action="nonsense"), {"type": "unknown_command"})

    def test_commands_go_on_where_the_last_one_ended(self):
        client = self.new()
        client.run("mkdir -p deep/er && cd deep/er")
        self.assertEqual(client.run("pwd"), (0, "/home/lab/deep/er\n"))
        self.assertEqual(client.run("cd /nowhere-at-all 2>/dev/null || exit 9")[0], 9)
        self.assertEqual(client.run("kill -TERM $$")[0], 128 + signal.SIGTERM)

    def test_tokens_are_judged(self):
        path = "/api/labs/sessions"
        self.assertEqual(self.lab.call("GET", path)[0], 401)
        self.assertEqual(self.lab.headers["WWW-Authenticate"], "Bearer")
        head, body, signature = self.alice.split(".")
        forged = ".".join([head, b64(base64.urlsafe_b64decode(body + "==").replace(b"alice", b"bobby")), signature])
        for token in ("nonsense", forged, self.pool.token("alice", exp=1), self.pool.token("alice", aud="other"),
                      self.pool.token("alice", iss="https://elsewhere.example")):
            self.assertEqual(self.lab.call("GET", path, token), (401, {"error": "the token is not accepted"}))

    def test_another_users_session_is_not_there_for_him(self):
        client = self.new()
        path = f"/api/labs/session/{client.session}"
        self.assertEqual(self.lab.call("GET", path + "/validate", self.bob)[0], 403)
        self.assertEqual(self.lab.call("DELETE", path, self.bob)[0], 403)
        self.assertNotIn(client.session, json.dumps(self.lab.call("GET", "/api/labs/sessions", self.bob)[1]))
        stranger = Client(self.lab, self.pushes, client.session, "bob")
        self.assertEqual(stranger.send(type="command", command="id")["code"], "forbidden")
        self.assertEqual(stranger.attach()["code"], "forbidden")
        self.assertEqual(client.run("echo still")[1], "still\n")

    def test_the_service_has_to_sign(self):
        body = {"type": "ping", "connectionId": "c1"}
        path = "/api/ws/message"
        self.assertEqual(self.lab.call("POST", path, body=body)[0], 401)
        self.assertEqual(self.lab.signed(path, body, stamp=str(int(time.time()) - 1000))[0], 401)
        self.assertEqual(self.lab.signed(path, body, **{"X-Wsdeep-Signature": "v2=" + "0" * 64})[0], 401)
        self.assertEqual(self.lab.call("POST", "/api/ws/disconnect", body=body)[0], 401)
        self.assertEqual(self.lab.signed(path, body)[0], 200)

    def test_what_is_wrong_is_said(self):
        client = self.new()
        for frame, word in ((dict(type="command"), "command: missing"), (dict(type="command", command=7), "a string"),
                            (dict(type="command", command=""), "1 to 32768"),
                            (dict(type="resize", cols=0, rows=24), "cols"), (dict(type="attach", cols=80), "rows"),
                            (dict(type="attach", cols=100000, rows=24), "cols"),
                            (dict(type="input", data="x", seq=-1), "seq"), (dict(type="input", seq=0), "data"),
                            (dict(type="input", data="x", seq=0), "not attached"), (dict(type=7), "type")):
            answer = client.send(**frame)
            self.assertEqual(answer["type"], "error", frame)
            self.assertIn(word, answer["error"], frame)
        headers = {"Content-Type": "text/plain"}
        self.assertEqual(self.lab.call("POST", "/api/labs/session", self.alice, b"{}", headers)[0], 415)
        for body in (b"[]", b"{", b'{"cols":"80"}', b'{"cols":80,"rows":9999}', b'{"image":"other"}', b"\xff"):
            self.assertEqual(self.lab.call("POST", "/api/labs/session", self.alice, body,
                                           {"Content-Type": "application/json"})[0], 400, body)
        self.assertEqual(self.lab.call("POST", "/api/labs/session", self.alice, b"x" * 300_000)[0], 413)
        self.assertEqual(self.lab.call("PUT", "/api/labs/session", self.alice)[0], 405)
        self.assertEqual(self.lab.call("GET", "/api/labs/session/none/validate", self.alice)[0], 404)
        self.assertEqual(self.lab.call("GET", "/nowhere")[0], 404)
        self.assertEqual(self.lab.signed("/api/ws/message", {"type": "ping"})[0], 400)
        self.assertEqual(self.lab.signed("/api/ws/message", {"type": "ping", "connectionId": "c"},
                                         "file:///push/c")[0], 400)
        for url in (self.pushes.url("another"), "http://127.0.0.1:1/push/c", self.pushes.url("c") + "/push/other"):
            self.assertEqual(self.lab.signed("/api/ws/message", {"type": "ping", "connectionId": "c"}, url),
                             (400, {"error": "X-Push-Url: not where frames for this connection are pushed to"}), url)
        gone = Client(self.lab, self.pushes, "none", "alice")
        self.assertEqual(gone.send(type="command", command="id")["code"], "session_ended")


class Terminal(LabTest):
    OPTIONS = ("--sessions-per-user", "20", "--answer-within", "1s", "--command-limit", "10s")

    def test_what_is_typed_comes_back_in_order(self):
        client = self.new()
        screen = client.attach()
        self.assertEqual((screen["type"], screen["cols"], screen["input"]), ("screen", 80, 0))
        for character in "echo con$((20+22))cat":
            self.assertEqual(client.type(character)["type"], "input_ack")
        client.type("\r")
        client.sees("con42cat")
        outputs = [f["seq"] for f in self.pushes.of(client.connection) if f["type"] == "output"]
        self.assertEqual(outputs, list(range(screen["seq"], screen["seq"] + len(outputs))))
        self.assertEqual(self.pushes.unsigned, [])

    def test_input_that_arrives_out_of_order_is_put_in_order(self):
        client = self.new()
        client.attach()
        text = "echo zer0-one-tw0\r"
        for seq in reversed(range(len(text))):
            self.assertEqual(client.send(type="input", data=text[seq], seq=seq)["type"], "input_ack")
        self.assertEqual(client.send(type="input", data="x", seq=3)["type"], "input_ack")  # again
        client.sees("\rzer0-one-tw0\r\n")
        self.assertEqual(client.send(type="input", data="x", seq=9999)["code"], "input_window")

    def test_input_that_is_lost_is_told(self):
        client = self.new()
        client.attach(client="me")
        client.type("a")
        self.assertEqual(client.send(type="input", data="c", seq=2)["type"], "input_ack")
        self.pushes.wait(client.connection, lambda f: f.get("code") == "input_gap")
        self.assertEqual(client.send(type="input", data="d", seq=3)["code"], "input_gap")
        again = Client(self.lab, self.pushes, client.session, "alice")
        self.assertEqual(again.attach(client="me")["input"], 1)

    def test_the_screen_is_there_again_after_the_line_was_lost(self):
        client = self.new()
        client.attach(60, 20)
        client.type("PS1='$ '; printf '\\033[2J\\033[5;7H\\033[1;31mred\\033[0m'; sleep 0.2; cat\r")
        client.sees("red")
        # Another connection, and the old one only later told gone.
        again = Client(self.lab, self.pushes, client.session, "alice")

        def screen():
            shown = again.attach(60, 20)["data"]
            return shown if "\x1b[5;1H" in shown else None

        shown = eventually(screen)
        self.assertIn("      \x1b[0;1;31mred", shown)
        frame = self.pushes.wait(client.connection, lambda f: f["type"] == "detached")
        self.assertEqual(frame["reason"], "the session was attached elsewhere")
        self.assertEqual(self.lab.signed("/api/ws/disconnect", {"connectionId": client.connection}),
                         (200, {"success": True}))
        again.type("typed on\r")
        again.sees("typed on")

    def test_an_editors_screen_and_its_size(self):
        client = self.new()
        client.attach(80, 24)
        client.type("printf '\\033[?1049h\\033[H\\033[2Jeditor\\033[?1h\\033[?2004h'; read x; printf '\\033[?1049l'\r")
        client.sees("editor\x1b[?1h")
        again = Client(self.lab, self.pushes, client.session, "alice")
        shown = again.attach(100, 30)["data"]
        self.assertIn("\x1b[?1049h", shown)
        self.assertIn("editor", shown)
        self.assertIn("\x1b[?1h", shown)
        self.assertIn("\x1b[?2004h", shown)
        again.type("\r")
        # What was under it comes as a screen of its own.
        self.pushes.wait(again.connection, lambda f: f["type"] == "screen" and "\x1b[?1049l" in f["data"])
        again.type("stty size\r")
        again.sees("30 100")

    def test_a_client_that_is_behind_gets_the_screen_and_not_the_backlog(self):
        client = self.new()
        client.attach()
        self.pushes.delay = 0.2
        client.type("seq 1 400000; echo all-is-s$((1))id\r")
        client.sees("all-is-s1id", 40)
        self.pushes.delay = 0
        frames = self.pushes.of(client.connection)
        self.assertGreater(len([f for f in frames if f["type"] == "screen"]), 0)
        self.assertLess(sum(len(f["data"]) for f in frames if "data" in f), 2_000_000)
        self.assertLessEqual(max(len(f["data"].encode()) for f in frames if "data" in f), 16 * 1024)

    def test_a_long_command_is_answered_and_its_result_pushed(self):
        client = self.new()
        answer = client.send(type="command", command="echo early; sleep 1.5; echo late; exit 4")
        self.assertEqual(answer["type"], "command_running")
        result = self.pushes.wait(client.connection, lambda f: f["type"] == "command_result")
        self.assertEqual((result["commandId"], result["result"]["exitCode"]), (answer["commandId"], 4))
        self.assertEqual(result["result"]["output"], "early\nlate\n")
        outputs = [f["data"] for f in self.pushes.of(client.connection) if f["type"] == "output"]
        self.assertEqual("".join(outputs), "early\nlate\n")

    def test_a_command_that_never_ends_is_killed(self):
        client = self.new()
        self.assertEqual(client.send(type="command", command="sleep 1000 & sleep 1000")["type"], "command_running")
        result = self.pushes.wait(client.connection, lambda f: f["type"] == "command_result")
        self.assertEqual(result["result"]["exitCode"], 128 + signal.SIGKILL)

    def test_no_output_of_a_command_is_lost_and_none_comes_twice(self):
        client = self.new()
        self.pushes.delay = 0.01
        answer = client.send(type="command", command="seq 1 60000")
        if answer["type"] == "command_running":
            answer = self.pushes.wait(client.connection, lambda f: f["type"] == "command_result")
        self.pushes.delay = 0
        outputs = "".join(f["data"] for f in self.pushes.of(client.connection) if f["type"] == "output")
        self.assertEqual(outputs, "".join(f"{n}\n" for n in range(1, 60001)))
        self.assertEqual(answer["result"]["exitCode"], 0)
        self.assertTrue(answer["result"]["truncated"])
        self.assertTrue(answer["result"]["output"].endswith("59999\n60000\n"))

    def test_bytes_that_are_no_text_are_replaced(self):
        client = self.new()
        self.assertEqual(client.run("printf 'a\\377b\\303\\244'")[1], "a\ufffdb\u00e4")

    def test_a_client_that_is_gone_ends_its_attachment_only(self):
        client = self.new()
        client.attach()
        self.pushes.status[client.connection] = 410
        client.type("echo to-nobody\r")
        eventually(lambda: client.type("x").get("code") == "not_attached")
        self.assertIn("to-nobody", Client(self.lab, self.pushes, client.session, "alice").attach()["data"])

    def test_a_push_that_fails_is_tried_again(self):
        client = self.new()
        client.attach()
        self.pushes.status[client.connection] = 503
        client.type("echo p$((5*5))q\r")
        time.sleep(0.5)  # some tries fail
        del self.pushes.status[client.connection]
        client.sees("p25q")

    def test_the_shells_end_is_the_sessions(self):
        client = self.new()
        client.attach()
        client.type("exit 7\r")
        frame = self.pushes.wait(client.connection, lambda f: f["type"] == "session_end")
        self.assertEqual((frame["exitCode"], frame["reason"]), (7, "exit"))
        self.assertEqual(self.lab.call("GET", f"/api/labs/session/{client.session}/validate", self.alice)[0], 404)


class Isolation(LabTest):
    """Each claim of cli/lab/ISOLATION.md, by an attempt."""

    OPTIONS = ("--sessions-per-user", "20", "--processes", "64", "--memory-mb", "128", "--home-mb", "8")

    def setUp(self):
        self.client = self.new()
        self.addCleanup(self.end, self.client)

    def fails(self, command, word=""):
        code, output = self.client.run(command)
        self.assertNotEqual(code, 0, (command, output))
        self.assertNotIn("command not found", output)
        self.assertIn(word, output)

    def prints(self, command, expected):
        self.assertEqual(self.client.run(command)[1].strip(), expected)

    def python(self, text):
        return f"python3 - <<'END'\n{text}\nEND"

    def test_no_network(self):
        self.prints("cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d ' '", "lo")
        port = self.lab.port
        self.fails(f"exec 3<>/dev/tcp/127.0.0.1/{port}", "refused")
        self.fails("exec 3<>/dev/tcp/169.254.169.254/80", "unreachable")
        # Sockets in the abstract namespace are of the network namespace as well; VSOCK is not, and is refused.
        self.fails(self.python("import socket\nsocket.socket(socket.AF_VSOCK, socket.SOCK_STREAM)"), "not supported")

    def test_own_loopback_works(self):
        self.prints(self.python("import socket\na=socket.create_server(('127.0.0.1',8080))\n"
                                "b=socket.create_connection(('127.0.0.1',8080))\nprint('met')"), "met")

    def test_the_hosts_files_are_not_there(self):
        for path in ("/etc/shadow", "/root", "/var/lib", "/opt", "/sys/kernel", self.folder, os.path.dirname(BIN)):
            self.fails(f"ls {path}", "No such file")
        self.prints("ls /home", "lab")
        self.fails("touch /usr/x", "Read-only")
        self.fails("touch /etc/x", "Read-only")
        self.fails("touch /x", "Read-only")

    def test_other_sessions_are_not_there(self):
        other = self.new(self.bob, "bob")
        other.run("echo secret > ~/mine; echo secret > /tmp/mine; echo secret > /dev/shm/mine; sleep 777 &")
        self.prints("cat ~/mine /tmp/mine /dev/shm/mine 2>/dev/null", "")
        self.prints("ps -eo args | grep '[s]leep 777'", "")
        self.prints("ls /proc | grep -c '^[0-9]*$' | awk '{print ($1 < 10)}'", "1")
        self.prints("ipcs -m 2>/dev/null | grep -c '^0x'", "0")
        other.run("mkfifo /tmp/p")
        self.fails("ls /tmp/p")
        self.end(other, self.bob)

    def test_the_servers_secrets_are_not_there(self):
        self.prints(f"env | grep -c -e '{SECRET}' -e not-for-sessions", "0")
        self.fails("cat /proc/1/environ", "denied")
        self.prints("tr '\\0' ' ' </proc/1/cmdline", "lab")
        self.fails("cat /proc/1/maps", "denied")
        self.fails("head -c 10 /proc/1/mem", "denied")
        self.prints("ls /proc/self/fd | wc -l", "4")  # three, and the folder that ls reads

    def test_no_rights_and_none_to_be_had(self):
        self.prints("id -u; grep -c 'Cap[A-Z][a-z]*:\\s*0000000000000000' /proc/self/status; "
                    "grep NoNewPrivs /proc/self/status | cut -f2", "1000\n5\n1")
        self.fails("cp /bin/sh ~/sh && chmod u+s ~/sh && chown root ~/sh")
        self.prints("find /usr/bin -perm -4000 -newermt 1990-01-01 | head -1 | xargs -r -I@ sh -c '@ --help' >/dev/null "
                    "2>&1; id -u", "1000")
        self.fails("su -c id root </dev/null")
        self.fails("mknod ~/sda b 8 0", "not permitted")
        self.fails("/usr/sbin/chroot / /bin/true", "not permitted")

    def test_no_mounts_and_no_namespaces(self):
        self.fails("mount -t tmpfs none /tmp")
        self.fails("mount -o remount,rw /")
        self.fails("unshare -U true", "not permitted")
        self.fails("unshare -Urm true", "not permitted")
        self.fails("nsenter -t 1 -m true")

    def test_no_tracing(self):
        self.fails(self.python("import ctypes\nlibc=ctypes.CDLL(None,use_errno=True)\n"
                               "raise SystemExit(1 if libc.ptrace(16,1,0,0)==-1 else 0)"))
        self.prints(self.python("import ctypes\nlibc=ctypes.CDLL(None,use_errno=True)\n"
                                "print(libc.ptrace(0,0,0,0), ctypes.get_errno())"), "-1 1")

    def test_no_way_out_through_proc(self):
        self.fails("ls /proc/1/root/home", "denied")
        self.fails("echo b > /proc/sysrq-trigger && grep . /proc/sysrq-trigger")
        self.fails("echo 1 > /proc/sys/kernel/core_pattern")
        self.fails("echo '|/tmp/x' > /proc/sys/kernel/core_pattern")
        self.prints("cat /proc/kcore /proc/kallsyms /proc/keys 2>/dev/null | head -c 10", "")
        self.fails("dmesg", "not permitted")

    def test_a_fork_bomb_stays_inside(self):
        self.client.send(type="command", command="f(){ f|f& }; f; sleep 1")
        other = self.new(self.bob, "bob")
        self.assertEqual(other.run("echo unharmed"), (0, "unharmed\n"))
        # Threads and processes of all users of this machine that came of it.
        inside = int(subprocess.run(["sh", "-c", "ps -eo user:20,args | grep -c '[1]9000000'"], capture_output=True,
                                    check=False).stdout or 0)
        self.assertLess(inside, 2 * 64 + 20)
        self.end(other, self.bob)

    def test_memory_has_an_end(self):
        code, output = self.client.run("python3 -c 'x=bytearray(400<<20); print(len(x))'")
        self.assertNotEqual(code, 0, output)
        self.prints("(head -c 20M /dev/zero > ~/big) 2>&1 | grep -c 'No space'", "1")
        # Many small ones together: each stays until all have grown, or one could not.
        grow = ("python3 -c 'import os, time\nx=bytearray(60<<20); print(1, flush=True)\n"
                "while not os.path.exists(\"/tmp/go\"): time.sleep(0.05)\nprint(\"lived\", flush=True)'")
        code, output = self.client.run(
            f": > /tmp/grown; for i in 1 2 3 4; do ( {grow} || echo killed ) >> /tmp/grown & done; "
            "until [ $(wc -l < /tmp/grown) -ge 4 ]; do sleep 0.1; done; touch /tmp/go; wait; cat /tmp/grown")
        if not self.lab.call("GET", "/health")[1]["missingLimits"]:
            self.assertLess(output.count("lived\n"), 4, output)
            self.assertIn("killed\n", output)


class Life(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.pool, self.pushes = Pool(folder.name), Pushes()
        self.folder = folder.name
        self.alice, self.bob = self.pool.token("alice"), self.pool.token("bob")

    def redis_of(self):
        redis = Redis(self.folder)
        self.addCleanup(redis.stop)
        return redis.start()

    def lab_of(self, redis, *options, **more):
        lab = Lab(self.pool, redis, self.pushes, *options, **more)
        self.addCleanup(lab.stop)
        return lab

    def new(self, lab):
        status, answer = lab.call("POST", "/api/labs/session", self.alice, {})
        self.assertEqual(status, 201, answer)
        return Client(lab, self.pushes, answer["sessionId"], "alice")

    def test_sigterm_ends_all(self):
        lab = self.lab_of(self.redis_of())
        client = self.new(lab)
        client.attach()
        client.type("trap '' TERM HUP INT; sleep 5000 & setsid nohup sleep 6000 & sleep 7000\r")
        processes = eventually(lambda: (lambda all: all if len(all) >= 7 else None)(family(lab.process.pid)))
        lab.process.terminate()
        self.assertEqual(lab.process.wait(20), 0)  # and not when its sessions do, which never would
        self.assertEqual(alive(processes), [])
        frame = self.pushes.wait(client.connection, lambda f: f["type"] == "session_end")
        self.assertEqual(frame["reason"], "server stopped")

    def test_a_killed_server_leaves_nothing_and_its_sessions_are_told_lost(self):
        redis = self.redis_of()
        lab = self.lab_of(redis)
        client = self.new(lab)
        client.run("setsid nohup sleep 6000 >/dev/null 2>&1 &")
        processes = family(lab.process.pid)
        lab.process.kill()
        lab.process.wait()
        eventually(lambda: not alive(processes))
        keeper = list(processes)[1]  # control groups have its number
        self.assertEqual(glob.glob(f"/sys/fs/cgroup/**/wsdeep-lab-{keeper}-*", recursive=True), [])
        # What Redis keeps of a server ends in 20 s; here, at once.
        subprocess.run(f"redis-cli -p {redis.port} --scan --pattern 'wsdeep:lab:server:*' | "
                       f"xargs redis-cli -p {redis.port} del", shell=True, check=True, capture_output=True)
        second = self.lab_of(redis)
        self.assertEqual(second.call("GET", f"/api/labs/session/{client.session}/validate", self.alice),
                         (404, {"error": "the session has ended: server lost"}))
        listed = second.call("GET", "/api/labs/sessions", self.alice)[1]["sessions"]
        self.assertEqual([(one["state"], one["endReason"]) for one in listed], [("ended", "server lost")])

    def test_redis_goes_away_and_returns(self):
        redis = self.redis_of()
        lab = self.lab_of(redis)
        client = self.new(lab)
        other = self.new(lab)
        path = f"/api/labs/session/{client.session}/validate"
        redis.stop()
        self.assertEqual(lab.call("GET", "/api/labs/session/another/validate", self.alice)[0], 503)
        self.assertEqual(lab.headers["Retry-After"], "2")
        self.assertEqual(lab.call("GET", "/api/labs/sessions", self.alice)[0], 503)
        # What runs here is known here.
        self.assertEqual(lab.call("GET", path, self.alice), (200, {"valid": True, "sessionId": client.session}))
        self.assertEqual(lab.call("GET", path, self.bob)[0], 403)
        self.assertEqual(lab.call("DELETE", f"/api/labs/session/{other.session}", self.bob)[0], 403)
        self.assertEqual(lab.call("DELETE", f"/api/labs/session/{other.session}", self.alice)[0], 204)
        eventually(lambda: lab.call("GET", "/health")[1]["sessions"] == 1)
        self.assertEqual(lab.call("POST", "/api/labs/session", self.alice, {})[0], 503)
        self.assertEqual(client.run("echo goes on"), (0, "goes on\n"))
        self.assertEqual(lab.call("GET", "/health")[1]["redis"], "down")
        redis.start()  # with nothing in it
        listed = lambda: {one["sessionId"]: one["state"]
                          for one in lab.call("GET", "/api/labs/sessions", self.alice)[1].get("sessions", [])}
        eventually(lambda: listed() == {client.session: "running", other.session: "ended"})
        self.assertEqual(lab.call("GET", path, self.alice)[0], 200)
        self.assertEqual(client.run("echo and on"), (0, "and on\n"))

    def test_a_password_and_tls(self):
        for name, words in (("ca", ["-x509", "-days", "2", "-subj", "/CN=lab test CA"]), ("server", ["-subj", "/CN=redis"])):
            subprocess.run(["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{self.folder}/{name}.key",
                            "-out", f"{self.folder}/{name}.crt", *words], capture_output=True, check=True)
        with open(f"{self.folder}/names", "w", encoding="utf-8") as file:
            file.write("subjectAltName=IP:127.0.0.1\n")
        subprocess.run(["openssl", "x509", "-req", "-in", f"{self.folder}/server.crt", "-CA", f"{self.folder}/ca.crt",
                        "-CAkey", f"{self.folder}/ca.key", "-CAcreateserial", "-days", "2", "-extfile",
                        f"{self.folder}/names", "-out", f"{self.folder}/signed.crt"], capture_output=True, check=True)
        redis = Redis(self.folder)
        self.addCleanup(redis.stop)
        redis.options = ("--port", "0", "--tls-port", str(redis.port), "--tls-cert-file", f"{self.folder}/signed.crt",
                         "--tls-key-file", f"{self.folder}/server.key", "--tls-ca-cert-file", f"{self.folder}/ca.crt",
                         "--tls-auth-clients", "no", "--requirepass", "the-password")
        redis.start()
        with open(f"{self.folder}/password", "w", encoding="utf-8") as file:
            file.write("the-password\n")
        redis.url = f"rediss://127.0.0.1:{redis.port}"
        options = ("--redis-password-file", f"{self.folder}/password")
        self.new(self.lab_of(redis, *options, "--redis-ca-file", f"{self.folder}/ca.crt"))
        # Not trusted, and without the password: it serves, and says why there is no store.
        for more, word in ((options, "unknown CA"), (("--redis-ca-file", f"{self.folder}/ca.crt"), "NOAUTH")):
            lab = self.lab_of(redis, *more, waits_for_redis=False)
            eventually(lambda: word in lab.log())
            self.assertEqual(lab.call("GET", "/health")[1]["redis"], "down")

    def test_an_idle_session_ends(self):
        lab = self.lab_of(self.redis_of(), "--idle", "1s")
        client = self.new(lab)
        client.attach()
        frame = self.pushes.wait(client.connection, lambda f: f["type"] == "session_end")
        self.assertEqual(frame["reason"], "idle")

    def test_sessions_are_counted(self):
        lab = self.lab_of(self.redis_of(), "--sessions-per-user", "2", "--sessions", "3")
        bob = self.pool.token("bob")
        codes = [lab.call("POST", "/api/labs/session", token, {})[0] for token in [self.alice] * 3 + [bob] * 2]
        self.assertEqual(codes, [201, 201, 429, 201, 429])

    def image(self):
        """A tree of programs with a shell and two others, and what they are linked with."""
        root = os.path.join(self.folder, "image")
        os.chmod(self.folder, 0o755)
        programs = ["/bin/sh", "/bin/ls", "/bin/cat"]
        listed = subprocess.run(["ldd", *programs], capture_output=True, check=True).stdout.decode()
        for path in programs + sorted(set(re.findall(r"(/\S+\.so\S*)", listed))):
            target = os.path.realpath(os.path.dirname(path)) + "/" + os.path.basename(path)
            os.makedirs(root + os.path.dirname(target), exist_ok=True)
            shutil.copy(path, root + target)
        for name in ("bin", "lib", "lib64"):
            if os.path.islink("/" + name):
                os.symlink(os.readlink("/" + name), f"{root}/{name}")
        return root

    def test_a_session_of_another_image(self):
        lab = self.lab_of(self.redis_of(), "--image", "host=/", "--image", "small=" + self.image())
        status, answer = lab.call("POST", "/api/labs/session", self.alice, {"image": "small"})
        self.assertEqual((status, answer.get("image")), (201, "small"))
        client = Client(lab, self.pushes, answer["sessionId"], "alice")
        self.assertEqual(client.run("ls /usr/bin; cat /etc/hostname; bash -c id"),
                         (127, "cat\nls\nsh\nlab\nlab: 1: eval: bash: not found\n"))
        self.assertEqual(self.new(lab).run("ls /usr/bin/env")[1], "/usr/bin/env\n")

    @unittest.skipIf(os.geteuid() != 0, "it is not root already")
    def test_as_a_user_without_rights(self):
        redis = self.redis_of()
        lab = self.lab_of(redis, user=65534, group=65534, extra_groups=[])
        self.assertEqual(lab.call("GET", "/health")[1]["missingLimits"], ["memory", "pids", "cpu"])
        client = self.new(lab)
        self.assertEqual(client.run("id -u; cat /proc/1/environ 2>&1 | grep -c denied; ls /home"), (0, "1000\n1\nlab\n"))
        self.assertNotEqual(client.run("f(){ f|f& }; f; sleep 0.5; cat /etc/shadow")[0], 0)
        self.assertEqual(self.new(lab).run("echo unharmed"), (0, "unharmed\n"))
        with self.assertRaisesRegex(AssertionError, "control groups"):
            self.lab_of(redis, "--require-isolation", user=65534, group=65534, extra_groups=[])

    def test_what_is_missing_is_said_at_the_start(self):
        for options, word in ((("--insecure-no-signature", "--listen", "0.0.0.0:0"), "loopback"),
                              (("--redis", "http://x"), "redis://"), (("--redis", "redis://u:p@h"), "password"),
                              (("--secret-file", "/nowhere"), "no such file"), (("--image", "x"), "NAME=/FOLDER"),
                              (("--idle", "soon"), "--idle"), (("--image", "none=/nowhere-at-all"), "isolated")):
            run = subprocess.run([LAB, "--issuer", "https://i.example", "--client-id", "c", "--push-origin",
                                  "https://p.example", *options],
                                 env={"WSDEEP_LAB_SECRET": SECRET, "PATH": os.environ["PATH"]}, capture_output=True,
                                 timeout=20, check=False)
            self.assertNotEqual(run.returncode, 0)
            self.assertIn(word, run.stderr.decode())
        run = subprocess.run([LAB, "--issuer", "https://i.example", "--client-id", "c"], capture_output=True, timeout=20,
                             env={"WSDEEP_LAB_SECRET": "short", "PATH": os.environ["PATH"]}, check=False)
        self.assertIn("32 characters", run.stderr.decode())
        run = subprocess.run([LAB, "--issuer", "https://i.example", "--client-id", "c", "--listen", "0.0.0.0:0"],
                             env={"WSDEEP_LAB_SECRET": SECRET, "PATH": os.environ["PATH"]}, capture_output=True, timeout=20,
                             check=False)
        self.assertIn("--push-origin is required", run.stderr.decode())


if __name__ == "__main__":
    unittest.main()
