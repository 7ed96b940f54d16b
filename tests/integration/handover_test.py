"""What a chat notices of a fleet whose nodes are full, or go: answers begin anew elsewhere, refusals say for how long.

The handlers reach their nodes through a relay, which plays the balancer: what is connected stays, what comes goes to the
node that it is told."""

import json
import signal
import unittest

from harness import TIMEOUT, System, eventually
from relay import Relay

SLOW = ("--sim", "ttft=1ms", "--sim", "inter-token=20ms", "--sim", "tokens=100", "--set-cookie")


class Fleet(unittest.TestCase):
    def node(self, name, *options):
        process = self.tools.start("llm", "serve", "--listen", "127.0.0.1:0", "--node-id", name, *SLOW, *options)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process, int(process.stdout.readline().decode().rsplit(":", 1)[1])

    def setUp(self):
        self.tools = System()
        self.addCleanup(self.tools.destroy)

    def serve(self, port):
        relay = Relay("127.0.0.1", port)
        self.addCleanup(relay.__exit__)
        self.system = System("--llm", f"grpc://127.0.0.1:{relay.port}")
        self.addCleanup(self.system.destroy)
        self.system.up()
        self.system.add_user("alice")
        return relay

    def health(self, port):
        run = self.tools.run("llm", "health", "--url", f"grpc://127.0.0.1:{port}", "--output", "json")
        return json.loads(run.out)

    def ask(self, chat, on_text=None):
        """The events of a turn; `on_text` is called once, after some of the answer."""
        process = self.system.start("chat", "--json", "-m", "Tell me.", "--chat", chat)
        events = []
        for line in process.stdout:
            events.append(json.loads(line))
            if sum(e["event"] == "text" for e in events) == 3 and on_text:
                on_text()
                on_text = None
        process.communicate(timeout=TIMEOUT)
        return process.returncode, events

    def history(self, chat):
        page = self.system.run("connect", "--chat", chat, "--wait", "10", "--exit-on", "history",
                               stdin='{"action":"history","data":{}}\n')
        return [(m["role"], m["content"]) for m in json.loads(page.out)["data"]["messages"]]

    def test_an_answer_of_a_node_that_goes_begins_anew_on_another_one(self):
        first, first_port = self.node("n1", "--grace", "0ms")
        _, second_port = self.node("n2")
        relay = self.serve(first_port)

        def drain():
            relay.target = ("127.0.0.1", second_port)
            first.send_signal(signal.SIGTERM)

        code, events = self.ask("moves", drain)
        names = [e["event"] for e in events]
        self.assertEqual((code, names[-1]), (0, "completed"), events)
        self.assertEqual((names.count("accepted"), names.count("restarted")), (1, 1), names)
        self.assertEqual(first.wait(TIMEOUT), 0)
        shown = "".join(e["text"] for e in events[names.index("restarted"):] if e["event"] == "text")
        self.assertEqual(self.history("moves"), [("user", "Tell me."), ("assistant", shown)])
        self.assertEqual(self.health(second_port)["completed"], 1)
        self.assertEqual(self.ask("moves")[0], 0)
        self.assertEqual(self.health(second_port)["completed"], 2)

    def full_node(self, tokens):
        """A node whose one slot is taken, and which knows how long answers take. What comes of one that comes then, and
        how often it was refused."""
        _, port = self.node("n1", "--sim", "slots=1", "--queue", "0", "--sim", f"tokens={tokens}")
        self.serve(port)
        self.assertEqual(self.ask("learns")[0], 0)
        running = self.system.start("chat", "--json", "-m", "Tell me.", "--chat", "holds")
        self.addCleanup(running.communicate)
        eventually(lambda: self.health(port)["active"] == 1)
        code, events = self.ask("waits")
        return code, events[-1], self.health(port)["failed"]

    def test_a_node_that_is_full_for_a_moment_is_asked_again(self):
        code, end, refused = self.full_node(tokens=50)
        self.assertEqual((code, end["event"], refused), (0, "completed", 1), end)

    def test_a_node_that_is_full_for_long_says_for_how_long(self):
        code, end, refused = self.full_node(tokens=250)
        self.assertEqual((code, end["event"], end["category"], refused), (1, "error", "llm_overloaded", 1), end)
        self.assertGreater(end["retryAfterMs"], 4900)
        self.assertRegex(end["message"], r"Please try again in \d+ s\.")


if __name__ == "__main__":
    unittest.main()
