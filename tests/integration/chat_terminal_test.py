"""`wsdeep chat` at a terminal, while its connections come and go, and Ctrl-C, which ends everything within a second."""

import itertools
import json
import os
import re
import signal
import socket
import termios
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


class TypingAhead(ClientTest):
    """What is typed while an answer streams: it stands at the next prompt, and nowhere before."""

    chat = AtATerminal.chat

    def answering(self, asked, typed):
        """Answers each question in two halves. Between those of the first one a test types, and then sets `typed`."""
        def script(connection):
            while True:
                frame = connection.receive()
                if frame["action"] != "message":
                    continue
                turn = frame["data"]["messageId"]
                asked.append(frame["data"]["message"])
                connection.accept(turn)
                connection.chunk(turn, 0, f"The answer {len(asked)} ")
                self.assertTrue(typed.wait(60))
                connection.chunk(turn, 1, "goes on", last=True)
                connection.complete(turn, f"The answer {len(asked)} goes on")
        return ScriptedGateway(script)

    def type_ahead(self, keys, *more):
        """What was asked, and what was seen, of one who types `keys` into the first answer, and `more` at the prompts
        behind this answer and the next ones."""
        asked, typed = [], threading.Event()
        with self.answering(asked, typed) as gateway, self.chat(gateway) as chat:
            chat.answer("/help tells", "why?\n")
            chat.answer("The answer 1 ", keys)
            typed.set()
            for line in more:
                chat.answer("goes on", line)
            self.assertEqual(chat.finish(), 0)
            self.assertEqual(termios.tcgetattr(chat.ours), chat.before)
        return asked, chat.seen

    def test_it_waits_at_the_prompt_as_a_line_that_can_be_edited(self):
        asked, seen = self.type_ahead("and typoe\x7f\x7fe", " here\n", "/quit\n")
        self.assertIn("The answer 1 goes on", seen)
        self.assertEqual(asked, ["why?", "and type here"])

    def test_lines_that_were_ended_are_asked_one_after_the_other(self):
        asked, seen = self.type_ahead("second\nthird\n/quit\n")
        for number in (1, 2, 3):
            self.assertIn(f"The answer {number} goes on", seen)
        self.assertEqual(asked, ["why?", "second", "third"])

    def test_more_than_a_terminal_keeps_is_kept(self):
        lines = [f"{number} " + "much " * 80 for number in range(20)]
        asked, seen = self.type_ahead("\n".join(lines) + "\n/quit\n")
        self.assertEqual(asked, ["why?", *(line.strip() for line in lines)])

    def test_ctrl_d_leaves_when_the_answer_has_ended(self):
        asked, seen = self.type_ahead("\x04")
        self.assertIn("The answer 1 goes on", seen)
        self.assertEqual(asked, ["why?"])

    def test_ctrl_c_cancels_the_answer_and_forgets_it(self):
        asked = []

        def script(connection):
            while True:
                frame = connection.receive()
                if frame["action"] == "message":
                    asked.append(frame["data"]["message"])
                    turn = frame["data"]["messageId"]
                    connection.accept(turn)
                    connection.chunk(turn, 0, "It begins")
                if frame["action"] == "cancel":
                    connection.send({"message": "Generation cancelled", "data": {
                        "message": "It was cancelled.", "sender": "System", "error": True, "errorCategory": "cancelled",
                        "messageId": turn, "timestamp": 1}})

        with ScriptedGateway(script) as gateway, self.chat(gateway) as chat:
            chat.answer("/help tells", "why?\n")
            chat.answer("It begins", "never mind\n\x03")
            chat.answer("(cancelled)", "/quit\n")
            self.assertEqual(chat.finish(), 0)
        self.assertEqual(asked, ["why?"])

    def test_the_terminal_is_as_before_after_a_quit(self):
        typed = threading.Event()
        self.addCleanup(typed.set)
        with self.answering([], typed) as gateway, self.chat(gateway) as chat:
            chat.answer("/help tells", "why?\n")
            chat.answer("The answer 1 ", "typed\x1c")
            self.assertEqual(chat.finish(), -signal.SIGQUIT)
            self.assertEqual(termios.tcgetattr(chat.ours), chat.before)
            typed.set()


def rows(seen):
    """What was printed, line by line, without colours, and without the prompts that it was printed over."""
    return [re.sub(r"\x1b\[[0-9;]*m", "", row.rsplit("\r\x1b[K", 1)[-1]) for row in seen.split("\r\n")]


