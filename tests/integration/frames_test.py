"""Frames that no honest client sends: each gets the contract's answer, and the connection lives where it may."""

import unittest

from harness import SystemTest, is_completion

UNKNOWN = "Unknown action type. Please send a valid action."


class Frames(SystemTest):
    def setUp(self):
        self.socket = self.system.connect(self.system.token("alice"))

    def answer(self, text):
        self.socket.send_text(text)
        return self.socket.receive()

    def still_alive(self):
        self.socket.send({"action": "ping"})
        self.assertEqual(self.socket.receive()["type"], "pong")

    def test_what_no_route_knows_is_answered_by_default(self):
        for text, action in [
            ("this is not JSON", ""),
            ('{"unfinished":', ""),
            ("[]", ""),
            ('"text"', ""),
            ("{}", ""),
            ('{"action":"dance"}', "dance"),
            ('{"action":17}', None),
        ]:
            with self.subTest(text):
                frame = self.answer(text)
                self.assertEqual(frame["message"], UNKNOWN)
                if action is not None:
                    self.assertEqual(frame["receivedAction"], action)
                self.still_alive()

    def test_wrong_types_are_errors(self):
        for data in ("17", "null", "[]", '"x"', "{}", '{"message":17}', '{"message":null}',
                     '{"message":"x","parameters":[]}', '{"message":"x","parameters":{"temperature":"hot"}}',
                     '{"message":"x","parameters":{"stop":"no"}}', '{"message":"x","chatId":7}'):
            with self.subTest(data):
                frame = self.answer('{"action":"message","data":%s}' % data)
                self.assertTrue(frame["data"]["error"], frame)
                self.assertIn(frame["data"]["errorCategory"], ("invalid_input", "invalid_message"))
                self.still_alive()

    def test_text_is_bounded_and_cleaned(self):
        for text, category in [("", "invalid_input"), (" \\u0007\\n ", "invalid_input"),
                               ("x" * 100_001, "invalid_input")]:
            frame = self.answer('{"action":"message","data":{"message":"%s"}}' % text)
            self.assertEqual(frame["data"]["errorCategory"], category)
        self.still_alive()

    def test_100000_characters_are_accepted(self):
        self.socket.send({"action": "message", "data": {"message": "y" * 100_000, "parameters": {"maxTokens": 3}}})
        frames = self.socket.receive_until(lambda f: is_completion(f) or (f.get("data") or {}).get("error"))
        self.assertTrue(is_completion(frames[-1]), frames[-1])

    def test_a_message_above_128_kb_closes_the_connection(self):
        self.socket.send_text('{"action":"ping","x":"%s"}' % ("x" * 129 * 1024))
        self.assertEqual(self.socket.close_code(), 1009)

    def test_a_frame_above_32_kb_closes_the_connection(self):
        self.socket.send_frame(b'{"action":"ping","x":"' + b"x" * 33 * 1024 + b'"}')
        self.assertEqual(self.socket.close_code(), 1009)

    def test_a_binary_frame_closes_the_connection(self):
        self.socket.send_frame(b"\x00\x01", opcode=2)
        self.assertEqual(self.socket.close_code(), 1003)

    def test_invalid_utf8_closes_the_connection(self):
        self.socket.send_frame(b'{"action":"ping","x":"\xff\xfe"}')
        self.assertEqual(self.socket.close_code(), 1007)

    def test_an_unmasked_frame_closes_the_connection(self):
        self.socket.socket.sendall(b"\x81\x02{}")
        self.assertEqual(self.socket.close_code(), 1002)


if __name__ == "__main__":
    unittest.main()
