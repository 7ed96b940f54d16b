"""Rooms, over real sockets: who is there, who gets what, and what one member's trouble is to the others: nothing."""

import socket
import unittest
from urllib.parse import urlsplit

from harness import WSDEEP, SystemTest, eventually, is_completion, is_error
from terminal import ChatTerminal


def is_action(action):
    return lambda frame: frame.get("action") == action


def is_presence(event):
    return lambda frame: frame.get("action") == "presence" and frame["data"]["event"] == event


def is_notice(frame):
    return frame.get("message") == "Message sent"


class RoomTest(SystemTest):
    OPTIONS = ("--rooms",)
    USERS = ("alice", "bob", "carol")

    def enter(self, user, room=None):
        member = self.system.connect(self.system.token(user))
        self.addCleanup(member.close)
        if room:
            member.send({"action": "join", "data": {"room": room}})
            member.receive_until(is_presence("list"))
        return member

    def say(self, member, content, **data):
        """Says it, and returns the notice or the error that answers."""
        member.send({"action": "message", "data": {"content": content, "recipient": "all", **data}})
        return member.receive_until(lambda f: is_notice(f) or is_error(f))[-1]

    def heard(self, member):
        return member.receive_until(is_action("message"))[-1]["data"]

    def who(self, member, room=None):
        member.send({"action": "who", "data": {"room": room} if room else {}})
        return [m["name"] for m in member.receive_until(is_presence("list"))[-1]["data"]["members"]]


