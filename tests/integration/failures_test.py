"""What goes wrong behind a chat: the client hears it, in its category, and the chat goes on."""

import json
import os
import signal
import socket as sockets
import subprocess
import unittest
import urllib.request

from harness import TIMEOUT, WSDEEP, System, SystemTest, eventually, is_completion, read_until, turn_over
from terminal import ChatTerminal


def error_of(frames):
    return frames[-1]["data"].get("errorCategory")


class FailingNode(unittest.TestCase):
    """One system for each way in which a node can fail."""

    def failing(self, *options, llm_timeout="1s"):
        system = System("--llm-timeout", llm_timeout, "--sim", "ttft=10ms", "--sim", "inter-token=1ms", *options)
        self.addCleanup(system.destroy)
        system.up()
        system.add_user("alice")
        return system, system.connect(system.token("alice"), "?sessionId=c1")

    def turn(self, socket, text):
        socket.send({"action": "message", "data": {"message": text}})
        return socket.receive_until(turn_over)

    def history(self, socket):
        socket.send({"action": "history", "data": {}})
        return socket.receive()["data"]["messages"]

    def test_a_refusing_node(self):
        system, socket = self.failing("--sim", "refuse=1")
        self.assertEqual(error_of(self.turn(socket, "one")), "llm_unavailable")
        self.assertEqual(error_of(self.turn(socket, "two")), "llm_unavailable")
        self.assertEqual([m["role"] for m in self.history(socket)], ["user", "user"])

    def test_a_node_that_breaks_in_the_middle(self):
        system, socket = self.failing("--sim", "break=1")
        frames = self.turn(socket, "one")
        self.assertEqual(error_of(frames), "llm_unavailable")
        self.assertEqual(error_of(self.turn(socket, "two")), "llm_unavailable")

    def test_a_node_that_stalls(self):
        system, socket = self.failing("--sim", "stall=1")
        self.assertEqual(error_of(self.turn(socket, "one")), "llm_timeout")
        self.assertEqual(system.node_idle()["active"], 0)

    def test_a_full_node(self):
        # Longer than the one pause after which it is asked again.
        system, socket = self.failing("--sim", "slots=1", "--sim", "queue=0", "--sim", "tokens=4000", llm_timeout="10s")
        socket.send({"action": "message", "data": {"message": "first"}})
        socket.receive_until(lambda f: f.get("action") == "llm_response_chunk")
        other = system.connect(system.token("alice"), "?sessionId=c2")
        self.assertEqual(error_of(self.turn(other, "second")), "llm_overloaded")

    def test_no_node_at_all_and_then_one(self):
        with sockets.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        system, socket = self.failing("--llm", f"grpc://127.0.0.1:{port}")
        self.assertEqual(error_of(self.turn(socket, "Is anybody there?")), "llm_unavailable")
        node = system.start("llm", "serve", "--listen", f"127.0.0.1:{port}", "--sim", "ttft=1ms")
        self.addCleanup(node.communicate)
        self.addCleanup(node.terminate)
        node.stdout.readline()
        answer = self.turn(socket, "And now?")
        self.assertTrue(is_completion(answer[-1]), answer[-1])
        # The turn that failed is not part of what the model saw.
        self.assertNotIn("Is anybody there?", answer[-1]["data"]["message"])

    def test_who_runs_the_system_is_told_why_and_nobody_else(self):
        with sockets.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        system, socket = self.failing("--llm", f"grpc://127.0.0.1:{port}", "--rooms")
        said = "The model cannot answer at the moment. Please try again in a minute."
        at = f"the cause, at grpc://127.0.0.1:{port}: "
        self.assertNotIn("LLM failed", system.run("local", "status").out)

        run = system.run("chat", "-m", "Is anybody there?")
        self.assertEqual((run.code, run.out), (1, ""), run)
        self.assertIn(f"wsdeep: error: error processing request: {said} (llm_unavailable)\n{at}", run.err)
        self.assertTrue(run.err.endswith("\nsee also: wsdeep local status\n"), run)
        cause = run.err.split(at)[1].split("\n")[0]
        self.assertIn("connection refused", cause)

        shown = system.run("local", "status").out
        self.assertRegex(shown, r"\n  LLM failed [\dhms.]+ ago, at 20[\d-]+T[\d:]+Z\n")
        self.assertIn(f"\n             llm_unavailable: {cause}\n", shown)
        failure = system.status()["modelFailures"][-1]
        self.assertEqual((failure["category"], failure["cause"], failure["function"]),
                         ("llm_unavailable", cause, "wsdeep-generate"))

        run = system.run("chat", "--room", "ops", "-m", "@model why?")
        self.assertIn(f"\n{at}{cause}\n", run.err)

        # The service's own words stay, to every client; and so do the command's, about a system that is not known here.
        self.assertEqual(self.turn(socket, "one")[-1]["data"]["message"], said)
        elsewhere = dict(line.removeprefix("export ").split("=", 1)
                         for line in system.run("local", "status", "--output", "env").out.splitlines())
        run = system.run("chat", "-m", "two", env={**elsewhere, "WSDEEP_LOCAL_STATE": os.path.join(system.state, "none")})
        self.assertEqual((run.code, run.err),
                         (1, f"wsdeep: error: error processing request: {said} (llm_unavailable)\n"))
        # Nor does the status tell it to whoever asks.
        with urllib.request.urlopen(system.info["endpoint"] + "/_local/status", timeout=TIMEOUT) as answer:
            self.assertNotIn("modelFailures", json.load(answer))

        node = system.start("llm", "serve", "--listen", f"127.0.0.1:{port}", "--sim", "ttft=1ms")
        self.addCleanup(node.communicate)
        self.addCleanup(node.terminate)
        node.stdout.readline()
        self.assertEqual(system.run("chat", "-m", "And now?").code, 0)
        eventually(lambda: "Z; it has answered since\n" in system.run("local", "status").out)

    def test_a_person_at_a_terminal_is_told_why(self):
        system, _ = self.failing("--sim", "refuse=1")
        with ChatTerminal([WSDEEP, "chat"], system.environment(), system.home) as chat:
            chat.answer("/help tells", "why?\n")
            chat.answer("see also: wsdeep local status", "/quit\n")
            self.assertIn("the cause, at grpc://", chat.seen)
            self.assertEqual(chat.finish(), 0)

    def test_a_node_that_dies_in_the_middle_is_started_again(self):
        system, socket = self.failing("--sim", "tokens=4000")
        socket.send({"action": "message", "data": {"message": "one"}})
        socket.receive_until(lambda f: f.get("action") == "llm_response_chunk")
        os.kill(system.status()["nodePid"], signal.SIGKILL)
        self.assertEqual(error_of(socket.receive_until(turn_over)), "llm_unavailable")
        eventually(lambda: system.status()["nodePid"] and system.run("llm", "health").code == 0)
        socket.send({"action": "message", "data": {"message": "two", "parameters": {"maxTokens": 5}}})
        self.assertTrue(is_completion(socket.receive_until(turn_over)[-1]))


