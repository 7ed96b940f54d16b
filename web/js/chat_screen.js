// One chat on the page: its connection, its question, its messages. It lives on while its question is unanswered, also
// when the reader looks at another chat.

import { Connection } from "./connection.js";
import { Composer } from "./composer.js";
import { announce, element } from "./dom.js";
import { History } from "./history.js";
import { LogView } from "./log_view.js";
import { AnswerView, noticeView, questionView } from "./message_view.js";
import { splitThinking } from "./answer.js";
import { Turn } from "./turn.js";
import * as words from "./words.js";

const MOST_ANNOUNCED = 1_000;
const REFUSALS = 2;

export class ChatScreen {
  /// `app` has url(chatId), world, chats, draftOf(hash), signedIn() and changed(). A chat that `isNew` was made on this page just now: any
  /// other one may have messages, though this machine does not know of it.
  constructor(app, id, isNew) {
    Object.assign(this, { app, id, isNew });
    this.refusals = 0; // handshakes, since the last one that was not
    this.questions = new Map(); // id → node
    this.state = "";
    this.log = new LogView("Chat");
    this.composer = new Composer({
      label: "Ask something",
      hint: "Enter sends · Shift Enter: new line · Esc stops",
      send: (text) => this.ask(text),
      stop: () => this.stop(),
      ...app.draftOf(`#chat/${id}`),
    });
    this.welcome = element("div", { class: "welcome" }, element("h2", {}, "What do you want to know?"), element("p", {}, "Answers stream as they come. Press ? for the keys."));
    if (isNew) this.log.add(this.welcome);
    this.node = element("section", { class: "screen" }, this.log.node, this.composer.node);
    const { world } = app;
    this.connection = new Connection(app.url(id), this, world);
    const send = (frame) => this.connection.send(frame);
    this.turn = new Turn({ send, view: this, now: world.now, newId: world.newId, chatId: id });
    this.history = new History({ send, now: world.now, isNew });
    this.ticker = world.setInterval(() => this.tick(), 1_000);
  }

  get title() {
    return this.app.chats.find(this.id)?.title || "New chat";
  }

  get busy() {
    return this.turn.busy;
  }

  start() {
    this.connection.start();
  }

  /// For good: nothing of it goes on on this page.
  close() {
    this.app.world.clearInterval(this.ticker);
    this.connection.close();
  }

  tick() {
    this.turn.tick();
    this.history.tick();
  }

  /// A page that was left before it had taken its question up has none, and the question is still to be answered.
  keepPending() {
    const pending = this.turn.snapshot();
    if (pending) this.app.chats.keepPending(this.id, pending);
  }

  /// A question of before that this page has not taken up: it may be under way, in this tab's last life or in another tab.
  get left() {
    return this.turn.busy || this.history.begun ? null : (this.app.chats.find(this.id)?.pending ?? null);
  }

  // ---- what the reader does ----

  ask(text) {
    if (this.turn.busy || this.left) return false;
    this.welcome.remove();
    this.app.chats.touch(this.id, text);
    this.addQuestion(text);
    this.log.follow();
    const id = this.turn.ask(text);
    this.questions.set(id, this.asked);
    this.history.know(id);
    this.keepPending();
    this.app.changed();
    return true;
  }

  stop() {
    this.turn.cancel();
  }

  /// The reader looks at it again.
  refresh() {
    this.history.refresh();
  }

  earlier() {
    this.history.earlier();
    this.more.disabled = true;
  }

  // ---- the connection ----

  opened() {
    this.refusals = 0;
    this.unopened?.remove();
    this.setState("");
    this.history.opened();
    this.turn.opened();
  }

  lost(wait) {
    this.turn.lost();
    this.setState(`Not connected; trying again in ${words.duration(wait)}`);
  }

  /// A page does not see why a handshake was refused: one that comes twice, from a service that is there, is told of.
  async mayGoOn() {
    const { goOn, reached } = await this.app.signedIn();
    this.refusals += reached ? 1 : 0;
    if (goOn && this.refusals === REFUSALS) {
      this.unopened = noticeView("This chat does not open. It may be somebody else's, or something may be wrong with the service: it is tried again.");
      this.log.add(this.unopened);
      announce(this.unopened.textContent);
    }
    return goOn;
  }

  expectsAnswer() {
    return this.turn.busy || this.history.wanted !== null;
  }

  frame(frame) {
    if (frame.kind === "history") return this.onHistory(frame);
    if (frame.kind === "said" && frame.recipient !== "all") return this.toMe(frame);
    if (frame.kind === "presence" || frame.kind === "said") return; // of the lobby, in which every connection is
    this.turn.take(frame);
  }

  /// A message to this user alone, which nobody keeps: whatever is looked at shows it.
  toMe(frame) {
    if (this.app.shown !== this) return;
    const text = `${frame.senderName} to you: ${frame.content}`;
    this.log.add(noticeView(text));
    announce(text);
  }

  setState(state) {
    this.state = state;
    this.app.changed();
  }

  // ---- history ----

