import assert from "node:assert/strict";
import test from "node:test";

import { isRoomName, Room } from "../../../web/js/room.js";

function setUp() {
  const it = { now: 1_000, sent: [], told: [], ids: 0 };
  const view = new Proxy({}, { get: (_, name) => (...words) => it.told.push([name, ...words]) });
  it.room = new Room({ name: "ops", send: (frame) => it.sent.push(JSON.parse(frame)) > 0, view, now: () => it.now, newId: () => `m${++it.ids}` });
  it.join = () => {
    it.room.opened();
    it.room.take({ kind: "presence", event: "list", room: "ops", members: [], count: 0 });
  };
  it.names = () => it.told.map(([name]) => name);
  return it;
}

const said = (messageId, more = {}) => ({ kind: "said", content: "x", sender: "u", senderName: "bob", recipient: "all", room: "ops", messageId, timestamp: 1, ...more });
const stored = (messageId, more = {}) => ({ role: "user", content: "x", messageId, timestamp: 1, sender: "u", senderName: "bob", ...more });

test("it joins, asks for what was said before, and shows each message once", () => {
  const it = setUp();
  it.join();
  assert.deepEqual(it.sent.map((frame) => frame.action), ["join", "history"]);
  it.room.take(said("a"));
  it.room.take({ kind: "history", messages: [stored("a"), stored("b")] });
  assert.deepEqual(it.told.filter(([name]) => name === "said").map(([, one]) => one.id), ["a", "b"]);
});

test("what a late history tells is placed in time, an answer with its question", () => {
  const it = setUp();
  it.join();
  it.room.take({ kind: "chunk", messageId: "z", seq: 0, text: "a", timestamp: 70 });
  it.room.take(said("c", { timestamp: 60 }));
  const messages = [stored("a", { timestamp: 10 }), stored("q", { timestamp: 20 }), stored("q", { role: "assistant", timestamp: 45 }), stored("b", { timestamp: 40 })];
  it.room.take({ kind: "history", messages });
  assert.deepEqual(it.told.filter(([name]) => name === "said").map(([, one]) => one.place), [60, 10, 20, 20, 40]);
  assert.deepEqual(it.told.find(([name]) => name === "answering"), ["answering", "a", 70]);
});

test("messages go out one after the other, and again after a loss", () => {
  const it = setUp();
  it.join();
  it.room.say("one");
  it.room.say("two");
  const contents = () => it.sent.filter((frame) => frame.action === "message").map((frame) => frame.data.content);
  assert.deepEqual(contents(), ["one"]);
  it.room.lost();
  it.join();
  assert.deepEqual(contents(), ["one", "one"]);
  it.room.take({ kind: "notice", title: "Message sent", text: "Delivered to 1 connection." });
  assert.deepEqual(contents(), ["one", "one", "two"]);
});

test("what is not acknowledged is not sent yet", () => {
  const it = setUp();
  assert.equal(it.room.unsent, false);
  it.room.say("one");
  it.join();
  assert.equal(it.room.unsent, true);
  it.room.take({ kind: "notice", title: "Message sent", text: "Delivered to 1 connection." });
  assert.equal(it.room.unsent, false);
});

test("who says too much says it later", () => {
  const it = setUp();
  it.join();
  it.room.say("one");
  it.room.take({ kind: "failure", messageId: "", category: "rate_limited", text: "slowly", retryAfterMs: 1_500 });
  it.room.tick();
  assert.equal(it.sent.length, 3);
  it.now += 1_500;
  it.room.tick();
  assert.equal(it.sent.length, 4);
});

test("the model's answer streams, begins again, and ends", () => {
  const it = setUp();
  it.join();
  const chunk = (seq, text) => it.room.take({ kind: "chunk", messageId: "q", seq, text });
  chunk(0, "a");
  it.room.take({ kind: "accepted", messageId: "q", restarted: true });
  chunk(0, "b");
  chunk(2, "lost");
  it.room.take({ kind: "completion", messageId: "q", text: "bc", truncated: false });
  assert.deepEqual(it.told.filter(([name]) => name === "answering").map(([, text]) => text), ["a", "", "b", "bc"]);
  assert.equal(it.names().at(-1), "answered");
});

test("an answer that the line was lost in is shown whole from the history", () => {
  const it = setUp();
  it.join();
  it.room.take({ kind: "chunk", messageId: "q", seq: 0, text: "a" });
  it.room.lost();
  it.join();
  it.room.take({ kind: "history", messages: [stored("q", { role: "assistant", content: "abc" })] });
  assert.equal(it.told.findLast(([name]) => name === "said")[1].text, "abc");
});

