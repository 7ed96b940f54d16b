"""How a node goes, as its clients see it: health turns before GOAWAY comes, and GOAWAY before an answer ends; the exit code
and the log say how it went. What makes it go: signals, and the instance's metadata service, played on loopback."""

import datetime
import signal
import socket
import threading
import time
import unittest
import zlib

from fake_engine import FakeEngine
from foreign_servers import free_port
from harness import TIMEOUT, eventually
from http2_frames import PING, PREFACE, Peer, data, frame, grpc_message, proto_text, settings
from instance_metadata import InstanceMetadata
from live_node import GENERATE, Node, Onlooker, head
from side_by_side import side_by_side

STEADY = ("--sim", "ttft=1ms", "--sim", "inter-token=20ms")
MAX_CONCURRENT_STREAMS = 3
SPOT, REBALANCE, STATE = "spot/instance-action", "events/recommendations/rebalance", "autoscaling/target-lifecycle-state"


class Signals(unittest.TestCase):
    def onlooker(self, node):
        onlooker = Onlooker(node.port)
        self.addCleanup(onlooker.peer.socket.close)
        return onlooker

    def test_health_turns_before_goaway_and_goaway_comes_before_answers_end(self):
        node = Node(self, *STEADY, "--sim", "stall=1", "--lame-duck", "400ms", "--grace", "400ms")
        onlooker = self.onlooker(node)
        onlooker.watch().until("health: SERVING")
        onlooker.generate("first").until("first: a message")
        began = time.monotonic()
        node.signal()
        onlooker.until("health: NOT_SERVING")
        onlooker.ready("ready").generate("late").until("late: a message")
        events = onlooker.until("closed")
        self.assertEqual(node.ended(), 0)
        self.assertGreaterEqual(time.monotonic() - began, 0.8)
        self.assertEqual(events[:6], ["health: SERVING", "first: a message", "health: NOT_SERVING",
                                      "ready: 14 leaving: SIGTERM", "late: a message", "GOAWAY"])
        self.assertEqual(sorted(events[6:]), ["closed", "first: 14 the node is draining, drained",
                                              "health: 14 the node is draining", "late: 14 the node is draining, drained"])
        self.assertEqual(node.logged(), [
            ("the node is leaving", "SIGTERM"), ("the node is draining", "SIGTERM"), ("the node is ending", "SIGTERM"),
            ("answers ended before their end, for another node to go on with", None), ("the node is stopped", "SIGTERM")])

    def test_an_answer_that_ends_in_its_grace_is_whole(self):
        node = Node(self, *STEADY, "--sim", "tokens=20", "--grace", "30s")
        onlooker = self.onlooker(node)
        onlooker.generate("first").until("first: a message")
        node.signal()
        self.assertEqual(onlooker.until("closed"), ["first: a message", "GOAWAY", "first: 0", "closed"])
        self.assertEqual(node.ended(), 0)

    def test_a_second_signal_ends_everything_at_once(self):
        for first, second in ((signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGINT),
                              (signal.SIGTERM, signal.SIGINT)):
            for lame_duck in ("0s", "1h"):
                with self.subTest(first=first, lame_duck=lame_duck):
                    node = Node(self, *STEADY, "--sim", "stall=1", "--lame-duck", lame_duck, "--grace", "1h")
                    onlooker = self.onlooker(node)
                    onlooker.watch().until("health: SERVING")
                    onlooker.generate("first").until("first: a message")
                    node.signal(first)
                    onlooker.until("health: NOT_SERVING")
                    began = time.monotonic()
                    node.signal(second)
                    onlooker.until("first: 14 the node is draining, drained")
                    self.assertEqual(node.ended(), 130)
                    self.assertLess(time.monotonic() - began, 5)  # an hour would be its grace

    def test_an_idle_node_goes_at_once(self):
        node = Node(self)
        onlooker = self.onlooker(node)
        onlooker.ready("ready").until("ready: 0")
        node.signal()
        self.assertEqual(node.ended(), 0)
        self.assertEqual(onlooker.until("closed"), ["ready: a message", "ready: 0", "GOAWAY", "closed"])

    def test_a_client_that_does_not_read_does_not_keep_it(self):
        node = Node(self, "--sim", "ttft=1ms", "--sim", "inter-token=0ms", "--sim", "tokens=1000000")
        peer = Peer(socket.create_connection(("127.0.0.1", node.port), timeout=TIMEOUT))
        self.addCleanup(peer.socket.close)
        peer.send(PREFACE, settings((4, 0)), head(GENERATE),
                  data(grpc_message(proto_text("hi")), end=True))
        eventually(lambda: node.status() == "healthy")
        node.signal()
        self.assertEqual(node.ended(), 0)


