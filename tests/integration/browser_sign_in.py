"""A browser that signs in by /auth, as far as curl with its cookie jar is one, and what the tests of that have in common."""

import html.parser
import json
import os
import shutil
import subprocess
import tempfile
from urllib.parse import urlencode

from harness import SystemTest

PASSWORD = "Correct-horse-7"


class Answer:
    """What curl saw: status and fields of the last response, and the body."""

    def __init__(self, head, body):
        blocks = [block for block in head.replace("\r\n", "\n").split("\n\n") if block.strip()]
        status, *fields = blocks[-1].split("\n")
        self.status, self.body, self.hops = int(status.split()[1]), body, len(blocks)
        self.fields = [(name.lower(), value) for name, value in (field.split(": ", 1) for field in fields if ": " in field)]

    def all(self, name):
        return [value for field, value in self.fields if field == name]

    def one(self, name):
        return next(iter(self.all(name)), None)

    def json(self):
        return json.loads(self.body)


class Curl:
    """curl with a cookie jar of its own: a browser as strict as RFC 6265 is."""

    def __init__(self, folder, name):
        self.jar, self.head = os.path.join(folder, name + ".jar"), os.path.join(folder, name + ".head")

    def __call__(self, url, *options):
        result = subprocess.run(["curl", "-sS", "--max-time", "30", "-b", self.jar, "-c", self.jar, "-D", self.head, *options, url],
                                capture_output=True, text=True)
        assert result.returncode == 0, result.stderr
        with open(self.head, encoding="latin-1", newline="") as file:
            answer = Answer(file.read(), result.stdout)
        self.forget({cookie.split("=")[0] for cookie in answer.all("set-cookie") if "; Max-Age=0;" in cookie})
        return answer

    def forget(self, names):
        """Of several cookies that one answer ends, curl 7.88 ends the last alone."""
        if names:
            with open(self.jar, encoding="utf-8") as file:
                lines = [line for line in file if line.startswith("# ") or line.split("\t")[5:6] == []
                         or line.split("\t")[5] not in names]
            with open(self.jar, "w", encoding="utf-8") as file:
                file.writelines(lines)

    def cookies(self):
        """name → (path, value)"""
        found = {}
        with open(self.jar, encoding="utf-8") as file:
            for line in file:
                fields = line.rstrip("\n").split("\t")
                if len(fields) == 7:
                    found[fields[5]] = (fields[2], fields[6])
        return found

    def header(self, path="/"):
        """The Cookie header for a request to `path`."""
        return "; ".join(f"{name}={value}" for name, (where, value) in self.cookies().items()
                         if where == "/" or path.startswith(where))


class Form(html.parser.HTMLParser):
    """The first form of a page."""

    def __init__(self, page):
        super().__init__()
        self.forms, self.action, self.fields = 0, None, {}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.forms += tag == "form"
        if tag == "form" and self.forms == 1:
            self.action = attributes["action"]
        if tag == "input" and attributes.get("name") and self.forms == 1:
            self.fields[attributes["name"]] = attributes.get("value", "")


class Exchange(SystemTest):
    """What all tests here need."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.base = cls.system.info["endpoint"]

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="wsdeep-curl-")
        self.addCleanup(shutil.rmtree, self.folder)
        self.curl = Curl(self.folder, "first")

    def url(self, path, **query):
        return self.base + path + ("?" + urlencode(query) if query else "")

    def pool_page(self, curl, **query):
        """The pool's page, as /auth/login leads to it; its address."""
        page = curl(self.url("/auth/login", **query), "-L")
        self.assertEqual(page.status, 200, page.body)
        return Form(page.body)

    def post_password(self, curl, form, user, *options):
        fields = {**form.fields, "username": user, "password": PASSWORD}
        words = [word for name, value in fields.items() for word in ("--data-urlencode", f"{name}={value}")]
        return curl(self.base + form.action, *words, *options)

    def callback(self, curl, user="alice", **query):
        """The address that the pool's page sends the browser back to."""
        done = self.post_password(curl, self.pool_page(curl, **query), user)
        self.assertEqual(done.status, 303, done.body)
        return done.one("location")

    def sign_in(self, curl, user="alice", **query):
        answer = curl(self.callback(curl, user, **query))
        self.assertEqual(answer.status, 302, answer.body)
        return answer

    def session(self, curl):
        answer = curl(self.url("/auth/session"))
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()
