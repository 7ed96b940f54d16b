// One user in one room, over any number of connections: joins it on each, shows what was missed between them, each
// message once, and sends what is to be said one after the other until it is acknowledged. A page of its history does not
// say which question it answers: one is asked at a time, and what comes twice is shown once.

import * as frames from "./frames.js";

const EARLIER = 30;
const MISSED = 100;
const MOST_MISSED_PAGES = 10;
const MOST_SENDS = 3;
const ASK_AGAIN_AFTER_MS = 30_000;
const HOLD_MS = 2_000;
const GIVE_UP_AFTER_MS = 120_000;
/// To know again what a history shows once more.
const MOST_SEEN = 20_000;

export class Room {
  constructor({ name, send, view, now, newId }) {
    Object.assign(this, { name, send, view, now, newId });
    this.outbox = []; // the first is in flight, once it was sent
    this.seen = new Set();
    this.joined = false;
    this.joinAskedAt = Infinity;
    this.caughtUp = false; // once, on some connection
    this.asking = null; // the page that is to come: { kind: "newest", "missed" or "earlier", before, at }
    this.before = ""; // where the next earlier page ends; empty: there is none
    this.latest = 0; // the time of the last message that is known
    this.missedSince = null; // that time, as it was when the connection was lost
    this.answering = null; // { id, nextSeq, text, heardAt }
    this.holdUntil = 0; // the room takes no more of this user until then
  }

  get busy() {
    return !this.joined || this.unsent;
  }

  /// Whether the service has not acknowledged all that was said.
  get unsent() {
    return this.outbox.length > 0;
  }

  /// Whether the service owes something: silence is looked into then.
  get expectsAnswer() {
    return this.busy || this.asking !== null || this.answering !== null;
  }

  /// To the room, or to one user; null, and told, when it is too long to be sent. Nobody hears himself: it would come back at the next look into the history.
  say(content, recipient = "all") {
    const saying = { id: this.newId(), content, recipient, room: recipient === "all" ? this.name : "", sends: 0, sentAt: 0 };
    if (!frames.fits(frames.say(saying))) {
      this.view.refused(null, frames.TOO_LONG);
      return null;
    }
    this.isNew(saying.id, "user");
    this.outbox.push(saying);
    this.pump();
    return saying.id;
  }

  stop() {
    if (this.answering) this.send(frames.cancel({ messageId: this.answering.id, room: this.name }));
  }

  leave() {
    this.send(frames.leave(this.name));
  }

  // ---- the connection ----

  opened() {
    this.joined = false;
    this.joinAskedAt = this.now();
    this.send(frames.join(this.name));
  }

  lost() {
    this.joined = false;
    this.joinAskedAt = Infinity;
    this.missedSince ??= this.latest;
    this.asking = null; // when it is joined again, what was missed comes first
    this.view.earlierPages(this.before !== "");
    this.giveUpAnswer("The rest comes when the connection is back.");
    for (const saying of this.outbox) saying.sends = 0;
  }

  pump() {
    const saying = this.outbox[0];
    if (!saying || !this.joined || saying.sends > 0 || this.now() < this.holdUntil) return;
    this.sendFirst();
  }

  sendFirst() {
    const saying = this.outbox[0];
    if (!this.send(frames.say(saying))) return;
    saying.sends += 1;
    saying.sentAt = this.now();
  }

  /// To be called about once a second.
  tick() {
    // The frame, or its answer, may be lost on the service's side.
    if (!this.joined && this.now() >= this.joinAskedAt + ASK_AGAIN_AFTER_MS) this.opened();
    if (this.asking && this.now() >= this.asking.at + ASK_AGAIN_AFTER_MS) this.askPage(this.asking);
    if (this.now() >= this.answering?.heardAt + GIVE_UP_AFTER_MS) this.giveUpAnswer(`Nothing came for ${GIVE_UP_AFTER_MS / 1000} s.`);
    this.pump();
    const saying = this.outbox[0];
    if (!this.joined || !saying || saying.sends === 0 || this.now() < saying.sentAt + ASK_AGAIN_AFTER_MS) return;
    if (saying.sends < MOST_SENDS) return this.sendFirst();
    this.outbox.shift();
    this.view.refused(saying.id, "The service does not answer: nobody knows whether the message arrived.");
    this.pump();
  }

