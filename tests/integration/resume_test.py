"""A question that a client sends again because it does not know what became of it, and what else a chat must survive:
by the built binaries as processes."""

import json
import unittest
import uuid

from harness import SystemTest, eventually, is_completion, turn_over
from moto import MotoServer, needs_moto


def chunk_of(frame):
    return frame["data"] if frame.get("action") == "llm_response_chunk" else None


class Resume(SystemTest):
    OPTIONS = ("--sim", "tokens=400", "--sim", "inter-token=10ms")

    def setUp(self):
        self.chat = "chat-" + uuid.uuid4().hex
        self.token = self.system.token("alice")
        self.message_id = uuid.uuid4().hex

    def connect(self):
        return self.system.connect(self.token, "?sessionId=" + self.chat)

    def send(self, connection, text="What is a KV cache?", tokens=200):
        connection.send({"action": "message", "data": {"message": text, "messageId": self.message_id,
                                                       "parameters": {"maxTokens": tokens}}})

    def generations(self):
        """How the turn's runs ended, duplicates left out."""
        lines = [line for line in self.system.log("generate") + self.system.log("wsdeep-generate")
                 if line.get("messageId") == self.message_id]
        return [line["outcome"] for line in lines if line["outcome"] != "duplicate"]

    def history(self, connection):
        connection.send({"action": "history"})
        return connection.receive_until(lambda f: f.get("action") == "history")[-1]["data"]

    def drop_in_the_middle(self):
        """Asks, reads some of the answer, and loses the connection; the chunks by their seq."""
        first = self.connect()
        self.send(first)
        frames = first.receive_until(lambda f: (chunk_of(f) or {}).get("seq", 0) >= 5)
        self.assertEqual(frames[0]["data"]["messageId"], self.message_id)
        first.drop()
        return {c["seq"]: c["text"] for c in map(chunk_of, frames) if c}

    def test_goes_on_at_the_new_connection(self):
        seen = self.drop_in_the_middle()
        second = self.connect()
        self.send(second)
        frames = second.receive_until(turn_over)
        acknowledged = [f["data"] for f in frames if f.get("action") == "message_received"]
        self.assertTrue(acknowledged[0].get("resumed") or acknowledged[0].get("restarted"), frames[0])
        for frame in frames:
            # Also after `resumed`: its run may have ended as `gone` just then.
            if frame.get("action") == "message_received" and frame["data"].get("restarted"):
                seen = {}
            if chunk := chunk_of(frame):
                self.assertEqual(seen.setdefault(chunk["seq"], chunk["text"]), chunk["text"], "same seq, same bytes")
        self.assertTrue(is_completion(frames[-1]), frames[-1])
        self.assertEqual(sorted(seen), list(range(len(seen))), "a piece is missing")
        self.assertEqual("".join(seen[n] for n in sorted(seen)), frames[-1]["data"]["message"])
        page = self.history(second)
        self.assertEqual([m["role"] for m in page["messages"]], ["user", "assistant"])
        second.close()

    def test_a_complete_answer_is_told_once_more(self):
        first = self.connect()
        self.send(first, tokens=10)
        answer = first.receive_until(turn_over)[-1]["data"]
        self.send(first, tokens=10)
        again = first.receive_until(turn_over)
        self.assertTrue(again[0]["data"]["resumed"])
        self.assertEqual([f for f in again if chunk_of(f)], [])
        self.assertEqual(again[-1]["data"]["messageId"], self.message_id)
        self.assertEqual(again[-1]["data"]["usage"], answer["usage"])
        self.assertEqual(again[-1]["data"]["finishReason"], answer["finishReason"])
        first.close()

    def test_begins_anew_when_its_client_was_gone(self):
        self.drop_in_the_middle()
        self.system.node_idle()
        second = self.connect()
        partial = eventually(lambda: [m for m in self.history(second)["messages"] if m["role"] == "assistant"])[0]
        self.assertTrue(partial["partial"])
        self.send(second)
        frames = second.receive_until(turn_over)
        self.assertTrue(frames[0]["data"]["restarted"], frames[0])
        text = self.answer_of(frames)
        self.assertTrue(text.startswith(partial["content"]) or partial["content"] in text)
        answers = [m for m in self.history(second)["messages"] if m["role"] == "assistant"]
        self.assertEqual([(m["content"], m.get("partial")) for m in answers], [(text, None)])
        second.close()

    def test_fails_again_as_it_failed_and_what_was_seen_goes_back_to_the_model(self):
        connection = self.connect()
        self.send(connection, "My favourite number is 7441.")
        connection.receive_until(lambda f: (chunk_of(f) or {}).get("seq", 0) >= 5)
        connection.send({"action": "cancel", "data": {"messageId": self.message_id}})
        error = connection.receive_until(turn_over)[-1]["data"]
        self.assertEqual((error["errorCategory"], error["messageId"]), ("cancelled", self.message_id))
        self.send(connection, "My favourite number is 7441.")
        again = connection.receive_until(turn_over)
        self.assertEqual([f["data"]["errorCategory"] for f in again if f["data"].get("error")], ["cancelled"])
        stored = self.history(connection)["messages"]
        self.assertEqual([(m["role"], m.get("partial", False)) for m in stored], [("user", False), ("assistant", True)])
        self.assertIn("7441", self.answer_of(self.ask(connection, "And what did I say?")))
        connection.close()

    def test_a_cursor_from_before_clear_is_the_clients_fault_alone(self):
        connection = self.connect()
        for _ in range(2):
            self.ask(connection, "hello", parameters={"maxTokens": 5})
        connection.send({"action": "history", "data": {"limit": 1}})
        stale = connection.receive()["data"]["before"]
        connection.send({"action": "message", "data": {"message": "/clear"}})
        connection.receive()
        for cursor in (stale, "msg#~", "made up", "meta"):
            connection.send({"action": "history", "data": {"before": cursor}})
            self.assertEqual(connection.receive()["data"]["errorCategory"], "invalid_input")
            connection.send({"action": "ping"})
            self.assertEqual(connection.receive()["type"], "pong", "one frame only")
        connection.close()

    def test_a_chat_that_is_not_kept_any_more_says_so_until_a_new_one_is_begun(self):
        connection = self.connect()
        self.delete_meta()
        for message in ("hello", "/clear"):
            connection.send({"action": "message", "data": {"message": message}})
            self.assertEqual(connection.receive()["data"]["errorCategory"], "chat_expired")
        connection.send({"action": "new_conversation"})
        self.assertEqual(connection.receive()["message"], "New conversation started")
        self.answer_of(self.ask(connection, "hello", parameters={"maxTokens": 5}))
        connection.close()

    def delete_meta(self):
        self.dynamodb("DeleteItem", TableName="wsdeep-chats",
                      Key={"chatId": {"S": self.chat}, "itemKey": {"S": "meta"}})

    @classmethod
    def dynamodb(cls, operation, **parameters):
        """A call of the local system's own tables; its answer."""
        target = {"x-amz-target": f"DynamoDB_20120810.{operation}"}
        status, answer = cls.system.call_signed("dynamodb", "/", parameters, target)
        assert status == 200, answer
        return json.loads(answer)


@needs_moto
class ResumeOverMoto(Resume):
    """The same, with the tables in moto's DynamoDB: somebody else's reading of what a transaction, a condition that
    failed, and a token are."""

    @classmethod
    def setUpClass(cls):
        moto = MotoServer()
        cls.addClassCleanup(moto.stop)
        cls.tables = moto.client("dynamodb")
        cls.OPTIONS = (*Resume.OPTIONS, "--dynamodb-endpoint", moto.url)
        super().setUpClass()
        for name in ("wsdeep-connections", "wsdeep-chats"):
            ours = cls.dynamodb("DescribeTable", TableName=name)["Table"]
            indexes = [{k: index[k] for k in ("IndexName", "KeySchema", "Projection")}
                       for index in ours["GlobalSecondaryIndexes"]]
            cls.tables.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", KeySchema=ours["KeySchema"],
                                    AttributeDefinitions=ours["AttributeDefinitions"], GlobalSecondaryIndexes=indexes)

    def delete_meta(self):
        self.tables.delete_item(TableName="wsdeep-chats",
                                Key={"chatId": {"S": self.chat}, "itemKey": {"S": "meta"}})


if __name__ == "__main__":
    unittest.main()
