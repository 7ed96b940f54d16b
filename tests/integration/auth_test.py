"""Who may connect, and who may not: every refusal has the contract's status, and tells the client nothing more."""

import base64
import hashlib
import hmac
import json
import os
import sqlite3
import subprocess
import tempfile
import time
import unittest

from harness import HandshakeRefused, SystemTest, eventually


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def compact(value):
    return json.dumps(value, separators=(",", ":")).encode()


class Forger:
    """Signs tokens with the pool's real key, or as an attacker would."""

    def __init__(self, state, token):
        database = sqlite3.connect(os.path.join(state, "local", "cognito.db"))
        self.kid, pem = database.execute(
            "SELECT kid, private_pem FROM cognito_keys WHERE token_use = 'id'"
        ).fetchone()
        database.close()
        self.key_file = tempfile.NamedTemporaryFile("w", suffix=".pem")
        self.key_file.write(pem)
        self.key_file.flush()
        self.claims = json.loads(unb64(token.split(".")[1]))

    def sign(self, claims=None, header=None):
        """A token with a real signature over changed claims, or over a changed header."""
        head = {"kid": self.kid, "alg": "RS256", **(header or {})}
        signed = b64(compact(head)) + "." + b64(compact({**self.claims, **(claims or {})}))
        signature = subprocess.run(
            ["openssl", "dgst", "-sha256", "-sign", self.key_file.name],
            input=signed.encode(),
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        return signed + "." + b64(signature)

    def unsigned(self):
        return b64(compact({"kid": self.kid, "alg": "none"})) + "." + b64(compact(self.claims)) + "."

    def hs256_with_public_key(self):
        public = subprocess.run(
            ["openssl", "rsa", "-in", self.key_file.name, "-pubout"], capture_output=True, check=True
        ).stdout
        signed = b64(compact({"kid": self.kid, "alg": "HS256"})) + "." + b64(compact(self.claims))
        return signed + "." + b64(hmac.new(public, signed.encode(), hashlib.sha256).digest())


class Authorization(SystemTest):
    OPTIONS = ("--allow-origin", "https://app.example.com")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.forger = Forger(cls.system.state, cls.system.token("alice"))

    def refused(self, token, status=401, **options):
        with self.assertRaises(HandshakeRefused) as refused:
            self.system.connect(token, **options)
        self.assertEqual(refused.exception.status, status)
        return refused.exception

    def reasons(self):
        return [line["outcome"] for line in self.system.log("wsdeep-authorizer")]

    def test_a_real_signature_over_the_same_claims_is_accepted(self):
        self.system.connect(self.forger.sign()).close()

    def test_both_kinds_of_token_are_accepted(self):
        for options in ((), ("--access",)):
            self.system.connect(self.system.token("alice", *options)).close()

    def test_cookies_are_accepted(self):
        for name in ("authToken", "auth", "id_token"):
            cookie = {"Cookie": f"theme=dark; {name}={self.system.token('alice')}"}
            self.system.connect(None, headers=cookie).close()

    def test_forged_tokens_are_refused_with_the_reason_in_the_log_only(self):
        now = int(time.time())
        payload_changed = self.system.token("alice").split(".")
        payload_changed[1] = b64(compact({**self.forger.claims, "sub": "somebody-else"}))
        cases = {
            "no_token": None,
            "algorithm": self.forger.unsigned(),
            "algorithm ": self.forger.hs256_with_public_key(),
            "signature": ".".join(payload_changed),
            "issuer": self.forger.sign({"iss": "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Somewhere"}),
            "audience": self.forger.sign({"aud": "anotherclient"}),
            "token_use": self.forger.sign({"token_use": "refresh"}),
            "unknown_key": self.forger.sign(header={"kid": "unknown"}),
            "expired": self.forger.sign({"exp": now - 3600}),
            "not_yet_valid": self.forger.sign({"nbf": now + 3600}),
            "malformed": "not.a.token",
            "malformed ": self.forger.sign({"sub": None}),
            "subject": self.forger.sign({"sub": ""}),
        }
        for reason, token in cases.items():
            with self.subTest(reason):
                before = len(self.reasons())
                answer = self.refused(token)
                self.assertEqual(json.loads(answer.body), {"message": "Unauthorized"})
                eventually(lambda: len(self.reasons()) > before)
                self.assertEqual(self.reasons()[-1].replace("-", "_"), reason.strip())

    def test_the_token_is_not_taken_from_the_query_unless_enabled(self):
        with self.assertRaises(HandshakeRefused) as refused:
            self.system.connect(None, "?token=" + self.system.token("alice"))
        self.assertEqual(refused.exception.status, 401)

    def test_an_origin_must_match_exactly(self):
        token = self.system.token("alice")
        self.system.connect(token, headers={"Origin": "https://app.example.com"}).close()
        for origin in ("https://app.example.com.evil.org", "http://app.example.com", "https://app.example.com:8443",
                       "https://evil.org", "null"):
            self.refused(token, 403, headers={"Origin": origin})

    def test_logs_hold_no_token_and_no_text(self):
        token = self.system.token("alice")
        socket = self.system.connect(token)
        self.ask(socket, "a very private question")
        socket.close()
        folder = os.path.join(self.system.state, "local", "logs")
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                text = file.read()
            self.assertNotIn(token, text, name)
            self.assertNotIn(token.split(".")[2], text, name)
            self.assertNotIn("very private", text, name)

    def test_saved_tokens_are_for_their_owner_only(self):
        logins = os.path.join(self.system.home, ".local", "state", "wsdeep", "logins.json")
        self.assertEqual(os.stat(logins).st_mode & 0o777, 0o600)
        os.chmod(logins, 0o644)
        try:
            result = self.system.run("token", "alice")
            self.assertEqual(result.code, 1, result)
            self.assertIn(logins, result.err)
        finally:
            os.chmod(logins, 0o600)

    def test_a_wrong_password_is_refused(self):
        result = self.system.run("login", "alice", "--password-stdin", stdin="Wrong-horse-7")
        self.assertEqual(result.code, 3, result)
        self.assertIn("Incorrect username or password", result.err)
        unknown = self.system.run("login", "nobody", "--password-stdin", stdin="Wrong-horse-7")
        self.assertEqual(unknown.code, 3, unknown)
        self.assertIn("Incorrect username or password", unknown.err)

    def test_after_logout_there_is_no_token(self):
        self.system.add_user("leaver")
        self.assertEqual(self.system.run("logout", "leaver").code, 0)
        result = self.system.run("chat", "--user", "leaver", "-m", "hi")
        self.assertEqual(result.code, 3, result)
        self.assertIn("wsdeep login leaver", result.err)


if __name__ == "__main__":
    unittest.main()
