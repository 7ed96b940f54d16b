import assert from "node:assert/strict";
import test from "node:test";

import { Chats, titleOf } from "../../../web/js/chats.js";

function storage(initial) {
  const items = new Map(initial ? [["wsdeep.chats.u", initial]] : []);
  return { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => items.set(key, value), items };
}

test("the last used chat is the first, and has the title of its first question", () => {
  const chats = new Chats(storage(), "u", () => 1);
  chats.touch("a", "First\nsecond line");
  chats.touch("b", "Other");
  chats.touch("a", "Next");
  assert.deepEqual(chats.list.map(({ id, title }) => [id, title]), [["a", "First"], ["b", "Other"]]);
});

test("what is stored is read again; each user has his own", () => {
  const disk = storage();
  new Chats(disk, "u").touch("a", "x");
  assert.equal(new Chats(disk, "u").list.length, 1);
  assert.equal(new Chats(disk, "v").list.length, 0);
});

test("what is no list of chats is none", () => {
  const bad = ["", "{", "null", "7", '{"a":1}', '[null,{"id":"../x","title":"t"},{"id":"a"},{"id":"b","title":"t"},{"id":"b","title":"u"}]'];
  const counts = bad.map((text) => new Chats(storage(text), "u").list.length);
  assert.deepEqual(counts, [0, 0, 0, 0, 0, 1]);
});

test("a pending question that is none is dropped", () => {
  const one = (pending) => new Chats(storage(JSON.stringify([{ id: "a", title: "t", updatedAt: 1, pending }])), "u").find("a").pending;
  assert.deepEqual(one({ id: "m", text: "q" }), { id: "m", text: "q" });
  for (const bad of [{ id: "<m>", text: "q" }, { id: "m" }, { id: "m", text: "q", answer: { text: 1 } }, "x"]) assert.equal(one(bad), undefined);
});

test("a storage that throws costs no more than the memory of the next visit", () => {
  const chats = new Chats({ getItem: () => { throw new Error("no"); }, setItem: () => { throw new Error("full"); } }, "u");
  chats.touch("a", "x");
  assert.equal(chats.list.length, 1);
});

test("titles are a line, of whole characters", () => {
  assert.equal(titleOf("  hello \n world"), "hello");
  assert.equal(titleOf("😀".repeat(100)), "😀".repeat(80) + "…");
});
