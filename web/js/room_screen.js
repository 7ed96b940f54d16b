// One room on the page: who is here, what is said, and what the model says to all.

import { Connection } from "./connection.js";
import { Composer } from "./composer.js";
import { announce, element } from "./dom.js";
import { LogView } from "./log_view.js";
import { AnswerView, markdownNodes, noticeView } from "./message_view.js";
import { Room } from "./room.js";
import * as words from "./words.js";

const HUES = 12;
/// A room answers one question at a time: one that fails now was asked not long ago.
const MOST_MINE = 50;

export class RoomScreen {
  constructor(app, name) {
    Object.assign(this, { app, name });
    this.state = "";
    this.members = new Map(); // user id → name
    this.recipient = null; // { userId, name }: the next message is for one person
    this.log = new LogView(`Room ${name}`);
    this.people = element("ul", { class: "people", "aria-label": "Who is here" });
    this.composer = new Composer({
      label: `Message #${name}`,
      hint: "@model asks the model, for everybody · Esc stops its answer",
      send: (text) => this.say(text),
      stop: () => this.stop(),
      ...app.draftOf(`#room/${name}`),
    });
    this.aside = element("p", { class: "aside", hidden: true });
    this.composer.node.prepend(this.aside);
    this.node = element("section", { class: "screen room" }, this.people, this.log.node, this.composer.node);
    const { world } = app;
    this.connection = new Connection(app.url(""), this, world);
    this.room = new Room({ name, send: (frame) => this.connection.send(frame), view: this, now: world.now, newId: world.newId });
    this.ticker = world.setInterval(() => this.room.tick(), 1_000);
    this.more = element("button", { type: "button", class: "earlier quiet", onclick: () => this.earlier() }, "Earlier messages");
    this.sending = new Map(); // what is not acknowledged yet: id → its node
    this.mine = new Map(); // what was said here last: id → its node
  }

  get title() {
    return `#${this.name}`;
  }

  /// What was said goes out, also when the reader looks at something else.
  get busy() {
    return this.room.unsent;
  }

  start() {
    this.connection.start();
  }

  close() {
    this.app.world.clearInterval(this.ticker);
    this.connection.close();
  }

  keepPending() {}

  /// What is said in a room comes by itself.
  refresh() {}

  // ---- what the reader does ----

  say(text) {
    const to = this.recipient;
    const id = this.room.say(text, to?.userId ?? "all");
    if (id === null) return false;
    const node = this.messageView({ name: this.app.who.name || "you", text, timestamp: this.app.world.now(), mine: true, to: to?.name });
    node.classList.add("sending");
    this.sending.set(id, node);
    this.mine.set(id, node);
    if (this.mine.size > MOST_MINE) this.mine.delete(this.mine.keys().next().value);
    this.log.place(node, Infinity);
    this.log.follow();
    this.address(null);
    return true;
  }

  earlier() {
    this.more.disabled = true;
    this.room.earlier();
  }

  stop() {
    if (this.room.answering) this.room.stop();
    else this.address(null);
  }

  /// The next message goes to one person only.
  address(member) {
    this.recipient = member;
    this.aside.hidden = member === null;
    this.aside.textContent = member ? `To ${member.name} alone · Esc: to everybody` : "";
    if (member) this.composer.focus();
  }

  // ---- the connection ----

  opened() {
    this.setState("");
    this.room.opened();
  }

  lost(wait) {
    this.room.lost();
    this.setState(`Not connected; trying again in ${words.duration(wait)}`);
  }

  async mayGoOn() {
    return (await this.app.signedIn()).goOn;
  }

  expectsAnswer() {
    return this.room.expectsAnswer;
  }

  frame(frame) {
    this.room.take(frame);
  }

  setState(state) {
    this.state = state;
    this.app.changed();
  }

  // ---- the room ----

