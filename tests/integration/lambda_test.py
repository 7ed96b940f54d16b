"""The emulated Lambda: retries of asynchronous events, processes that do not answer, and what it counts."""

import os
import signal
import unittest

from harness import HandshakeRefused, SystemTest, eventually, is_completion, is_error
from scripted_functions import ScriptedSystem

# Writes what it is asked down, with the id of the request, and fails while it is told to.
FAILS = """
def answer(event, request_id):
    with open(event["log"], "a") as log:
        print(request_id, time.time(), file=log, flush=True)
        attempt = sum(1 for _ in open(event["log"]))
    if attempt <= event["crashes"]: os.kill(os.getpid(), signal.SIGKILL)
    if attempt <= event["failures"]: raise ValueError("not yet")
    return {}
"""
# Takes an event and never answers; whatever else it is sent waits in vain.
HANGS = """
def answer(event, request_id):
    if "hang" in event["body"]: time.sleep(3600)
    return {"statusCode": 200}
"""
REFUSES = """
def answer(event, request_id):
    if "fail" in event.get("queryStringParameters", {}): raise ValueError("broken")
    raise ValueError("Unauthorized")
"""


class Retries(unittest.TestCase):
    def setUp(self):
        self.system = ScriptedSystem("--retry-wait", "10s", generate=FAILS)
        self.addCleanup(self.system.destroy)
        self.system.up()
        self.log = os.path.join(self.system.state, "attempts")

    def attempts(self):
        if not os.path.exists(self.log):
            return []
        with open(self.log, encoding="utf-8") as file:
            return [line.split() for line in file]

    def test_a_failed_event_comes_again_under_its_id_after_the_waits_of_lambda(self):
        status = self.system.invoke("wsdeep-generate", {"log": self.log, "crashes": 1, "failures": 2})
        self.assertEqual(status, 202)
        attempts = eventually(lambda: self.attempts() if len(self.attempts()) == 3 else None, 45)
        self.assertEqual(len({request_id for request_id, _ in attempts}), 1, attempts)
        first, second, third = (float(at) for _, at in attempts)
        self.assertAlmostEqual(second - first, 10, delta=2)
        self.assertAlmostEqual(third - second, 20, delta=2)


class KilledGeneration(SystemTest):
    OPTIONS = ("--retry-wait", "10s", "--sim", "tokens=20000")

    def test_the_client_hears_of_it_and_the_chat_is_free(self):
        socket = self.system.connect(self.system.token("alice"))
        socket.send({"action": "message", "data": {"message": "a long one"}})
        socket.receive_until(lambda frame: frame.get("action") == "llm_response_chunk")
        os.kill(self.system.pid_of("wsdeep-generate"), signal.SIGKILL)
        failure = socket.receive_until(is_error)[-1]
        self.assertEqual(failure["data"]["errorCategory"], "internal")
        frames = self.ask(socket, "and now?", parameters={"maxTokens": 5})
        self.assertTrue(is_completion(frames[-1]), frames[-1])


class Processes(unittest.TestCase):
    def test_one_that_hangs_is_no_room_for_others(self):
        system = ScriptedSystem(message=HANGS)
        self.addCleanup(system.destroy)
        system.up()
        socket = system.connect(None)
        socket.send({"action": "message", "hang": True})
        eventually(lambda: system.function("message")["running"] == 1)
        socket.send({"action": "message"})
        eventually(lambda: system.function("message")["invocations"] == 2, 10)
        eventually(lambda: system.function("message")["running"] == 1)


class Counts(unittest.TestCase):
    def test_a_refusal_is_no_error(self):
        system = ScriptedSystem(authorizer=REFUSES)
        self.addCleanup(system.destroy)
        system.up()
        for query, status in (("", 401), ("", 401), ("?fail=1", 500)):
            with self.subTest(query=query), self.assertRaises(HandshakeRefused) as refused:
                system.connect(None, query)
            self.assertEqual(refused.exception.status, status)
        counted = system.function("authorizer")
        self.assertEqual((counted["errors"], counted["refused"], counted["throttled"]), (1, 2, 0))
        self.assertIn("REFUSED", system.run("local", "status").out)


if __name__ == "__main__":
    unittest.main()
