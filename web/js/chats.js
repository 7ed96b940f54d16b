// Which chats a user has on this machine: ids and titles. The messages are the service's. What is stored is checked
// when it is read: other tabs, older pages and people write there too.

const MOST_CHATS = 200;
const MOST_TITLE = 80;
const ID = /^[A-Za-z0-9_-]{1,128}$/;

export class Chats {
  /// `storage` is localStorage, or like it; one that throws (full, forbidden) costs the memory of the next visit only.
  constructor(storage, user, now = Date.now) {
    this.storage = storage;
    this.key = `wsdeep.chats.${user}`;
    this.now = now;
    this.list = [];
    this.load();
  }

  load() {
    try {
      this.list = checked(JSON.parse(this.storage.getItem(this.key) ?? "[]"));
    } catch {
      // Unreadable, or not to be had: what is in memory goes on.
    }
    return this.list;
  }

  save() {
    this.list = this.list.slice(0, MOST_CHATS);
    try {
      this.storage.setItem(this.key, JSON.stringify(this.list));
    } catch {
      // Full or forbidden.
    }
  }

  find(id) {
    return this.list.find((chat) => chat.id === id);
  }

  /// Puts the chat first. Its title is its first question's, unless somebody has given it one.
  touch(id, question = "") {
    this.load();
    const chat = this.find(id) ?? { id, title: "" };
    chat.title ||= titleOf(question);
    chat.updatedAt = this.now();
    this.list = [chat, ...this.list.filter((one) => one.id !== id)];
    this.save();
  }

  rename(id, title) {
    this.load();
    const chat = this.find(id);
    if (!chat) return;
    chat.title = titleOf(title) || chat.title;
    this.save();
  }

  /// A question that is not answered yet, so that a page that is loaded again goes on with it; null: none.
  keepPending(id, pending) {
    this.load();
    const chat = this.find(id);
    if (!chat) return;
    if (pending) chat.pending = pending;
    else delete chat.pending;
    this.save();
  }

  remove(id) {
    this.load();
    this.list = this.list.filter((chat) => chat.id !== id);
    this.save();
  }
}

/// The first line, shortened.
export function titleOf(text) {
  const line = text.trim().split("\n", 1)[0].trim();
  const characters = [...line];
  return characters.length > MOST_TITLE ? characters.slice(0, MOST_TITLE).join("") + "…" : line;
}

function checked(value) {
  if (!Array.isArray(value)) return [];
  const seen = new Set();
  return value
    .filter((chat) => chat && ID.test(chat.id) && typeof chat.title === "string" && !seen.has(chat.id) && seen.add(chat.id))
    .map(({ id, title, updatedAt, pending }) => ({
      id,
      title: titleOf(title),
      updatedAt: Number.isFinite(updatedAt) ? updatedAt : 0,
      ...(isPending(pending) && { pending }),
    }));
}

function isPending(value) {
  if (!value || !ID.test(value.id) || typeof value.text !== "string") return false;
  const { answer } = value;
  return answer === undefined || (typeof answer?.text === "string" && typeof answer.reasoning === "string" && Number.isSafeInteger(answer.nextSeq));
}
