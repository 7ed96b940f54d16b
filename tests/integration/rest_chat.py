"""What the tests of REST chat share: a local system with two users, curl, tokens that PyJWT makes, server-sent events."""

import base64
import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

from harness import System

HERE = os.path.dirname(os.path.abspath(__file__))
SECRET = "your_secret_key_here_and_some_more_of_it"


@functools.cache
def python_with(module):
    """A Python that has it; the system's own has what Debian's packages bring."""
    for python in (sys.executable, "/usr/bin/python3"):
        if subprocess.run([python, "-c", f"import {module}"], capture_output=True).returncode == 0:
            return python
    raise AssertionError(f"no Python here has {module}")


def pyjwt(claims, key=SECRET, algorithm="HS256", headers=None):
    words = [python_with("jwt"), os.path.join(HERE, "jwt_maker.py"), key, algorithm, json.dumps(claims)]
    made = subprocess.run(words + ([json.dumps(headers)] if headers else []), capture_output=True, text=True)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def claims_of(token):
    return json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))


def events_of(text):
    """Server-sent events as (name, data), and the comments."""
    events, comments = [], 0
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line and not line.startswith(":"))
        comments += block.startswith(":")
        if fields:
            events.append((fields["event"], json.loads(fields["data"])))
    return events, comments


class RestChat(unittest.TestCase):
    OPTIONS = ()
    SIM = ("--sim", "ttft=20ms", "--sim", "inter-token=2ms", "--sim", "tokens=24")

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="wsdeep-rest-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.secret_file = os.path.join(cls.folder, "secret")
        with open(cls.secret_file, "w", encoding="utf-8") as file:
            file.write(SECRET + "\n")
        cls.system = System(*cls.SIM, *cls.options())
        cls.addClassCleanup(cls.system.destroy)
        cls.system.up()
        for user in ("alice", "bob"):
            cls.system.add_user(user)
        cls.alice, cls.bob = cls.system.token("alice"), cls.system.token("bob")

    @classmethod
    def options(cls):
        return ("--hs256-secret-file", cls.secret_file, "--hs256-issuer", "https://old.example", "--rooms",
                "--allow-origin", "https://app.example.com")

    @property
    def url(self):
        return self.system.info["endpoint"]

    def curl(self, *words, timeout=40):
        """Status, headers and body of what curl gets."""
        run = subprocess.run(["curl", "-sS", "-i", "--max-time", str(timeout), *words], capture_output=True)
        self.assertEqual(run.returncode, 0, run.stderr.decode())
        head, _, body = run.stdout.decode().partition("\r\n\r\n")
        while head.startswith("HTTP/1.1 100"):
            head, _, body = body.partition("\r\n\r\n")
        lines = head.split("\r\n")
        headers = {k.lower(): v for k, v in (line.split(": ", 1) for line in lines[1:])}
        return int(lines[0].split()[1]), headers, body

    def ask(self, body, token=None, *more):
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        path = os.path.join(self.folder, f"body-{threading.get_ident()}")
        with open(path, "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        words = ["-X", "POST", self.url + "/chat", "-H", "Content-Type: application/json", "--data-binary", "@" + path]
        if token is not False:
            words += ["-H", f"id_token: {token or self.alice}"]
        status, headers, text = self.curl(*words, *more)
        return status, json.loads(text) if text.startswith("{") else text

    def get(self, path, token=None, method="GET"):
        status, _, text = self.curl("-X", method, self.url + path, "-H", f"id_token: {token or self.alice}")
        return status, json.loads(text) if text else None

    def boto3(self, step, table="wsdeep-rest-chats", **more):
        info = self.system.info
        words = [python_with("boto3"), os.path.join(HERE, "rest_chat_boto3.py"), "--endpoint", info["endpoint"],
                 "--access-key", info["accessKeyId"], f"--secret-key={info['secretAccessKey']}", "--table", table,
                 "--step", step]
        for name, value in more.items():
            words += ["--" + name, value]
        run = subprocess.run(words, capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, 0, run.stderr)
        return json.loads(run.stdout) if run.stdout else None
