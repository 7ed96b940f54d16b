// Which rooms a user has on this machine: the lobby, and those that were joined last.

import { isRoomName } from "./room.js";
import { StoredList } from "./stored_list.js";

export const LOBBY = "lobby";
const MOST_ROOMS = 50;

export class Rooms {
  constructor(storage, user) {
    this.kept = new StoredList(storage, `wsdeep.rooms.${user}`, { read, writes: [(rooms) => rooms.map(({ id }) => id)], arrange });
  }

  get names() {
    return this.kept.list.map(({ id }) => id);
  }

  load() {
    this.kept.load();
  }

  /// Puts it last, unless it is there.
  add(name) {
    this.load();
    if (!this.kept.find(name)) this.kept.put({ id: name });
  }

  remove(name) {
    this.kept.remove(name);
  }
}

const read = (value) =>
  [...new Set(Array.isArray(value) ? value : [])].filter((name) => typeof name === "string" && isRoomName(name)).map((id) => ({ id }));

const arrange = (rooms) => [{ id: LOBBY }, ...rooms.filter(({ id }) => id !== LOBBY).slice(1 - MOST_ROOMS)];
