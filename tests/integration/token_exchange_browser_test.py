"""Signing in by /auth in a real Chromium, from a page of somebody's own."""

import http.server
import json
import unittest

from browser_sign_in import PASSWORD, Exchange
from headless_browser import PROGRAM, HeadlessBrowser
from serving import serve

PAGE = """<!doctype html><meta charset="utf-8"><title>app</title><p id="out"></p>
<script>
const api = %(api)s, socketUrl = %(socket)s;
const call = (path, method) => fetch(api + path, {method, credentials: "include"}).then(answer => answer.json());
async function chat(text) {
  const socket = new WebSocket(socketUrl);
  await new Promise((done, failed) => { socket.onopen = done; socket.onclose = () => failed(new Error("refused")); });
  socket.send(JSON.stringify({action: "message", data: {message: text}}));
  return new Promise(done => socket.onmessage = event => {
    const frame = JSON.parse(event.data);
    if (frame.message === "LLM response complete") done(frame.data.message);
  });
}
</script>"""


class Pages(http.server.ThreadingHTTPServer):
    """A page of somebody's own, at an origin of its own."""

    daemon_threads = True

    def __init__(self):
        outer = self
        self.text = ""

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(outer.text.encode())

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self.server_port}"
        serve(self)


class Tabs(HeadlessBrowser):
    def visit(self, url):
        self.load("Page.navigate", url=url)

    def submit(self, **values):
        """Types into the page's form and clicks its button, as a person does."""
        for name, value in values.items():
            self.value(f"document.querySelector('[name={name}]').value = {json.dumps(value)}")
        self.load("Runtime.evaluate", expression="document.querySelector('button').click()", userGesture=True)

    def result(self, promise):
        answer = self.call("Runtime.evaluate", expression=promise, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            raise AssertionError(answer["exceptionDetails"]["exception"].get("description"))
        return answer["result"].get("value")


@unittest.skipUnless(PROGRAM, "no chromium (cli/prepare ci)")
class InABrowser(Exchange):
    USERS = ("alice", "bob")

    @classmethod
    def setUpClass(cls):
        cls.pages = Pages()
        cls.addClassCleanup(cls.pages.server_close)
        cls.addClassCleanup(cls.pages.shutdown)
        cls.OPTIONS = ("--allow-origin", cls.pages.origin)
        super().setUpClass()
        cls.pages.text = PAGE % {"api": json.dumps(cls.base), "socket": json.dumps(cls.system.info["url"])}

    def setUp(self):
        super().setUp()
        self.browser = Tabs()
        self.addCleanup(self.browser.close)

    def test_a_person_signs_in_and_the_page_opens_a_websocket_with_the_cookie(self):
        browser, page = self.browser, self.pages.origin + "/"
        browser.visit(page)
        self.assertEqual(browser.result("call('/auth/session', 'GET')"), {"signedIn": False, "canRefresh": False})
        with self.assertRaisesRegex(AssertionError, "refused"):
            browser.result("chat('hello')")
        browser.visit(self.url("/auth/login", redirect=page))
        self.assertIn("/login?", browser.value("location.href"))
        browser.submit(username="alice", password="Wrong-horse-7")
        self.assertIn("Incorrect username or password.", browser.value("document.body.innerText"))
        browser.submit(username="alice", password=PASSWORD)
        self.assertEqual(browser.value("location.href"), page)
        self.assertEqual(browser.value("document.cookie"), "", "no script sees a cookie")
        self.assertEqual(browser.result("call('/auth/session', 'GET')")["username"], "alice")
        self.assertTrue(browser.result("chat('hello')"))
        self.assertEqual(browser.result("call('/auth/refresh', 'POST')")["username"], "alice")
        kept = {cookie["name"]: cookie for cookie in browser.call("Network.getAllCookies")["cookies"]}
        self.assertEqual({name: (kept[name]["path"], kept[name]["sameSite"], kept[name]["httpOnly"])
                          for name in ("id_token", "wsdeep-refresh", "wsdeep-renewal")},
                         {"id_token": ("/", "Strict", True), "wsdeep-refresh": ("/auth", "Strict", True),
                          "wsdeep-renewal": ("/", "Strict", True)})
        out = browser.result("call('/auth/logout', 'POST')")
        browser.visit(out["logoutUrl"])
        self.assertEqual(browser.value("location.origin"), self.base)
        browser.visit(page)
        with self.assertRaisesRegex(AssertionError, "refused"):
            browser.result("chat('hello')")

    def test_a_person_signs_out_by_the_page_that_asks(self):
        browser = self.browser
        browser.visit(self.url("/auth/login", redirect=self.pages.origin + "/"))
        browser.submit(username="alice", password=PASSWORD)
        browser.visit(self.url("/auth/logout", redirect=self.pages.origin + "/"))
        self.assertIn("sign out?", browser.value("document.body.innerText"))
        browser.complaints.clear()
        browser.submit()
        self.assertEqual(browser.value("location.href"), self.pages.origin + "/")
        self.assertEqual(browser.complaints, [])
        self.assertEqual(browser.result("call('/auth/session', 'GET')")["signedIn"], False)

    def test_a_page_of_another_site_signs_nobody_out(self):
        browser = self.browser
        browser.visit(self.url("/auth/login", redirect=self.pages.origin + "/"))
        browser.submit(username="alice", password=PASSWORD)
        # Another site to a browser: localhost is none of 127.0.0.1's.
        browser.visit(self.pages.origin.replace("127.0.0.1", "localhost") + "/")
        browser.value(f"document.body.innerHTML = '<form method=post action={self.base}/auth/logout><button>x</button></form>'")
        browser.submit()
        self.assertIn("another site", browser.value("document.body.innerText"))
        browser.visit(self.pages.origin + "/")
        self.assertEqual(browser.result("call('/auth/session', 'GET')")["signedIn"], True)

    def test_sign_ins_of_two_tabs_end_each_in_its_own_page(self):
        one, other = self.url("/auth/login", redirect=self.pages.origin + "/"), self.url("/auth/login")
        browser = self.browser
        first, second = browser.session, browser.new_tab()
        browser.visit(one)
        browser.session = second
        browser.visit(other)
        browser.submit(username="bob", password=PASSWORD)
        self.assertEqual(browser.value("location.href.split('#')[0]"), self.base + "/")
        browser.session = first
        browser.submit(username="alice", password=PASSWORD)
        self.assertEqual(browser.value("location.href"), self.pages.origin + "/")
        self.assertEqual(browser.result("call('/auth/session', 'GET')")["username"], "alice", "who came last")


if __name__ == "__main__":
    unittest.main()
