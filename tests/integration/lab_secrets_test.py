"""The secrets of the lab's server are replaced while it serves."""

import os
import subprocess
import tempfile
import unittest

from harness import eventually
from lab_players import Client, Lab, Pool, Pushes, Redis, SECRET, setUpModule  # noqa: F401

NEW, THIRD = "a-new" + SECRET, "a-third" + SECRET
PASSWORD, NEW_PASSWORD = "password-of-redis", "new-password-of-redis"


class ReplacedSecrets(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.pool, self.pushes = Pool(self.folder), Pushes()
        self.redis = Redis(self.folder, "--requirepass", PASSWORD).start()
        self.addCleanup(self.redis.stop)
        secret, password = self.replace("signing-secret", SECRET), self.replace("redis-password", PASSWORD)
        self.lab = Lab(self.pool, self.redis, self.pushes, "--secret-file", secret, "--redis-password-file", password)
        self.addCleanup(self.lab.stop)
        self.alice = self.pool.token("alice")

    def replace(self, name, text):
        """As the instance's script does: whole, by another file of that name."""
        path = os.path.join(self.folder, name)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text + "\n")
        os.rename(path + ".new", path)
        return path

    def status_by(self, secret):
        self.lab.secret = secret
        return self.lab.signed("/api/ws/message", {"type": "ping", "connectionId": "c1"})[0]

    def new(self):
        status, answer = self.lab.call("POST", "/api/labs/session", self.alice, {})
        self.assertEqual(status, 201, answer)
        return Client(self.lab, self.pushes, answer["sessionId"], "alice")

    def test_requests_by_the_new_one_and_by_the_one_before_are_taken(self):
        self.assertEqual([self.status_by(one) for one in (SECRET, NEW)], [200, 401])
        self.replace("signing-secret", NEW)
        self.assertEqual([self.status_by(one) for one in (NEW, SECRET, THIRD)], [200, 200, 401])
        self.replace("signing-secret", "none")
        self.assertEqual([self.status_by(one) for one in ("none", NEW, SECRET)], [401, 200, 200])
        self.replace("signing-secret", THIRD)
        self.assertEqual([self.status_by(one) for one in (THIRD, NEW, SECRET)], [200, 200, 401])
        for secret in (SECRET, NEW, THIRD):
            self.assertNotIn(secret, self.lab.log())

    def test_what_is_pushed_is_signed_by_the_new_one(self):
        client = self.new()
        client.attach()
        self.pushes.secrets.append(NEW)
        self.replace("signing-secret", NEW)
        self.assertEqual(self.status_by(NEW), 200)
        client.type("echo $((6*7))nd\r")
        client.sees("42nd")
        # What was under way before may still have been signed by the old one.
        last = len(self.pushes.signers)
        client.type("echo $((6*7))rd\r")
        client.sees("42rd")
        self.assertEqual(set(self.pushes.signers[last:]), {NEW})
        self.assertEqual(self.pushes.unsigned, [])

    def test_redis_is_found_again_by_its_new_password(self):
        def ask(*words):
            done = subprocess.run(["redis-cli", "-p", str(self.redis.port), *words], capture_output=True, timeout=60,
                                  env={**os.environ, "REDISCLI_AUTH": PASSWORD}, check=True)
            self.assertNotIn(b"ERR", done.stdout)

        client = self.new()
        self.replace("redis-password", NEW_PASSWORD)
        ask("CONFIG", "SET", "requirepass", NEW_PASSWORD)
        subprocess.run(["redis-cli", "-p", str(self.redis.port), "CLIENT", "KILL", "TYPE", "normal"], timeout=60,
                       env={**os.environ, "REDISCLI_AUTH": NEW_PASSWORD}, capture_output=True, check=True)
        eventually(lambda: self.lab.call("POST", "/api/labs/session", self.alice, {})[0] == 201, 60)
        self.assertEqual(client.run("echo still $((6*7))"), (0, "still 42\n"))
        self.assertNotIn(PASSWORD, self.lab.log())


if __name__ == "__main__":
    unittest.main()
