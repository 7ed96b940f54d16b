"""What the web page does not lose in a real Chromium: a question whose page is loaded again and again, a message whose
room is left or whose user signs out, a page of the history that comes late or not at all, a chat of another device, a
room of another tab; and that it waits for nothing for ever."""

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

LATE = """
globalThis.held = [];
globalThis.letGo = () => held.splice(0).forEach((send) => send());
globalThis.WebSocket = class extends WebSocket {
  send(frame) {
    if (JSON.parse(frame).action === sessionStorage.held) held.push(() => super.send(frame));
    else super.send(frame);
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
        page = self.page(base=self.relayed, path="/#room/ops")
        other = self.page("bob", path="/#room/ops")
        other.until("document.querySelectorAll('.person').length === 2")
        leaves = "dispatchEvent(new Event('beforeunload', { cancelable: true }))"
        with self.relay.away():
            page.until("document.querySelector('#connection').innerText.startsWith('Not connected')")
            page.ask("said while nothing went out")
            self.assertFalse(page.evaluate(leaves))  # the browser asks first
            page.evaluate("void (globalThis.confirm = (words) => { globalThis.asked = words; })")
            page.click("button[aria-label='Leave: # ops']")
            self.assertEqual(page.evaluate("asked"),
                             "What you have said to a room has not been sent yet. Leave #ops all the same?")
            page.press("n", ALT)
            page.until("document.querySelector('.welcome')")
        other.until("[...document.querySelectorAll('.said .body')].at(-1)?.innerText === 'said while nothing went out'")
        # Then the room is left.
        other.until("[...document.querySelectorAll('.notice')].at(-1).innerText === 'alice left'")
        self.assertTrue(page.evaluate(leaves))

    def test_earlier_messages_come_though_the_first_question_for_them_was_lost(self):
        page = self.page(base=self.relayed)
        for number, word in enumerate(("one ", "two ", "three "), 1):
            self.engine.words = [word * 12_000]  # as much as makes pages of one answer or two
            page.ask(f"Question {number}")
            page.answered(number)
        page.reload()
        page.until("document.querySelector('.earlier')")
        shown = page.texts(".question")
        self.assertNotIn("Question 1", shown)
        self.relay.freeze()
        page.click(".earlier")
        page.until("document.querySelector('.earlier').disabled")
        self.relay.cut()
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

    def test_a_chat_that_is_not_in_the_list_is_shown_by_its_link(self):
        page = self.page()
        page.ask("From one device")
        page.answered()
        link = page.evaluate("location.hash")
        other = self.page(path="/" + link)  # another browser, which knows nothing of it
        other.until("document.querySelectorAll('.answer').length === 1")
        self.assertEqual((other.texts(".question"), other.texts(".answer .body")), (["From one device"], ["Hello, world"]))
        other.until("document.querySelector('#title').innerText === 'From one device'")
        self.assertEqual(other.texts("#sidebar a[href^='#chat']"), ["From one device"])
        other.ask("And from another")
        other.answered(2)
        self.assertEqual(len(self.engine.requests[-1]["body"]["messages"]), 3)

    def test_what_is_asked_on_another_device_is_shown_when_the_page_is_looked_at_again(self):
        page = self.page()
        page.ask("From one device")
        page.answered()
        other = self.page(path="/" + page.evaluate("location.hash"))
        other.until("document.querySelectorAll('.answer').length === 1")
        other.ask("And from another")
        other.answered(2)
        self.assertEqual(page.texts(".question"), ["From one device"])
        page.ask("On the first one again")
        page.answered(2)
        self.assertEqual(len(self.engine.requests[-1]["body"]["messages"]), 5)
        other.ask("On the other one again")
        other.answered(3)
        page.until("document.dispatchEvent(new Event('visibilitychange')) && document.querySelectorAll('.answer .body').length === 4")
        asked = ["From one device", "And from another", "On the first one again", "On the other one again"]
        self.assertEqual(page.texts(".message .body"), [text for one in asked for text in (one, "Hello, world")])
        other.until("dispatchEvent(new Event('focus')) && document.querySelectorAll('.answer .body').length === 4")
        self.assertEqual(other.texts(".question"), asked)

    def test_a_chat_without_messages_bids_welcome_when_it_is_loaded_again(self):
        page = self.page()
        page.until("document.querySelector('.welcome')")
        page.reload()
        page.until("document.querySelector('.welcome')")
        self.assertEqual(page.texts("#sidebar a[href^='#chat']"), [])

    def test_a_chat_of_somebody_else_is_not_shown_and_is_told_of(self):
        page = self.page()
        page.ask("Mine")
        page.answered()
        other = self.page("bob", path="/" + page.evaluate("location.hash"))
        other.until("document.querySelector('.notice')?.innerText.includes(`somebody else's`)")
        self.assertEqual((other.texts(".question"), other.texts("#sidebar a[href^='#chat']")), ([], []))
        other.press("n", ALT)
        other.until("document.querySelector('.welcome') && !document.querySelector('.notice')")

    def test_what_is_typed_outlives_another_chat_and_a_reload(self):
        page = self.page()
        page.ask("First")
        page.answered()
        page.type("half a question")
        page.press("n", ALT)
        page.until("document.querySelector('.welcome')")
        self.assertEqual(page.evaluate("document.activeElement.value"), "")
        page.press("ArrowDown", ALT)
        page.until("document.querySelector('#composer-text').value === 'half a question'")
        page.reload()
        page.ready()
        self.assertEqual(page.evaluate("document.activeElement.value"), "half a question")
        page.press("Enter")
        page.answered(2)
        page.reload()
        page.ready()
        self.assertEqual(page.evaluate("document.activeElement.value"), "")

    def test_a_history_is_cleared_for_the_model(self):
        page = self.page()
        page.ask("First")
        page.answered()
        page.ask("/clear")
        page.until("document.querySelector('.notice')?.innerText === 'The model starts without the earlier messages.'")
        page.ask("Second")
        page.answered(2)
        self.assertEqual(len(self.engine.requests[-1]["body"]["messages"]), 1)

    def late_page(self, action, **how):
        """A page whose frames of this action wait for `letGo()`."""
        page = self.page(**how)
        page.call("Page.addScriptToEvaluateOnNewDocument", source=LATE)
        page.evaluate(f"void (sessionStorage.held = '{action}')")
        page.reload()
        return page.ready()

    def test_a_room_whose_history_comes_late_is_in_the_order_of_time(self):
        other = self.page("bob", path="/#room/late")
        for text in ("one", "two"):
            other.ask(text)
            other.until("!document.querySelector('.sending')")
        page = self.late_page("history", path="/#room/late")
        page.until("held.length === 1")
        other.ask("three")
        page.until("document.querySelector('.said .body')?.innerText === 'three'")
        page.ask("four")
        page.until("!document.querySelector('.sending')")
        page.evaluate("letGo()")
        page.until("document.querySelectorAll('.said').length === 4")
        self.assertEqual(page.texts(".said .body"), ["one", "two", "three", "four"])

    def test_earlier_messages_of_a_room_come_where_they_belong(self):
        other = self.page("bob", path="/#room/long")
        words = ["one", "two", "six", "ten", "all"]
        for word in words:
            other.ask(f"{word} " * 7_500)  # nearly all that a frame takes; five are more than a page does
            other.until("!document.querySelector('.sending')")
        page = self.page(path="/#room/long")
        page.until("document.querySelector('.earlier')")
        self.assertLess(len(page.texts(".said")), len(words))
        while page.evaluate("document.querySelector('.earlier') !== null"):
            count = len(page.texts(".said"))
            page.evaluate("document.querySelector('.log').scrollTop = 0")
            page.click(".earlier")
            page.until(f"document.querySelectorAll('.said').length > {count}")
            # What was the first one is still what the reader sees.
            page.until("document.querySelector('.log').scrollTop > 0")
        self.assertEqual([text[:3] for text in page.texts(".said .body")], words)

    def test_who_writes_to_one_person_is_told_whether_it_arrived(self):
        self.page("bob", path="/#room/aside")
        page = self.page(path="/#room/aside")
        page.until("document.querySelectorAll('.person').length === 2")
        page.evaluate("[...document.querySelectorAll('.person')].find((one) => one.innerText === 'bob').click()")
        page.ask("are you there?")
        page.until("document.querySelector('.said .remark')?.innerText === 'Delivered to 1 connection.'")

    def test_who_signs_out_is_asked_whether_what_was_said_may_be_lost(self):
        page = self.late_page("message", path="/#room/ops")
        page.ask("not sent yet")
        page.until("held.length === 1")
        page.evaluate("void (globalThis.asked = [], globalThis.confirm = (words) => { asked.push(words); return false; })")
        page.click_button("Sign out")
        page.until("asked.length === 1")
        self.assertEqual(page.evaluate("asked"), ["What you have said to a room has not been sent yet. Sign out all the same?"])
        self.assertIn("id_token", page.cookies())
        self.assertEqual(page.texts(".sending .body"), ["not sent yet"])
        page.evaluate("letGo()")  # it was not given up
        page.until("!document.querySelector('.sending')")
        page.ask("nor this")
        page.until("held.length === 1")
        page.evaluate("void (globalThis.confirm = () => true)")
        page.click_button("Sign out")
        page.until("document.querySelector('#front')?.hidden === false || !location.href.startsWith('" + self.base + "/#')")
        self.assertNotIn("id_token", page.cookies())

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
        self.assertEqual(page.text("#sign-in"), "Try again")


if __name__ == "__main__":
    unittest.main()