  // ---- frames ----

  take(frame) {
    const handler = {
      presence: this.onPresence,
      history: this.onHistory,
      said: this.onSaid,
      accepted: this.onAccepted,
      chunk: this.onChunk,
      completion: this.onCompletion,
      notice: this.onNotice,
      failure: this.onFailure,
      unknownAction: this.onUnknownAction,
    }[frame.kind];
    handler?.call(this, frame);
  }

  onPresence(frame) {
    if (frame.room !== this.name) return;
    if (frame.event === "list" && !this.joined) {
      this.joined = true;
      this.askPage({ kind: this.caughtUp ? "missed" : "newest", before: "", pages: 1 });
    }
    this.view.presence(frame);
    this.pump();
  }

  askPage(page) {
    this.asking = { ...page, at: this.now() };
    const { kind, before } = page;
    this.send(frames.history({ limit: kind === "missed" ? MISSED : EARLIER, before, room: this.name }));
  }

  /// The page before all that is there.
  earlier() {
    if (this.joined && !this.asking && this.before) this.askPage({ kind: "earlier", before: this.before });
  }

  onHistory(frame) {
    const { asking } = this;
    this.asking = null;
    this.showPage(frame.messages, asking?.kind !== "missed");
    if (asking?.kind === "missed") return this.caughtUpWith(asking, frame);
    if (!asking) return;
    this.caughtUp = true;
    this.missedSince = null;
    this.before = frame.before;
    this.view.earlierPages(this.before !== "");
  }

  /// What was missed may be more than one page of it.
  caughtUpWith({ pages }, { messages, before }) {
    const whole = !before || messages[0]?.timestamp <= this.missedSince;
    if (!whole && pages < MOST_MISSED_PAGES) return this.askPage({ kind: "missed", before, pages: pages + 1 });
    this.missedSince = null;
    if (!whole) this.view.refused(null, "More was said meanwhile than is shown here: load the page again to read it.");
  }

  showPage(messages, earlier) {
    let question = null;
    for (const message of messages) {
      this.latest = Math.max(this.latest, message.timestamp);
      const byModel = message.role === "assistant";
      if (!byModel) question = message;
      if (!this.isNew(message.messageId, message.role)) continue;
      this.view.said({
        id: message.messageId,
        byModel,
        sender: byModel ? "" : message.sender,
        name: byModel ? "model" : message.senderName || message.sender,
        text: message.content,
        timestamp: message.timestamp,
        partial: message.partial,
        truncated: message.truncated,
        // An answer is kept with its question: what was said while it was made comes after both.
        place: byModel && question?.messageId === message.messageId ? question.timestamp : message.timestamp,
        earlier,
      });
    }
  }

  onSaid(frame) {
    const toMe = frame.recipient !== "all";
    if ((!toMe && frame.room !== this.name) || !this.isNew(frame.messageId, "user")) return;
    const { messageId: id, sender, senderName: name, content: text, timestamp } = frame;
    if (!toMe) this.latest = Math.max(this.latest, timestamp);
    this.view.said({ id, sender, name, text, timestamp, place: timestamp, toMe });
  }

  /// Who comes in the middle of an answer gets it from the history, when it is whole.
  onChunk(frame) {
    if (frame.seq === 0 && this.isNew(frame.messageId, "assistant")) {
      this.giveUpAnswer("The rest did not come."); // a room has one answer at a time
      this.answering = { id: frame.messageId, nextSeq: 0, text: "" };
    }
    const { answering } = this;
    if (answering?.id === frame.messageId) answering.heardAt = this.now();
    if (answering?.id !== frame.messageId || frame.seq !== answering.nextSeq) return;
    answering.nextSeq += 1;
    answering.text += frame.text;
    this.view.answering(answering.text, frame.timestamp);
  }

