"""REST chat: a model that takes long, starts late, or fails midway."""

import json
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from rest_chat import RestChat, events_of


class Patience(RestChat):
    SIM = ("--sim", "ttft=6s", "--sim", "inter-token=1ms", "--sim", "tokens=5")

    def test_comments_keep_the_line_open_while_the_model_thinks(self):
        status, _, text = self.curl("-N", "-X", "POST", self.url + "/chat", "-H", "Content-Type: application/json", "-H",
                                    "Accept: text/event-stream", "-H", f"id_token: {self.alice}", "-d", '{"prompt": "b"}')
        events, comments = events_of(text)
        self.assertEqual((status, events[-1][0]), (200, "done"), text)
        self.assertGreaterEqual(comments, 1, text)


class LateStart(RestChat):
    """A function that had to start first has less time than the API that waits for it."""

    SIM = ("--sim", "ttft=12s", "--sim", "inter-token=1ms", "--sim", "tokens=5")

    def test_the_time_counts_from_when_the_api_got_the_request(self):
        def asked(received_at_ms):
            _, answer = self.system.call_signed(
                "lambda", "/2015-03-31/functions/wsdeep-rest-chat/invocations",
                {"version": "2.0", "rawPath": "/chat", "body": '{"prompt": "late"}',
                 "headers": {"content-type": "application/json", "id_token": self.alice},
                 "requestContext": {"http": {"method": "POST"}, "timeEpoch": received_at_ms}}, {})
            return json.loads(answer)["statusCode"]

        now = int(time.time() * 1000)
        # 8.5 s before the API gives up, which is sooner than the model begins. A test event's time, and one of a clock
        # that is ahead, say nothing.
        with ThreadPoolExecutor(3) as at_once:
            self.assertEqual(list(at_once.map(asked, (now - 20_000, 1583348638390, now + 60_000))), [500, 200, 200])


class Failures(RestChat):
    SIM = ("--sim", "ttft=20ms", "--sim", "inter-token=5ms", "--sim", "tokens=40", "--sim", "break=1")

    def test_a_model_that_fails_midway_loses_nothing(self):
        status, body = self.ask({"prompt": "break"})
        self.assertEqual((status, body["error"]), (500, "Internal server error"), body)
        self.assertIn("message", body)
        messages = self.get("/chats/" + body["chat_id"])[1]["chat"]["messages"]
        self.assertEqual(messages[0], {"role": "user", "content": "break"})
        self.assertEqual((messages[1]["role"], messages[1]["partial"]), ("assistant", True))

    def test_a_stream_that_fails_midway_ends_with_an_error(self):
        status, _, text = self.curl("-N", "-X", "POST", self.url + "/chat", "-H", "Content-Type: application/json", "-H",
                                    "Accept: text/event-stream", "-H", f"id_token: {self.alice}", "-d", '{"prompt": "b"}')
        events, _ = events_of(text)
        self.assertEqual((status, events[-1][0]), (200, "error"), text)
        self.assertEqual(events[-1][1]["chat_id"], events[0][1]["id"])


if __name__ == "__main__":
    unittest.main()
