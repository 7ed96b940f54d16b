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

    def test_a_full_node_says_for_how_long(self):
        _, port = self.node("n1", "--sim", "slots=1", "--queue", "0")
        self.serve(port)
        self.assertEqual(self.ask("learns")[0], 0)  # how long an answer takes: more than two seconds
        running = self.system.start("chat", "--json", "-m", "Tell me.", "--chat", "holds")
        self.addCleanup(running.communicate)
        eventually(lambda: self.health(port)["active"] == 1)
        refused = self.health(port)["failed"]
        code, events = self.ask("waits")
        error = events[-1]
        self.assertEqual((code, error["event"], error["category"]), (1, "error", "llm_overloaded"), events)
        self.assertGreater(error["retryAfterMs"], 1500)
        self.assertRegex(error["message"], r"Please try again in [2-9] s\.")
        self.assertIn(self.health(port)["failed"] - refused, (1, 2))


if __name__ == "__main__":
    unittest.main()
