"""The web page in a real Chromium at a local system: asking, stopping, coming back, rooms, keys, and what hostile text
does not do. Its modules without a browser are tested by Node (`node --test tests/unit/web`)."""

import hashlib
import json
import os
import shutil
import subprocess
import unittest

import headless_browser
from harness import eventually
from web_page import ALT, SHIFT, WebPage
from web_served import Served

ROOT = os.path.join(os.path.dirname(__file__), "..", "..")
CHROMIUM = headless_browser.PROGRAM
PASSWORD = "Correct-horse-7"
NODE = shutil.which("node")

RICH = """# Heading

A **bold** word, `code`, a [link](https://example.com/a) and https://example.org/b.

| name | bytes |
|------|------:|
| key  | 128   |

```python
def f(x):
    return "<b>" + x  # not a tag
```
"""

HOSTILE = """<img src=x onerror="alert(1)"> <script>alert(2)</script> <svg/onload=alert(3)>

[a](javascript:alert(4)) [b](JaVaScRiPt:alert(5)) [c](data:text/html,<script>alert(6)</script>)
![d](https://evil.invalid/pixel.png) ![e](x" onerror="alert(7))
<a href="https://evil.invalid" style="position:fixed;inset:0" onclick="alert(8)">f</a> <iframe src="//evil.invalid"></iframe>

```"><img src=x onerror=alert(9)>
<img src=x onerror=alert(10)>
```

<base href="https://evil.invalid/"> <meta http-equiv="refresh" content="0;url=https://evil.invalid/"> <form action="https://evil.invalid/">
"""


@unittest.skipUnless(NODE, "needs Node (cli/prepare tests)")
class Modules(unittest.TestCase):
    def test_what_needs_no_browser(self):
        done = subprocess.run([NODE, "--test", os.path.join(ROOT, "tests", "unit", "web")], capture_output=True, text=True,
                              timeout=600)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_libraries_are_those_of_the_registry(self):
        """They are checked in as they come from npm; `web/vendor/README.md` has their versions and sums."""
        with open(os.path.join(ROOT, "web", "vendor", "README.md"), encoding="utf-8") as file:
            page = file.read()
        for name in ("markdown-it.min.js", "highlight.min.js"):
            with open(os.path.join(ROOT, "web", "vendor", name), "rb") as file:
                self.assertIn(f"{hashlib.sha256(file.read()).hexdigest()}  {name}", page)