class Health(unittest.TestCase):
    """grpc.health.v1 and Ready follow the engine; they never say that a node serves before its engine does."""

    def onlooker(self, node):
        onlooker = Onlooker(node.port)
        self.addCleanup(onlooker.peer.socket.close)
        return onlooker

    def test_they_follow_the_engine_through_its_ups_and_downs(self):
        engine = self.enterContext(FakeEngine())
        engine.healthy = False
        node = Node(self, "--engine", "openai", "--engine-url", engine.url)
        onlooker = self.onlooker(node).watch("llm.LLMService")
        self.assertEqual(onlooker.until("health: NOT_SERVING"), ["health: NOT_SERVING"])
        for round_ in range(2):
            eventually(lambda: "status 503" in node.status())
            onlooker.ready(f"down {round_}")
            self.assertEqual(onlooker.end_of(f"down {round_}"), "14 the engine says it is not well (status 503)")
            engine.healthy = True
            onlooker.hears("health: SERVING").ready(f"up {round_}")
            self.assertEqual(onlooker.end_of(f"up {round_}"), "0")
            engine.healthy = False
            onlooker.hears("health: NOT_SERVING")
        node.signal()
        self.assertEqual(node.ended(), 0)
        told = [message for message, _ in node.logged() if message.startswith("the engine")]
        self.assertEqual([message for message in told if message == "the engine is well"], ["the engine is well"] * 2)

    def test_an_engine_that_is_not_there_is_told_from_the_first_moment(self):
        node = Node(self, "--engine", "openai", "--engine-url", f"http://127.0.0.1:{free_port()}")
        onlooker = self.onlooker(node).watch().ready("ready").call("check", "/grpc.health.v1.Health/Check")
        self.assertTrue(onlooker.end_of("ready").startswith("14 "))
        self.assertEqual(onlooker.end_of("check"), "0")
        self.assertEqual([event for event in onlooker.events if event.endswith("SERVING")],
                         ["health: NOT_SERVING", "check: NOT_SERVING"])

    def test_other_services_are_not_known(self):
        onlooker = self.onlooker(Node(self))
        onlooker.watch("other").until("health: SERVICE_UNKNOWN")
        onlooker.call("check", "/grpc.health.v1.Health/Check", proto_text("other"))
        self.assertEqual(onlooker.end_of("check"), "5 unknown service")

    def test_who_watches_a_node_that_goes_hears_it_and_is_let_go(self):
        node = Node(self, "--lame-duck", "200ms")
        onlooker = self.onlooker(node)
        onlooker.watch().until("health: SERVING")
        node.signal()
        events = onlooker.until("closed")
        self.assertEqual(events[:2], ["health: SERVING", "health: NOT_SERVING"])
        self.assertEqual(sorted(events[2:]), ["GOAWAY", "closed", "health: 14 the node is draining"])
        self.assertEqual(node.ended(), 0)


