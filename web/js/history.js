// What the service keeps of a chat, read page by page from its end to its beginning: each message is shown once, and
// what is asked for and does not come is asked for again. A page does not say which question it answers, and one that
// was asked for twice may come twice, late.

import * as frames from "./frames.js";

const PAGE = 50;
/// The frame, or its answer, may be lost on the service's side.
const ASK_AGAIN_AFTER_MS = 15_000;

export class History {
  /// `send(frame)` is false when the connection is not open. A chat that `isNew` has nothing to read.
  constructor({ send, now, isNew }) {
    Object.assign(this, { send, now });
    this.begun = isNew; // the newest page is there
    this.wanted = isNew ? null : "newest"; // or "earlier"
    this.askedAt = Infinity;
    this.before = ""; // where the next earlier page ends; empty: there is none
    this.seen = new Set();
  }

  /// The messages of a question that are on the page already, or come there by themselves.
  know(messageId) {
    for (const role of ["user", "assistant"]) this.seen.add(keyOf({ messageId, role }));
  }

  earlier() {
    if (!this.begun || !this.before) return;
    this.wanted = "earlier";
    this.ask();
  }

  /// Once more, what was refused.
  again() {
    this.wanted ??= this.begun ? "earlier" : "newest";
    this.ask();
  }

  // ---- the connection ----

  opened() {
    if (!this.begun) this.wanted = "newest";
    if (this.wanted) this.ask();
  }

  /// To be called about once a second.
  tick() {
    if (this.wanted && this.now() >= this.askedAt + ASK_AGAIN_AFTER_MS) this.ask();
  }

  ask() {
    this.askedAt = this.now();
    this.send(frames.history({ limit: PAGE, before: this.begun ? this.before : "" }));
  }

  // ---- what comes ----

  /// The messages that go before all that are there; null when this page has been taken before.
  take(page) {
    if (this.begun && (this.wanted !== "earlier" || this.knows(page.messages[0]))) return null;
    this.begun = true;
    this.wanted = null;
    this.before = page.before;
    const messages = page.messages.filter((message) => !this.knows(message));
    for (const message of messages) this.seen.add(keyOf(message));
    return messages;
  }

  /// The service will not have it; `forGood`: there is nothing to read. Says whether anything had been asked for.
  refused(forGood) {
    const wasWanted = this.wanted !== null;
    this.wanted = null;
    this.begun ||= forGood;
    return wasWanted;
  }

  knows(message) {
    return message !== undefined && this.seen.has(keyOf(message));
  }
}

const keyOf = ({ messageId, role, timestamp, content }) => (messageId ? `${messageId}#${role}` : `${timestamp}#${role}#${content}`);
