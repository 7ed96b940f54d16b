"""Signing in with a browser: /auth turns the codes of the pool's page into cookies, which the WebSocket API reads. Driven
by curl with its cookie jar, and by boto3 beside it; token_exchange_pool_test has the pool fail, token_exchange_browser_test
has a real Chromium."""

import json
import re
import threading
import unittest
from urllib.parse import parse_qs, urlsplit

from browser_sign_in import PASSWORD, Curl, Exchange
from harness import HandshakeRefused, eventually


class TokenExchange(Exchange):
    OPTIONS = ("--allow-origin", "http://127.0.0.1:5173", "--refresh-rotation", "30s")
    USERS = ("alice", "bob")

    def test_a_person_signs_in_chats_by_cookie_renews_and_signs_out(self):
        self.assertEqual(self.session(self.curl), {"signedIn": False, "canRefresh": False})
        done = self.sign_in(self.curl)
        self.assertEqual(done.one("location"), self.base + "/")
        for cookie in done.all("set-cookie"):
            self.assertIn("; HttpOnly", cookie)
            self.assertLessEqual(len(cookie), 4096)
        cookies = self.curl.cookies()
        self.assertEqual({name: path for name, (path, _) in cookies.items() if name != "wsdeep-csrf"},
                         {"id_token": "/", "wsdeep-refresh": "/auth", "wsdeep-renewal": "/"})
        session = self.session(self.curl)
        self.assertEqual((session["signedIn"], session["username"], session["email"]), (True, "alice", "alice@example.com"))
        for kind in ("id_token", "wsdeep-refresh", "wsdeep-renewal"):
            self.assertNotIn(cookies[kind][1], json.dumps(session))
        socket = self.system.connect(None, headers={"Cookie": self.curl.header()})
        self.answer_of(self.ask(socket, "hello"))
        socket.close()
        renewed = self.curl(self.url("/auth/refresh"), "-X", "POST", "-H", f"Origin: {self.base}")
        self.assertEqual((renewed.status, renewed.json()["userId"]), (200, session["userId"]), renewed.body)
        self.assertNotEqual(self.curl.cookies()["wsdeep-refresh"], cookies["wsdeep-refresh"], "it is rotated")
        out = self.curl(self.url("/auth/logout"), "-X", "POST", "-H", "Sec-Fetch-Site: same-origin")
        self.assertEqual((out.status, out.json()["signedIn"], out.json()["revoked"]), (200, False, True))
        self.assertEqual(self.curl(out.json()["logoutUrl"]).one("location"), self.base + "/")
        self.assertEqual([name for name in self.curl.cookies() if name != "wsdeep-csrf"], [])
        self.assertEqual(self.session(self.curl), {"signedIn": False, "canRefresh": False})
        with self.assertRaises(HandshakeRefused) as refused:
            self.system.connect(None, headers={"Cookie": self.curl.header()})
        self.assertEqual(refused.exception.status, 401)

    def test_boto3_sees_the_app_client_that_it_uses_and_that_a_sign_out_ends_its_tokens(self):
        import boto3
        from botocore.exceptions import ClientError

        info = self.system.info
        pool = boto3.client("cognito-idp", region_name=info["region"], endpoint_url=info["endpoint"],
                            aws_access_key_id=info["accessKeyId"], aws_secret_access_key=info["secretAccessKey"])
        client = pool.describe_user_pool_client(UserPoolId=info["userPoolId"], ClientId=info["clientId"])["UserPoolClient"]
        self.assertIn(self.base + "/auth/callback", client["CallbackURLs"])
        self.assertIn("code", client["AllowedOAuthFlows"])
        pool.sign_up(ClientId=info["clientId"], Username="carol", Password=PASSWORD,
                     UserAttributes=[{"Name": "email", "Value": "carol@example.com"}])
        pool.admin_confirm_sign_up(UserPoolId=info["userPoolId"], Username="carol")
        self.sign_in(self.curl, "carol")
        self.assertEqual(self.session(self.curl)["username"], "carol")
        refresh = self.curl.cookies()["wsdeep-refresh"][1]
        tokens = pool.get_tokens_from_refresh_token(ClientId=info["clientId"], RefreshToken=refresh)
        self.assertIn("IdToken", tokens["AuthenticationResult"])
        self.assertTrue(self.curl(self.url("/auth/logout"), "-X", "POST").json()["revoked"])
        with self.assertRaises(ClientError) as refused:
            pool.get_tokens_from_refresh_token(ClientId=info["clientId"], RefreshToken=refresh)
        self.assertEqual(refused.exception.response["Error"]["Code"], "NotAuthorizedException")

    def test_a_user_of_a_hundred_groups_gets_in(self):
        groups = [f"department-of-something-{number:03}" for number in range(100)]
        for group in groups:
            self.system.cognito("CreateGroup", GroupName=group)
            self.system.cognito("AdminAddUserToGroup", GroupName=group, Username="bob")
        done = self.sign_in(self.curl, "bob")
        for cookie in done.all("set-cookie"):
            self.assertLessEqual(len(cookie), 4096)
        self.assertEqual(sorted(name for name in self.curl.cookies() if name.startswith("id_token")),
                         ["id_token.0", "id_token.1"])
        self.assertLess(sum(len(f"{name}: {value}") for name, value in done.fields), 10240, "what API Gateway sends")
        self.assertLess(len(self.curl.header("/auth/refresh")), 9000, "and takes")
        self.assertEqual(sorted(self.session(self.curl)["groups"]), groups)
        self.system.connect(None, headers={"Cookie": self.curl.header()}).close()
        self.assertEqual(self.curl(self.url("/auth/refresh"), "-X", "POST").status, 200)
        for group in groups:
            self.system.cognito("AdminRemoveUserFromGroup", GroupName=group, Username="bob")
        self.assertEqual(self.curl(self.url("/auth/refresh"), "-X", "POST").status, 200)
        self.assertEqual([name for name in self.curl.cookies() if name.startswith("id_token")], ["id_token"])

    def test_two_tabs_renew_at_once_and_both_go_on(self):
        self.sign_in(self.curl)
        header, used = self.curl.header("/auth/refresh"), self.curl.cookies()["wsdeep-refresh"][1]
        tabs, answers, start = [Curl(self.folder, name) for name in ("one", "other", "late")], {}, threading.Barrier(2)

        def renew(tab):
            if tab is not tabs[2]:
                start.wait(20)
            answers[tab] = tab(self.url("/auth/refresh"), "-X", "POST", "-H", f"Cookie: {header}")

        threads = [threading.Thread(target=renew, args=(tab,)) for tab in tabs[:2]]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        renew(tabs[2])  # it had been sent before the others were answered
        self.assertEqual([answers[tab].status for tab in tabs], [200, 200, 200])
        tokens = [tab.cookies()["wsdeep-refresh"][1] for tab in tabs]
        self.assertEqual(len({used, *tokens}), 4, "each got a successor of its own")
        # Whichever answer a browser has kept, it goes on.
        for tab in tabs:
            self.assertEqual(tab(self.url("/auth/refresh"), "-X", "POST").status, 200)

    def test_several_sign_ins_go_on_in_one_browser(self):
        page = "http://127.0.0.1:5173/"
        first, second = self.pool_page(self.curl, redirect=page), self.pool_page(self.curl)
        for form, target in ((second, self.base + "/"), (first, page)):
            back = self.post_password(self.curl, form, "alice").one("location")
            self.assertEqual(self.curl(back).one("location"), target)

    def test_a_callback_counts_once_and_only_in_the_browser_that_asked(self):
        back = self.callback(self.curl)
        stranger = Curl(self.folder, "stranger")
        refused = stranger(back, "-H", "Accept: text/html")
        self.assertEqual((refused.status, stranger.cookies()), (400, {}))
        self.assertIn("not begun in this browser", refused.body)
        forged = re.sub("state=.{5}", "state=AAAAA", back)
        self.assertEqual(self.curl(forged).json()["error"], "invalid_state")
        self.assertEqual(self.curl(back).status, 302)
        self.assertEqual(self.curl(back).json()["error"], "invalid_state")

    def test_a_code_counts_once(self):
        back = self.callback(self.curl)
        cookies = self.curl.header("/auth/callback")
        self.assertEqual(self.curl(back).status, 302)
        again = Curl(self.folder, "replay")(back, "-H", f"Cookie: {cookies}")
        self.assertEqual((again.status, again.json()["error"]), (401, "refused_by_pool"))

    def test_no_other_site_is_led_to(self):
        host = urlsplit(self.base).netloc
        for bad in ("//evil.example", "\\\\evil.example", "/\\evil.example", "https://evil.example/", f"http://{host}@evil.example/",
                    f"http://{host}.evil.example/", f"http://{host}./", f"HTTP://{host}/", f"http://{host}", f"http://{host}/x",
                    "javascript:alert(1)", f"http://{host}/\r\nSet-Cookie: a=b"):
            answer = self.curl(self.url("/auth/login", redirect=bad))
            self.assertEqual((answer.status, answer.one("location"), answer.all("set-cookie")), (400, None, []), bad)

    def test_no_other_site_changes_anything(self):
        self.sign_in(self.curl)
        before = self.curl.cookies()
        for path in ("/auth/refresh", "/auth/logout"):
            for told in (("-H", "Origin: https://evil.example", "-H", "Sec-Fetch-Site: cross-site"),
                         ("-H", "Origin: null"), ("-H", "Origin: http://127.0.0.1:5174"), ("-H", "Sec-Fetch-Site: same-site")):
                answer = self.curl(self.url(path), "-X", "POST", *told)
                self.assertEqual((answer.status, answer.json()["error"]), (403, "foreign_page"), told)
        self.assertEqual(self.curl(self.url("/auth/refresh")).status, 405)
        self.assertEqual(self.curl.cookies(), before)

    def test_what_is_malformed_is_told_so(self):
        text = self.curl(self.url("/auth/logout"), "-H", "Content-Type: text/plain", "-d", "redirect=x")
        self.assertEqual(text.status, 415)
        self.assertEqual(self.curl(self.url("/auth/logout"), "-d", "a=" + "x" * 9000).status, 413)
        self.assertEqual(self.curl(self.url("/auth/nothing")).status, 404)
        self.assertEqual(self.curl(self.url("/auth/session"), "-H", "Cookie: id_token=" + "x" * 4000).json()["signedIn"], False)
        self.assertIn(self.curl(self.url("/auth/session"), "-H", "Cookie: id_token=" + "x" * 40000).status, (400, 431))

    def test_what_the_pools_page_says_is_shown_as_text(self):
        asked = self.curl(self.url("/auth/login")).one("location")
        back = self.url("/auth/callback", error="access_denied", error_description="<script>alert(1)</script>",
                        state=parse_qs(urlsplit(asked).query)["state"][0])
        page = self.curl(back, "-H", "Accept: text/html")
        self.assertEqual((page.status, page.one("content-type")), (403, "text/html;charset=UTF-8"))
        self.assertIn("access_denied: &lt;script&gt;alert(1)&lt;/script&gt;", page.body)
        self.assertNotIn("<script", page.body)
        self.assertIn("default-src 'none'", page.one("content-security-policy"))
        logged = eventually(lambda: [line for line in self.system.log("wsdeep-auth") if line.get("status") == 403
                                     and line["outcome"].startswith("refused_at_sign_in")])
        self.assertEqual(logged[-1]["outcome"], "refused_at_sign_in: access_denied: <script>alert(1)</script>")

    def test_a_refresh_token_that_another_host_slipped_in_signs_nobody_in(self):
        self.sign_in(self.curl, "bob")
        slipped = "wsdeep-refresh=" + self.curl.cookies()["wsdeep-refresh"][1]
        alice = Curl(self.folder, "alice")
        self.sign_in(alice, "alice")
        victim = "; ".join(part for part in alice.header("/auth/refresh").split("; ") if not part.startswith("id_token="))
        # Cookies of a domain that are older, or of a longer path, come first.
        answer = Curl(self.folder, "both")(self.url("/auth/refresh"), "-X", "POST", "-H", f"Cookie: {slipped}; {victim}")
        self.assertEqual((answer.status, answer.json().get("username")), (200, "alice"))
        alone = Curl(self.folder, "alone")(self.url("/auth/refresh"), "-X", "POST", "-H", f"Cookie: {slipped}")
        self.assertEqual((alone.status, alone.json()["error"]), (401, "not_signed_in"))

    def test_pages_of_allowed_origins_may_call_it_and_no_others(self):
        asks = ("-X", "OPTIONS", "-H", "Access-Control-Request-Method: POST", "-H",
                "Access-Control-Request-Headers: content-type")
        for path in ("/auth/refresh", "/auth/session"):
            allowed = self.curl(self.url(path), *asks, "-H", "Origin: http://127.0.0.1:5173")
            self.assertEqual(allowed.status, 204)
            self.assertEqual(allowed.all("access-control-allow-origin"), ["http://127.0.0.1:5173"])
            self.assertEqual(allowed.all("access-control-allow-credentials"), ["true"])
            for origin in ("https://evil.example", "http://127.0.0.1:51730", "http://127.0.0.1:5173.evil.example", "null"):
                refused = self.curl(self.url(path), *asks, "-H", f"Origin: {origin}")
                self.assertEqual(refused.all("access-control-allow-origin"), [], origin)
        answer = self.curl(self.url("/auth/session"), "-H", "Origin: http://127.0.0.1:5173")
        self.assertEqual(answer.all("access-control-allow-origin"), ["http://127.0.0.1:5173"])

    def test_no_token_code_or_cookie_is_logged(self):
        back = self.callback(self.curl)
        self.curl(back)
        self.curl(self.url("/auth/refresh"), "-X", "POST")
        lines = json.dumps(eventually(lambda: [l for l in self.system.log("wsdeep-auth")
                                               if l.get("outcome", "").startswith("refreshed")] and self.system.log("wsdeep-auth")))
        for secret in (parse_qs(urlsplit(back).query)["code"][0], *(value for _, value in self.curl.cookies().values())):
            self.assertNotIn(secret, lines)


if __name__ == "__main__":
    unittest.main()