class Rooms(RoomTest):
    def test_the_documents_own_message_reaches_everybody(self):
        """001: {action: 'message', data: {content: 'Hello world', recipient: 'all'}}, the token in a cookie."""
        token = self.system.token("alice")
        alice = self.system.connect(None, headers={"Cookie": f"auth={token}"})
        self.addCleanup(alice.close)
        bob = self.enter("bob")
        self.assertEqual(self.say(alice, "Hello world")["data"]["message"], "Delivered to 1 connection.")
        heard = self.heard(bob)
        self.assertEqual((heard["content"], heard["senderName"], heard["room"]), ("Hello world", "alice", "lobby"))

    def test_nobody_speaks_under_another_name(self):
        alice, bob = self.enter("alice"), self.enter("bob")
        self.say(alice, "hi", sender="root", senderName="root")
        self.assertEqual(self.heard(bob)["senderName"], "alice")

    def test_comings_and_goings_are_told_once_a_person(self):
        alice = self.enter("alice", "ops")
        bob = self.enter("bob", "ops")
        joined = alice.receive_until(lambda f: is_presence("join")(f) and f["data"]["room"] == "ops")[-1]["data"]
        self.assertEqual([m["name"] for m in joined["members"]], ["bob"])
        again = self.enter("bob", "ops")
        again.close()
        self.assertEqual(sorted(self.who(alice, "ops")), ["alice", "bob"])
        bob.close()
        left = alice.receive_until(lambda f: is_presence("leave")(f) and f["data"]["room"] == "ops")
        self.assertEqual([f for f in left[:-1] if f.get("data", {}).get("room") == "ops"], [],
                         "a second connection of one who is there is nobody's business")

    def test_those_who_come_at_once_are_told_of_once_and_see_each_other(self):
        names = [f"guest-{i}" for i in range(8)]
        for name in names:
            self.system.add_user(name)
        alice = self.enter("alice", "party")
        guests = {name: self.enter(name) for name in names}
        for guest in guests.values():
            guest.send({"action": "join", "data": {"room": "party"}})
        seen = {name: guest.receive_until(is_presence("list")) for name, guest in guests.items()}
        # Who tells of others answers when he has told.
        alice.send({"action": "message", "data": {"content": "all here?", "recipient": "all", "room": "party"}})
        self.assertEqual(sorted(self.came(alice.receive_until(is_notice), "party")), names)
        for name, guest in guests.items():
            frames = [*seen[name], *guest.receive_until(is_action("message"))]
            came = self.came(frames, "party")
            listed = {m["name"] for f in frames if is_presence("list")(f) for m in f["data"]["members"]}
            self.assertEqual(listed | set(came), {"alice", *names})
            self.assertEqual(len(came), len(set(came)), f"{name} hears of each once")
            self.assertNotIn(name, came)

    @staticmethod
    def came(frames, room):
        return [m["name"] for f in frames if is_presence("join")(f) and f["data"]["room"] == room
                for m in f["data"]["members"]]

    def test_a_room_is_for_those_who_are_in_it(self):
        alice, bob, carol = self.enter("alice", "ops"), self.enter("bob", "ops"), self.enter("carol")
        self.say(alice, "for ops", room="ops")
        self.assertEqual(self.heard(bob)["room"], "ops")
        self.assertTrue(is_error(self.say(carol, "let me in", room="ops")))
        self.assertEqual(self.say(alice, "for everybody")["message"], "Message sent")
        self.assertEqual(self.heard(carol)["content"], "for everybody")
        bob.send({"action": "leave", "data": {"room": "ops"}})
        bob.receive_until(lambda f: f.get("message") == "Room left")
        self.assertEqual(self.say(alice, "still there?", room="ops")["data"]["message"], "Delivered to 0 connections.")

    def test_a_message_to_one_person_reaches_all_their_connections_and_nobody_else(self):
        alice, bob, more, carol = self.enter("alice"), self.enter("bob"), self.enter("bob"), self.enter("carol")
        self.say(bob, "I am bob")
        user = self.heard(alice)["sender"]
        self.assertEqual(self.say(alice, "psst", recipient=user)["data"]["message"], "Delivered to 2 connections.")
        for member in (bob, more):
            heard = member.receive_until(lambda f: is_action("message")(f) and f["data"]["content"] == "psst")[-1]
            self.assertNotIn("room", heard["data"])
        self.say(alice, "hello all")
        self.assertNotIn("psst", [f["data"]["content"] for f in carol.receive_until(
            lambda f: is_action("message")(f) and f["data"]["content"] == "hello all") if is_action("message")(f)])

    def test_who_comes_later_reads_what_was_said(self):
        alice = self.enter("alice", "log")
        for word in ("first", "second", "third"):
            self.say(alice, word, room="log")
        bob = self.enter("bob", "log")
        bob.send({"action": "history", "data": {"room": "log", "limit": 2}})
        page = bob.receive_until(is_action("history"))[-1]["data"]
        self.assertEqual([m["content"] for m in page["messages"]], ["second", "third"])
        self.assertEqual(page["messages"][0]["senderName"], "alice")
        bob.send({"action": "history", "data": {"room": "log", "before": page["before"]}})
        self.assertEqual([m["content"] for m in bob.receive_until(is_action("history"))[-1]["data"]["messages"]],
                         ["first"])

    def test_the_model_is_invited_and_answers_everybody(self):
        alice, bob = self.enter("alice", "ai"), self.enter("bob", "ai")
        self.say(alice, "we talk about caches", room="ai")
        self.assertEqual(self.say(alice, "@model what is one?", room="ai", messageId="m-1")["message"], "Message sent")
        for member in (alice, bob):
            frames = member.receive_until(is_completion)
            chunks = [f["data"] for f in frames if f.get("action") == "llm_response_chunk"]
            self.assertEqual({c["messageId"] for c in chunks}, {"m-1"})
            self.assertEqual("".join(c["text"] for c in chunks), frames[-1]["data"]["message"])
            self.assertEqual(frames[-1]["data"]["chatId"], "room#ai")
        bob.send({"action": "history", "data": {"room": "ai"}})
        roles = [m["role"] for m in bob.receive_until(is_action("history"))[-1]["data"]["messages"]]
        self.assertEqual(roles, ["user", "user", "assistant"])

    def test_a_line_that_was_cut_is_cleaned_up_when_it_is_found(self):
        alice, bob, carol = self.enter("alice", "cut"), self.enter("bob", "cut"), self.enter("carol", "cut")
        bob.drop()
        self.say(alice, "anybody?", room="cut")
        self.assertEqual(self.heard(carol)["content"], "anybody?")
        eventually(lambda: sorted(self.who(alice, "cut")) == ["alice", "carol"])

    def test_what_is_wrong_is_told(self):
        alice = self.enter("alice")
        for frame, words in (
            ({"action": "join", "data": {"room": "a b"}}, "1 to 64 characters"),
            ({"action": "join", "data": {"room": "room#lobby"}}, "1 to 64 characters"),
            ({"action": "join", "data": {"room": 7}}, "data.room: expected a string"),
            ({"action": "leave", "data": {"room": "nowhere"}}, "You are not in the room 'nowhere'"),
            ({"action": "who", "data": {"room": "nowhere"}}, "join it first"),
            ({"action": "history", "data": {"room": "nowhere"}}, "join it first"),
            ({"action": "cancel", "data": {"room": "nowhere"}}, "join it first"),
            ({"action": "message", "data": {"content": "x", "recipient": ""}}, "recipient is empty"),
            ({"action": "message", "data": {"content": "\u0007", "recipient": "all"}}, "empty"),
            ({"action": "message", "data": {"content": "x", "recipient": "all", "messageId": "a b"}}, "data.messageId"),
        ):
            with self.subTest(frame=frame):
                alice.send(frame)
                answer = alice.receive_until(is_error)[-1]
                self.assertIn(words, answer["data"]["message"])
                could_be_read = "expected a string" not in words
                self.assertEqual(answer["data"].get("receivedAction"), frame["action"] if could_be_read else None)

    def test_nobody_floods_a_room(self):
        carol = self.enter("carol", "flood")
        answers = [self.say(carol, f"{i}", room="flood") for i in range(70)]
        refused = [a for a in answers if is_error(a)]
        self.assertTrue(refused)
        self.assertEqual(refused[0]["data"]["errorCategory"], "rate_limited")
        self.assertIn("more than 30 messages in 10 seconds", refused[0]["data"]["message"])


