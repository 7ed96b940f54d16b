// The page: who is signed in, which chat or room is shown, and the keys. What a chat or a room does is its screen's.

import { Chats } from "./chats.js";
import { ChatScreen } from "./chat_screen.js";
import { fetchIt, readConfig } from "./config.js";
import { announce, byId } from "./dom.js";
import { Drafts } from "./drafts.js";
import { isRoomName } from "./room.js";
import { RoomScreen } from "./room_screen.js";
import { Rooms } from "./rooms.js";
import * as session from "./session.js";
import { Sidebar } from "./sidebar.js";

const UNSENT = "What you have said to a room has not been sent yet.";

const world = {
  WebSocket,
  setTimeout: (...words) => setTimeout(...words),
  clearTimeout: (timer) => clearTimeout(timer),
  setInterval: (...words) => setInterval(...words),
  clearInterval: (timer) => clearInterval(timer),
  now: () => Date.now(),
  random: Math.random,
  newId: () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join(""),
};

class App {
  constructor(config, who) {
    this.world = world;
    this.webSocketUrl = webSocketUrl(config.webSocketUrl);
    this.hasRooms = config.rooms;
    this.who = { ...who, user: who.user ?? "", name: who.name ?? "" };
    this.chats = new Chats(localStorage, this.who.user);
    this.made = ""; // the id of the chat that this page has made last: the service has nothing of it
    this.screens = new Map(); // hash → screen: the one that is shown, and those with an answer under way
    this.rooms = new Rooms(localStorage, this.who.user);
    this.drafts = new Drafts(sessionStorage, this.who.user);
    this.sidebar = new Sidebar(byId("sidebar"), this);
    addEventListener("hashchange", () => this.route());
    addEventListener("storage", () => this.drawAside());
    addEventListener("online", () => this.hurry());
    addEventListener("beforeunload", (event) => this.loses(this.screens.values()) && event.preventDefault());
    addEventListener("pagehide", () => this.screens.forEach((screen) => screen.keepPending()));
    addEventListener("focus", () => this.lookAgain());
    document.addEventListener("visibilitychange", () => document.hidden || this.lookAgain());
    document.addEventListener("keydown", (event) => this.onKey(event));
    byId("menu").addEventListener("click", () => this.toggleMenu());
    byId("shade").addEventListener("click", () => this.toggleMenu(false));
    // Also when it leads to what is shown already.
    byId("sidebar").addEventListener("click", (event) => event.target.closest("a") && this.toggleMenu(false));
    matchMedia("(max-width: 46rem)").addEventListener("change", () => this.toggleMenu(false));
    byId("skip").addEventListener("click", (event) => {
      event.preventDefault();
      this.shown?.composer.focus();
    });
    byId("page").hidden = false;
    this.route();
  }

  // ---- what screens ask for ----

  url(chatId) {
    return chatId ? `${this.webSocketUrl}?sessionId=${encodeURIComponent(chatId)}` : this.webSocketUrl;
  }

  /// Of a connection that never opened: whether it is worth another try, and whether the sign-in service was reached.
  async signedIn() {
    let reached = true;
    try {
      const who = await session.whoAmI(fetchIt);
      if (who.state === "out" || (who.state === "in" && who.user !== this.who.user)) {
        showFront("You are signed out.");
        return { goOn: false, reached };
      }
    } catch {
      reached = false; // the network, most likely
    }
    return { goOn: true, reached };
  }

  draftOf(hash) {
    return { text: this.drafts.get(hash), typed: (text) => this.drafts.put(hash, text) };
  }

  changed() {
    byId("title").textContent = this.shown?.title ?? "";
    document.title = this.shown ? `${this.shown.title} · wsdeep` : "wsdeep";
    byId("connection").textContent = this.shown?.state ?? "";
    this.dropIdle();
    this.drawAside();
  }

  running(chatId) {
    return this.screens.get(`#chat/${chatId}`)?.busy === true;
  }

  // ---- what is shown ----

  route() {
    const [, kind, name] = /^#(chat|room)\/(.+)$/.exec(location.hash) ?? [];
    if (kind === "chat" && /^[A-Za-z0-9_-]{1,128}$/.test(name)) return this.show(location.hash, () => new ChatScreen(this, name, name === this.made && !this.chats.find(name)));
    if (kind === "room" && this.hasRooms && isRoomName(name)) {
      this.rooms.add(name);
      return this.show(location.hash, () => new RoomScreen(this, name));
    }
    this.newChat();
  }

  show(hash, make) {
    this.toggleMenu(false);
    this.hash = hash;
    if (!this.screens.has(hash)) {
      this.screens.set(hash, make());
      this.screens.get(hash).start();
    }
    this.shown = this.screens.get(hash);
    byId("content").replaceChildren(this.shown.node);
    this.changed();
    this.shown.log.settle();
    // On a phone the keyboard would cover what there is to see.
    if (!matchMedia("(pointer: coarse)").matches) this.shown.composer.focus();
  }

  /// A screen that is not shown, and has nothing under way, goes.
  dropIdle() {
    for (const [hash, screen] of this.screens)
      if (screen !== this.shown && !screen.busy) {
        this.screens.delete(hash);
        screen.close();
      }
  }

