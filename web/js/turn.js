// One chat: which question is unanswered, and what to do when its connection was lost.
//
//   ask ──► waits for the connection ──► sent ──receipt──► acknowledged ──pieces──► completed
//                   ▲                      │                    │
//                   └──── the connection was lost ◄─────────────┘            or failed, or cancelled: told once
//
// A question has an id that is made here, and that the service takes as the turn's: sent again it is still one turn. The
// service then says how the turn stands (`resumed`: the rest follows, or the whole; `restarted`: it begins again).

import { Answer } from "./answer.js";
import * as frames from "./frames.js";

const ASK_AGAIN_AFTER_MS = 30_000;
const GIVE_UP_AFTER_MS = 120_000;
/// The receipt of a question that did arrive, though something failed beside it, is there by then.
const DOUBT_MS = 1_000;
const MOST_SENDS_WITHOUT_RECEIPT = 5;

export class Turn {
  /// `send(frame)` is false when the connection is not open. `view` has the methods that are called here.
  constructor({ send, view, now, newId, chatId }) {
    Object.assign(this, { send, view, now, newId, chatId });
    this.chatNamed = false; // by the service: it is there, and questions say that they are for it
    this.question = null;
    this.abandoned = null; // a turn that the service may still run: it is told as soon as it can be
  }

  get busy() {
    return this.question !== null;
  }

  /// `saved` is what a page that is loaded again knows of the question: its id, and what it had of the answer.
  ask(text, saved = {}) {
    const now = this.now();
    this.question = {
      id: saved.id ?? this.newId(),
      text,
      answer: new Answer(saved.answer),
      askedAt: now,
      progressAt: now,
      sentAt: 0,
      firstTextAt: null,
      doubtfulSince: null,
      sends: 0,
      sent: false, // on this connection
      acknowledged: false,
      awaitReceipt: false,
      cancelWanted: false,
      beginsAgain: false,
      resumedPage: saved.id !== undefined, // its times are not known
    };
    const { id } = this.question;
    if (text.length > frames.MAX_TEXT_CHARACTERS)
      this.fail("invalid_input", `The message is longer than ${frames.MAX_TEXT_CHARACTERS.toLocaleString("en")} characters.`);
    else if (!frames.fits(frames.ask({ ...this.question, chatId: this.chatId }))) this.fail("invalid_input", frames.TOO_LONG);
    else this.pump();
    return id;
  }

  cancel() {
    const question = this.question;
    if (!question) return;
    question.cancelWanted = true;
    // Before the receipt there may be nothing to cancel yet: the receipt has it sent.
    if (question.sent && question.acknowledged) this.send(frames.cancel({ messageId: question.id }));
    else if (!question.sent) this.abandon("cancelled", "It was stopped before the service had it.");
  }

  snapshot() {
    const question = this.question;
    return question && { id: question.id, text: question.text, answer: question.answer.snapshot() };
  }

  // ---- the connection ----

  opened() {
    if (this.abandoned && this.send(frames.cancel({ messageId: this.abandoned }))) this.abandoned = null;
    this.pump();
  }

  lost() {
    const question = this.question;
    if (!question) return;
    question.sent = question.awaitReceipt = false;
    if (!question.acknowledged && question.sends >= MOST_SENDS_WITHOUT_RECEIPT)
      this.fail("connection_lost", `It was asked ${question.sends} times, and each time the connection was lost.`);
  }

  pump() {
    const question = this.question;
    if (!question || question.sent) return;
    if (!this.send(frames.ask({ ...question, chatId: this.chatNamed ? this.chatId : "" }))) return;
    Object.assign(question, { sent: true, awaitReceipt: true, doubtfulSince: null, sentAt: this.now() });
    question.sends += 1;
  }

  /// To be called about once a second while it is busy.
  tick() {
    const question = this.question;
    if (!question) return;
    const now = this.now();
    if (now >= question.progressAt + GIVE_UP_AFTER_MS)
      return this.abandon("no_answer", `Nothing came for ${GIVE_UP_AFTER_MS / 1000} s.`);
    const silent = Math.max(question.progressAt, question.sentAt) + ASK_AGAIN_AFTER_MS;
    const doubtful = question.doubtfulSince !== null && !question.acknowledged ? question.doubtfulSince + DOUBT_MS : Infinity;
    if (question.sent && now >= Math.min(silent, doubtful)) {
      question.sent = false;
      this.pump();
    }
  }

  // ---- frames ----