class ASlowMember(RoomTest):
    """One who does not read, in a room of others."""

    def test_costs_the_others_nothing(self):
        alice, slow, bob = self.enter("alice"), self.enter("carol"), self.enter("bob")
        slow.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        text = "x" * 90_000
        for i in range(25):
            self.assertEqual(self.say(alice, f"{i} {text}")["message"], "Message sent", i)
            self.assertTrue(self.heard(bob)["content"].startswith(f"{i} "))
        slow.drop()  # to read all of it, through such a window, would take a while


class AtTheTerminal(RoomTest):
    """`wsdeep chat --room`, by two people and by a script."""

    def sit_down(self, user, room):
        chat = ChatTerminal([WSDEEP, "chat", "--room", room, "--user", user], self.system.environment(), self.system.home)
        self.addCleanup(chat.__exit__)
        chat.expect(f"in {room}: ")
        return chat

    def test_two_people_and_the_model(self):
        alice = self.sit_down("alice", "desk")
        bob = self.sit_down("bob", "desk")
        alice.expect("bob came")
        alice.answer("", "hello bob\r")
        bob.answer("hello bob", "@model what is a cache?\r")
        for chat in (alice, bob):
            chat.expect("This is the simulated engine")
        alice.answer("", "/msg bob psst\r")
        bob.answer("(to you)", "/who\r")
        bob.expect("in desk: alice, bob")
        bob.answer("", "/msg nobody psst\r")
        bob.answer("nobody here is called 'nobody'", "/wo\r")
        bob.answer("did you mean /who?", "/quit\r")
        self.assertEqual(bob.finish(), 0)
        alice.answer("bob left", "\x04")
        self.assertEqual(alice.finish(), 0)

    def test_a_line_that_is_lost_is_found_and_nothing_of_what_was_said(self):
        alice = self.sit_down("alice", "lost")
        bob = self.enter("bob", "lost")
        self.say(bob, "before", room="lost")
        alice.expect("before")
        port = urlsplit(self.system.info["url"]).port
        self.system.down()
        alice.expect("connecting again")
        alice.answer("", "said into the gap\r")
        self.system.up(port=port)
        carol = self.enter("carol", "lost")
        heard = carol.receive_until(lambda f: is_action("message")(f) or is_action("history")(f))
        if not is_action("message")(heard[-1]) or heard[-1]["data"]["content"] != "said into the gap":
            carol.receive_until(lambda f: is_action("message")(f) and f["data"]["content"] == "said into the gap")
        self.say(carol, "welcome back", room="lost")
        alice.expect("welcome back")
        self.assertEqual(alice.seen.count("before"), 1)

    def test_a_script_says_something_and_asks(self):
        carol = self.enter("carol", "script")
        said = self.system.run("chat", "--room", "script", "--user", "alice", "-m", "deploy begins")
        self.assertEqual((said.code, said.out, said.err), (0, "", "Delivered to 1 connection.\n"))
        self.assertEqual(self.heard(carol)["content"], "deploy begins")
        many = self.system.run("chat", "--room", "script", "--user", "alice", stdin="one\n\ntwo\nthree")
        self.assertEqual(many.code, 0, many)
        self.assertEqual([self.heard(carol)["content"] for _ in range(3)], ["one", "two", "three"])
        merely_said = self.system.run("chat", "--room", "script", "--user", "alice", "-m", "@modeling is fun")
        self.assertEqual((merely_said.code, merely_said.out), (0, ""), "nobody was asked, and no answer is waited for")
        asked = self.system.run("chat", "--room", "script", "--user", "alice", "-m", "@model why?")
        self.assertEqual(asked.code, 0, asked)
        self.assertIn("This is the simulated engine", asked.out)

    def test_what_does_not_go_together_is_refused(self):
        for words, cause in (
            (("--room", "ops", "--chat", "c-1", "-m", "x"), "--chat is for a chat with the model alone"),
            (("--room", "a b", "-m", "x"), "1 to 64 characters"),
        ):
            with self.subTest(words=words):
                result = self.system.run("chat", "--user", "alice", *words)
                self.assertNotEqual(result.code, 0)
                self.assertIn(cause, result.err)


class RoomsAreOff(SystemTest):
    def test_unless_enabled(self):
        alice = self.system.connect(self.system.token("alice"))
        self.addCleanup(alice.close)
        alice.send({"action": "message", "data": {"content": "hello all", "recipient": "all"}})
        self.assertTrue(is_error(alice.receive()))
        alice.send({"action": "join", "data": {"room": "ops"}})
        self.assertIn("disabled", alice.receive()["data"]["message"])


if __name__ == "__main__":
    unittest.main()
