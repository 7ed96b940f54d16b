"""What the web page does not lose in a real Chromium: a question whose page is loaded again and again, a message whose
room is left, a page of the history that does not come, a room of another tab; and that it waits for nothing for ever."""

import unittest

import headless_browser
from web_page import ALT, WebPage
from web_served import Served

CHROMIUM = headless_browser.PROGRAM

DEAF = """
if (sessionStorage.deaf)
  globalThis.WebSocket = class {
    send() {}
    close() {}
  };
"""

REFUSING = """
globalThis.WebSocket = class extends WebSocket {
  send(frame) {
    if (JSON.parse(frame).action !== "history" || sessionStorage.refusals !== "one") return super.send(frame);
    sessionStorage.clear();
    const data = JSON.stringify({ message: "Error", data: { error: true, message: "No table answers.", errorCategory: "internal" } });
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
};
"""


@unittest.skipUnless(CHROMIUM, "needs Chromium (cli/prepare ci)")
class Losses(Served):
    def test_a_question_outlives_pages_that_were_left_before_they_knew_of_it(self):
        page = self.page()
        page.call("Page.addScriptToEvaluateOnNewDocument", source=DEAF)
        self.engine.words, self.engine.hold_after = ("begun ", "ended"), 3
        page.ask("Keep me")
        page.until("document.querySelector('.answer .body')?.innerText === 'begun'")
        page.evaluate("void (sessionStorage.deaf = 'yes')")
        page.reload()  # no history comes
        page.ready()
        page.evaluate("sessionStorage.clear()")
        page.reload()
        page.until("document.querySelector('.answer .body')?.innerText === 'begun'")
        self.engine.go_on.set()
        page.until("document.querySelector('.answer .body')?.innerText === 'begun ended'")
        self.assertEqual(page.texts(".question"), ["Keep me"])

    def test_what_was_said_goes_out_though_the_room_is_not_looked_at_any_more(self):
        with self.relayed() as (relay, base):
            page = self.page(base=base, path="/#room/ops")
            page.call("Page.addScriptToEvaluateOnNewDocument", source="Math.random = () => 0.9;")  # nearly 4 s until it tries again
            page.reload()
            page.ready()
            other = self.page("bob", path="/#room/ops")
            other.until("document.querySelectorAll('.person').length === 2")
            relay.cut()
            page.until("document.querySelector('#connection').innerText.startsWith('Not connected')")
            page.ask("said while nothing went out")
            leaves = "dispatchEvent(new Event('beforeunload', { cancelable: true }))"
            self.assertFalse(page.evaluate(leaves))  # the browser asks first
            page.evaluate("void (globalThis.confirm = (words) => { globalThis.asked = words; })")
            page.click("button[aria-label='Leave: # ops']")
            self.assertEqual(page.evaluate("asked"), "What you have said to a room has not been sent yet. Leave #ops all the same?")
            page.press("n", ALT)
            page.until("document.querySelector('.welcome')")
            other.until("[...document.querySelectorAll('.said .body')].at(-1)?.innerText === 'said while nothing went out'")
            # Then the room is left.
            other.until("[...document.querySelectorAll('.notice')].at(-1).innerText === 'alice left'")
            self.assertTrue(page.evaluate(leaves))

    def test_earlier_messages_come_though_the_first_question_for_them_was_lost(self):
        with self.relayed() as (relay, base):
            page = self.page(base=base)
            for number, word in enumerate(("one ", "two ", "three "), 1):
                self.engine.words = [word * 12_000]  # as much as makes pages of one answer or two
                page.ask(f"Question {number}")
                page.answered(number)
            page.reload()
            page.until("document.querySelector('.earlier')")
            shown = page.texts(".question")
            self.assertNotIn("Question 1", shown)
            relay.freeze()
            page.click(".earlier")
            page.until("document.querySelector('.earlier').disabled")
            relay.cut()
            page.until("document.querySelectorAll('.question').length > " + str(len(shown)))
            while page.evaluate("document.querySelector('.earlier') !== null"):
                count = len(page.texts(".message"))
                page.click(".earlier")
                page.until(f"document.querySelectorAll('.message').length > {count}")
            self.assertEqual(page.texts(".question"), ["Question 1", "Question 2", "Question 3"])
            self.assertEqual([text[:3] for text in page.texts(".answer .body")], ["one", "two", "thr"])

    def test_a_history_that_was_refused_can_be_asked_for_again(self):
        page = self.page()
        page.call("Page.addScriptToEvaluateOnNewDocument", source=REFUSING)
        page.ask("Hello")
        page.answered()
        page.evaluate("void (sessionStorage.refusals = 'one')")
        page.reload()
        page.until("document.querySelector('.notice')?.innerText.startsWith('No table answers.')")
        page.click_button("Try again")
        page.until("document.querySelectorAll('.answer').length === 1")
        self.assertEqual(page.texts(".notice"), [])

    def test_a_room_that_another_tab_has_joined_stays(self):
        page = self.page()
        page.ask("Hello")
        page.answered()
        key = page.evaluate("Object.keys(localStorage).find((one) => one.startsWith('wsdeep.chats.'))").replace("chats", "rooms")
        page.evaluate(f"void (localStorage.setItem('{key}', '[\"lobby\",\"theirs\"]'), dispatchEvent(new StorageEvent('storage')))")
        page.until("document.querySelector('a[href=\"#room/theirs\"]')")
        page.evaluate("void (location.hash = '#room/mine')")
        page.until("document.querySelector('#title').innerText === '#mine'")
        self.assertEqual(page.texts("#sidebar a[href^='#room']"), ["# lobby", "# theirs", "# mine"])
        self.assertEqual(page.evaluate(f"JSON.parse(localStorage.getItem('{key}'))"), ["lobby", "theirs", "mine"])


@unittest.skipUnless(CHROMIUM, "needs Chromium (cli/prepare ci)")
class Waits(Served):
    def test_a_service_that_does_not_answer_is_told(self):
        page = WebPage(self.base)
        self.addCleanup(page.close)
        page.call("Page.addScriptToEvaluateOnNewDocument", source="""
            const { timeout } = AbortSignal;
            AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms / 100);""")
        page.call("Fetch.enable", patterns=[{"urlPattern": "*/config.json"}])  # each waits, and nobody answers
        page.go("/")
        page.until("document.querySelector('#front')?.hidden === false")
        self.assertEqual(page.text("#front-words"), "The page cannot start: the service does not answer.")


if __name__ == "__main__":
    unittest.main()
