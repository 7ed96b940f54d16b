"""`wsdeep login --web`: the pool's own page in a browser, and back by a redirect to this machine."""

import json
import os
import signal
import stat
import time
import unittest
import urllib.parse

from harness import AT_ONCE, SystemTest, eventually
from web_browser import Browser

PASSWORD = "Correct-horse-7"


class WebLogin:
    """`wsdeep login --web` under way."""

    def __init__(self, system, *options, env=None):
        self.process = system.start("login", "--web", *options, env=env)
        self.lines = []
        while not self.lines or not self.lines[-1].startswith("waiting"):
            line = self.process.stderr.readline().decode()
            assert line, self.lines
            self.lines.append(line)
        self.url = next(line.strip() for line in self.lines if "/oauth2/authorize?" in line)
        self.query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.url).query))

    def end(self):
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out.decode(), "".join(self.lines) + err.decode()


class SignInInABrowser(SystemTest):
    USERS = ("alice",)

    def login(self, *options):
        login = WebLogin(self.system, "--no-browser", *options)
        self.addCleanup(self.stop, login.process)
        return login

    @staticmethod
    def stop(process):
        if process.poll() is None:
            process.kill()
            process.communicate()

    def callback(self, login, **parameters):
        return Browser().open(login.query["redirect_uri"] + "?" + urllib.parse.urlencode(parameters))

    def test_a_user_signs_in_on_the_page(self):
        self.system.run("logout", "alice")
        login = self.login()
        browser = Browser()
        page = browser.open(login.url)
        self.assertEqual(page.status, 200, page.body)
        page = browser.submit(page, username="alice", password="Wrong-horse-7")
        self.assertIn("Incorrect username or password", page.text)
        self.assertEqual(page.fields["username"], "alice")
        self.assertNotIn("Wrong-horse-7", page.body)
        page = browser.submit(page, username="alice", password=PASSWORD)
        self.assertIn("You are signed in", page.text)
        code, out, err = login.end()
        self.assertEqual((code, out), (0, ""), err)
        self.assertTrue(err.endswith("signed in as alice\n"), err)
        claims = json.loads(self.system.run("token", "alice", "--decode").out)
        self.assertEqual(claims["cognito:username"], "alice")
        self.assertEqual(claims["nonce"], login.query["nonce"])
        self.system.connect(self.system.token("alice")).close()
        self.system.connect(self.system.token("alice", "--access")).close()
        self.assertEqual(self.system.run("logout", "alice").code, 0)

    def test_the_browser_inherits_nothing(self):
        # It lives on, and with it every descriptor that it has: the port to come back to would stay in use.
        seen = os.path.join(self.system.state, "descriptors")
        browser = os.path.join(self.system.state, "browser")
        with open(browser, "w", encoding="utf-8") as file:
            file.write(f"#!/bin/bash\nls -l /proc/$$/fd > {seen}.new\nmv {seen}.new {seen}\n")
        os.chmod(browser, 0o700)
        login = WebLogin(self.system, env={"BROWSER": browser})
        self.addCleanup(self.stop, login.process)
        eventually(lambda: os.path.exists(seen))
        with open(seen, encoding="utf-8") as file:
            targets = [line.split(" -> ")[1].strip() for line in file if " -> " in line]
        self.assertEqual([target for target in targets if target not in ("/dev/null", browser)], [])

    def test_another_user_than_was_named_is_not_taken(self):
        self.system.add_user("bob")
        self.system.run("logout", "alice")
        login = self.login("bob")
        browser = Browser()
        browser.submit(browser.open(login.url), username="alice", password=PASSWORD)
        code, _, err = login.end()
        self.assertEqual(code, 3, err)
        self.assertIn("'alice' signed in on the page, not 'bob'", err)
        self.assertEqual(self.system.run("token", "alice").code, 3)

    def test_pkce_is_used_and_the_verifier_never_leaves(self):
        login = self.login()
        self.assertEqual(login.query["code_challenge_method"], "S256")
        self.assertRegex(login.query["code_challenge"], r"^[\w-]{43}$")
        self.assertRegex(login.query["redirect_uri"], r"^http://127\.0\.0\.1:\d+/callback$")

    def test_a_name_on_the_command_line_is_filled_in(self):
        page = Browser().open(self.login("alice").url)
        self.assertEqual(page.fields["username"], "alice")

    def test_a_refusal_ends_the_sign_in(self):
        login = self.login()
        page = self.callback(login, error="access_denied", error_description="no way", state=login.query["state"])
        self.assertIn("You are not signed in", page.text)
        code, _, err = login.end()
        self.assertEqual(code, 3, err)
        self.assertIn("the sign-in was refused: access_denied: no way", err)

    def test_a_made_up_code_is_refused_by_the_pool(self):
        login = self.login()
        self.callback(login, code="made-up", state=login.query["state"])
        code, _, err = login.end()
        self.assertEqual(code, 3, err)
        self.assertIn("invalid_grant", err)

    def test_a_redirect_that_somebody_made_up_changes_nothing(self):
        login = self.login()
        for parameters in ({"code": "theirs", "state": "theirs"}, {"code": "theirs"}, {}):
            self.assertEqual(self.callback(login, **parameters).status, 400)
        self.assertEqual(Browser().open(login.query["redirect_uri"].replace("/callback", "/favicon.ico")).status, 404)
        self.assertIsNone(login.process.poll())

    def test_ctrl_c_ends_it_at_once(self):
        login = self.login()
        start = time.monotonic()
        login.process.send_signal(signal.SIGINT)
        code, _, err = login.end()
        self.assertEqual(code, 130, err)
        self.assertIn("nobody is signed in", err)
        self.assertLess(time.monotonic() - start, AT_ONCE)

    def test_the_browser_is_opened(self):
        seen = os.path.join(self.system.state, "seen")
        program = os.path.join(self.system.state, "browser")
        with open(program, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nprintf %s "$1" > {seen}.new\nenv > {seen}.env\nmv {seen}.new {seen}\n')
        os.chmod(program, stat.S_IRWXU)
        login = WebLogin(self.system, env={"BROWSER": program, "WSDEEP_CLIENT_SECRET": "", "WSDEEP_PASSWORD": "hush",
                                           "AWS_SECRET_ACCESS_KEY": "hush"})
        self.addCleanup(self.stop, login.process)
        eventually(lambda: os.path.exists(seen))
        with open(seen, encoding="utf-8") as file:
            self.assertEqual(file.read(), login.url)
        with open(seen + ".env", encoding="utf-8") as file:
            self.assertNotIn("hush", file.read())

    def test_the_local_pool_has_no_identity_providers(self):
        result = self.system.run("login", "--web", "--provider", "Google")
        self.assertEqual(result.code, 2, result)
        self.assertIn("the local pool has no identity providers", result.err)

    def test_a_redirect_to_elsewhere_is_refused(self):
        result = self.system.run("login", "--web", "--redirect-uri", "https://example.com/callback")
        self.assertEqual(result.code, 2, result)
        self.assertIn("must lead to this machine", result.err)


if __name__ == "__main__":
    unittest.main()