test("an answer that was stopped says so, while it comes and out of the history", () => {
  const it = setUp();
  it.join();
  it.room.take({ kind: "chunk", messageId: "q", seq: 0, text: "a" });
  it.room.take({ kind: "failure", messageId: "q", category: "cancelled", text: "The answer was cancelled." });
  assert.deepEqual(it.told.at(-1), ["answered", "Stopped"]);
  it.room.take({ kind: "history", messages: [stored("p", { role: "assistant", partial: true, truncated: false })] });
  const [, { partial, truncated }] = it.told.findLast(([name]) => name === "said");
  assert.deepEqual([partial, truncated], [true, false]);
});

test("messages of other rooms are not of this one; those to this user are", () => {
  const it = setUp();
  it.join();
  it.room.take(said("a", { room: "lobby" }));
  it.room.take(said("b", { recipient: "me", room: "" }));
  assert.deepEqual(it.told.filter(([name]) => name === "said").map(([, one]) => [one.id, one.toMe]), [["b", true]]);
});

test("names of rooms", () => {
  assert.deepEqual(["ops", "a_b-1", "", "a b", "../x", "x".repeat(65)].map(isRoomName), [true, true, false, false, false, false]);
});

test("a join that nobody answers is said again", () => {
  const it = setUp();
  it.room.opened();
  it.now += 29_000;
  it.room.tick();
  assert.equal(it.sent.length, 1);
  it.now += 2_000;
  it.room.tick();
  assert.deepEqual(it.sent.map((frame) => frame.action), ["join", "join"]);
});

test("somebody else's question that failed says nothing of what is under way", () => {
  const it = setUp();
  it.join();
  it.room.say("mine");
  it.room.take({ kind: "failure", messageId: "theirs", category: "llm_unavailable", text: "No node." });
  assert.deepEqual(it.told.at(-1), ["unanswered", "theirs", "No node."]);
  it.room.take({ kind: "notice", title: "Message sent", text: "Delivered to 1 connection.", timestamp: 5 });
  assert.deepEqual(it.told.at(-1), ["sent", "m1", "Delivered to 1 connection.", 5]);
});

test("a question's failure is told, before the word that it was sent and after", () => {
  const it = setUp();
  it.join();
  for (const category of ["rate_limited", "llm_unavailable"]) {
    const id = it.room.say("@model why?");
    const fails = () => it.room.take({ kind: "failure", messageId: id, category, text: "No node." });
    fails();
    assert.deepEqual(it.told.at(-1), ["unanswered", id, "No node."]);
    assert.equal(it.room.unsent, true);
    it.room.take({ kind: "notice", title: "Message sent", text: "Delivered to 1 connection.", timestamp: 5 });
    assert.deepEqual(it.told.at(-1), ["sent", id, "Delivered to 1 connection.", 5]);
    assert.equal(it.room.unsent, false);
    fails();
    assert.deepEqual(it.told.at(-1), ["unanswered", id, "No node."]);
  }
});

const asked = (it) => it.sent.filter((frame) => frame.action === "history").map((frame) => frame.data.before ?? `newest ${frame.data.limit}`);
const page = (it, messages, before = "") => it.room.take({ kind: "history", messages, before });

test("a page of the history that nobody answers is asked for again, until it comes", () => {
  const it = setUp();
  it.join();
  it.now += 31_000;
  it.room.tick();
  page(it, [stored("a")]);
  it.now += 31_000;
  it.room.tick();
  assert.deepEqual(asked(it), ["newest 30", "newest 30"]);
});

test("all that was missed comes, though it fills more than a page", () => {
  const it = setUp();
  it.join();
  page(it, [stored("a", { timestamp: 10 })], "c0");
  it.room.lost();
  it.join();
  it.room.take(said("f", { timestamp: 60 })); // while the pages come
  page(it, [stored("d", { timestamp: 40 }), stored("e", { timestamp: 50 }), stored("f", { timestamp: 60 })], "c2");
  page(it, [stored("a", { timestamp: 10 }), stored("b", { timestamp: 20 }), stored("c", { timestamp: 30 })], "c1");
  assert.deepEqual(asked(it), ["newest 30", "newest 100", "c2"]);
  assert.deepEqual(it.told.filter(([name]) => name === "said").map(([, one]) => one.id), ["a", "f", "d", "e", "b", "c"]);
});

