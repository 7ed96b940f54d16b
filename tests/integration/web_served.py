"""The local system with its web page, an engine behind it that says what a test wants, and people at it."""

import contextlib
import http.client
import unittest
from urllib.parse import urlsplit

from fake_engine import FakeEngine
from harness import TIMEOUT, System
from relay import Relay
from web_page import WebPage


class Served(unittest.TestCase):
    """One system with rooms, an engine that says what a test wants, and two users."""

    @classmethod
    def setUpClass(cls):
        cls.engine = FakeEngine()
        cls.addClassCleanup(cls.engine.__exit__)
        cls.system = System("--engine", "openai", "--engine-url", cls.engine.url, "--model", FakeEngine.MODEL, "--rooms")
        cls.addClassCleanup(cls.system.destroy)
        cls.system.up()
        for user in ("alice", "bob"):
            cls.system.add_user(user)
        cls.base = cls.system.info["endpoint"]

    def setUp(self):
        self.engine.words, self.engine.thoughts, self.engine.hold_after = ("Hello", ",", " world"), (), None
        self.engine.go_on.clear()
        self.addCleanup(self.engine.go_on.set)

    def page(self, user="alice", base=None, path="/", **look):
        """The page as `user` has it, who has signed in before."""
        page = WebPage(base or self.base, **look)
        self.addCleanup(page.close)
        page.cookie("id_token", self.system.token(user))
        page.go(path)
        self.addCleanup(self.harmless, page)
        return page.ready()

    def harmless(self, page):
        """Nothing broke the page's policy, and no script failed."""
        self.assertEqual(page.evaluate("violations"), [])
        self.assertEqual([one for one in page.complaints if "/auth/session" not in one and "403" not in one
                          and "ERR_CONNECTION" not in one and "WebSocket" not in one], [])

    def fetch(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection(urlsplit(self.base).netloc, timeout=TIMEOUT)
        self.addCleanup(connection.close)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer, answer.read().decode()

    @contextlib.contextmanager
    def relayed(self):
        """A relay before the system, and the address at which a page reaches it through that."""
        at = urlsplit(self.base)
        with Relay(at.hostname, at.port) as relay:
            base = f"http://127.0.0.1:{relay.port}"
            self.system.down()
            self.system.up("--allow-origin", base, port=at.port)
            yield relay, base