class Bounds(unittest.TestCase):
    """What one client may make a node do."""

    def most_memory(self, node):
        """The most that it ever had, in MB."""
        with open(f"/proc/{node.process.pid}/status", encoding="utf-8") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("VmHWM")) // 1024

    def test_compressed_messages_are_refused_before_they_are_unpacked(self):
        node = Node(self)
        before = self.most_memory(node)
        for encoding, window in (("gzip", 31), ("deflate", 15)):
            packer = zlib.compressobj(9, zlib.DEFLATED, window)
            bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(60)) + packer.flush()
            self.assertLess(len(bomb), 65_000)  # within the first window
            onlooker = Onlooker(node.port)
            self.addCleanup(onlooker.peer.socket.close)
            onlooker.call("bomb", GENERATE, bomb, flag=1, grpc_encoding=encoding)
            self.assertRegex(onlooker.end_of("bomb"), "^12 ")
        self.assertLess(self.most_memory(node) - before, 30)

    def test_who_pings_all_the_time_is_sent_away(self):
        node = Node(self)
        onlooker = Onlooker(node.port)
        self.addCleanup(onlooker.peer.socket.close)
        onlooker.ready("ready").until("ready: 0")
        onlooker.peer.send(*[frame(PING, 0, 0, bytes(8))] * 10)
        self.assertIn("GOAWAY too_many_pings", onlooker.until("closed"))
        self.assertEqual(node.status(), "healthy")

    def test_it_says_how_many_streams_it_takes(self):
        node = Node(self, "--sim", "slots=3", "--queue", "7")
        onlooker = Onlooker(node.port)
        self.addCleanup(onlooker.peer.socket.close)
        onlooker.ready("ready").until("ready: 0")
        self.assertEqual(onlooker.settings[MAX_CONCURRENT_STREAMS], 2 * (3 + 7) + 100)


class Imds(InstanceMetadata):
    """What a test says stands there."""

    def __init__(self, **values):
        super().__init__()
        self.values, self.tokens, self.rounds = values, [], threading.Semaphore(0)
        self.gives_tokens = True
        self.env = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": self.endpoint + "/"}

    def token(self, path, ttl):
        good = path == "/latest/api/token" and ttl.isdigit() and 0 < int(ttl) <= 21600
        self.tokens.append(f"token-{len(self.tokens)}")
        return 200 if good and self.gives_tokens else 403, self.tokens[-1]

    def value(self, name, token):
        if token not in self.tokens[-1:]:
            return 401, ""
        value = self.values.get(name)
        return 404 if value is None else 200, value or ""

    def answered(self, name, status):
        if name == STATE and status != 401:
            self.rounds.release()

    def asked(self):
        """Waits for the end of a round of questions."""
        assert self.rounds.acquire(timeout=TIMEOUT)


def spot_notice(seconds, action="terminate"):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return f'{{"action": "{action}", "time": "{at:%Y-%m-%dT%H:%M:%SZ}"}}'