class CrashingHandlers(SystemTest):
    def test_a_crashed_handler_is_started_again_and_its_caller_hears_of_it(self):
        socket = self.system.connect(self.system.token("alice"))
        self.answer_of(self.ask(socket, "warm up"))
        before = {f["name"]: f for f in self.system.status()["functions"]}
        self.assertEqual(before["wsdeep-message"]["processes"], 1)
        os.kill(self.stopped_with_a_ping(socket), signal.SIGKILL)
        frame = socket.receive_until(lambda f: f.get("type") != "pong")[-1]
        self.assertEqual(frame.get("message"), "Internal server error", frame)
        self.assertEqual(set(frame), {"message", "connectionId", "requestId"})
        socket.send({"action": "ping"})
        self.assertEqual(socket.receive()["type"], "pong")
        socket.close()

    def stopped_with_a_ping(self, socket):
        """The process of wsdeep-message, stopped with a ping in its hands. One that was stopped before it asked for more
        has none yet, and goes on: a pong comes of it."""
        pid = self.system.pid_of("wsdeep-message")
        while True:
            begun = self.status_of("wsdeep-message")["invocations"]
            os.kill(pid, signal.SIGSTOP)
            socket.send({"action": "ping"})
            eventually(lambda: self.status_of("wsdeep-message")["invocations"] > begun)
            if self.status_of("wsdeep-message")["running"] == 1:
                return pid
            os.kill(pid, signal.SIGCONT)
            self.assertEqual(socket.receive()["type"], "pong")

    def status_of(self, function):
        return next(f for f in self.system.status()["functions"] if f["name"] == function)


