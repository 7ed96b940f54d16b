"""Sessions of the lab in a store that fails over, breaks off in the middle of a command, or is shared by two servers."""

import socket
import subprocess
import tempfile
import threading
import unittest

from harness import eventually
from lab_players import Client, Lab, Pool, Pushes, Redis, setUpModule  # noqa: F401


class Relay:
    """Before Redis: leads each new connection to where it points then, and can break off behind a command."""

    def __init__(self, port):
        self.target = port
        self.break_after = None  # the word that a command begins with; it is passed on, and its reply is not
        self.broken = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.listener.accept()
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            for work in (self.pass_commands, self.pass_replies):
                threading.Thread(target=work, args=(client, server), daemon=True).start()

    @staticmethod
    def end(*sockets):
        for one in sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it had ended

    def pass_replies(self, client, server):
        try:
            while data := server.recv(65536):
                client.sendall(data)
        except OSError:
            pass
        self.end(client, server)

    def pass_commands(self, client, server):
        reader = client.makefile("rb")
        try:
            while head := reader.readline():
                command, words = head, []
                for _ in range(int(head[1:])):
                    size = reader.readline()
                    word = reader.read(int(size[1:]) + 2)
                    command += size + word
                    words.append(word[:-2])
                if words[0] == self.break_after:
                    self.broken += 1
                    client.shutdown(socket.SHUT_RD)
                    server.sendall(command)
                    server.shutdown(socket.SHUT_WR)  # it does what it was told, and then sees the end
                    client.close()
                    break
                server.sendall(command)
        except OSError:
            pass
        self.end(client)


class StoreTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.pool, self.pushes = Pool(self.folder), Pushes()
        self.redis = self.redis_of()
        self.relay = Relay(self.redis.port)
        self.alice = self.pool.token("alice")

    def redis_of(self):
        redis = Redis(self.folder).start()
        self.addCleanup(redis.stop)
        return redis

    def lab_of(self, *options):
        lab = Lab(self.pool, self.relay, self.pushes, *options)
        self.addCleanup(lab.stop)
        return lab

    def create(self, lab):
        return lab.call("POST", "/api/labs/session", self.alice, {})

    def ask(self, *words, redis=None):
        return subprocess.run(["redis-cli", "-p", str((redis or self.redis).port), *words], capture_output=True,
                              check=True).stdout.decode().split()

    def test_another_servers_session_is_not_said_to_have_ended(self):
        first, second = self.lab_of(), self.lab_of()
        path = "/api/labs/session/" + self.create(first)[1]["sessionId"]
        self.assertEqual(second.call("DELETE", path, self.alice),
                         (409, {"error": "the session runs in another lab server: only there can it be ended"}))
        self.assertEqual(first.call("GET", path + "/validate", self.alice)[0], 200)
        self.assertEqual(first.call("DELETE", path, self.alice)[0], 204)
        eventually(lambda: first.call("GET", path + "/validate", self.alice)[0] == 404)
        for lab in (first, second):  # it has ended, whoever is asked
            self.assertEqual(lab.call("DELETE", path, self.alice)[0], 204)

    def test_what_is_sent_to_another_servers_session_hears_that_it_goes_on(self):
        first, second = self.lab_of(), self.lab_of()
        session = self.create(first)[1]["sessionId"]
        astray = Client(second, self.pushes, session, "alice")
        for frame in (dict(type="command", command="true"), dict(type="attach", cols=80, rows=24),
                      dict(type="input", data="x", seq=0)):
            answer = astray.send(**frame)
            self.assertEqual((answer["type"], answer["code"]), ("error", "session_elsewhere"), answer)
        self.assertEqual(Client(second, self.pushes, session, "bob").send(type="detach")["code"], "forbidden")
        client = Client(first, self.pushes, session, "alice")
        self.assertEqual(client.run("echo still $((6*7))"), (0, "still 42\n"))
        self.assertEqual(first.call("DELETE", "/api/labs/session/" + session, self.alice)[0], 204)
        eventually(lambda: astray.send(type="detach")["code"] == "session_ended")

    def test_nobody_says_that_a_session_has_ended_who_cannot_know(self):
        lab = self.lab_of()
        client = Client(lab, self.pushes, self.create(lab)[1]["sessionId"], "alice")
        stranger = Client(lab, self.pushes, "none", "alice")
        self.assertEqual(stranger.send(type="detach")["code"], "session_ended")
        self.redis.stop()
        self.relay.target = 1
        eventually(lambda: stranger.send(type="detach")["code"] == "store_away")
        self.assertEqual(client.run("echo still $((6*7))"), (0, "still 42\n"))

    def test_a_session_that_could_not_be_written_down_is_none(self):
        lab = self.lab_of()
        for word in (b"HSET", b"EXEC", b"ZADD"):
            self.relay.broken, self.relay.break_after = 0, word
            self.assertEqual(self.create(lab)[0], 503, word)
            self.assertGreater(self.relay.broken, 0, word)
            for key in self.ask("KEYS", "wsdeep:lab:session*"):
                self.assertNotEqual(self.ask("TTL", key), ["-1"], (word, key))  # none stays for ever; one may just have gone
            self.relay.break_after = None
            eventually(lambda: lab.call("GET", "/health")[1]["redis"] == "up")
            eventually(lambda: lab.call("GET", "/api/labs/sessions", self.alice) == (200, {"sessions": []}))
            self.assertEqual(self.ask("KEYS", "wsdeep:lab:session:*"), [], word)

    def test_a_store_that_has_become_a_replica_is_left_for_the_new_one(self):
        lab = self.lab_of()
        self.assertEqual(self.create(lab)[0], 201)
        other = self.redis_of()
        self.relay.target = other.port  # as a name that leads to the primary; the connection that is there stays
        self.ask("REPLICAOF", "127.0.0.1", "1")
        self.assertEqual(self.create(lab)[0], 201)
        self.assertEqual(len(self.ask("KEYS", "wsdeep:lab:server:*", redis=other)), 1)

    def test_what_a_user_once_had_does_not_grow_without_end(self):
        lab = self.lab_of("--sessions-per-user", "3")
        first = self.create(lab)[1]["sessionId"]
        index = next(key for key in self.ask("KEYS", "wsdeep:lab:*")
                     if self.ask("TYPE", key) == ["zset"] or self.ask("TYPE", key) == ["set"])
        is_sorted = self.ask("TYPE", index) == ["zset"]
        hour = str(int(self.ask("TIME")[0]) + 3600)
        gone = [f"gone-{number}" for number in range(500)]  # ended, and forgotten in an hour
        if is_sorted:
            self.ask("ZADD", index, *(word for name in gone for word in (hour, name)))
        else:
            self.ask("SADD", index, *gone)
        second = self.create(lab)[1]["sessionId"]
        self.assertLessEqual(int(self.ask("ZCARD" if is_sorted else "SCARD", index)[0]), 100)
        listed = lab.call("GET", "/api/labs/sessions", self.alice)[1]["sessions"]
        self.assertEqual([one["sessionId"] for one in listed], [first, second])


if __name__ == "__main__":
    unittest.main()