class Instances(unittest.TestCase):
    def node(self, imds, *options, lame_duck="0s"):
        return Node(self, *STEADY, "--watch-instance", "--lame-duck", lame_duck, *options, env=imds.env)

    def imds(self, **values):
        return self.enterContext(Imds(**values))

    def test_each_notice_lets_it_leave(self):
        rows = [(spot_notice(120), "EC2 will terminate the Spot instance", SPOT),
                (spot_notice(120, "hibernate"), "EC2 will hibernate the Spot instance", SPOT),
                ("<html>", "EC2 will interrupt the Spot instance", SPOT),
                ("Terminated", "Auto Scaling terminates the instance", STATE)]
        nodes = []
        for value, cause, path in rows:
            imds = self.imds(**{STATE: "InService"})
            nodes.append((self.node(imds), imds, value, cause, path))
        for node, imds, value, _, path in nodes:
            imds.asked()
            self.assertIsNone(node.process.poll())
            imds.values[path] = value
        for node, _, _, cause, _ in nodes:
            with self.subTest(cause=cause):
                self.assertEqual(node.ended(), 0)
                self.assertIn(("the node is leaving", cause), node.logged())

    def test_a_recommendation_to_rebalance_lets_only_one_of_no_group_leave(self):
        notice = '{"noticeTime": "2026-11-29T08:22:00Z"}'
        alone, grouped = self.imds(), self.imds(**{STATE: "InService"})
        leaves, stays = self.node(alone), self.node(grouped)
        for imds in (alone, grouped):
            imds.asked()
            imds.values[REBALANCE] = notice
        self.assertEqual(leaves.ended(), 0)
        self.assertIn(("the node is leaving", "EC2 recommends to rebalance"), leaves.logged())
        for _ in range(2):
            grouped.asked()
        self.assertEqual(stays.status(), "healthy", "a group has another node first")
        grouped.values[STATE] = "Terminated"
        self.assertEqual(stays.ended(), 0)
        self.assertIn(("the node is leaving", "Auto Scaling terminates the instance"), stays.logged())

    def test_it_does_not_begin_where_it_has_to_end(self):
        imds = self.imds(**{STATE: "Terminated"})
        self.assertEqual(self.node(imds).ended(), 0)

    def test_states_of_a_warm_pool_are_no_reason(self):
        imds = self.imds(**{STATE: "Warmed:Running"})
        node = self.node(imds)
        imds.asked()
        self.assertEqual(node.status(), "healthy")

    def test_a_spot_notice_cuts_the_grace(self):
        imds = self.imds()
        node = self.node(imds, "--sim", "stall=1", "--grace", "1h", lame_duck="1h")
        onlooker = Onlooker(node.port)
        self.addCleanup(onlooker.peer.socket.close)
        onlooker.generate("first").until("first: a message")
        imds.values[SPOT] = spot_notice(12)
        gone = time.monotonic() + 12
        events = onlooker.until("closed")
        self.assertEqual(events, ["first: a message", "GOAWAY", "first: 14 the node is draining, drained", "closed"])
        self.assertEqual(node.ended(), 0)
        self.assertLess(time.monotonic(), gone)

    def test_on_standby_it_stands_aside_and_comes_back(self):
        imds = self.imds(**{STATE: "InService"})
        node = self.node(imds)
        imds.asked()
        onlooker = Onlooker(node.port)
        self.addCleanup(onlooker.peer.socket.close)
        onlooker.watch().until("health: SERVING")
        imds.values[STATE] = "Standby"
        onlooker.until("health: NOT_SERVING")
        eventually(lambda: node.status() == "aside: Auto Scaling puts the instance on standby")
        onlooker.generate("aside").until("aside: 14 the node is draining, drained")
        onlooker.events.remove("health: SERVING")
        imds.values[STATE] = "InService"
        onlooker.until("health: SERVING")
        onlooker.generate("back").until("back: a message")
        self.assertNotIn("GOAWAY", onlooker.events)
        imds.values[STATE] = "Standby"
        onlooker.events.remove("health: NOT_SERVING")
        onlooker.until("health: NOT_SERVING")
        imds.values[STATE] = "Terminated"
        self.assertEqual(node.ended(), 0)

    def test_it_asks_for_a_new_token_when_the_old_one_is_over(self):
        imds = self.imds(**{STATE: "InService"})
        node = self.node(imds)
        imds.asked()
        imds.tokens.append("another session's")
        imds.values[STATE] = "Terminated"
        self.assertEqual(node.ended(), 0)
        self.assertEqual(len(imds.tokens), 3)

    def test_a_service_that_gives_no_token_is_told_once_and_changes_nothing(self):
        imds = self.imds(**{STATE: "Terminated"})
        imds.gives_tokens = False
        node = self.node(imds)
        eventually(lambda: len(imds.tokens) >= 2)
        self.assertEqual(node.status(), "healthy")
        node.signal()
        self.assertEqual(node.ended(), 0)
        told = [line for line in node.logged() if "metadata" in line[0]]
        self.assertEqual(told, [("the instance metadata service cannot be asked whether this instance goes",
                                 imds.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"].rstrip("/")
                                 + " does not answer as an instance's would")])

    def test_it_does_not_ask_where_that_is_forbidden(self):
        run = Node.system_of(self).run("llm", "serve", "--watch-instance", env={"AWS_EC2_METADATA_DISABLED": "true"})
        self.assertEqual(run.code, 2, run)
        self.assertIn("AWS_EC2_METADATA_DISABLED", run.err)


load_tests = side_by_side

if __name__ == "__main__":
    unittest.main()
