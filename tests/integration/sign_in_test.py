"""Signing in when something is odd: other names of the same user, answers that are none, terminals, several processes."""

import base64
import json
import os
import signal
import termios
import unittest
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import WSDEEP, System, SystemTest
from serving import serve
from terminal import OnTerminal

PASSWORD = "Correct-horse-7"


def part(value):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


class Logins(SystemTest):
    """A user and what is saved of her sign-in."""

    def login(self, name, **options):
        return self.system.run("login", name, "--password-stdin", stdin=PASSWORD, **options)

    def logins(self):
        with open(self.path(), encoding="utf-8") as file:
            return json.load(file)["logins"]

    def path(self):
        return os.path.join(self.system.home, ".local", "state", "wsdeep", "logins.json")

    def expire(self):
        """Lets the saved logins be over; as they were."""
        old = self.logins()
        with open(self.path(), "w", encoding="utf-8") as file:
            json.dump({"version": 1, "logins": [{**login, "expiresAt": 0} for login in old]}, file)
        return old


class OneUser(Logins):
    def test_whatever_name_is_typed_it_is_one_login(self):
        self.system.cognito("AdminUpdateUserAttributes", Username="alice",
                            UserAttributes=[{"Name": "email_verified", "Value": "true"}])
        for name in ("alice", "ALICE", "alice@example.com"):
            result = self.login(name)
            self.assertEqual((result.code, result.err), (0, "signed in as alice\n"))
        names = [login["username"] for login in self.logins()]
        self.assertEqual([name for name in names if "alice" in name.lower()], ["alice"])
        for name in ("Alice", "Alice@Example.com"):
            self.assertEqual(self.system.token(name), self.system.token("alice"))
        self.assertEqual(self.system.run("logout", "alice@example.com").err, "signed out alice\n")
        self.assertEqual(self.system.run("token", "alice").code, 3)
        self.assertEqual(self.login("alice").code, 0)

    def test_of_several_processes_one_refreshes(self):
        self.assertEqual(self.login("alice").code, 0)
        old = self.expire()
        processes = [self.system.start("token", "alice") for _ in range(6)]
        tokens = {process.communicate(timeout=60)[0] for process in processes}
        self.assertEqual(len(tokens), 1)
        self.assertNotIn(old[0]["idToken"].encode() + b"\n", tokens)  # alice's was saved last

    def test_ctrl_c_at_the_password_leaves_the_terminal_as_it_was(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number), OnTerminal([WSDEEP, "login", "alice"], self.system.environment(),
                                                  self.system.state) as terminal:
                def silent_then_signal():
                    self.assertFalse(termios.tcgetattr(terminal.ours)[3] & termios.ECHO)
                    terminal.process.send_signal(number)
                    return ""

                terminal.answer("Password: ", silent_then_signal)
                self.assertEqual(terminal.finish(), -number)
                self.assertTrue(termios.tcgetattr(terminal.ours)[3] & termios.ECHO)

    def test_a_new_password_is_asked_twice(self):
        with OnTerminal([WSDEEP, "users", "set-password", "alice"], self.system.environment(),
                        self.system.state) as terminal:
            terminal.answer("New password: ", PASSWORD + "\n")
            terminal.answer("The same again: ", PASSWORD + "8\n")
            self.assertEqual(terminal.finish(), 2)
        self.assertIn("the two passwords differ: nothing was changed", terminal.seen)
        self.assertEqual(self.login("alice").code, 0)

    def test_a_reader_that_has_read_enough_is_no_error(self):
        for name in ("bob", "carl"):
            self.system.add_user(name)
        process = self.system.start("users", "list", "--output", "json")
        process.stdout.close()
        err = process.stderr.read().decode()
        self.assertEqual((process.wait(timeout=60), err), (141, ""))
        process.stderr.close()
        process.stdin.close()

    def test_no_core_file_is_written(self):
        # Where it waits, its limits can be read.
        process = self.system.start("login", "alice", "--password-stdin")
        try:
            self.system.status()
            with open(f"/proc/{process.pid}/limits", encoding="utf-8") as file:
                limit = next(line for line in file if line.startswith("Max core file size"))
            self.assertEqual(limit.split()[4:6], ["0", "0"])
        finally:
            process.kill()
            process.communicate()

    def test_what_the_pool_does_not_play_is_told_as_such(self):
        request = urllib.request.Request(
            self.system.info["endpoint"], b"{}",
            {"X-Amz-Target": "AWSCognitoIdentityProviderService.ListDevices"})
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=20)
        with refused.exception as answer:
            self.assertEqual(json.load(answer)["__type"], "UnknownOperationException")

    def test_a_token_that_cannot_be_read_is_told_what_is_wrong_with_it(self):
        header, claims = {"alg": "RS256", "kid": "k"}, {"exp": 1, "token_use": "id"}

        def token(head=header, body=claims, signature=b"s"):
            return ".".join((part(head), part(body), part(signature)))

        cases = {
            "two.parts": "2 parts, not three",
            "%.%.%": "the header is not base64url",
            token(head=b"[]"): "the header's fields are not a JSON object",
            token(head={"kid": "k"}): "the header's fields have no alg",
            token(head={"alg": "RS256"}): "no key id (kid)",
            token(body={"token_use": "id"}): "the claims have no exp",
            token(body={"exp": "soon"}): "the claims cannot be read at 'exp'",
            token(body=b'{"exp":1,"exp":2}'): "the claims cannot be read at 'exp'",
            token(signature=b""): "no signature",
        }
        for text, wanted in cases.items():
            with self.subTest(wanted):
                result = self.system.run("auth", "check", "-", stdin=text)
                self.assertEqual(result.code, 3, result)
                self.assertIn(wanted, result.out)
        result = self.system.run("auth", "check", "-", stdin="Authorization: Bearer " + token())
        self.assertIn("pass the token alone", result.err)
        keys = os.path.join(self.system.state, "keys.json")
        with open(keys, "w", encoding="utf-8") as file:
            file.write("{}")
        result = self.system.run("auth", "check", "-", "--jwks", keys, stdin=token())
        self.assertIn(f"{keys} is no key set", result.err)


