"""A fleet on one machine: HAProxy with TLS, HTTP/2 and a cookie of its own before three nodes, as the balancer of a stack
stands before its fleet, and behind it the functions and `wsdeep chat`. A chat stays on its node; it moves when that node
dies, leaves or is full, and loses nothing."""

import json
import os
import signal
import socket
import subprocess
import tempfile
import unittest
from types import SimpleNamespace

from fake_engine import FakeEngine
from foreign_servers import haproxy, program
from harness import TIMEOUT, System, eventually

NAMES = ("n1", "n2", "n3")
LONG, SHORT = 300, 8  # tokens; at 10 ms each


def certificate(folder):
    """For 127.0.0.1, its key behind it; who trusts it needs no other."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
                    "30", "-subj", "/CN=fleet", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out",
                    "ca.pem"], cwd=folder, check=True, capture_output=True)
    with open(os.path.join(folder, "both.pem"), "w", encoding="utf-8") as both:
        for name in ("ca.pem", "key.pem"):
            with open(os.path.join(folder, name), encoding="utf-8") as part:
                both.write(part.read())
    return os.path.join(folder, "ca.pem"), os.path.join(folder, "both.pem")


def balancer(pem, nodes):
    servers = "".join(f"  server {name} {node.address} proto h2 cookie {name} check inter 100ms fall 2 rise 1\n"
                      for name, node in nodes.items())
    return haproxy(f"frontend front\n  mode http\n  bind 127.0.0.1:PORT ssl crt {pem} alpn h2\n  default_backend fleet\n"
                   "backend fleet\n  mode http\n  balance leastconn\n  option redispatch\n  retries 2\n"
                   f"  cookie node insert indirect nocache\n{servers}")


SIM = ("--sim", "ttft=1ms", "--sim", "inter-token=10ms", "--sim", f"tokens={LONG}")


class Node:
    def __init__(self, system, name, *options):
        listen = () if "--listen" in options else ("--listen", "127.0.0.1:0")
        self.process = system.start("llm", "serve", *listen, "--node-id", name, *options)
        self.address = self.process.stdout.readline().decode().strip().removeprefix("grpc://")

    def end(self):
        self.process.kill()
        self.process.communicate()


@unittest.skipUnless(program("haproxy"), "haproxy is not installed (cli/prepare ci)")
class Fleet(unittest.TestCase):
    def up(self, *options):
        """Three nodes with these options, the balancer, and the local system behind it."""
        self.up_with(dict.fromkeys(NAMES, (*SIM, *options)))

    def up_with(self, options):
        """Nodes, name → options."""
        plain = System()
        self.addCleanup(plain.destroy)
        self.nodes = {name: Node(plain, name, *words) for name, words in options.items()}
        for node in self.nodes.values():
            self.addCleanup(node.end)
        self.up_before(self.nodes)

    def up_before(self, nodes, *options):
        folder = self.enterContext(tempfile.TemporaryDirectory(prefix="wsdeep-fleet-"))
        ca, pem = certificate(folder)
        front = self.enterContext(balancer(pem, nodes))
        self.system = System("--llm", f"grpcs://127.0.0.1:{front.port}", "--llm-ca-file", ca, *options)
        self.addCleanup(self.system.destroy)
        self.system.up()
        self.system.add_user("alice")

    def ask(self, chat, text, tokens=SHORT):
        """The last event of a turn."""
        run = self.system.run("chat", "-m", text, "--chat", chat, "--json", "--param", f"maxTokens={tokens}")
        return json.loads(run.out.splitlines()[-1])

    def answered(self, chat, text):
        """The node that answered."""
        last = self.ask(chat, text)
        self.assertEqual(last["event"], "completed", last)
        return self.node_of(last["messageId"])

    def node_of(self, message_id):
        return eventually(lambda: [line for line in self.system.log("wsdeep-generate")
                                   if line.get("messageId") == message_id and line.get("nodeId")])[0]["nodeId"]

    def begin(self, chat):
        """A long turn that is under way; its events."""
        process = self.system.start("chat", "-m", "Tell me everything.", "--chat", chat, "--json", "--param",
                                    f"maxTokens={LONG}")
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        events = map(json.loads, process.stdout)
        for event in events:
            if event["event"] == "text":
                return events
        raise AssertionError("the turn ended before it began")

    def busy(self):
        """The nodes that generate."""
        return [name for name in NAMES if self.health(name)["active"] > 0]

    def health(self, name):
        run = self.system.run("llm", "health", "--output", "json", "--url", "grpc://" + self.nodes[name].address)
        return json.loads(run.out) if run.code == 0 else {"active": 0}

    def questions(self, chat):
        """What the history has of the user."""
        run = self.system.run("connect", "--chat", chat, "--wait", "10", "--exit-on", "history",
                              stdin='{"action":"history","data":{}}\n')
        return [message["content"] for message in json.loads(run.out)["data"]["messages"] if message["role"] == "user"]

    def test_a_chat_stays_on_its_node(self):
        self.up()
        chats = {f"chat-{number}": {self.answered(f"chat-{number}", "one")} for number in range(4)}
        self.assertGreater(len(set.union(*chats.values())), 1, "all on one node, which says nothing")
        for text in ("two", "three", "four", "five"):
            for chat, seen in chats.items():
                seen.add(self.answered(chat, text))
        self.assertEqual({chat: len(seen) for chat, seen in chats.items()}, dict.fromkeys(chats, 1))

    def test_a_killed_nodes_chats_move_with_one_error_at_most(self):
        self.up()
        home = self.answered("moving", "My number is 7441.")
        running = self.begin("moving")
        self.assertEqual(self.busy(), [home])
        self.nodes[home].process.send_signal(signal.SIGKILL)
        ends = [list(running)[-1]]
        self.assertEqual(ends[0]["event"], "error", "the answer of a node that died is told as broken")
        self.assertEqual(ends[0]["category"], "llm_unavailable")
        now = self.answered("moving", "What was it?")
        self.assertNotEqual(now, home)
        self.assertEqual(self.answered("moving", "Still there?"), now, "it stays where it moved to")
        self.assertEqual(self.questions("moving"),
                         ["My number is 7441.", "Tell me everything.", "What was it?", "Still there?"])

    def test_a_chat_whose_node_died_between_two_turns_hears_of_no_error(self):
        self.up()
        home = self.answered("quiet", "one")
        self.nodes[home].process.send_signal(signal.SIGKILL)
        self.nodes[home].process.wait(TIMEOUT)
        self.assertNotEqual(self.answered("quiet", "two"), home)
        self.assertEqual(self.questions("quiet"), ["one", "two"])

    def test_a_node_that_leaves_finishes_its_streams(self):
        self.up("--grace", "30s")
        home = self.answered("leaving", "one")
        running = self.begin("leaving")
        self.assertEqual(self.busy(), [home])
        self.nodes[home].process.send_signal(signal.SIGTERM)
        last = list(running)[-1]
        self.assertEqual((last["event"], last.get("completionTokens")), ("completed", LONG), last)
        self.assertEqual(self.nodes[home].process.wait(TIMEOUT), 0)
        self.assertNotEqual(self.answered("leaving", "two"), home)

    def look(self, watch, name, wanted):
        """Reads what the watch says until it says of this node what is wanted."""
        for look in map(json.loads, watch.stdout):
            if look["url"].endswith(self.nodes[name].address) and wanted(look):
                return
        self.fail("the watch has ended")

    def test_a_watch_shows_who_works_and_who_leaves(self):
        self.up("--grace", "30s")
        urls = [word for node in self.nodes.values() for word in ("--url", "grpc://" + node.address)]
        watch = self.system.start("llm", "health", "--watch", "--poll-interval", "100ms", "--json", *urls)
        self.addCleanup(watch.communicate)
        self.addCleanup(watch.kill)
        for name in NAMES:
            self.look(watch, name, lambda look: look["healthy"] and look["serving"] == "SERVING")
        home = self.answered("watched", "one")
        running = self.begin("watched")
        self.look(watch, home, lambda look: look["healthy"] and look["active"] == 1)
        self.nodes[home].process.send_signal(signal.SIGTERM)
        self.look(watch, home, lambda look: not look["healthy"])
        self.assertEqual(list(running)[-1]["event"], "completed")
        self.look(watch, home, lambda look: look["serving"] is None)
        for name in set(NAMES) - {home}:
            self.look(watch, name, lambda look: look["healthy"])

    def test_a_full_nodes_callers_go_elsewhere(self):
        self.up("--sim", "slots=1", "--queue", "0")
        home = self.answered("first", "one")
        second = next(chat for chat in map("second-{}".format, range(9)) if self.answered(chat, "one") == home)
        running = self.begin("first")
        self.assertEqual(self.busy(), [home])
        self.assertNotEqual(self.answered(second, "two"), home)
        self.assertEqual(list(running)[-1]["event"], "completed", "the one that was there first is not disturbed")
        self.assertEqual(self.questions(second), ["one", "two"])

    def test_the_first_question_waits_for_the_first_node(self):
        with socket.create_server(("127.0.0.1", 0)) as reserved:
            address = f"127.0.0.1:{reserved.getsockname()[1]}"
        self.up_before({"n1": SimpleNamespace(address=address)}, "--llm-start", "7m")
        asked = [self.system.start("chat", "-m", "Are you there?", "--chat", f"early-{words[0]}", *words)
                 for words in (("--json",), ("--stats",))]
        for process in asked:
            self.addCleanup(process.kill)
        events = map(json.loads, asked[0].stdout)
        waiting = next(event for event in events if event["event"] == "waiting")
        self.assertEqual(waiting["message"],
                         "The model was asleep and is starting, which takes about 7 minutes. The answer comes by itself.")
        self.assertEqual(asked[1].stderr.readline().decode().strip(), waiting["message"])
        tools = System()
        self.addCleanup(tools.destroy)
        node = Node(tools, "n1", "--listen", address, *SIM, "--sim", f"tokens={SHORT}")
        self.addCleanup(node.end)
        self.assertEqual(list(events)[-1]["event"], "completed")
        out, err = asked[1].communicate(timeout=TIMEOUT)
        self.assertEqual(asked[1].returncode, 0, err)
        self.assertTrue(out)
        lines = [line for line in self.system.log("wsdeep-generate") if "NoNode" in line]
        self.assertEqual({(line["Stack"], line["NoNode"], line["_aws"]["CloudWatchMetrics"][0]["Namespace"])
                          for line in lines}, {("local", 1, "wsdeep/generate")})

    def test_answers_go_on_while_a_fleets_model_is_changed(self):
        """Old and new nodes behind one address, each with an engine that knows its own model only."""
        engines = {name: self.enterContext(FakeEngine(words=(name, " answers"))) for name in ("old", "new")}
        for name, engine in engines.items():
            engine.models, engine.strict = [f"org/{name}-model"], True
        self.up_with({name: ("--engine", "openai", "--engine-url", engine.url, "--model", f"org/{name}-model", "--grace",
                             "30s") for name, engine in engines.items()})
        homes = {f"chat-{number}": self.answered(f"chat-{number}", "one") for number in range(6)}
        self.assertEqual(set(homes.values()), {"old", "new"}, "all on one node, which says nothing")
        self.nodes["old"].process.send_signal(signal.SIGTERM)
        self.assertEqual(self.nodes["old"].process.wait(TIMEOUT), 0)
        self.assertEqual({self.answered(chat, "two") for chat in homes}, {"new"})
        asked = {name: {request["body"]["model"] for request in engine.requests} for name, engine in engines.items()}
        self.assertEqual(asked, {name: {f"org/{name}-model"} for name in engines})


if __name__ == "__main__":
    unittest.main()
