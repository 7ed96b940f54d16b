"""The local pool's sign-in page and OAuth 2.0 endpoints, as a browser, an app and a service meet them."""

import base64
import hashlib
import json
import secrets
import unittest
from urllib.parse import parse_qs, urlencode, urlsplit

from harness import HandshakeRefused, SystemTest
from web_browser import Browser

PASSWORD = "Correct-horse-7"
BACK = "http://127.0.0.1:49152/callback"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class HostedUi(SystemTest):
    OPTIONS = ("--callback-url", "https://app.example.com/back")
    USERS = ("alice",)

    def setUp(self):
        self.browser = Browser(self.system.info["endpoint"])
        self.verifier = b64(secrets.token_bytes(32))

    def request_of_app(self, **changes):
        challenge = b64(hashlib.sha256(self.verifier.encode()).digest())
        fields = {"response_type": "code", "client_id": self.system.info["clientId"], "redirect_uri": BACK,
                  "scope": "openid email", "state": "s1", "code_challenge": challenge,
                  "code_challenge_method": "S256", **changes}
        return "/oauth2/authorize?" + urlencode(fields)

    def page(self, **changes):
        start = self.browser.request("GET", self.request_of_app(**changes))
        self.assertEqual(start.status, 302, start.body)
        page = self.browser.request("GET", start.location)
        self.assertEqual(page.status, 200, page.body)
        return page

    def code(self, done, back=BACK):
        self.assertEqual(done.status, 303, done.body)
        url, query = done.location.split("?", 1)
        self.assertEqual((url, parse_qs(query)["state"]), (back, ["s1"]))
        return parse_qs(query)["code"][0]

    def token(self, headers=None, **fields):
        answer = Browser(self.system.info["endpoint"]).request("POST", "/oauth2/token", fields, headers)
        return answer.status, json.loads(answer.body)

    def exchange(self, code, **changes):
        return self.token(**{"grant_type": "authorization_code", "client_id": self.system.info["clientId"],
                             "redirect_uri": BACK, "code": code, "code_verifier": self.verifier, **changes})

    def test_a_person_signs_in_and_the_app_gets_tokens_that_the_chat_accepts(self):
        wrong = self.browser.post(self.page(), username="alice", password="Wrong-horse-7")
        self.assertIn("Incorrect username or password.", wrong.text)
        done = self.browser.post(wrong, username="alice", password=PASSWORD)
        status, tokens = self.exchange(self.code(done))
        self.assertEqual(status, 200, tokens)
        for kind in ("id_token", "access_token"):
            self.system.connect(tokens[kind]).close()
        status, renewed = self.token(grant_type="refresh_token", client_id=self.system.info["clientId"],
                                     refresh_token=tokens["refresh_token"])
        self.assertEqual(status, 200, renewed)
        info = self.browser.request("GET", "/oauth2/userInfo",
                                    headers={"Authorization": f"Bearer {renewed['access_token']}"})
        self.assertEqual(json.loads(info.body)["username"], "alice")
        # The code a second time: whoever has it, and whoever had it, is out.
        self.browser.post(self.page(), username="alice", password=PASSWORD)
        code = self.code(done)
        self.assertEqual(self.exchange(code), (400, {"error": "invalid_grant",
                                                     "error_description": "the code was used before"}))
        refused = self.token(grant_type="refresh_token", client_id=self.system.info["clientId"],
                             refresh_token=tokens["refresh_token"])
        self.assertEqual((refused[0], refused[1]["error"]), (400, "invalid_grant"))

    def test_a_new_user_chooses_a_password_on_the_page(self):
        self.system.cognito("AdminCreateUser", Username="newcomer", TemporaryPassword="Temporary-1")
        asked = self.browser.post(self.page(), username="newcomer", password="Temporary-1")
        self.assertIn("Choose a new password", asked.text)
        done = self.browser.post(asked, new_password=PASSWORD, repeated=PASSWORD)
        self.assertEqual(self.exchange(self.code(done))[0], 200)

    def sent_code(self, name):
        """The newest code that the pool sent to the user."""
        with open(self.system.status()["messagesFile"], encoding="utf-8") as file:
            message = next(one for one in map(json.loads, reversed(file.readlines())) if one["username"] == name)
        return "".join(filter(str.isdigit, message["message"]))

    def test_who_has_no_account_makes_one_on_the_page(self):
        asked = self.browser.post(self.page(), step="register")
        self.assertIn("Create an account", asked.text)
        weak = self.browser.post(asked, username="carol", email="carol@example.com", password="weak")
        self.assertEqual(weak.status, 400)
        self.assertIn("Password did not conform with policy", weak.text)
        self.assertEqual((weak.fields["username"], weak.fields["email"]), ("carol", "carol@example.com"))
        taken = self.browser.post(weak, username="alice", password=PASSWORD)
        self.assertIn("User already exists", taken.text)
        asked = self.browser.post(taken, username="carol", password=PASSWORD)
        self.assertIn("sent to your e-mail address", asked.text)
        # Who went away before it was typed comes back to the same place.
        early = self.browser.post(self.page(), username="carol", password=PASSWORD)
        self.assertIn("User is not confirmed.", early.text)
        code = self.sent_code("carol")
        wrong = self.browser.post(early, code=str(int(code) ^ 1).zfill(6))
        self.assertEqual((wrong.status, "Invalid verification code" in wrong.text), (400, True), wrong.text)
        again = self.browser.post(wrong, step="resend", code="")
        self.assertIn("Another code was sent.", again.text)
        there = self.browser.post(again, code=self.sent_code("carol"))
        self.assertIn("Your account is there. Sign in.", there.text)
        self.assertEqual(there.fields["username"], "carol")
        done = self.browser.post(there, password=PASSWORD)
        self.assertEqual(self.exchange(self.code(done))[0], 200)

    def test_only_the_forms_of_this_browser_count(self):
        page = self.page()
        stranger = Browser(self.system.info["endpoint"])
        self.assertEqual(stranger.post(page, username="alice", password=PASSWORD).status, 403)
        self.assertEqual(self.browser.post(page, username="alice", password=PASSWORD).status, 303)

    def test_a_browser_is_sent_only_where_the_app_may_have_it(self):
        for bad in ("https://evil.example.com/", "http://127.0.0.1.evil.example.com/", "https://127.0.0.1/"):
            answer = self.browser.request("GET", self.request_of_app(redirect_uri=bad))
            self.assertEqual((answer.status, answer.location), (400, None), bad)
        back = "https://app.example.com/back"
        done = self.browser.post(self.page(redirect_uri=back), username="alice", password=PASSWORD)
        self.code(done, back)

    def test_a_service_gets_a_token_of_its_own_that_is_no_users(self):
        info = self.system.info
        basic = base64.b64encode(f"{info['serviceClientId']}:{info['serviceClientSecret']}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
        status, given = self.token(headers, grant_type="client_credentials", scope="wsdeep/admin")
        self.assertEqual((status, sorted(given)), (200, ["access_token", "expires_in", "token_type"]))
        with self.assertRaises(HandshakeRefused) as refused:
            self.system.connect(given["access_token"])
        self.assertEqual(refused.exception.status, 401)
        status, answer = self.token({"Authorization": "Basic eDp5"}, grant_type="client_credentials")
        self.assertEqual((status, answer["error"]), (401, "invalid_client"))

    def test_the_secret_is_where_status_says_and_not_in_its_answer(self):
        text = self.system.run("local", "status").out
        self.assertIn(f"service client: {self.system.info['serviceClientId']}", text)
        shown = self.system.status()
        with open(shown["secretsFile"], encoding="utf-8") as file:
            self.assertEqual(json.load(file)["serviceClientSecret"], self.system.info["serviceClientSecret"])
        self.assertNotIn(self.system.info["serviceClientSecret"], text + json.dumps(shown))

    def test_a_page_from_elsewhere_may_call_the_endpoints_of_apps(self):
        asks = {"Origin": "http://localhost:3000", "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "content-type,x-amz-target"}
        for path in ("/", "/oauth2/token", "/oauth2/userInfo"):
            allowed = self.browser.request("OPTIONS", path, headers=asks)
            self.assertEqual((allowed.status, allowed.headers["Access-Control-Allow-Origin"]), (200, "*"), path)
            self.assertIn("X-Amz-Target", allowed.headers["Access-Control-Allow-Headers"])
        self.assertEqual(self.browser.request("OPTIONS", "/login", headers=asks).status, 405)
        pool = self.system.info["userPoolId"]
        keys = self.browser.request("GET", f"/{pool}/.well-known/jwks.json", headers={"Origin": asks["Origin"]})
        self.assertEqual(keys.headers["Access-Control-Allow-Origin"], "*")

    def test_discovery_leads_to_every_endpoint(self):
        pool = self.system.info["userPoolId"]
        document = json.loads(self.browser.request("GET", f"/{pool}/.well-known/openid-configuration").body)
        self.assertTrue(document["issuer"].endswith(pool))
        for name in ("authorization", "token", "userinfo", "revocation", "end_session"):
            url = document[f"{name}_endpoint"]
            self.assertTrue(url.startswith(self.system.info["endpoint"]), url)
            self.assertNotEqual(self.browser.request("GET", urlsplit(url).path).status, 403, url)
        keys = json.loads(self.browser.request("GET", urlsplit(document["jwks_uri"]).path).body)
        self.assertEqual(len(keys["keys"]), 2)


if __name__ == "__main__":
    unittest.main()
