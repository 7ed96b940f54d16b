// What is typed and not sent, by the chat or room it is for: it outlives a look at another one, and a page that is loaded
// again. It is this tab's alone.

const MOST_CHARACTERS = 200_000;

export class Drafts {
  /// `storage` is sessionStorage, or like it; one that throws costs what a reload would have kept.
  constructor(storage, user) {
    Object.assign(this, { storage, key: `wsdeep.drafts.${user}` });
    this.texts = this.read(); // hash → text, the last one last
  }

  get(hash) {
    return this.texts.get(hash) ?? "";
  }

  put(hash, text) {
    this.texts.delete(hash);
    if (text !== "") this.texts.set(hash, text);
    let characters = 0;
    for (const [one, { length }] of [...this.texts].reverse()) {
      characters += length;
      if (one !== hash && characters > MOST_CHARACTERS) this.texts.delete(one);
    }
    try {
      this.storage.setItem(this.key, JSON.stringify([...this.texts]));
    } catch {
      // Full, or forbidden: it goes on in memory.
    }
  }

  /// Who signs out leaves nothing.
  clear() {
    this.texts.clear();
    try {
      this.storage.removeItem(this.key);
    } catch {
      // There is nothing, then.
    }
  }

  read() {
    try {
      const stored = JSON.parse(this.storage.getItem(this.key) ?? "[]");
      return new Map(stored.filter((one) => Array.isArray(one) && one.length === 2 && one.every((text) => typeof text === "string")));
    } catch {
      return new Map();
    }
  }
}
