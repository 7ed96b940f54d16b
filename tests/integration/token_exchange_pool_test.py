"""The function behind /auth alone, with a confidential app client, and a pool that answers as it likes."""

import hashlib
import json
import os
import shutil
import socket
import tempfile
import threading
import unittest
from base64 import b64decode, urlsafe_b64encode
from urllib.parse import parse_qs, urlencode, urlsplit

from played_runtime import PlayedFunction, Service

REFRESH, MARK = "__Secure-wsdeep-refresh", "__Host-wsdeep-renewal"

KEY = {"kty": "RSA", "kid": "k", "use": "sig", "alg": "RS256", "e": "AQAB",
       "n": urlsafe_b64encode(b"\xc1" * 256).decode().rstrip("=")}  # nobody's, which signs nothing


def refresh_cookies(token):
    """As the function sets them."""
    mark = urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode().rstrip("=")
    return [f"{REFRESH}={token}", f"{MARK}={mark}"]


class AtAPoolThatFails(unittest.TestCase):
    """The function alone, with a confidential app client, and a pool that answers as it likes."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="wsdeep-auth-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.secrets, self.seen, self.hanging = ["first"], [], threading.Event()
        self.keys = (200, json.dumps({"keys": [KEY]}).encode())
        self.pool = lambda request, fields: request.reply(400, b'{"error":"invalid_grant"}')
        self.service = Service(self.serve)
        self.addCleanup(self.service.close)
        self.addCleanup(self.hanging.set)
        address = "http://" + self.service.address
        self.function = PlayedFunction(
            "auth", os.path.join(self.folder, "log"), AWS_ENDPOINT_URL=address, AUTH_URLS="https://chat.example.com",
            HOSTED_UI_URL=address, AUTH_CLIENT_ID="client", COGNITO_CLIENT_IDS="client", AUTH_CLIENT_SECRET="chat/client",
            COGNITO_ISSUER="https://cognito-idp.us-east-1.amazonaws.com/us-east-1_AbCdEfGhI",
            REDIRECT_URLS="https://chat.example.com/")
        self.addCleanup(self.function.close)

    def serve(self, request, body):
        if request.headers.get("X-Amz-Target") == "secretsmanager.GetSecretValue":
            self.seen.append("secret")
            return request.reply(200, json.dumps({"SecretString": self.secrets[-1] + "\n"}).encode())
        if request.path.endswith("/.well-known/jwks.json"):
            self.seen.append("keys")
            return request.reply(*self.keys)
        basic = b64decode(request.headers["Authorization"].split(" ")[1]).decode()
        self.seen.append((request.path, basic))
        return self.pool(request, {name: values[0] for name, values in parse_qs(body.decode()).items()})

    def call(self, method, path, cookies=(), query="", **headers):
        return self.function.call({
            "version": "2.0", "rawPath": path, "rawQueryString": query, "cookies": list(cookies),
            "queryStringParameters": {name: values[0] for name, values in parse_qs(query).items()},
            "headers": {"host": "chat.example.com", **headers}, "requestContext": {"http": {"method": method, "path": path}},
            "isBase64Encoded": False})

    def refresh(self):
        answer = self.call("POST", "/auth/refresh", refresh_cookies("token"))
        return answer["statusCode"], json.loads(answer["body"])["error"], answer.get("cookies", [])

    def test_each_failure_has_its_status_and_takes_no_cookie_away(self):
        def hangs(request, fields):
            self.hanging.wait()

        html = b"<html>Bad gateway</html>"
        for pool, expected in (
                (lambda r, f: r.reply(400, b'{"error":"invalid_grant"}'), (401, "refused_by_pool")),
                (lambda r, f: r.reply(400, b'{"error":"invalid_client"}'), (500, "client_not_accepted")),
                (lambda r, f: r.reply(502, html, "text/html"), (502, "pool_confused")),
                (lambda r, f: r.reply(200, html, "text/html"), (502, "pool_confused")),
                (lambda r, f: r.reply(200, b'{"id_token":"a.b.c","access_token":"x"}'), (502, "pool_confused")),
                (lambda r, f: r.reply(200, b'{"id_token":' + b"[" * 100000), (502, "pool_confused")),
                (lambda r, f: r.reply(200, b"x" * (1 << 20)), (502, "pool_confused")),
                (lambda r, f: r.reply(302, b"", Location="https://evil.example/"), (502, "pool_confused")),
                (lambda r, f: r.reply(429, b"{}"), (503, "pool_unreachable")),
                (lambda r, f: r.connection.shutdown(socket.SHUT_RDWR), (503, "pool_unreachable")),
                (hangs, (504, "pool_slow"))):
            self.pool = pool
            self.assertEqual(self.refresh(), (*expected, []))

    def test_the_client_proves_itself_by_its_secret_which_is_read_once(self):
        self.refresh()
        self.assertEqual(self.seen, ["keys", "secret", ("/oauth2/token", "client:first")])
        self.refresh()
        self.assertEqual(self.seen[3:], [("/oauth2/token", "client:first")])
        with open(os.path.join(self.folder, "log"), encoding="utf-8") as file:
            self.assertNotIn("first", file.read())

    def test_nothing_is_used_up_while_the_pools_keys_are_away(self):
        self.keys = (503, b"")
        self.assertEqual(self.refresh(), (503, "pool_unreachable", []))
        state, cookie = self.begin()
        answer = self.call("GET", "/auth/callback", [cookie], urlencode({"code": "c1", "state": state}))
        self.assertEqual((answer["statusCode"], answer.get("cookies", [])), (503, []))
        self.assertEqual(self.seen, ["keys"], "neither token nor code was sent")

    def test_nothing_is_used_up_while_the_pool_publishes_no_key(self):
        self.keys = (200, b'{"keys":[]}')
        self.assertEqual(self.refresh(), (503, "pool_unreachable", []))
        self.assertEqual(set(self.seen), {"keys"})

    def test_a_rotated_refresh_token_is_kept_whatever_comes_with_it(self):
        self.pool = lambda request, fields: request.reply(
            200, b'{"id_token":"a.b.c","access_token":"x","refresh_token":"next"}')
        status, error, cookies = self.refresh()
        self.assertEqual((status, error), (502, "pool_confused"))
        self.assertEqual([cookie.split(";")[0] for cookie in cookies], refresh_cookies("next"))

    def begin(self):
        """State and cookie of a sign-in that is on its way."""
        begun = self.call("GET", "/auth/login")
        return parse_qs(urlsplit(begun["headers"]["Location"]).query)["state"][0], begun["cookies"][-1].split(";")[0]

    def test_a_sign_in_survives_a_pool_that_is_away(self):
        begun = self.call("GET", "/auth/login")
        self.assertEqual(begun["statusCode"], 302)
        cookie = begun["cookies"][-1]
        self.assertRegex(cookie, r"^__Host-wsdeep-login-[\w-]{11}=[^;]+; Path=/; Max-Age=600; HttpOnly; Secure; SameSite=Lax$")
        state = parse_qs(urlsplit(begun["headers"]["Location"]).query)["state"][0]
        codes = []

        def away(request, fields):
            codes.append((fields["code"], fields["grant_type"], fields["redirect_uri"]))
            request.reply(503, b"")

        self.pool = away
        page = self.call("GET", "/auth/callback", [cookie.split(";")[0]], urlencode({"code": "c1", "state": state}), accept="text/html")
        self.assertEqual((page["statusCode"], page["headers"]["Retry-After"], page.get("cookies", [])), (503, "5", []))
        self.assertEqual(codes, [("c1", "authorization_code", "https://chat.example.com/auth/callback")])
        self.pool = lambda request, fields: request.reply(400, b'{"error":"invalid_grant"}')
        refused = self.call("GET", "/auth/callback", [cookie.split(";")[0]], urlencode({"code": "c1", "state": state}))
        self.assertEqual(refused["statusCode"], 401)
        self.assertIn("Max-Age=0", refused["cookies"][0])


if __name__ == "__main__":
    unittest.main()