  /// In mid-answer, when a node that goes has handed it over.
  onAccepted(frame) {
    if (!frame.restarted || frame.messageId !== this.answering?.id) return;
    Object.assign(this.answering, { nextSeq: 0, text: "", heardAt: this.now() });
    this.view.answering("");
  }

  onCompletion(frame) {
    if (frame.messageId === this.answering?.id) {
      if (!frame.truncated && frame.text) this.view.answering(frame.text);
      return this.endAnswer("");
    }
    if (frame.truncated || !this.isNew(frame.messageId, "assistant")) return;
    this.view.said({ id: frame.messageId, byModel: true, sender: "", name: "model", text: frame.text, timestamp: this.now(), place: 0 });
  }

  onNotice(frame) {
    const saying = this.outbox[0];
    if (frame.title !== "Message sent" || !saying || saying.sends === 0) return;
    this.outbox.shift();
    this.view.sent(saying.id, frame.text, frame.timestamp);
    this.pump();
  }

  /// One that names a message is about the model's answer to it, whoever asked, and may overtake the word that the
  /// question was sent; one that does not answers what was sent last, if it does not say that it answers something else.
  onFailure(frame) {
    if (frame.messageId && frame.messageId === this.answering?.id)
      return this.endAnswer(frame.category === "cancelled" ? "Stopped" : frame.text);
    if (frame.messageId) return this.view.unanswered(frame.messageId, frame.text);
    const may = (action) => !frame.action || frame.action === action;
    const saying = may("message") && this.outbox[0]?.sends > 0 ? this.outbox[0] : null;
    if (frame.category === "rate_limited" && saying) {
      // Who says much says it slower.
      saying.sends = 0;
      this.holdUntil = this.now() + (frame.retryAfterMs ?? HOLD_MS);
      return;
    }
    if (!saying && (this.joined ? may("history") && this.pageRefused(frame) : may("join") && this.joinRefused(frame))) return;
    if (saying) this.outbox.shift();
    this.view.refused(saying?.id ?? null, frame.text);
    this.pump();
  }

  /// Not asked for by itself any more when it would be refused again. Says whether it is so, and told.
  joinRefused({ category, text }) {
    if (category !== "invalid_input") return false;
    this.joinAskedAt = Infinity;
    this.view.refused(null, text, () => this.opened());
    return true;
  }

  pageRefused({ text }) {
    const { asking } = this;
    if (!asking) return false;
    this.asking = null;
    if (asking.kind === "earlier") this.view.earlierPages(true);
    this.view.refused(null, text, asking.kind === "earlier" ? null : () => this.askPage(asking));
    return true;
  }

  onUnknownAction(frame) {
    if (frame.action === "ping") return;
    this.joinAskedAt = Infinity;
    this.view.refused(null, "This service has no rooms.");
  }

  /// It is shown whole, when it is.
  giveUpAnswer(remark) {
    if (!this.answering) return;
    this.seen.delete(`${this.answering.id}#assistant`);
    this.endAnswer(remark);
  }

  endAnswer(remark) {
    this.answering = null;
    this.view.answered(remark);
  }

  isNew(messageId, role) {
    if (!messageId) return true;
    const key = `${messageId}#${role}`;
    if (this.seen.has(key)) return false;
    this.seen.add(key);
    if (this.seen.size > MOST_SEEN) this.seen.delete(this.seen.values().next().value);
    return true;
  }
}

const NAME = /^[A-Za-z0-9_-]{1,64}$/;
/// What the service takes as a room's name.
export const isRoomName = (text) => NAME.test(text);
