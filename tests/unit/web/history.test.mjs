import assert from "node:assert/strict";
import test from "node:test";

import { History } from "../../../web/js/history.js";

function setUp({ isNew = false } = {}) {
  const it = { now: 1_000, open: true, sent: [] };
  it.history = new History({ send: (frame) => it.open && it.sent.push(JSON.parse(frame).data.before ?? "newest") > 0, now: () => it.now, isNew });
  it.take = (ids, before = "") => it.history.take({ messages: ids.map((id) => message(id)), before })?.map(({ messageId }) => messageId) ?? null;
  return it;
}

const message = (messageId, more = {}) => ({ role: "user", content: "x", messageId, timestamp: 1, ...more });

test("a chat is read from its end to its beginning", () => {
  const it = setUp();
  it.history.opened();
  assert.deepEqual(it.take(["c", "d"], "c1"), ["c", "d"]);
  it.history.earlier();
  assert.deepEqual(it.take(["a", "b"]), ["a", "b"]);
  it.history.earlier(); // there is no more
  assert.deepEqual(it.sent, ["newest", "c1"]);
});

test("a page that was asked for twice is shown once, whenever it comes", () => {
  const it = setUp();
  it.history.opened();
  it.now += 15_000;
  it.history.tick();
  assert.deepEqual(it.sent, ["newest", "newest"]);
  assert.deepEqual(it.take(["c", "d"], "c1"), ["c", "d"]);
  assert.equal(it.take(["c", "d"], "c1"), null);
  it.history.earlier();
  assert.equal(it.take(["d", "new"], "c1"), null); // late, and something was said meanwhile
  assert.deepEqual(it.take(["a", "b"], "c2"), ["a", "b"]);
  assert.equal(it.take(["c", "d"], "c1"), null);
  assert.equal(it.history.before, "c2");
});

test("an earlier page whose answer was lost is asked for again: by the next connection, or after a while", () => {
  const it = setUp();
  it.history.opened();
  it.take(["c"], "c1");
  it.open = false;
  it.history.earlier();
  it.open = true;
  it.history.opened();
  it.now += 15_000;
  it.history.tick();
  assert.deepEqual(it.sent, ["newest", "c1", "c1"]);
  assert.deepEqual(it.take(["b"], "c2"), ["b"]);
  it.now += 60_000;
  it.history.tick();
  assert.equal(it.sent.length, 3);
});

test("a question of this page, answered before its history comes, is not in it once more", () => {
  const it = setUp();
  it.history.opened();
  it.history.know("q");
  const messages = [message("a"), message("q"), message("q", { role: "assistant" })];
  assert.deepEqual(it.history.take({ messages, before: "" }).map(({ messageId }) => messageId), ["a"]);
});

test("question and answer have one id; messages without any are told apart by what they are", () => {
  const it = setUp();
  it.history.opened();
  const messages = [message("q"), message("q", { role: "assistant" }), message(""), message("", { timestamp: 2 }), message("", { timestamp: 2 })];
  assert.equal(it.history.take({ messages: messages.slice(0, 4), before: "" }).length, 4);
  assert.equal(it.history.knows(messages[4]), true);
});

test("a chat that is new has nothing to read", () => {
  const it = setUp({ isNew: true });
  it.history.opened();
  it.history.tick();
  assert.deepEqual(it.sent, []);
  assert.equal(it.take(["a"]), null);
});

test("what was refused is asked for again when the reader wants it, or by the next connection", () => {
  const it = setUp();
  it.history.opened();
  assert.equal(it.history.refused(false), true);
  assert.equal(it.history.refused(false), false);
  it.now += 60_000;
  it.history.tick();
  assert.equal(it.sent.length, 1);
  it.history.again();
  it.history.refused(false);
  it.history.opened();
  assert.deepEqual(it.take(["a"], "c1"), ["a"]);
  it.history.earlier();
  it.history.refused(false);
  it.history.again();
  assert.deepEqual(it.sent, ["newest", "newest", "newest", "c1", "c1"]);
});

test("a chat of which nothing is kept is not asked for again", () => {
  const it = setUp();
  it.history.opened();
  it.history.refused(true);
  it.history.opened();
  assert.equal(it.sent.length, 1);
});
