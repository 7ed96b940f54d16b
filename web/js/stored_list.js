// A list that this machine keeps for a user. Other tabs write to it as well, so each change is made to what is stored
// now. What the storage does not take (it is full, or forbidden) goes on in memory until it does.

export class StoredList {
  /// `storage` is localStorage, or like it. `read` makes entries, each with an `id`, of whatever was stored; `writes` are
  /// ways to store a list, each one smaller than the one before; `arrange` gives a list its order and its bounds.
  constructor(storage, key, { read, writes, arrange }) {
    Object.assign(this, { storage, key, read, writes, arrange });
    this.stored = []; // as it was read last
    this.unsaved = new Map(); // id → entry, or null for one that was removed
    this.load();
  }

  load() {
    try {
      this.stored = this.read(JSON.parse(this.storage.getItem(this.key) ?? "[]"));
    } catch {
      // Unreadable, or not to be had: what was read before goes on.
    }
    this.apply();
    return this.list;
  }

  find(id) {
    return this.list.find((one) => one.id === id);
  }

  put(entry) {
    this.change(entry.id, entry);
  }

  remove(id) {
    this.change(id, null);
  }

  change(id, entry) {
    this.load();
    this.unsaved.set(id, entry);
    this.apply();
    if (!this.writes.some((write) => this.save(write))) return;
    this.stored = this.list;
    this.unsaved.clear();
  }

  /// What is stored, and upon it what could not be.
  apply() {
    const { stored, unsaved } = this;
    const kept = stored.filter(({ id }) => unsaved.get(id) !== null).map((one) => unsaved.get(one.id) ?? one);
    const ids = new Set(stored.map(({ id }) => id));
    this.list = this.arrange([...kept, ...[...unsaved.values()].filter((one) => one !== null && !ids.has(one.id))]);
  }

  save(write) {
    try {
      this.storage.setItem(this.key, JSON.stringify(write(this.list)));
      return true;
    } catch {
      return false;
    }
  }
}