class Refusals(unittest.TestCase):
    """What the commands say when something is wrong before anything has begun."""

    def setUp(self):
        self.system = System()
        self.addCleanup(self.system.destroy)

    def check(self, result, code, *texts):
        self.assertEqual(result.code, code, result)
        self.assertEqual(result.out, "")
        for text in texts:
            self.assertIn(text, result.err)

    def test_no_local_system(self):
        for words in (("chat", "-m", "hi"), ("connect",), ("token",), ("llm", "health"), ("local", "status")):
            self.check(self.system.run(*words), 1, "no local system is running", "wsdeep local up --detach")

    def test_unknown_words(self):
        self.check(self.system.run("chatt"), 2, "unknown command 'chatt', did you mean 'chat'?")
        self.check(self.system.run("local", "upp"), 2, "did you mean 'up'?")
        self.check(self.system.run("chat", "--mesage", "x"), 2, "unknown option '--mesage', did you mean '--message'?")
        self.check(self.system.run(), 2, "needs a command")

    def test_a_port_in_use(self):
        with sockets.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            for detach in ((), ("--detach",)):
                self.check(self.system.run("local", "up", "--port", port, *detach), 1, port, "in use")

    def test_an_unusable_state_folder(self):
        path = os.path.join(self.system.state, "a-file")
        open(path, "w", encoding="utf-8").close()
        self.check(self.system.run("local", "up", "--port", "0", "--state", path), 1, path)

    def test_corrupt_files_are_named_and_kept(self):
        state = os.path.join(self.system.state, "local")
        os.makedirs(state)
        for name in ("dynamodb.db", "cognito.db", "identity.json"):
            with self.subTest(name):
                path = os.path.join(state, name)
                with open(path, "wb") as file:
                    file.write(b"this is not what it should be" * 200)
                os.chmod(path, 0o600)
                self.check(self.system.run("local", "up", "--port", "0"), 1, path)
                with open(path, "rb") as file:
                    self.assertTrue(file.read().startswith(b"this is not"))
                os.remove(path)

    def test_a_corrupt_saved_login_is_named_and_kept(self):
        self.system.up()
        folder = os.path.join(self.system.home, ".local", "state", "wsdeep")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, "logins.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write("{nonsense")
        os.chmod(path, 0o600)
        self.check(self.system.run("token"), 1, path)
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), "{nonsense")

    def test_two_systems_do_not_share_a_state_folder(self):
        self.system.up()
        self.check(self.system.run("local", "up", "--port", "0"), 1, "already runs")

    def test_up_beside_a_running_system_is_for_the_same_options_only(self):
        options = ("--sim", "ttft=1ms", "--rooms")
        first = self.system.run("local", "up", "--detach", "--port", "0", *options)
        self.system.up(*options)
        self.assertEqual(self.system.run("local", "up", "--detach", "--port", "0", *options).err, first.err)
        self.check(self.system.run("local", "up", "--detach", "--port", "0", "--sim", "ttft=2ms", "--tls"), 1,
                   "already runs with other options: it has --sim ttft=1ms, it has --rooms, it has no --sim ttft=2ms, "
                   "it has no --tls", "wsdeep local down")

    def test_up_stops_within_a_second_of_a_signal(self):
        process = subprocess.Popen(
            [os.path.join(os.environ["WSDEEP_BIN"], "wsdeep"), "local", "up", "--port", "0"],
            env=self.system.environment(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        read_until(process.stderr, "Stop it with")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(5), 0)
        process.stderr.close()
        process.stdout.close()


if __name__ == "__main__":
    unittest.main()