  onHistory(page) {
    if (this.history.readsNewer) return this.onNewer(page);
    const { left } = this;
    if (left) this.history.know(left.id);
    const first = !this.history.begun;
    const messages = this.history.take(page);
    if (!messages) return;
    this.connection.worked();
    this.more?.remove();
    this.log.addBefore(...messages.map((message) => this.storedView(message)));
    if (page.before) {
      this.more = element("button", { type: "button", class: "earlier quiet", onclick: () => this.earlier() }, "Earlier messages");
      this.log.addBefore(this.more);
    }
    if (left) this.goOn(left);
    if (first) this.begun(messages);
  }

  /// What was asked on another device meanwhile. An answer stands below its question, and all of it before what was asked
  /// here later.
  onNewer(page) {
    const newer = this.history.takeNewer(page, this.turn.question?.id);
    this.connection.worked();
    if (!newer || newer.messages.length === 0) return;
    this.welcome.remove();
    const end = this.turn.busy ? this.asked : null;
    const more = "More was said meanwhile than is shown here: load the page again to read it.";
    if (!newer.whole) this.log.insert(noticeView(more), end);
    for (const { message, before } of newer.messages) {
      const question = message.role === "assistant" ? this.questions.get(message.messageId) : undefined;
      this.log.insert(this.storedView(message), question ? question.nextElementSibling : (this.questions.get(before) ?? end));
    }
    if (this.app.shown === this) announce("What was said on another device is shown now");
  }

  /// The newest page is there. A chat of another device, or of before this one's storage was cleared, is in the list then.
  begun(messages) {
    if (messages.length === 0 && !this.turn.busy) this.log.add(this.welcome);
    const question = messages.find(({ role }) => role === "user");
    if (question && !this.app.chats.find(this.id)) {
      this.app.chats.touch(this.id, question.content);
      this.app.changed();
    }
    this.log.follow();
  }

  storedView(message) {
    if (message.role === "user") {
      const question = questionView(message.content);
      if (message.messageId) this.questions.set(message.messageId, question);
      return question;
    }
    const view = new AnswerView();
    view.show(splitThinking(message.content));
    view.end();
    view.say(words.missing(message));
    return view.node;
  }

  /// A question that was under way when the page was left.
  goOn(pending) {
    this.addQuestion(pending.text);
    this.questions.set(pending.id, this.asked);
    this.turn.ask(pending.text, pending);
    if (this.turn.question?.answer.begun) this.answering(this.turn.question.answer);
  }

  // ---- the turn ----

  addQuestion(text) {
    this.asked = questionView(text);
    this.log.add(this.asked);
    this.beginAnswer();
  }

  beginAnswer() {
    this.answer = new AnswerView();
    this.answer.onDrawn = () => this.log.settle();
    this.answer.wait();
    this.log.add(this.answer.node);
    this.composer.answering = true;
  }

  accepted(frame) {
    this.answer.wait(frame.adjusted.join(" · "));
    announce("The answer begins");
  }

  waiting(text) {
    this.answer.wait(text);
  }

  answering(answer) {
    this.answer.say("");
    this.answer.show(answer.shown);
    this.log.settle();
  }

  completed(answer, completion, stats) {
    this.connection.worked();
    this.answer.show(answer.shown);
    this.answer.end(stats ? words.stats(stats) : "");
    this.answer.say([words.ending(completion.finishReason), completion.stored ? "" : "It could not be kept: it is not in the history."].join(" ").trim());
    const text = answer.shown.text || "It is empty.";
    announce(`Answer: ${text.length > MOST_ANNOUNCED ? text.slice(0, MOST_ANNOUNCED) + " … and more" : text}`);
    this.ended(completion.messageId);
  }

  cleared(id, text) {
    this.answer.node.remove();
    this.log.add(noticeView(text));
    announce(text);
    this.ended(id);
  }

  failed({ id, asked, answer, category, text }) {
    const again = element("button", { type: "button", class: "quiet", onclick: () => this.retry(asked) }, "Ask again");
    this.answer.show(answer.shown);
    this.answer.end("", again);
    const title = words.failureTitle(category);
    const stopped = category === "cancelled";
    this.answer.say(stopped ? title : `${title}: ${text}`, !stopped);
    announce(stopped ? title : `${title}: ${text}`);
    this.ended(id);
  }

  retry(text) {
    this.ask(text);
    this.composer.focus();
  }

  ended(questionId) {
    this.composer.answering = false;
    this.app.chats.endPending(this.id, questionId);
    this.log.settle();
    this.app.changed();
  }

  /// This is about the history, where it does not say that it is about something else: what it could not read, it can be
  /// asked for again.
  noticed({ text, category, action = "" }) {
    if (action && action !== "history") {
      this.log.add(noticeView(text));
      return announce(text);
    }
    const { left } = this;
    if (left) this.history.know(left.id);
    const forGood = category === "chat_expired";
    const again = this.history.refused(forGood) && !forGood;
    if (this.more) this.more.disabled = false;
    const notice = noticeView(text, ...(again ? [this.againButton(() => notice.remove())] : []));
    this.log.add(notice);
    announce(text);
    if (left) this.goOn(left);
  }

  againButton(clicked) {
    return element("button", { type: "button", class: "quiet", onclick: () => (clicked(), this.history.again()) }, "Try again");
  }
}