class Files(Served):
    def test_the_page_and_what_it_needs(self):
        answer, text = self.fetch("GET", "/")
        self.assertEqual((answer.status, answer.headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        self.assertEqual(answer.headers["Cache-Control"], "no-cache")
        policy = answer.headers["Content-Security-Policy"]
        for part in ("default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'",
                     "require-trusted-types-for 'script'"):
            self.assertIn(part, policy)
        self.assertNotIn("unsafe", policy)
        paths = [part.split('"')[0] for part in text.split('"/assets/')[1:]]
        self.assertEqual(len(paths), 3)
        types = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
        for path in paths:
            answer, text = self.fetch("GET", "/assets/" + path)
            self.assertEqual(answer.headers["Content-Type"], types[os.path.splitext(path)[1]])
            self.assertIn("immutable", answer.headers["Cache-Control"])
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
        answer, text = self.fetch("GET", "/config.json")
        self.assertEqual(json.loads(text), {"webSocketUrl": "/prod", "rooms": True})

    def test_what_the_browser_has_is_not_sent_again(self):
        tag = self.fetch("GET", "/")[0].headers["ETag"]
        for known in (tag, f'"other", W/{tag}', "*"):
            answer, text = self.fetch("GET", "/", If_None_Match=known)
            self.assertEqual((answer.status, text), (304, ""))
        self.assertEqual(self.fetch("GET", "/", If_None_Match='"other"')[0].status, 200)

    def test_head_has_no_body_and_nothing_else_is_taken(self):
        answer, text = self.fetch("HEAD", "/config.json")
        self.assertEqual((answer.status, text, answer.headers["Content-Length"]), (200, "", "38"))
        answer, _ = self.fetch("POST", "/config.json", "{}")
        self.assertEqual((answer.status, answer.headers["Allow"]), (405, "GET, HEAD"))

    def test_open_says_where_it_is_and_starts_a_browser(self):
        seen = os.path.join(self.system.state, "opened")
        browser = os.path.join(self.system.state, "browser")
        with open(browser, "w", encoding="utf-8") as file:
            file.write(f'#!/bin/sh\nprintf %s "$1" > {seen}.part && mv {seen}.part {seen}\n')
        os.chmod(browser, 0o700)
        shown = self.system.run("open", "--print", env={"BROWSER": browser})
        self.assertEqual((shown.code, shown.out, shown.err), (0, self.base + "/\n", ""))
        opened = self.system.run("open", env={"BROWSER": browser})
        self.assertEqual((opened.code, opened.out, opened.err), (0, self.base + "/\n", ""))
        eventually(lambda: os.path.exists(seen))
        with open(seen, encoding="utf-8") as file:
            self.assertEqual(file.read(), self.base + "/")
        nowhere = self.system.run("open", env={"PATH": "/nonexistent"})
        self.assertEqual((nowhere.code, nowhere.out), (0, self.base + "/\n"))
        self.assertIn("open the address yourself", nowhere.err)
        variables = self.system.run("local", "status", "--output", "env").out
        evaluated = dict(line.removeprefix("export ").split("=", 1) for line in variables.splitlines())
        shown = self.system.run("open", "--print", env=evaluated)
        self.assertEqual((shown.code, shown.out), (0, self.base + "/\n"), "the README's eval comes before it")
        other = self.system.run("open", "--user-pool-id", "us-east-1_AbCdEf")
        self.assertEqual(other.code, 2)
        self.assertIn("have a page that is known", other.err)

    def test_the_services_keep_their_places(self):
        answer, text = self.fetch("POST", "/", "{}", X_Amz_Target="DynamoDB_20120810.ListTables")
        self.assertIn("MissingAuthenticationTokenException", text)
        for path in ("/assets/x/js/app.js", "/../etc/passwd", "/assets/%2e%2e/index.html"):
            self.assertEqual(self.fetch("GET", path)[0].status, 403, path)


@unittest.skipUnless(CHROMIUM, "needs Chromium (cli/prepare ci)")
class Chat(Served):
    def test_ask_stop_ask_again_and_a_second_chat(self):
        self.engine.words, self.engine.thoughts = [RICH], ("Let me think.",)
        page = self.page()
        page.ask("What is in it?")
        page.answered()
        self.assertEqual(page.texts(".question"), ["What is in it?"])
        self.assertEqual(page.texts(".answer h1"), ["Heading"])
        self.assertEqual(page.texts(".answer strong"), ["bold"])
        self.assertEqual(page.evaluate("[...document.querySelectorAll('.answer a')].map((a) => [a.href, a.rel, a.target])"),
                         [["https://example.com/a", "noopener noreferrer nofollow", "_blank"],
                          ["https://example.org/b", "noopener noreferrer nofollow", "_blank"]])
        self.assertEqual(page.texts(".code-head span"), ["Python"])
        self.assertIn("def", page.texts(".hljs-keyword"))
        self.assertEqual(page.texts("td.align-right"), ["128"])
        self.assertRegex(page.text(".stats"), r"^TTFT [\d.]+ m?s · 3 tokens · ([\d.]+ tokens/s · )?[\d.]+ m?s$")
        # Reasoning is there, folded.
        self.assertEqual(page.evaluate("document.querySelector('details').open"), False)
        self.assertEqual(page.evaluate("document.querySelector('.thoughts').textContent"), "Let me think.")

        self.engine.words, self.engine.thoughts, self.engine.hold_after = ("one ", "two"), (), 3
        page.ask("Stop me")
        page.until("[...document.querySelectorAll('.answer .body')].at(-1).innerText === 'one'")
        page.press("Escape")
        page.until("[...document.querySelectorAll('.remark')].at(-1).innerText === 'Stopped'")
        self.engine.hold_after, self.engine.words = None, ("again",)
        page.evaluate("[...document.querySelectorAll('.answer button')].find((one) => one.innerText === 'Ask again').click()")
        page.until("[...document.querySelectorAll('.answer .body')].at(-1).innerText === 'again'")
        self.assertEqual(page.texts(".question"), ["What is in it?", "Stop me", "Stop me"])

        page.press("n", ALT)
        page.until("document.querySelector('.welcome')")
        page.ask("Second chat")
        page.answered()
        self.assertEqual(page.texts("#sidebar a[href^='#chat']"), ["Second chat", "What is in it?"])
        page.press("ArrowDown", ALT)
        page.until("document.querySelectorAll('.question').length === 3")
        self.assertEqual(page.text("#title"), "What is in it?")

    def test_a_page_that_is_loaded_again_shows_the_chat_and_goes_on_with_the_answer(self):
        page = self.page()
        page.ask("First")
        page.answered()
        self.engine.words, self.engine.hold_after = ("begun ", "ended"), 3
        page.ask("Second")
        page.until("document.querySelectorAll('.answer .body')[1]?.innerText === 'begun'")
        page.reload()
        page.until("document.querySelectorAll('.answer .body')[1]?.innerText === 'begun'")
        self.assertEqual(page.texts(".question"), ["First", "Second"])
        self.engine.go_on.set()
        page.until("document.querySelectorAll('.answer .body')[1]?.innerText === 'begun ended'")
        self.assertEqual(len(self.engine.requests[-1]["body"]["messages"]), 3)
        page.reload()
        page.until("document.querySelectorAll('.answer .body').length === 2")
        self.assertEqual(page.texts(".answer .body"), ["Hello, world", "begun ended"])

    def test_an_answer_goes_on_in_a_chat_that_is_not_looked_at(self):
        self.engine.words, self.engine.hold_after = ("slow ", "answer"), 3
        page = self.page()
        page.ask("Slow one")
        page.until("document.querySelector('.answer .body')?.innerText === 'slow'")
        page.press("n", ALT)
        page.until("document.querySelector('.running')")
        self.engine.go_on.set()
        page.until("!document.querySelector('.running')")
        page.press("ArrowDown", ALT)
        page.until("document.querySelector('.answer .body')?.innerText === 'slow answer'")

    def test_a_lost_line_is_found_again_and_the_answer_goes_on(self):
        page = self.page(base=self.relayed)
        self.engine.words, self.engine.hold_after = ("before ", "after"), 3
        page.ask("Cut me")
        page.until("document.querySelector('.answer .body')?.innerText === 'before'")
        with self.relay.away():
            page.until("document.querySelector('#connection').innerText.startsWith('Not connected')")
        page.until("document.querySelector('#connection').innerText === ''")
        self.engine.go_on.set()
        page.until("document.querySelector('.answer .body')?.innerText === 'before after'")
        self.assertEqual(page.texts(".question"), ["Cut me"])

    def test_hostile_text_is_only_text(self):
        self.engine.words, self.engine.thoughts = [HOSTILE], ["<img src=x onerror=alert(11)>"]
        page = self.page()
        page.requests.clear()
        page.ask(HOSTILE)
        page.answered()
        self.assertEqual(page.evaluate("document.querySelectorAll('.log :is(img, script, svg, iframe, form, base, meta, style, object)').length"), 0)
        self.assertEqual(page.evaluate("[...document.querySelectorAll('.log *')].filter((one) => [...one.attributes].some((a) => /^on|style/.test(a.name))).length"), 0)
        self.assertEqual(page.evaluate("[...document.querySelectorAll('.log a')].map((a) => a.protocol).filter((one) => one !== 'https:')"), [])
        page.reload()  # the same out of the history
        page.until("document.querySelectorAll('.answer').length === 1")
        self.assertEqual([one for one in page.requests if "evil" in one], [])

    def test_what_fails_is_said_and_can_be_asked_again(self):
        self.engine.refusal = (500, '{"error": {"message": "out of memory"}}')
        self.addCleanup(setattr, self.engine, "refusal", None)
        page = self.page()
        page.ask("Fail")
        page.until("document.querySelector('.remark.error')")
        self.assertIn("out of memory", page.text(".remark.error"))
        self.engine.refusal = None
        page.evaluate("[...document.querySelectorAll('.answer button')].find((one) => one.innerText === 'Ask again').click()")
        page.until("[...document.querySelectorAll('.answer .body')].at(-1).innerText === 'Hello, world'")
        page.type("x" * 100_001)
        page.press("Enter")
        page.until("[...document.querySelectorAll('.remark')].at(-1).innerText.includes('longer than 100,000 characters')")

    def test_keys_alone_do_everything(self):
        page = self.page()
        page.ask("With keys")
        page.answered()
        page.type("two")
        page.press("Enter", SHIFT)
        page.type("lines")
        page.press("Enter")
        page.answered(2)
        self.assertEqual(page.texts(".question"), ["With keys", "two\nlines"])
        reached = []
        for _ in range(30):
            page.press("Tab")
            reached.append(page.focused())
            if reached[-1].startswith("TEXTAREA"):
                break
        for wanted in ("A Skip", "BUTTON New chat", "A # lobby", "INPUT Join a room", "A With keys", "BUTTON Rename: With keys",
                       "BUTTON Keys", "DIV Chat", "BUTTON Copy"):
            self.assertTrue(any(one.startswith(wanted) for one in reached), f"{wanted}: {reached}")
        page.evaluate("document.activeElement.blur()")
        page.press("?", SHIFT)
        page.until("document.querySelector('dialog').open")
        page.press("Escape")
        page.until("!document.querySelector('dialog').open")
        page.evaluate("document.activeElement.blur()")
        page.press("/")
        page.until("document.activeElement.id === 'composer-text'")
        self.assertEqual(page.evaluate("document.activeElement.value"), "")
        # A list that is drawn anew takes the focus from nobody.
        page.evaluate("void (globalThis.prompt = () => 'Renamed')")
        page.evaluate("document.querySelector(`button[aria-label='Rename: With keys']`).focus()")
        page.press("Enter")
        page.until("document.querySelector(`button[aria-label='Rename: Renamed']`)")
        self.assertEqual(page.focused(), "BUTTON Rename: Renamed")
        # Who listens hears the answer once, whole.
        self.assertEqual(page.text("#announcer"), "Answer: Hello, world")

    def test_a_phone_has_it_all(self):
        page = self.page(width=360, height=640)
        low = page.evaluate("document.activeElement.clientHeight")
        page.type("four lines of a phone, " * 5)
        self.assertGreater(page.evaluate("document.activeElement.clientHeight"), 3 * low)
        page.evaluate("document.activeElement.select()")
        page.ask("On a phone " + "w" * 200)
        page.answered()
        self.assertLessEqual(page.evaluate("document.documentElement.scrollWidth"), 360)
        self.assertEqual(page.evaluate("getComputedStyle(document.querySelector('#sidebar')).visibility"), "hidden")
        page.click("#menu")
        page.until("getComputedStyle(document.querySelector('#sidebar')).visibility === 'visible'")
        # The list has the focus, keeps it, and gives it back.
        self.assertTrue(page.focused().startswith("BUTTON New chat"), page.focused())
        self.assertTrue(page.evaluate("document.querySelector('#main').inert"))
        page.press("Escape")
        page.until("getComputedStyle(document.querySelector('#sidebar')).visibility === 'hidden'")
        self.assertEqual(page.evaluate("document.activeElement.id"), "menu")
        page.click("#menu")
        page.click("#sidebar li.current a")  # it leads to what is shown already
        page.until("getComputedStyle(document.querySelector('#sidebar')).visibility === 'hidden'")
        self.assertFalse(page.evaluate("document.querySelector('#main').inert"))


@unittest.skipUnless(CHROMIUM, "needs Chromium (cli/prepare ci)")
class Rooms(Served):
    def test_two_people_and_the_model(self):
        alice = self.page("alice", path="/#room/ops")
        alice.until("document.querySelectorAll('.person').length === 1")
        bob = self.page("bob", path="/#room/ops")
        for page in (alice, bob):
            page.until("document.querySelectorAll('.person').length === 2")
        self.assertEqual(sorted(bob.texts(".person")), ["alice", "bob (you)"])
        self.assertEqual(alice.texts(".notice"), ["bob came"])
        alice.ask("shall we **roll back**?")
        bob.until("document.querySelector('.said strong')?.innerText === 'roll back'")
        self.assertEqual(bob.texts(".said b"), ["alice"])
        alice.until("!document.querySelector('.sending')")
        bob.ask("@model what is 137?")
        for page in (alice, bob):
            page.until("[...document.querySelectorAll('.answer .body')].at(-1)?.innerText === 'Hello, world'")
        bob.evaluate("[...document.querySelectorAll('.person')].find((one) => one.innerText === 'alice').click()")
        bob.ask("for you alone")
        alice.until("[...document.querySelectorAll('.said .when')].at(-1).innerText.includes('to you')")
        bob.evaluate("void (location.hash = '#room/elsewhere')")
        bob.until("document.querySelector('#title').innerText === '#elsewhere'")
        alice.until("[...document.querySelectorAll('.notice')].at(-1).innerText === 'bob left'")

    def test_a_question_that_is_not_answered_is_marked_for_who_asked_it(self):
        alice, bob = self.page("alice", path="/#room/down"), self.page("bob", path="/#room/down")
        alice.until("document.querySelectorAll('.person').length === 2")
        self.engine.refusal = (500, '{"error": {"message": "out of memory"}}')
        self.addCleanup(setattr, self.engine, "refusal", None)
        alice.ask("@model why?")
        alice.until("document.querySelector('.mine:not(.sending) .remark')?.innerText === 'The model did not answer this.'")
        for page in (alice, bob):
            page.until("[...document.querySelectorAll('.notice')].at(-1)?.innerText.includes('out of memory')")
        self.assertEqual(bob.texts(".remark"), [])

    def test_an_answer_that_was_stopped_is_marked_for_all_also_for_who_comes_later(self):
        alice, bob = self.page("alice", path="/#room/halt"), self.page("bob", path="/#room/halt")
        alice.until("document.querySelectorAll('.person').length === 2")
        self.engine.words, self.engine.hold_after = ("one ", "two"), 3
        bob.ask("@model go on for ever")
        for page in (alice, bob):
            page.until("document.querySelector('.answer .body')?.innerText === 'one'")
        alice.press("Escape")  # whoever it is
        for page in (alice, bob):
            page.until("document.querySelector('.answer .remark')?.innerText === 'Stopped'")
        bob.reload()  # out of the history
        bob.until("document.querySelector('.said.model .body')?.innerText === 'one'")
        self.assertEqual(bob.texts(".said.model .remark"),
                         ["This is what there was of an answer that did not come to its end."])


@unittest.skipUnless(CHROMIUM, "needs Chromium (cli/prepare ci)")
class SignIn(Served):
    """Through the pool's own page, as a person does who has no cookie yet."""

    def sign_up(self, page, name):
        """From the pool's page, where `page` is, to a page that asks for the new user's password."""
        page.click_button("Create an account")
        page.until("document.querySelector('input[name=email]') && document.activeElement?.name === 'username'")
        for field, value in (("username", name), ("email", f"{name}@example.com"), ("password", PASSWORD)):
            page.evaluate(f"document.querySelector('input[name={field}]').focus()")
            page.type(value)
        page.press("Enter")
        page.until("document.querySelector('input[name=code]')")
        with open(self.system.status()["messagesFile"], encoding="utf-8") as file:
            message = next(one for one in map(json.loads, reversed(file.readlines())) if one["username"] == name)
        page.until("document.activeElement?.name === 'code'")
        page.type("".join(filter(str.isdigit, message["message"])))
        page.press("Enter")
        page.until("document.querySelector('[role=status]')?.innerText.includes('Sign in')")

    def sign_in(self, page, name, is_new=False):
        page.until("document.querySelector('#front')?.hidden === false")
        page.until("document.activeElement?.id === 'sign-in'")
        page.press("Enter")
        page.until("document.querySelector('input[name=password]')")
        if is_new:
            self.sign_up(page, name)
        page.until("['username', 'password'].includes(document.activeElement?.name)")
        page.evaluate("document.querySelector('input[name=username]').select()")
        page.type(name)
        page.evaluate("document.querySelector('input[name=password]').focus()")
        page.type(PASSWORD)
        page.press("Enter")
        page.ready()

    def test_sign_up_sign_in_chat_come_back_and_sign_out(self):
        page = WebPage(self.base)
        self.addCleanup(page.close)
        page.go("/")
        self.sign_in(page, "carol", is_new=True)
        self.assertEqual(page.text(".who"), "carol")
        self.assertEqual(page.evaluate("document.cookie"), "")
        self.assertTrue(all(one["httpOnly"] for one in page.cookies().values()), page.cookies())
        page.ask("Hello")
        page.answered()
        # Its token is over: the page has it renewed without a word.
        page.call("Network.deleteCookies", name="id_token", url=self.base)
        page.reload()
        page.ready()
        page.until("document.querySelectorAll('.answer').length === 1")
        self.assertIn("id_token", page.cookies())
        self.harmless(page)
        # Two people at one machine see nothing of each other.
        page.evaluate("[...document.querySelectorAll('#sidebar button')].find((one) => one.innerText === 'Sign out').click()")
        self.sign_in(page, "alice")
        self.assertEqual(page.texts("#sidebar a[href^='#chat']"), [])
        self.assertEqual(page.texts(".question"), [])

    def test_who_is_signed_out_meanwhile_is_told(self):
        page = WebPage(self.base)
        self.addCleanup(page.close)
        page.go("/")
        self.sign_in(page, "alice")
        page.call("Network.clearBrowserCookies")
        page.press("n", ALT)
        page.until("document.querySelector('#front-words').innerText === 'You are signed out.'")


if __name__ == "__main__":
    unittest.main()