class OthersSpeak(ClientTest):
    """While the model answers: their lines part none of its."""

    chat = AtATerminal.chat

    def say(self, connection, content, room, **more):
        connection.send({"action": "message", "data": {
            "content": content, "sender": "u-2", "senderName": "bob", "recipient": "all", "room": room,
            "messageId": f"of-bob-{content}", "timestamp": 1, **more}})

    def alone(self, *pieces):
        """What is printed of an answer to somebody who talks with the model alone: texts, and, as lists, what bob says
        in between."""
        def script(connection):
            turn = connection.receive_message()
            connection.accept(turn)
            texts = [piece for piece in pieces if isinstance(piece, str)]
            for piece in pieces:
                if isinstance(piece, str):
                    connection.chunk(turn, texts.index(piece), piece, last=piece is texts[-1])
                else:
                    self.say(connection, *piece, room="lobby")
            connection.complete(turn, "".join(texts))
            connection.linger()

        with ScriptedGateway(script) as gateway, self.chat(gateway) as chat:
            chat.answer("/help tells", "why?\n")
            chat.answer(pieces[-1], "/quit\n")
            self.assertEqual(chat.finish(), 0)
        printed = rows(chat.seen)
        asked = max(at for at, row in enumerate(printed) if row.endswith("why?"))
        return list(itertools.takewhile(lambda row: not row.startswith("> "), printed[asked + 1:]))

    def test_to_one_who_talks_with_the_model_alone(self):
        self.assertEqual(self.alone("The ans", ["hello"], ["hello again"], "wer is\nhe", "re."),
                         ["The answer is", "bob: hello", "bob: hello again", "here."])

    def test_to_one_whose_answer_ends_with_its_line(self):
        self.assertEqual(self.alone("The ans", ["hello"], "wer."), ["The answer.", "bob: hello"])

    def in_room(self, play):
        """A chat in the room `ops`, at a gateway that plays `play(connection)` when it has been joined."""
        def script(connection):
            while (frame := connection.receive())["action"] != "history":
                if frame["action"] == "join":
                    connection.send({"action": "presence", "data": {
                        "event": "list", "room": "ops", "members": [{"userId": "u-1", "name": "alice"}],
                        "count": 1, "timestamp": 1}})
            play(connection)
            connection.linger()
        return ScriptedGateway(script)

    def history(self, connection, *messages):
        connection.send({"action": "history", "data": {"chatId": "room#ops", "timestamp": 1, "messages": [
            {"role": "user", "content": text, "messageId": f"m-{number}", "timestamp": 1, "sender": "u-2",
             "senderName": "bob"} for number, text in enumerate(messages)]}})

    def test_in_a_room(self):
        line = " ".join(f"word{number}" for number in range(20))

        def play(connection):
            self.history(connection)
            connection.chunk("q-1", 0, line[:100])
            self.say(connection, "hello", "ops")
            self.say(connection, "hello again", "ops")
            connection.chunk("q-1", 1, line[100:] + "\nThe second line", last=True)
            connection.complete("q-1", line + "\nThe second line")

        with self.in_room(play) as gateway, self.chat(gateway, "--room", "ops") as chat:
            chat.answer("The second line", "/quit\n")
            self.assertEqual(chat.finish(), 0)
        printed = rows(chat.seen)
        first = next(at for at, row in enumerate(printed) if row.startswith("model: word0 "))
        self.assertEqual(" ".join(printed[first:first + 2]), "model: " + line)
        self.assertEqual(printed[first + 2:first + 5], ["bob: hello", "bob: hello again", "model: The second line"])

    def test_in_a_room_in_which_the_model_falls_silent(self):
        goes_on = threading.Event()
        self.addCleanup(goes_on.set)
        line = " ".join(f"word{number}" for number in range(20))

        def play(connection):
            self.history(connection)
            connection.chunk("q-1", 0, line[:100])
            self.say(connection, "hello", "ops")
            goes_on.wait(60)
            connection.chunk("q-1", 1, line[100:], last=True)
            connection.complete("q-1", line)

        with self.in_room(play) as gateway, self.chat(gateway, "--room", "ops") as chat:
            chat.expect("hello")
            goes_on.set()
            chat.answer("word19", "/quit\n")
            self.assertEqual(chat.finish(), 0)
        printed = rows(chat.seen)
        at = printed.index("bob: hello")
        self.assertTrue(printed[at - 1].startswith("model: word0 "), printed)
        self.assertTrue(printed[at + 1].startswith("model: word"), "who speaks again is named again")

    def test_words_that_were_kept_are_whole(self):
        text = " ".join(f"word{number}" for number in range(40))

        def play(connection):
            self.history(connection, text)
            self.say(connection, text + " now", "ops")

        with self.in_room(play) as gateway, self.chat(gateway, "--room", "ops") as chat:
            chat.answer(" now", "/quit\n")
            self.assertEqual(chat.finish(), 0)
        printed = [row for row in rows(chat.seen) if "word" in row]
        self.assertEqual(" ".join(printed), f"bob: {text} bob: {text} now")
        self.assertLessEqual(max(map(len, printed)), 80)


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