class RotatedRefreshTokens(Logins):
    """Each renewal ends the refresh token that it was made with, at once: what is lost is lost."""

    OPTIONS = ("--refresh-rotation", "0s")

    def test_the_new_refresh_token_is_kept_by_whoever_gets_it(self):
        self.assertEqual(self.login("alice").code, 0)
        used = set()
        for _ in range(4):
            used.add(self.expire()[0]["refreshToken"])
            processes = [self.system.start("token", "alice") for _ in range(5)]
            answers = {(process.communicate(timeout=60)[0], process.returncode) for process in processes}
            self.assertEqual([code for _, code in answers], [0])
            self.assertNotIn(self.logins()[0]["refreshToken"], used)
        (stale,) = self.expire()[:1]
        self.assertEqual(self.system.run("token", "alice").code, 0)
        with open(self.path(), "w", encoding="utf-8") as file:
            json.dump({"version": 1, "logins": [{**stale, "expiresAt": 0}]}, file)
        result = self.system.run("token", "alice")
        self.assertEqual(result.code, 3, result)
        self.assertIn("the sign-in of 'alice' has ended: Refresh Token has been rotated", result.err)
        self.assertIn("sign in again with: wsdeep login alice", result.err)


class NotCognito(BaseHTTPRequestHandler):
    """Answers everything with 200 and what the server was told."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(getattr(self.server, "status", 200))
        self.send_header("Content-Length", str(len(self.server.text)))
        self.end_headers()
        self.wfile.write(self.server.text)

    def log_message(self, *_):
        pass


class AtSomethingElse(unittest.TestCase):
    def test_an_answer_without_tokens_is_no_sign_in(self):
        server = ThreadingHTTPServer(("127.0.0.1", 0), NotCognito)
        serve(server)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        system = System()
        self.addCleanup(system.destroy)
        env = {"WSDEEP_ENDPOINT": f"http://127.0.0.1:{server.server_port}", "WSDEEP_USER_POOL_ID": "us-east-1_AbCdEf",
               "WSDEEP_CLIENT_ID": "client"}
        cases = {b"{}": "AuthenticationResult: missing", b"<html>": "not JSON",
                 b'{"AuthenticationResult":{"AccessToken":"a","ExpiresIn":60}}': "IdToken: missing"}
        for server.text, wanted in cases.items():
            with self.subTest(server.text):
                result = system.run("login", "eve", "--flow", "password", "--password-stdin", stdin=PASSWORD, env=env)
                self.assertEqual(result.code, 1, result)
                self.assertIn("cannot read the answer to InitiateAuth", result.err)
                self.assertIn(wanted, result.err)
                self.assertIn("check --endpoint and AWS_ENDPOINT_URL", result.err)
                self.assertEqual(system.run("token", "eve", env=env).code, 3)
        server.status, server.text = 403, b"<html><h1>Forbidden</h1></html>"
        result = system.run("login", "eve", "--flow", "password", "--password-stdin", stdin=PASSWORD, env=env)
        self.assertEqual(result.code, 3, result)
        self.assertIn("HTTP 403", result.err)
        self.assertIn("no answer of AWS's: check --endpoint", result.err)


if __name__ == "__main__":
    unittest.main()
