import assert from "node:assert/strict";
import test from "node:test";

import { Drafts } from "../../../web/js/drafts.js";

function storage(initial) {
  const items = new Map(initial === undefined ? [] : [["wsdeep.drafts.u", initial]]);
  return { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => items.set(key, value), removeItem: (key) => items.delete(key), items };
}

test("a draft is there for the next page of this tab and user, until it is sent", () => {
  const tab = storage();
  new Drafts(tab, "u").put("#chat/a", "half a question");
  assert.equal(new Drafts(tab, "u").get("#chat/a"), "half a question");
  assert.equal(new Drafts(tab, "v").get("#chat/a"), "");
  new Drafts(tab, "u").put("#chat/a", "");
  assert.equal(new Drafts(tab, "u").get("#chat/a"), "");
  assert.equal(tab.items.get("wsdeep.drafts.u"), "[]");
});

test("what is no draft is none, and a storage that throws costs no more than a reload", () => {
  for (const bad of ["", "{", "7", "null", '[1,["a"],["a",1]]']) assert.equal(new Drafts(storage(bad), "u").texts.size, 0, bad);
  const fails = () => { throw new Error("no"); };
  const drafts = new Drafts({ getItem: fails, setItem: fails, removeItem: fails }, "u");
  drafts.put("#chat/a", "x");
  assert.equal(drafts.get("#chat/a"), "x");
  drafts.clear();
  assert.equal(drafts.get("#chat/a"), "");
});

test("drafts do not grow without end: the oldest go", () => {
  const drafts = new Drafts(storage(), "u");
  for (const hash of ["a", "b", "c"]) drafts.put(hash, "x".repeat(90_000));
  assert.deepEqual([...drafts.texts.keys()], ["b", "c"]);
});

test("who signs out leaves no draft", () => {
  const tab = storage();
  const drafts = new Drafts(tab, "u");
  drafts.put("a", "x");
  drafts.clear();
  assert.equal(tab.items.size, 0);
});
