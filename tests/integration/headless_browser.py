"""Chromium without a screen, spoken to over the two pipes of its DevTools protocol. Standard library only."""

import atexit
import base64
import functools
import json
import os
import select
import shutil
import subprocess
import tempfile

# The first is Chromium without its windows, which costs half as much: each page of the others is a whole window to them.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PROGRAM = next(filter(None, map(shutil.which, NAMES)), None)
# It answers each call long before; one that has said nothing for so long hangs.
SILENCE_S = 120


class Chromium:
    """The program. It opens no page of its own."""

    def __init__(self):
        self.profile = tempfile.mkdtemp(prefix="wsdeep-browser-")
        to_browser, self.write_end = os.pipe()
        self.read_end, from_browser = os.pipe()
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$0" "$@" 3<&{to_browser} 4>&{from_browser}', PROGRAM, "--headless", "--no-sandbox",
             "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", f"--user-data-dir={self.profile}",
             "--remote-debugging-pipe", "--no-startup-window"],
            pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        self.unread, self.number = b"", 0
        self.pages = {}  # the session of a tab → its HeadlessBrowser

    def close(self):
        self.process.terminate()
        self.process.wait()
        os.close(self.write_end)
        os.close(self.read_end)
        shutil.rmtree(self.profile, ignore_errors=True)

    def message(self):
        """The next one that it sends; the page that it is of has noted it."""
        while b"\0" not in self.unread:
            if not select.select([self.read_end], [], [], SILENCE_S)[0]:
                raise AssertionError("the browser says nothing any more")
            block = os.read(self.read_end, 1 << 20)
            if not block:
                raise EOFError("the browser has ended")
            self.unread += block
        text, self.unread = self.unread.split(b"\0", 1)
        message = json.loads(text)
        if "method" in message and message.get("sessionId") in self.pages:
            self.pages[message["sessionId"]].note(message["method"], message["params"])
        return message

    def call(self, session, method, **parameters):
        """Calls a method of a tab, or of the program itself where `session` is None; its result."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters, **({"sessionId": session} if session else {})}
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") != self.number:
                continue
            if "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
            return answer["result"]


@functools.cache
def chromium():
    """The one that all tests of a process share: to start it costs more than most of what they do with it."""
    started = Chromium()
    atexit.register(started.close)
    return started


class HeadlessBrowser:
    """A browser of one page, which shares nothing with another: it has its own cookies and its own storage. What the page
    fetched and what it complained of is in `requests` and `complaints`."""

    def __init__(self):
        self.requests, self.complaints, self.loaded = [], [], False
        self.context = chromium().call(None, "Target.createBrowserContext")["browserContextId"]
        self.session = self.new_tab()

    def new_tab(self):
        """Another one, whose session `self.session` may be set to."""
        target = chromium().call(None, "Target.createTarget", url="about:blank", browserContextId=self.context)["targetId"]
        session = chromium().call(None, "Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        chromium().pages[session] = self
        for domain in ("Page", "Network", "Log", "Runtime"):
            chromium().call(session, domain + ".enable")
        # Each is in front, as the only one of a browser is.
        chromium().call(session, "Emulation.setFocusEmulationEnabled", enabled=True)
        return session

    def close(self):
        chromium().call(None, "Target.disposeBrowserContext", browserContextId=self.context)

    def note(self, method, parameters):
        if method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method == "Log.entryAdded":
            self.complaints.append(parameters["entry"]["text"])
        elif method in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown"):
            self.complaints.append(json.dumps(parameters))
        elif method == "Page.loadEventFired":
            self.loaded = True

    def call(self, method, **parameters):
        return chromium().call(self.session, method, **parameters)

    def load(self, method, **parameters):
        """Calls what loads a page, and waits until that is whole."""
        self.loaded = False
        self.call(method, **parameters)
        while not self.loaded:
            chromium().message()

    def open(self, path, width, height=900, dark=False):
        """Shows a file at that width, once it is whole."""
        self.requests, self.complaints = [], []
        self.size(width, height, dark)
        self.load("Page.navigate", url="file://" + os.path.abspath(path))

    def size(self, width, height, dark=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def value(self, expression):
        return self.call("Runtime.evaluate", expression=expression, returnByValue=True)["result"].get("value")

    def pdf(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(
                self.call("Page.printToPDF", preferCSSPageSize=True, printBackground=False)["data"]))
