// Which chats a user has on this machine: ids and titles. The messages are the service's. What is stored is checked
// when it is read: other tabs, older pages and people write there too.

import { StoredList } from "./stored_list.js";

const MOST_CHATS = 200;
const MOST_TITLE = 80;
const ID = /^[A-Za-z0-9_-]{1,128}$/;

export class Chats {
  /// `storage` is localStorage, or like it; one that throws (full, forbidden) costs the memory of the next visit only.
  constructor(storage, user, now = Date.now) {
    this.now = now;
    this.kept = new StoredList(storage, `wsdeep.chats.${user}`, { read: checked, writes: [(chats) => chats, withoutAnswers], arrange });
  }

  /// The last used one first.
  get list() {
    return this.kept.list;
  }

  load() {
    return this.kept.load();
  }

  find(id) {
    return this.kept.find(id);
  }

  /// Puts the chat first. Its title is its first question's, unless somebody has given it one.
  touch(id, question = "") {
    this.load();
    const chat = this.find(id) ?? { id, title: "" };
    const others = this.list.filter((one) => one.id !== id);
    // A clock that was set back does not change what was used last.
    const updatedAt = Math.max(this.now(), (others[0]?.updatedAt ?? 0) + 1);
    this.kept.put({ ...chat, title: chat.title || titleOf(question), updatedAt });
  }

  rename(id, title) {
    this.change(id, (chat) => ({ ...chat, title: titleOf(title) || chat.title }));
  }

  /// A question that is not answered yet, so that a page that is loaded again goes on with it.
  keepPending(id, pending) {
    this.change(id, (chat) => ({ ...chat, pending }));
  }

  /// The question is over. Another one, of another tab, is not.
  endPending(id, questionId) {
    this.change(id, (chat) => (chat.pending?.id === questionId ? { ...chat, pending: undefined } : chat));
  }

  change(id, edit) {
    this.load();
    const chat = this.find(id);
    const edited = chat && edit(chat);
    if (edited !== chat) this.kept.put(edited);
  }

  remove(id) {
    this.kept.remove(id);
  }
}

const arrange = (chats) => [...chats].sort((one, other) => other.updatedAt - one.updatedAt).slice(0, MOST_CHATS);

/// What there was of an answer comes again from the service.
const withoutAnswers = (chats) =>
  chats.map(({ pending, ...chat }) => ({ ...chat, ...(pending && { pending: { id: pending.id, text: pending.text } }) }));

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