test("what was missed is read to some end, and the rest is told of", () => {
  const it = setUp();
  it.join();
  page(it, [stored("a", { timestamp: 10 })]);
  it.room.lost();
  it.join();
  for (let number = 0; number < 20; ++number) page(it, [stored(`n${number}`, { timestamp: 9_000 - number })], "more");
  assert.equal(asked(it).length, 11);
  assert.match(it.told.find(([name]) => name === "refused")[2], /More was said/);
});

test("earlier messages are read page by page, whatever is missed between", () => {
  const it = setUp();
  it.join();
  page(it, [stored("c")], "c2");
  assert.deepEqual(it.told.at(-1), ["earlierPages", true]);
  it.room.earlier();
  it.room.lost();
  it.join();
  page(it, [stored("c")], "x"); // nothing was missed
  it.room.earlier();
  page(it, [stored("b")], "");
  assert.deepEqual(it.told.at(-1), ["earlierPages", false]);
  it.room.earlier();
  assert.deepEqual(asked(it), ["newest 30", "c2", "newest 100", "c2"]);
});

test("a history that is refused can be asked for again", () => {
  const it = setUp();
  it.join();
  it.room.take({ kind: "failure", messageId: "", category: "internal", text: "No table answers." });
  const [name, id, text, again] = it.told.at(-1);
  assert.deepEqual([name, id, text], ["refused", null, "No table answers."]);
  again();
  assert.deepEqual(asked(it), ["newest 30", "newest 30"]);
});

test("a history that is refused is not what is said meanwhile", () => {
  const it = setUp();
  it.join();
  it.room.say("one");
  const failure = { kind: "failure", messageId: "", text: "No table answers." };
  it.room.take({ ...failure, category: "internal", action: "history" });
  const [name, id, , again] = it.told.at(-1);
  assert.deepEqual([name, id, it.room.unsent], ["refused", null, true]);
  again();
  it.room.take({ ...failure, category: "rate_limited", action: "cancel" });
  assert.deepEqual([it.told.at(-1)[3], it.room.unsent], [undefined, true]);
  it.room.take({ ...failure, category: "invalid_input", action: "message" });
  assert.deepEqual([it.told.at(-1)[1], it.room.unsent], ["m1", false]);
  it.room.take({ kind: "history", messages: [] });
  assert.equal(it.room.asking, null);
});

test("a room that takes nobody is told of once, and can be asked again", () => {
  const it = setUp();
  it.room.opened();
  it.room.take({ kind: "failure", messageId: "", category: "invalid_input", text: "You are in 16 rooms already; leave one first." });
  it.now += 60_000;
  it.room.tick();
  assert.equal(it.sent.length, 1);
  it.told.at(-1)[3]();
  it.room.take({ kind: "unknownAction", action: "join" });
  it.now += 60_000;
  it.room.tick();
  assert.equal(it.sent.length, 2);
  assert.deepEqual(it.names(), ["refused", "refused"]);
});

test("an answer that stops in its middle does not go on for ever, and is shown when it is whole", () => {
  const it = setUp();
  it.join();
  it.room.take({ kind: "chunk", messageId: "q", seq: 0, text: "a", timestamp: 1 });
  it.now += 121_000;
  it.room.tick();
  assert.deepEqual(it.told.at(-1), ["answered", "Nothing came for 120 s."]);
  it.room.take({ kind: "completion", messageId: "q", text: "abc", truncated: false });
  assert.equal(it.told.at(-1)[1].text, "abc");
});

test("another answer ends one whose end was lost", () => {
  const it = setUp();
  it.join();
  const chunk = (id, seq, text) => it.room.take({ kind: "chunk", messageId: id, seq, text, timestamp: 1 });
  chunk("q", 0, "a");
  chunk("r", 0, "b");
  assert.deepEqual(it.told.slice(-2), [["answered", "The rest did not come."], ["answering", "b", 1]]);
});

test("what is too long for a frame is not sent, lest the connection be lost again and again", () => {
  const it = setUp();
  it.join();
  assert.equal(it.room.say("é".repeat(16_400)), null);
  assert.match(it.told.at(-1)[2], /longer than 32 KiB/);
  assert.equal(it.room.unsent, false);
  assert.notEqual(it.room.say("é".repeat(16_000)), null);
});
