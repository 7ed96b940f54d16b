// What the service keeps of a chat, read page by page from its end to its beginning: each message is shown once, and
// what is asked for and does not come is asked for again. A page does not say which question it answers, and one that
// was asked for twice may come twice, late.
//
// An answer goes to one connection alone: what is asked on another device is found by reading from the end once more, as
// far as something that is known.

import * as frames from "./frames.js";

const PAGE = 50;
/// The frame, or its answer, may be lost on the service's side.
const ASK_AGAIN_AFTER_MS = 15_000;
/// Who goes to and fro between windows does not have the chat read each time.
const LEAST_BETWEEN_MS = 5_000;
const MOST_NEWER_PAGES = 10;

export class History {
  /// `send(frame)` is false when the connection is not open. A chat that `isNew` has nothing to read.
  constructor({ send, now, isNew }) {
    Object.assign(this, { send, now });
    this.begun = isNew; // the newest page is there
    this.wanted = isNew ? null : "newest"; // or "earlier", or "newer"
    this.next = new Set(); // what is wanted when that is there
    this.dropped = null; // what was wanted, and refused
    this.newer = null; // { messages, before, pages }: what is read of the newer ones
    this.wasOpen = false;
    this.refreshedAt = -Infinity;
    this.askedAt = Infinity;
    this.before = ""; // where the next earlier page ends; empty: there is none
    this.seen = new Set();
  }

  /// The messages of a question that are on the page already, or come there by themselves.
  know(messageId) {
    for (const role of ["user", "assistant"]) this.seen.add(keyOf({ messageId, role }));
  }

  earlier() {
    if (this.begun && this.before) this.want("earlier");
  }

  /// Once more, what was refused.
  again() {
    this.wanted ??= this.begun ? (this.dropped ?? "earlier") : "newest";
    this.ask();
  }

  /// Somebody looks at it again: there may be more of it now.
  refresh() {
    if (!this.hasMessages || this.now() < this.refreshedAt + LEAST_BETWEEN_MS) return;
    this.refreshedAt = this.now();
    this.readNewer();
  }

  get readsNewer() {
    return this.wanted === "newer";
  }

  get hasMessages() {
    return this.begun && this.seen.size > 0;
  }

  /// A chat in which nothing was said is not read again: it may not be there at all.
  readNewer() {
    if (this.hasMessages) this.want("newer");
  }

  /// One page at a time is under way.
  want(what) {
    if (this.wanted !== null) return void this.next.add(what);
    this.wanted = what;
    if (what === "newer") this.newer = { messages: [], before: "", pages: 1 };
    this.ask();
  }

  // ---- the connection ----

  opened() {
    if (!this.begun) this.wanted = "newest";
    if (this.wanted) this.ask();
    if (this.wasOpen) this.readNewer();
    this.wasOpen = true;
  }

  /// To be called about once a second.
  tick() {
    if (this.wanted && this.now() >= this.askedAt + ASK_AGAIN_AFTER_MS) this.ask();
  }

  ask() {
    this.askedAt = this.now();
    const before = { newest: "", earlier: this.before, newer: this.newer?.before }[this.wanted];
    this.send(frames.history({ limit: PAGE, before }));
  }

  // ---- what comes ----

  /// The messages that go before all that are there; null when this page has been taken before.
  take(page) {
    if (this.begun && (this.wanted !== "earlier" || this.knows(page.messages[0]))) return null;
    this.begun = true;
    this.before = page.before;
    const messages = page.messages.filter((message) => !this.knows(message));
    this.keep(messages);
    return messages;
  }

  /// Of a page that is taken while it `readsNewer`: the messages that came meanwhile, each with the known question that it
  /// goes `before`, if there is one; `whole` unless there are too many to be read; null while more pages of them are to
  /// come. The question `underWay` is known, whatever came before it.
  takeNewer(page, underWay) {
    const [first] = page.messages;
    if (first && this.newer.messages.some((message) => keyOf(message) === keyOf(first))) return null; // it came twice
    const isMet = (message) => message.messageId !== underWay && this.knows(message);
    const met = page.messages.findIndex(isMet);
    // What stands before all that is known is for `earlier`, unless there is nothing earlier.
    const isAll = page.before === "" && this.before === "";
    this.newer.messages.unshift(...page.messages.slice(isAll ? 0 : met + 1));
    const whole = met >= 0 || page.before === "";
    if (!whole && this.newer.pages < MOST_NEWER_PAGES) {
      this.newer.pages += 1;
      this.newer.before = page.before;
      this.ask();
      return null;
    }
    const messages = this.placed(this.newer.messages);
    this.keep(messages.map(({ message }) => message));
    return { messages, whole };
  }

  /// Those that are not known, in their order.
  placed(all) {
    const placed = [];
    let before = "";
    for (const message of [...all].reverse())
      if (!this.knows(message)) placed.unshift({ message, before });
      else if (message.role === "user") before = message.messageId;
    return placed;
  }

  keep(messages) {
    for (const message of messages) this.seen.add(keyOf(message));
    this.wanted = this.newer = null;
    const [next] = this.next;
    this.next.delete(next);
    if (next) this.want(next);
  }

  /// The service will not have it; `forGood`: there is nothing to read. Says whether anything had been asked for.
  refused(forGood) {
    const wasWanted = this.wanted !== null;
    this.dropped = this.wanted;
    this.wanted = null;
    this.next.clear();
    this.begun ||= forGood;
    return wasWanted;
  }

  knows(message) {
    return message !== undefined && this.seen.has(keyOf(message));
  }
}

const keyOf = ({ messageId, role, timestamp, content }) => (messageId ? `${messageId}#${role}` : `${timestamp}#${role}#${content}`);
