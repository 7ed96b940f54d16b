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
  // Then what came while the line was lost.
  assert.deepEqual(it.sent.slice(3), ["newest"]);
  assert.deepEqual(newer(it, ["c"], "c1"), { ids: [], whole: true });
  it.now += 60_000;
  it.history.tick();
  assert.equal(it.sent.length, 4);
});

function newer(it, ids, before = "", underWay) {
  assert.equal(it.history.readsNewer, true);
  const taken = it.history.takeNewer({ messages: ids.map((id) => message(id)), before }, underWay);
  return taken && { ids: taken.messages.map(({ message }) => message.messageId), whole: taken.whole };
}

test("what another device has asked comes when somebody looks again, and on another connection", () => {
  const it = setUp();
  it.history.opened();
  it.take(["a", "b"], "c0");
  it.history.refresh();
  it.history.refresh(); // not each time
  assert.deepEqual(it.sent, ["newest", "newest"]);
  const messages = [message("a"), message("b"), message("b", { role: "assistant" }), message("c")];
  const taken = it.history.takeNewer({ messages, before: "c0" });
  assert.deepEqual(taken.messages, messages.slice(2).map((one) => ({ message: one, before: "" })));
  assert.equal(it.history.readsNewer, false);
  it.now += 5_000;
  it.history.refresh();
  assert.deepEqual(newer(it, ["a", "b", "c"], "c0"), { ids: [], whole: true });
  it.history.opened();
  assert.deepEqual(newer(it, ["b", "c", "d"], "c1"), { ids: ["d"], whole: true });
  assert.deepEqual(it.sent, Array(4).fill("newest"));
  it.history.earlier();
  assert.equal(it.sent.at(-1), "c0"); // which is where it was
});

test("more than a page of another device is read as far as what is known, in spite of the question under way", () => {
  const it = setUp();
  it.history.opened();
  it.take(["a"]);
  it.history.know("q");
  it.history.refresh();
  assert.equal(newer(it, ["d", "e", "q"], "c2", "q"), null);
  assert.equal(newer(it, ["d", "e", "q"], "c2", "q"), null); // late, once more
  assert.deepEqual(newer(it, ["a", "b", "c"], "", "q"), { ids: ["b", "c", "d", "e"], whole: true });
  assert.deepEqual(it.sent, ["newest", "newest", "c2"]);
});

test("what another device has asked before a question of this one goes before that", () => {
  const it = setUp({ isNew: true });
  it.history.opened();
  for (const id of ["p", "r"]) it.history.know(id);
  it.history.refresh();
  const messages = ["o", "p", "q", "r", "s"].flatMap((id) => [message(id), message(id, { role: "assistant" })]);
  const { messages: placed } = it.history.takeNewer({ messages, before: "" });
  assert.deepEqual(placed.map(({ message: { messageId, role }, before }) => `${messageId} ${role} ${before}`),
    ["o user p", "o assistant p", "q user r", "q assistant r", "s user ", "s assistant "]);
});

test("what another device has asked is read to some end", () => {
  const it = setUp();
  it.history.opened();
  it.take(["a"]);
  it.history.refresh();
  for (let page = 1; page < 10; ++page) assert.equal(newer(it, [`m${page}`], `c${page}`), null);
  assert.equal(newer(it, ["m10"], "c10").whole, false);
  assert.equal(it.sent.length, 11);
  assert.equal(it.history.readsNewer, false);
});

test("earlier messages that are wanted while the newer ones are read come after those", () => {
  const it = setUp();
  it.history.opened();
  it.take(["c"], "c1");
  it.history.refresh();
  it.history.earlier();
  assert.deepEqual(newer(it, ["c", "d"], "c1").ids, ["d"]);
  assert.deepEqual(it.take(["a", "b"]), ["a", "b"]);
  assert.deepEqual(it.sent, ["newest", "newest", "c1"]);
});

test("newer messages that were refused can be asked for again; a chat without messages is left alone", () => {
  const it = setUp();
  it.history.opened();
  it.take([]);
  it.history.refresh();
  assert.equal(it.sent.length, 1);
  it.history.know("q");
  it.now += 5_000;
  it.history.refresh();
  assert.equal(it.history.refused(false), true);
  it.history.again();
  assert.deepEqual(newer(it, ["q", "r"]), { ids: ["r"], whole: true });
  assert.deepEqual(it.sent, ["newest", "newest", "newest"]);
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
