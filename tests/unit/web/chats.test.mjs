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

test("what a full storage does not take is there until it does, whatever other tabs write", () => {
  const disk = storage();
  const { setItem } = disk;
  const chats = new Chats(disk, "u");
  chats.touch("old", "x");
  disk.setItem = () => { throw new Error("full"); };
  chats.touch("new", "y");
  chats.remove("old");
  chats.load(); // as each look at the list does
  assert.deepEqual(chats.list.map(({ id }) => id), ["new"]);
  disk.setItem = setItem;
  new Chats(disk, "u").touch("other", "z");
  chats.rename("new", "Y");
  assert.deepEqual(new Chats(disk, "u").list.map(({ id, title }) => `${id} ${title}`).sort(), ["new Y", "other z"]);
});

test("where an answer in the making has no room, its question has", () => {
  const disk = storage();
  const { setItem } = disk;
  disk.setItem = (key, value) => {
    if (value.length > 1_000) throw new Error("full");
    setItem(key, value);
  };
  const chats = new Chats(disk, "u");
  chats.touch("a", "q");
  chats.keepPending("a", { id: "m", text: "q", answer: { text: "x".repeat(1_000), reasoning: "", nextSeq: 9, separate: true } });
  assert.deepEqual(new Chats(disk, "u").find("a").pending, { id: "m", text: "q" });
});

test("the end of one question does not end another tab's", () => {
  const disk = storage();
  const [one, other] = [new Chats(disk, "u"), new Chats(disk, "u")];
  one.touch("a", "q");
  one.keepPending("a", { id: "m1", text: "q" });
  other.endPending("a", "m0");
  assert.equal(new Chats(disk, "u").find("a").pending.id, "m1");
  one.endPending("a", "m1");
  assert.equal(new Chats(disk, "u").find("a").pending, undefined);
});

test("a clock that is set back does not hide what was used last", () => {
  let now = 5_000;
  const chats = new Chats(storage(), "u", () => now);
  chats.touch("a", "x");
  now = 1_000;
  chats.touch("b", "y");
  assert.deepEqual(chats.list.map(({ id }) => id), ["b", "a"]);
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