  drawAside() {
    this.chats.load();
    this.rooms.load();
    this.sidebar.draw(this.hash);
  }

  lookAgain() {
    this.hurry();
    this.shown.refresh();
  }

  hurry() {
    this.screens.forEach((screen) => screen.connection.hurry());
  }

  get menuOpen() {
    return document.body.classList.contains("menu-open");
  }

  /// On a phone: the list lies upon the page, has the focus, and gives it back.
  toggleMenu(open = !this.menuOpen) {
    if (open === this.menuOpen) return;
    document.body.classList.toggle("menu-open", open);
    byId("menu").setAttribute("aria-expanded", String(open));
    byId("shade").hidden = !open;
    byId("skip").hidden = open;
    byId("main").inert = open;
    if (open) byId("sidebar").querySelector("button").focus();
    else byId("menu").focus();
  }

  // ---- what the reader does ----

  newChat() {
    const id = (this.made = world.newId());
    if (location.hash) location.hash = `#chat/${id}`;
    else {
      history.replaceState(null, "", `#chat/${id}`);
      this.route();
    }
  }

  rename(id) {
    const title = prompt("Title of the chat", this.chats.find(id)?.title ?? "");
    if (title !== null) this.chats.rename(id, title);
    this.changed();
  }

  remove(id) {
    const { title } = this.chats.find(id) ?? {};
    if (!confirm(`Remove "${title}" from this list? The service keeps its messages as long as it keeps any.`)) return;
    this.chats.remove(id);
    this.drafts.put(`#chat/${id}`, "");
    announce("Removed");
    if (this.hash === `#chat/${id}`) this.newChat();
    else this.changed();
  }

  /// Whether something that was said would be lost with these screens. A chat's question is kept.
  loses(screens) {
    return [...screens].some((screen) => screen.room?.unsent);
  }

  addRoom(name) {
    location.hash = `#room/${name}`;
  }

  removeRoom(name) {
    const hash = `#room/${name}`;
    const screen = this.screens.get(hash);
    if (screen && this.loses([screen]) && !confirm(`${UNSENT} Leave ${screen.title} all the same?`)) return;
    screen?.room.leave();
    screen?.close();
    this.screens.delete(hash);
    this.drafts.put(hash, "");
    this.rooms.remove(name);
    if (this.hash === hash) this.newChat();
    else this.changed();
  }

  async signOut() {
    try {
      if (this.loses(this.screens.values()) && !confirm(`${UNSENT} Sign out all the same?`)) return;
      const next = await session.signOut(fetchIt);
      this.screens.forEach((screen) => screen.close());
      this.screens.clear();
      this.drafts.clear();
      location.assign(next);
    } catch (error) {
      byId("connection").textContent = `Not signed out: ${error.message}`;
    }
  }

  // ---- keys ----

  showKeys() {
    byId("keys").showModal();
  }

  onKey(event) {
    if (byId("keys").open || byId("page").hidden) return;
    const typing = /^(INPUT|TEXTAREA)$/.test(event.target.tagName);
    const taken = this.commandOf(event, typing);
    if (!taken) return;
    event.preventDefault();
    taken();
  }

  commandOf({ key, code, altKey, ctrlKey, metaKey }, typing) {
    if (ctrlKey || metaKey) return null;
    if (altKey) {
      if (code === "KeyN") return () => this.newChat();
      if (key === "ArrowUp" || key === "ArrowDown") return () => this.step(key === "ArrowUp" ? -1 : 1);
      return null;
    }
    if (key === "Escape") return this.menuOpen ? () => this.toggleMenu(false) : () => this.shown.stop();
    if (typing) return null;
    if (key === "/") return () => this.shown.composer.focus();
    if (key === "?") return () => this.showKeys();
    return null;
  }

  /// To the chat above, or below.
  step(by) {
    const { list } = this.chats;
    const at = list.findIndex((chat) => `#chat/${chat.id}` === this.hash);
    const next = list[at < 0 ? 0 : at + by];
    if (next) location.hash = `#chat/${next.id}`;
  }
}

/// The address of the WebSocket: `/prod` of the page's own host, or a whole one.
function webSocketUrl(configured) {
  const url = new URL(configured, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  return url.href;
}

/// `again`: what there is to be done is to load the page again, not to sign in.
function showFront(text, again = false) {
  byId("page").hidden = true;
  byId("front").hidden = false;
  byId("front-words").textContent = text;
  document.title = "wsdeep";
  const link = byId("sign-in");
  link.textContent = again ? "Try again" : "Sign in";
  if (again) link.addEventListener("click", (event) => (event.preventDefault(), location.reload()));
  link.focus();
}

async function begin() {
  try {
    const config = await readConfig(fetchIt);
    const who = await session.whoAmI(fetchIt);
    if (who.state === "out") showFront("Sign in to ask the model.");
    else new App(config, who);
  } catch (error) {
    const words = error.name === "TimeoutError" ? "the service does not answer" : error.message;
    showFront(`The page cannot start: ${words}.`, true);
  }
}

begin();