  presence({ event, members, timestamp }) {
    if (event === "list") this.members = new Map(members.map((member) => [member.userId, member.name]));
    for (const { userId, name } of event === "list" ? [] : members) {
      if (event === "join") this.members.set(userId, name);
      else this.members.delete(userId);
      this.log.place(noticeView(`${name} ${event === "join" ? "came" : "left"}`), timestamp);
    }
    this.connection.worked();
    this.drawPeople();
  }

  drawPeople() {
    const buttons = [...this.members].map(([userId, name]) => {
      const isMe = userId === this.app.who.user;
      const person = element("button", { type: "button", class: `person ${hue(userId)}`, disabled: isMe, onclick: () => this.address({ userId, name }), title: isMe ? "you" : `Write to ${name} alone` }, isMe ? `${name} (you)` : name);
      return element("li", {}, person);
    });
    this.people.replaceChildren(...buttons);
  }

  earlierPages(has) {
    this.more.disabled = false;
    if (has) this.log.head(this.more);
    else this.more.remove();
  }

  said({ byModel, sender, name, text, timestamp, place, toMe, earlier, partial = false, truncated = false }) {
    const mine = sender !== "" && sender === this.app.who.user;
    const node = this.messageView({ byModel, sender, name, text, timestamp, mine, toMe });
    const remark = words.missing({ partial, truncated });
    if (remark) node.append(element("p", { class: "remark" }, remark));
    this.log.place(node, place);
    if (!earlier && !mine && this.app.shown === this) announce(`${name}: ${text.slice(0, 500)}`);
  }

  messageView({ byModel, sender = "", name, text, timestamp, mine, toMe, to }) {
    const body = element("div", { class: "body markdown" });
    body.append(markdownNodes(text));
    const aside = toMe ? " to you" : to ? ` to ${to}` : "";
    const head = element("header", {}, element("b", { class: mine ? "" : hue(sender || "model") }, name), element("span", { class: "when" }, aside ? `${aside} · ` : "", words.clock(timestamp)));
    return element("article", { class: `message said${mine ? " mine" : ""}${to ? " private" : ""}${byModel ? " model" : ""}`, "aria-label": name }, head, body);
  }

  /// `timestamp` is that of the piece that came.
  answering(text, timestamp = 0) {
    if (!this.answer) {
      this.answer = new AnswerView("model");
      this.answer.node.prepend(element("header", {}, element("b", { class: hue("model") }, "model")));
      this.answer.onDrawn = () => this.log.settle();
      this.log.place(this.answer.node, timestamp);
      this.composer.stopButton.hidden = false;
    }
    this.answer.show({ text, reasoning: "" });
  }

  answered(remark) {
    this.answer?.end();
    this.answer?.say(remark);
    if (this.answer && this.app.shown === this) announce(`model: ${this.answer.text.slice(0, 500)}`);
    this.answer = null;
    this.composer.stopButton.hidden = true;
  }

  /// Nobody keeps what is for one person: whether it came to anybody is in the service's words.
  sent(id, text, timestamp) {
    const node = this.acknowledged(id, timestamp);
    node?.classList.remove("sending");
    if (node?.classList.contains("private")) {
      node.append(element("p", { class: "remark" }, text));
      announce(text);
    }
    this.connection.worked();
    this.app.changed();
  }

  acknowledged(id, timestamp) {
    const node = this.sending.get(id);
    if (node) this.log.setTime(node, timestamp);
    this.sending.delete(id);
    return node;
  }

  /// A question to the model that failed before the first word, whoever asked it.
  unanswered(id, text) {
    this.mine.get(id)?.append(element("p", { class: "remark" }, "The model did not answer this."));
    this.refused(null, text);
  }

  /// `again` does what was refused once more.
  refused(id, text, again = null) {
    this.acknowledged(id, 0)?.classList.add("failed");
    const retry = () => (notice.remove(), again());
    const notice = noticeView(text, again && element("button", { type: "button", class: "quiet", onclick: retry }, "Try again"));
    this.log.place(notice, 0);
    announce(text);
    this.app.changed();
  }
}

/// One of a few colours, the same one for the same person everywhere.
function hue(id) {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.codePointAt(0)) % 9973;
  return `hue-${sum % HUES}`;
}
