"""The local system with its web page, an engine behind it that says what a test wants, and people at it."""

import http.client
import unittest
from urllib.parse import urlsplit

from fake_engine import FakeEngine
from harness import TIMEOUT, System
from relay import Relay
from web_page import WebPage


class Served(unittest.TestCase):
    """One system with rooms, an engine that says what a test wants, and two users. It is at `base`, and through `relay` at
    `relayed`."""

    @classmethod
    def setUpClass(cls):
        cls.engine = FakeEngine()
        cls.addClassCleanup(cls.engine.__exit__)
        cls.relay = cls.enterClassContext(Relay("127.0.0.1", 0))
        cls.relayed = f"http://127.0.0.1:{cls.relay.port}"
        cls.system = System("--engine", "openai", "--engine-url", cls.engine.url, "--model", FakeEngine.MODEL, "--rooms",
                            "--allow-origin", cls.relayed)
        cls.addClassCleanup(cls.system.destroy)
        cls.system.up()
        for user in ("alice", "bob"):
            cls.system.add_user(user)
        cls.base = cls.system.info["endpoint"]
        cls.relay.target = ("127.0.0.1", urlsplit(cls.base).port)

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
        self.assertEqual(page.faults(), [])

    def fetch(self, method, path, body=None, **headers):
        connection = http.client.HTTPConnection(urlsplit(self.base).netloc, timeout=TIMEOUT)
        self.addCleanup(connection.close)
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer, answer.read().decode()
