import assert from "node:assert/strict";
import test from "node:test";

import { Turn } from "../../../web/js/turn.js";

/// A turn whose connection, clock and reader are played.
function setUp({ open = true } = {}) {
  const it = { now: 1_000, open, sent: [], told: [], ids: 0 };
  const view = new Proxy({}, { get: (_, name) => (...words) => it.told.push([name, ...words]) });
  it.turn = new Turn({
    send: (frame) => it.open && it.sent.push(JSON.parse(frame)) > 0,
    view,
    now: () => it.now,
    newId: () => `m${++it.ids}`,
    chatId: "c",
  });
  it.heard = (frame) => it.turn.take({ messageId: "m1", chatId: "c", resumed: false, restarted: false, waiting: "", adjusted: [], ...frame });
  it.accepted = (more) => it.heard({ kind: "accepted", ...more });
  it.piece = (seq, text, more) => it.heard({ kind: "chunk", seq, text, reasoning: "", textWasReasoning: false, isComplete: false, ...more });
  it.completed = (text, more) => it.heard({ kind: "completion", text, reasoning: "", truncated: false, finishReason: "stop", tokens: null, stored: true, ...more });
  it.failed = (more) => it.heard({ kind: "failure", text: "no", category: "internal", retryAfterMs: null, ...more });
  it.names = () => it.told.map(([name]) => name);
  return it;
}

test("a question is asked, answered and told with its figures", () => {
  const it = setUp();
  it.turn.ask("hi");
  assert.deepEqual(it.sent, [{ action: "message", data: { message: "hi", messageId: "m1", separateReasoning: true } }]);
  it.accepted();
  it.now += 200;
  it.piece(0, "he");
  it.now += 1_000;
  it.piece(1, "llo", { isComplete: true });
  it.completed("hello", { tokens: 11 });
  assert.deepEqual(it.names(), ["accepted", "answering", "answering", "completed"]);
  const [, answer, , stats] = it.told.at(-1);
  assert.equal(answer.text, "hello");
  assert.deepEqual(stats, { ttftMs: 200, durationMs: 1_200, tokens: 11, tokensPerSecond: 10 });
  assert.equal(it.turn.busy, false);
});

test("a question that waits for the connection goes out when it is there, and names its chat from then on", () => {
  const it = setUp({ open: false });
  it.turn.ask("hi");
  assert.equal(it.sent.length, 0);
  it.open = true;
  it.turn.opened();
  it.accepted();
  it.completed("a");
  it.turn.ask("more");
  assert.equal(it.sent[1].data.chatId, "c");
});

test("a lost connection asks again under the same id, and the answer goes on", () => {
  const it = setUp();
  it.turn.ask("hi");
  it.accepted();
  it.piece(0, "a");
  it.turn.lost();
  it.turn.opened();
  assert.deepEqual(it.sent.map((frame) => frame.data.messageId), ["m1", "m1"]);
  it.accepted({ resumed: true });
  it.piece(1, "b", { isComplete: true });
  it.completed("ab");
  assert.equal(it.told.at(-1)[1].text, "ab");
});

test("an answer that begins again is shown from its start", () => {
  const it = setUp();
  it.turn.ask("hi");
  it.accepted();
  it.piece(0, "old");
  it.accepted({ restarted: true });
  assert.equal(it.turn.question.answer.text, "old");
  it.piece(0, "new");
  assert.equal(it.turn.question.answer.text, "new");
});

test("after a reconnect `restarted` voids what was shown at once", () => {
  const it = setUp();
  it.turn.ask("hi");
  it.accepted();
  it.piece(0, "old");
  it.turn.lost();
  it.turn.opened();
  it.accepted({ restarted: true });
  assert.equal(it.turn.question.answer.text, "");
});

test("a failure without an id is doubted, and the question is asked once more", () => {
  const it = setUp();
  it.turn.ask("hi");
  it.failed({ messageId: "" });
  it.turn.tick();
  assert.equal(it.sent.length, 1);
  it.now += 1_000;
  it.turn.tick();
  assert.equal(it.sent.length, 2);
});

