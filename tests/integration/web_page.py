"""The web page in a headless Chromium, as a person has it: a keyboard, a pointer, a window of some size."""

import base64
import json
import re
import time

from harness import TIMEOUT
from headless_browser import HeadlessBrowser

KEYS = {"Enter": 13, "Escape": 27, "Tab": 9, "ArrowUp": 38, "ArrowDown": 40}
ALT, CONTROL, SHIFT = 1, 2, 8
# What Chromium complains of when the line to the service is away, does not come about, or ends under a request: names of
# its net_error_list.h; which one it is depends on how far it had come.
LOST_LINE = re.compile(r"^WebSocket connection to |net::ERR_(CONNECTION_[A-Z_]+|SOCKET_NOT_CONNECTED|EMPTY_RESPONSE|"
                       r"CONTENT_LENGTH_MISMATCH|INCOMPLETE_CHUNKED_ENCODING|NETWORK_CHANGED)")


class WebPage(HeadlessBrowser):
    """`base` is the address of the service, such as http://127.0.0.1:4510."""

    def __init__(self, base, width=1280, height=800, dark=False):
        super().__init__()
        self.base = base
        self.call("Page.addScriptToEvaluateOnNewDocument", source="""
            globalThis.violations = [];
            addEventListener("securitypolicyviolation", (event) =>
              globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
            globalThis.alert = (words) => globalThis.violations.push(`alert ${words}`);""")
        self.size(width, height, dark)

    def cookie(self, name, value):
        self.call("Network.setCookie", name=name, value=value, url=self.base, httpOnly=True, path="/", sameSite="Lax")

    def cookies(self):
        return {one["name"]: one for one in self.call("Network.getCookies", urls=[self.base])["cookies"]}

    def go(self, path="/"):
        self.load("Page.navigate", url=self.base + path)
        return self

    def reload(self):
        self.load("Page.reload")

    def evaluate(self, expression):
        """The value of an expression, or of the promise that it is."""
        done = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in done:
            raise AssertionError(json.dumps(done["exceptionDetails"]))
        return done["result"].get("value")

    def until(self, expression, seconds=TIMEOUT):
        """The first true value of it."""
        end = time.monotonic() + seconds
        while True:
            try:
                value, fault = self.evaluate(f"(async (one) => (await one) instanceof Node || one)({expression})"), ""
            except (RuntimeError, AssertionError) as error:
                # Between two documents there is nothing to ask, and what it speaks of may not be there yet.
                value, fault = None, error
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"never true: {expression}\n{fault}\n{self.text()}\n{self.complaints}")
            time.sleep(0.03)

    def faults(self):
        """What it complained of, but for lost lines, which are a test's doing and the page's to bear; and what broke its
        policy."""
        # Between two documents there is none to ask.
        return json.loads(self.until("JSON.stringify(violations)")) + [
            one for one in self.complaints if not LOST_LINE.search(one)]

    def text(self, selector="body"):
        return self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")

    def texts(self, selector):
        return self.evaluate(f"[...document.querySelectorAll({json.dumps(selector)})].map((one) => one.innerText)")

    def focused(self):
        """What has the focus, in words: its tag, and its label or text."""
        return self.evaluate("(() => { const one = document.activeElement; return one.tagName + ' ' + "
                             "(one.ariaLabel || one.innerText || one.id || ''); })()").strip()

    def type(self, text):
        self.call("Input.insertText", text=text)

    def press(self, key, modifiers=0):
        code = KEYS.get(key, ord(key.upper()[0]))
        names = {"key": key, "code": key if key in KEYS else "Key" + key.upper(), "windowsVirtualKeyCode": code,
                 "modifiers": modifiers}
        text = {"Enter": "\r"}.get(key, "" if key in KEYS or modifiers & (ALT | CONTROL) else key)
        self.call("Input.dispatchKeyEvent", type="keyDown" if text else "rawKeyDown", **names, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **names)

    def click(self, selector):
        self.until(f"document.querySelector({json.dumps(selector)})")
        self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    def click_button(self, text):
        found = f"[...document.querySelectorAll('button')].find((one) => one.innerText === {json.dumps(text)})"
        self.until(found)
        self.evaluate(f"{found}.click()")

    def screenshot(self, path):
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    # ---- the chat ----

    def ready(self):
        """The page has started, and its message box has the focus."""
        self.until("document.activeElement?.id === 'composer-text'")
        return self

    def ask(self, text):
        self.ready()
        self.type(text)
        self.press("Enter")

    def answered(self, count=1, seconds=TIMEOUT):
        """The answers, when there are so many and none is under way."""
        self.until(f"document.querySelectorAll('.answer .stats').length >= {count}", seconds)
        return self.texts(".answer .body")