  take(frame) {
    const handler = { accepted: this.onAccepted, chunk: this.onChunk, completion: this.onCompletion, failure: this.onFailure, notice: this.onNotice }[
      frame.kind
    ];
    if (handler) return handler.call(this, frame);
    if (frame.kind === "unknownAction" && frame.action !== "ping" && frame.action !== "cancel") this.onFailure(frame);
  }

  current(messageId) {
    return this.question?.sent && this.question.id === messageId ? this.question : null;
  }

  onAccepted(frame) {
    const question = this.current(frame.messageId);
    if (!question) return;
    if (frame.waiting) {
      this.heard(question);
      return this.view.waiting(frame.waiting);
    }
    // No receipt: another node begins the answer again. Nothing is void until its first piece comes.
    if (!question.awaitReceipt) {
      question.beginsAgain ||= frame.restarted;
      return;
    }
    question.awaitReceipt = false;
    if (frame.chatId) {
      this.chatId = frame.chatId;
      this.chatNamed = true;
    }
    const first = !question.acknowledged;
    this.heard(question);
    if (frame.restarted) this.restart(question);
    if (first) this.view.accepted(frame);
    if (question.cancelWanted) this.send(frames.cancel({ messageId: question.id }));
  }

  onChunk(frame) {
    const question = this.current(frame.messageId);
    if (!question) return;
    if (question.beginsAgain && frame.seq === 0) this.restart(question);
    question.beginsAgain = false;
    this.heard(question);
    if (!question.answer.take(frame)) return;
    if (question.answer.begun) question.firstTextAt ??= question.progressAt;
    this.view.answering(question.answer);
  }

  onCompletion(frame) {
    const question = this.current(frame.messageId);
    if (!question) return;
    if (!question.answer.finish(frame))
      return this.fail("internal", "Pieces of the answer are missing, and it is too long to come again.");
    if (question.answer.begun) question.firstTextAt ??= this.now();
    this.question = null;
    this.view.completed(question.answer, frame, question.resumedPage ? null : statsOf(question, frame, this.now()));
  }

  /// A failure without a turn's id is about what was sent and not yet answered, if it does not say that it is about
  /// another kind of frame; a turn that runs has its id by now. It may have been about something else, and asked again it
  /// is still one turn.
  onFailure(frame) {
    const question = this.question;
    if (frame.messageId) {
      if (this.current(frame.messageId)) this.fail(frame.category, frame.text, frame.retryAfterMs);
    } else if (frame.action && frame.action !== "message") {
      this.view.noticed(frame);
    } else if (question?.sent && !question.acknowledged) {
      const passes = frame.category === "internal" || frame.category === "rate_limited";
      if (passes && question.sends < MOST_SENDS_WITHOUT_RECEIPT) question.doubtfulSince = this.now();
      else this.fail(frame.category ?? "invalid_message", frame.text, frame.retryAfterMs);
    } else if (!question) this.view.noticed(frame);
  }

  /// `/clear` is for the service, not for the model.
  onNotice({ title, text }) {
    const question = this.question;
    if (title !== "Chat history cleared" || !question?.sent || question.acknowledged) return;
    this.question = null;
    this.view.cleared(question.id, text);
  }

  heard(question) {
    question.acknowledged = true;
    question.progressAt = this.now();
  }

  /// What was shown of the answer is void.
  restart(question) {
    const shown = question.answer.begun;
    question.answer = new Answer();
    question.firstTextAt = null;
    if (shown) this.view.answering(question.answer);
  }

  // ---- ending ----

  fail(category, text, retryAfterMs = null) {
    const { id, text: asked, answer } = this.question;
    this.question = null;
    this.view.failed({ id, asked, answer, category, text, retryAfterMs });
  }

  /// Ends a turn here that the service may still run.
  abandon(category, text) {
    const { id, sends } = this.question;
    this.fail(category, text);
    if (sends > 0 && !this.send(frames.cancel({ messageId: id }))) this.abandoned = id;
  }
}

/// Seconds to the first word and to the last, and tokens a second between them; `tokensPerSecond` is null where the
/// service counts no tokens, or they all came at once.
export function statsOf(question, completion, now) {
  const first = question.firstTextAt ?? now;
  const seconds = (now - first) / 1000;
  const { tokens } = completion;
  return {
    ttftMs: first - question.askedAt,
    durationMs: now - question.askedAt,
    tokens,
    tokensPerSecond: tokens > 1 && seconds > 0.001 ? (tokens - 1) / seconds : null,
  };
}