test("a failure of another kind of frame is none of the question's", () => {
  const it = setUp();
  it.turn.ask("hi");
  it.failed({ messageId: "", category: "chat_expired", action: "history" });
  it.turn.take({ kind: "unknownAction", action: "history", text: "no" });
  assert.deepEqual(it.names(), ["noticed", "noticed"]);
  it.failed({ messageId: "", category: "invalid_message", action: "message" });
  assert.deepEqual(it.names(), ["noticed", "noticed", "failed"]);
});

test("a refusal ends the turn, and names what was asked", () => {
  const it = setUp();
  it.turn.ask("hi");
  it.failed({ category: "busy" });
  assert.deepEqual(it.names(), ["failed"]);
  assert.equal(it.told[0][1].asked, "hi");
});

test("stop: at once when it was never sent, by a frame when it was, by the receipt in between", () => {
  const unsent = setUp({ open: false });
  unsent.turn.ask("hi");
  unsent.turn.cancel();
  assert.equal(unsent.told[0][1].category, "cancelled");

  const it = setUp();
  it.turn.ask("hi");
  it.turn.cancel();
  assert.equal(it.sent.length, 1);
  it.accepted();
  assert.deepEqual(it.sent[1], { action: "cancel", data: { messageId: "m1" } });
  it.failed({ category: "cancelled" });
  assert.equal(it.turn.busy, false);
});

test("silence: asked again after half a minute, given up after two", () => {
  const it = setUp();
  it.turn.ask("hi");
  it.accepted();
  it.now += 30_000;
  it.turn.tick();
  assert.equal(it.sent.length, 2);
  it.now += 90_000;
  it.turn.tick();
  assert.equal(it.told.at(-1)[1].category, "no_answer");
  assert.deepEqual(it.sent.at(-1), { action: "cancel", data: { messageId: "m1" } });
});

test("a text that is too long is not sent", () => {
  for (const text of ["x".repeat(100_001), "€".repeat(50_000)]) {
    const it = setUp();
    it.turn.ask(text);
    assert.equal(it.sent.length, 0);
    assert.equal(it.told[0][1].category, "invalid_input");
  }
});

test("frames of another turn change nothing", () => {
  const it = setUp();
  it.turn.ask("hi");
  it.accepted();
  it.piece(0, "x", { messageId: "m0" });
  it.completed("x", { messageId: "m0" });
  it.failed({ messageId: "m0" });
  assert.deepEqual(it.names(), ["accepted"]);
});

test("a page that is loaded again asks under the old id, and says nothing of times that it does not know", () => {
  const it = setUp();
  it.turn.ask("hi", { id: "m1", answer: { text: "a", reasoning: "", nextSeq: 1, separate: true } });
  it.accepted({ resumed: true });
  it.piece(1, "b", { isComplete: true });
  it.completed("ab");
  assert.equal(it.told.at(-1)[1].text, "ab");
  assert.equal(it.told.at(-1)[3], null);
});

test("/clear is no question: the service's word for it is its end", () => {
  const it = setUp();
  it.turn.ask("/clear");
  it.turn.take({ kind: "notice", title: "Room left", text: "x" });
  it.turn.take({ kind: "notice", title: "Chat history cleared", text: "The model starts without the earlier messages." });
  assert.deepEqual(it.told, [["cleared", "m1", "The model starts without the earlier messages."]]);
  assert.equal(it.turn.busy, false);
  it.turn.take({ kind: "notice", title: "Chat history cleared", text: "again" });
  assert.equal(it.told.length, 1);
});

test("what is too long for a frame is not sent: the connection would be lost each time", () => {
  const it = setUp();
  it.turn.ask("é".repeat(16_400));
  assert.equal(it.sent.length, 0);
  assert.deepEqual([it.told[0][1].category, it.told[0][1].asked.length], ["invalid_input", 16_400]);
});
