"""A chat from end to end, by the built binaries as processes: over wss with the CA that `local up --tls` made."""

import json
import os
import signal
import time
import unittest

from harness import (
    HandshakeRefused,
    System,
    SystemTest,
    WebSocketClosed,
    alive,
    eventually,
    is_completion,
    is_error,
    turn_over,
)


class EndToEnd(unittest.TestCase):
    """The whole life of a system, in order."""

    def test_up_chat_resume_cancel_gone_down(self):
        system = System("--tls", "--sim", "ttft=20ms", "--sim", "inter-token=5ms", "--sim", "tokens=2000")
        self.addCleanup(system.destroy)
        system.up()
        self.assertTrue(system.info["url"].startswith("wss://"))
        system.add_user("alice")

        with self.subTest("a question on the command line"):
            result = system.run("chat", "-m", "What is a KV cache?", "--stats", "--param", "maxTokens=60")
            self.assertEqual(result.code, 0, result)
            self.assertIn("What is a KV cache?", result.out)
            self.assertRegex(result.err, r"TTFT .* tokens/s")

        with self.subTest("the second turn depends on the first, across connections"):
            first = self.chat_json(system, "My favourite number is 7441.", "--chat", "resumed-chat")
            self.assertNotIn("7441 is", first)
            second = self.chat_json(system, "And what did I say?", "--chat", "resumed-chat")
            self.assertIn("My favourite number is 7441.", second)
            history = system.run("connect", "--chat", "resumed-chat", "--wait", "10", "--exit-on", "history",
                                 stdin='{"action":"history","data":{}}\n')
            self.assertEqual(history.code, 0, history)
            page = json.loads(history.out)["data"]
            self.assertEqual([m["role"] for m in page["messages"]], ["user", "assistant"] * 2)

        with self.subTest("cancel frees the slot"):
            self.cancel(system)

        with self.subTest("a client that is gone stops the node"):
            self.vanish(system)

        with self.subTest("down leaves nothing behind"):
            processes = system.processes()
            self.assertGreater(len(processes), 4)
            system.down()
            eventually(lambda: not alive(processes))
            self.assertNotEqual(system.run("chat", "-m", "still there?").code, 0)

        with self.subTest("users and chats are kept"):
            system.up()
            third = self.chat_json(system, "And before that?", "--chat", "resumed-chat")
            self.assertIn("And what did I say?", third)

    def chat_json(self, system, text, *options):
        result = system.run("chat", "--json", "-m", text, "--param", "maxTokens=60", *options)
        self.assertEqual(result.code, 0, result)
        events = [json.loads(line) for line in result.out.splitlines()]
        self.assertEqual(events[0]["event"], "accepted")
        self.assertEqual(events[-1]["event"], "completed")
        return "".join(e["text"] for e in events if e["event"] == "text")

    def long_turn(self, system):
        """A socket in the middle of a long answer."""
        socket = system.connect(system.token("alice"))
        socket.send({"action": "message", "data": {"message": "Tell me everything."}})
        socket.receive_until(lambda f: f.get("action") == "llm_response_chunk")
        self.assertEqual(system.health()["active"], 1)
        return socket

    def cancel(self, system):
        before = system.health()["cancelled"]
        socket = self.long_turn(system)
        socket.send({"action": "cancel"})
        frames = socket.receive_until(turn_over)
        self.assertEqual(frames[-1]["data"].get("errorCategory"), "cancelled", frames[-1])
        self.assertEqual(system.node_idle()["cancelled"], before + 1)
        socket.send({"action": "message", "data": {"message": "Go on.", "parameters": {"maxTokens": 3}}})
        self.assertTrue(is_completion(socket.receive_until(turn_over)[-1]))
        socket.close()

    def vanish(self, system):
        before = system.health()["cancelled"]
        self.long_turn(system).drop()
        self.assertEqual(system.node_idle()["cancelled"], before + 1)
        outcomes = eventually(lambda: [l["outcome"] for l in system.log("wsdeep-generate") if l.get("outcome") == "gone"])
        self.assertEqual(outcomes, ["gone"])


