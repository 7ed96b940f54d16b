"""`wsdeep chat` at a terminal, while its connections come and go, and Ctrl-C, which ends everything within a second."""

import json
import os
import socket
import threading
import unittest

from harness import WSDEEP, System, eventually, read_until
from scripted_client import ClientTest
from scripted_gateway import ScriptedGateway
from terminal import ChatTerminal


class AtATerminal(ClientTest):
    def chat(self, gateway, *options):
        return ChatTerminal([WSDEEP, "chat", *options, *self.where(gateway)], self.system.environment(), self.system.home)

    def test_new_is_not_undone_by_the_next_connection(self):
        news = []

        def script(connection):
            while True:
                frame = connection.receive()
                if frame["action"] == "new_conversation":
                    news.append(connection.number)
                    if connection.number == 0:
                        return connection.drop()  # its answer is lost
                    connection.send({"message": "New conversation started", "data": {
                        "message": "", "sender": "System", "chatId": "the-new-one", "timestamp": 1}})
                    if connection.number == 1:
                        return connection.close(1001)
                if frame["action"] == "message":
                    turn = frame["data"]["messageId"]
                    connection.accept(turn)
                    connection.complete(turn, f"answered in {connection.query['sessionId']}")

        with ScriptedGateway(script) as gateway, self.chat(gateway, "--chat", "the-old-one") as chat:
            chat.answer("/help tells", "/new\n")
            chat.expect("connecting again in")
            chat.answer("New conversation started", "where am I?\n")
            chat.answer("answered in the-new-one", "/quit\n")
            self.assertEqual(chat.finish(), 0)
        self.assertEqual(news, [0, 1])
        self.assertEqual(gateway.chats[0], "the-old-one")
        self.assertNotIn("the-old-one", gateway.chats[1:])
        self.assertEqual(gateway.chats[2], "the-new-one")

    def test_a_resumed_answer_is_seen_as_one(self):
        def script(connection):
            turn = connection.receive_message()
            connection.accept(turn, resumed=connection.number > 0)
            if connection.number == 0:
                connection.chunk(turn, 0, "first half, ")
                return connection.cut()
            connection.complete(turn, "first half, second half")
            connection.linger()

        with ScriptedGateway(script) as gateway, self.chat(gateway) as chat:
            chat.answer("/help tells", "why?\n")
            chat.expect("the connection broke")
            chat.expect("(the answer goes on)")
            chat.answer("second half", "/quit\n")
            self.assertEqual(chat.finish(), 0)

    def test_ctrl_c_gives_a_question_up_that_waits_for_a_connection(self):
        with ScriptedGateway(lambda connection: connection.close(1011)) as gateway, self.chat(gateway) as chat:
            chat.expect("/help tells")
            chat.answer("connecting again", "why?\n")
            chat.answer("it will be asked when connected again", "\x03")
            chat.expect("(cancelled)")
            chat.answer("> ", "/quit\n")
            self.assertEqual(chat.finish(timeout=5), 0)

    def test_a_secret_stays_in_its_chat(self):
        """The whole way, through a gateway that ends every connection after some seconds."""
        system = System("--max-lifetime", "4s", "--sim", "ttft=20ms", "--sim", "inter-token=2ms")
        self.addCleanup(system.destroy)
        system.up()
        system.add_user("alice")
        with ChatTerminal([WSDEEP, "chat"], system.environment(), system.home) as chat:
            chat.answer("/help tells", "The password is swordfish.\n")
            chat.answer("swordfish", "/new\n")
            chat.expect("New conversation started")
            lives = len(system.log("wsdeep-connect"))
            eventually(lambda: len(system.log("wsdeep-connect")) > lives)
            mark = len(chat.seen)
            os.write(chat.ours, b"What was it? /end\n")
            chat.answer('/end".', "/quit\n")  # the answer ends with the question, in quotes
            self.assertEqual(chat.finish(), 0)
            answer = chat.since(mark)
            self.assertRegex(answer, r"turn\s+1\.\s+You\s+asked:")
            self.assertNotIn("swordfish", answer)


class Interrupts(ClientTest):
    """Ctrl-C ends everything within a second, whatever is under way."""

    def await_request(self, listener, beginning):
        """Accepts the process that asks, and no stray one that had this port before."""
        while True:
            sock, _ = listener.accept()
            self.addCleanup(sock.close)
            if sock.recv(65536).startswith(beginning):
                return

    def test_while_the_peer_is_silent(self):
        asked = threading.Event()
        over = threading.Event()

        def script(connection):
            connection.receive_message()
            asked.set()
            over.wait(30)

        with ScriptedGateway(script) as gateway:
            process = self.system.start("chat", "-m", "why?", *self.where(gateway))
            self.assertTrue(asked.wait(10))
            self.assertEqual(self.interrupt(process).code, 130)
            over.set()

    def test_while_it_waits_to_connect_again(self):
        with ScriptedGateway(lambda connection: connection.close(1011)) as gateway:
            process = self.system.start("chat", "-m", "why?", *self.where(gateway))
            read_until(process.stderr, "connecting again")
            self.assertEqual(self.interrupt(process).code, 130)

    def test_while_a_connection_is_being_opened(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            gateway = type("Silent", (), {"url": f"ws://127.0.0.1:{listener.getsockname()[1]}/prod"})
            process = self.system.start("chat", "-m", "why?", *self.where(gateway))
            self.await_request(listener, b"GET /prod")
            self.assertEqual(self.interrupt(process).code, 130)

    def test_while_a_token_is_refreshed(self):
        path = os.path.join(self.system.home, ".local", "state", "wsdeep", "logins.json")
        with open(path, encoding="utf-8") as file:
            saved = file.read()

        def restore():
            with open(path, "w", encoding="utf-8") as file:
                file.write(saved)

        self.addCleanup(restore)
        logins = json.loads(saved)
        self.expire(logins)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(logins, file)
        with socket.socket() as cognito, ScriptedGateway(lambda connection: None) as gateway:
            cognito.bind(("127.0.0.1", 0))
            cognito.listen()
            where = [*self.where(gateway)[:-1], f"http://127.0.0.1:{cognito.getsockname()[1]}"]
            for words in (("chat", "-m", "why?"), ("connect",)):
                with self.subTest(words[0]):
                    process = self.system.start(*words, *where)
                    self.await_request(cognito, b"POST /")
                    self.assertEqual(self.interrupt(process).code, 130)

    def expire(self, value):
        """Every expiry time in `value` is in the past."""
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in items:
            if key in ("expiresAt", "expires_at"):
                value[key] = 1
            else:
                self.expire(item)

if __name__ == "__main__":
    unittest.main()
