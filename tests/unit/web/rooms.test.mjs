import assert from "node:assert/strict";
import test from "node:test";

import { Rooms } from "../../../web/js/rooms.js";

function storage(initial) {
  const items = new Map(initial ? [["wsdeep.rooms.u", initial]] : []);
  return { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => items.set(key, value) };
}

test("two tabs join rooms and leave them, and none undoes what the other did", () => {
  const disk = storage();
  const [one, other] = [new Rooms(disk, "u"), new Rooms(disk, "u")];
  one.add("ops");
  other.add("news");
  one.add("ops");
  assert.deepEqual(new Rooms(disk, "u").names, ["lobby", "ops", "news"]);
  other.remove("ops");
  one.load();
  assert.deepEqual(one.names, ["lobby", "news"]);
});

test("the lobby is always the first, and of many rooms the last joined stay", () => {
  const rooms = new Rooms(storage('["a","lobby","a","../x",7]'), "u");
  assert.deepEqual(rooms.names, ["lobby", "a"]);
  for (let i = 0; i < 60; ++i) rooms.add(`r${i}`);
  assert.deepEqual([rooms.names.length, rooms.names[0], rooms.names.at(-1)], [50, "lobby", "r59"]);
});

test("what is no list of rooms is none", () => {
  for (const bad of ["", "{", "null", "7", '{"a":1}']) assert.deepEqual(new Rooms(storage(bad), "u").names, ["lobby"]);
});

test("where nothing can be stored a room is there until the page is left", () => {
  const rooms = new Rooms({ getItem: () => null, setItem: () => { throw new Error("full"); } }, "u");
  rooms.add("ops");
  rooms.load();
  assert.deepEqual(rooms.names, ["lobby", "ops"]);
});