class Turns(SystemTest):
    USERS = ("alice", "bob")

    def test_parameters_are_clamped_and_reported(self):
        socket = self.system.connect(self.system.token("alice"))
        frames = self.ask(socket, "Hello", parameters={"temperature": 9, "max_tokens": 5})
        self.assertEqual(len(frames[0]["data"]["adjusted"]), 1, frames[0])
        self.assertTrue(frames[0]["data"]["adjusted"][0].startswith("temperature: 9"))
        self.answer_of(frames)
        self.assertEqual(frames[-1]["data"]["finishReason"], "length")
        self.assertEqual(frames[-1]["data"]["usage"]["completionTokens"], 5)
        socket.close()

    def test_tokens_are_counted_and_timed_through_frames_that_join_them(self):
        socket = self.system.connect(self.system.token("alice"))
        before = time.clock_gettime(time.CLOCK_MONOTONIC)
        socket.send({"action": "message", "data": {"message": "Hello", "timings": True}})
        frames = socket.receive_until(turn_over)
        chunks = [frame["data"] for frame in frames if frame.get("action") == "llm_response_chunk"]
        self.assertEqual(sum(chunk["tokens"] for chunk in chunks), frames[-1]["data"]["usage"]["completionTokens"])
        offsets = [offset for chunk in chunks for offset in chunk.get("tokenOffsetsMs", [])]
        self.assertEqual(len(offsets), sum(chunk["tokens"] for chunk in chunks))
        self.assertEqual(offsets, sorted(offsets))
        self.assertGreater(offsets[0], 0)
        arrivals = [chunk["seq"] for chunk in chunks if "nodeArrivalUs" in chunk]
        self.assertEqual(arrivals, [0], "told once, with the node that it was")
        self.assertTrue(chunks[0]["nodeId"])
        self.assertLess(chunks[0]["nodeQueueUs"], offsets[0] * 1000)
        self.assertLessEqual(before * 1e6, chunks[0]["nodeArrivalUs"])
        self.assertLess(chunks[0]["nodeArrivalUs"], time.clock_gettime(time.CLOCK_MONOTONIC) * 1e6)
        untimed = self.ask(socket, "Again")
        self.assertFalse([frame for frame in untimed if {"tokenOffsetsMs", "nodeArrivalUs"} & frame.get("data", {}).keys()])
        socket.send({"action": "message", "data": {"message": "Hello", "timings": "yes"}})
        self.assertIn("data.timings: expected a boolean", socket.receive()["data"]["message"])
        socket.close()

    def test_timings_for_scripts(self):
        run = self.system.run("chat", "-m", "Hello", "--user", "alice", "--json", "--timings")
        events = [json.loads(line) for line in run.out.splitlines()]
        texts = [event for event in events if event["event"] == "text"]
        self.assertEqual(sum(event["tokens"] for event in texts), events[-1]["completionTokens"])
        self.assertEqual(sum(len(event["tokenOffsetsMs"]) for event in texts), events[-1]["completionTokens"])

    def test_clear_and_new_conversation_start_with_an_empty_history(self):
        socket = self.system.connect(self.system.token("alice"))
        self.answer_of(self.ask(socket, "The password is swordfish."))
        socket.send({"action": "message", "data": {"message": "/clear"}})
        self.assertEqual(socket.receive()["message"], "Chat history cleared")
        self.assertNotIn("swordfish", self.answer_of(self.ask(socket, "What is it?")))
        socket.send({"action": "new_conversation"})
        self.assertEqual(socket.receive()["message"], "New conversation started")
        self.assertNotIn("What is it", self.answer_of(self.ask(socket, "Anything before?")))
        socket.close()

    def test_one_generation_runs_per_chat(self):
        socket = self.system.connect(self.system.token("alice"))
        other = self.system.connect(self.system.token("alice"), "?sessionId=shared-1")
        third = self.system.connect(self.system.token("alice"), "?sessionId=shared-1")
        other.send({"action": "message", "data": {"message": "Tell me everything."}})
        other.receive_until(lambda f: f.get("action") == "message_received")
        third.send({"action": "message", "data": {"message": "Me too."}})
        self.assertEqual(third.receive()["data"]["errorCategory"], "busy")
        self.assertTrue(is_completion(other.receive_until(turn_over)[-1]))
        self.answer_of(self.ask(third, "And now?"))
        for s in (socket, other, third):
            s.close()

    def test_somebody_elses_chat_is_refused(self):
        mine = self.system.connect(self.system.token("alice"), "?sessionId=private-1")
        with self.assertRaises(HandshakeRefused) as refused:
            self.system.connect(self.system.token("bob"), "?sessionId=private-1")
        self.assertEqual(refused.exception.status, 403)
        with self.assertRaises(HandshakeRefused) as refused:
            self.system.connect(self.system.token("bob"), "?sessionId=not%20one")
        self.assertEqual(refused.exception.status, 400)
        theirs = self.system.connect(self.system.token("bob"))
        theirs.send({"action": "message", "data": {"message": "hi", "chatId": "private-1"}})
        self.assertEqual(theirs.receive()["data"]["errorCategory"], "invalid_input")
        mine.close()
        theirs.close()

    def test_a_turn_that_is_delivered_twice_runs_once(self):
        socket = self.system.connect(self.system.token("alice"))
        frames = self.ask(socket, "Once, please.")
        self.answer_of(frames)
        turn = frames[-1]["data"]
        completed = self.system.health()["completed"]
        # Lambda delivers asynchronous events at least once: this is the second delivery of the same turn.
        status = self.system.invoke("wsdeep-generate", {
            "connectionId": self.system.log("wsdeep-connect")[-1]["connectionId"],
            "callbackUrl": self.system.info["endpoint"] + "/prod",
            "userId": "alice",
            "chatId": turn["chatId"],
            "messageId": turn["messageId"],
            "acceptedAt": frames[0]["data"]["timestamp"],
            "parameters": {},
        })
        self.assertEqual(status, 202)

        def outcomes():
            return [l["outcome"] for l in self.system.log("wsdeep-generate") if l.get("messageId") == turn["messageId"]]

        eventually(lambda: len(outcomes()) == 2)
        self.assertEqual(outcomes(), ["completed", "duplicate"])
        self.assertEqual(self.system.health()["completed"], completed)
        socket.send({"action": "ping"})
        self.assertEqual(socket.receive()["type"], "pong")  # and no second answer came before it
        socket.close()

    def test_ping_is_answered_on_both_routes(self):
        socket = self.system.connect(self.system.token("alice"))
        for frame in ({"action": "ping"}, {"type": "ping"}):
            socket.send(frame)
            pong = socket.receive()
            self.assertEqual(pong["type"], "pong")
            self.assertIsInstance(pong["timestamp"], int)
        socket.close()

    def test_commands_say_what_happened(self):
        for words, stdin, code, text in [
            (("chat",), "Hello from a pipe", 0, "Hello from a pipe"),
            (("chat", "--param", "maxTokens=4", "-m", "Hi", "--json"), None, 0, '"finishReason":"length"'),
            (("connect", "--wait", "5", "--exit-on", "pong"), '{"action":"ping"}\n', 0, '"type":"pong"'),
        ]:
            with self.subTest(words):
                result = self.system.run(*words, stdin=stdin)
                self.assertEqual(result.code, code, result)
                self.assertIn(text, result.out)


class EndedConnections(SystemTest):
    OPTIONS = ("--max-lifetime", "1s")

    def test_a_connection_ends_after_its_lifetime_and_the_chat_goes_on(self):
        socket = self.system.connect(self.system.token("alice"), "?sessionId=long-1")
        self.answer_of(self.ask(socket, "Remember the tulips."))
        self.assertEqual(socket.close_code(), 1001)
        again = self.system.connect(self.system.token("alice"), "?sessionId=long-1")
        self.assertIn("tulips", self.answer_of(self.ask(again, "What was it?")))
        again.close()
        lines = eventually(lambda: [l for l in self.system.log("wsdeep-disconnect") if l.get("code") == 1001])
        self.assertTrue(lines)


if __name__ == "__main__":
    unittest.main()
