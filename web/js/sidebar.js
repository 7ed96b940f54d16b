// The list at the side: chats, rooms, who is signed in.

import { element } from "./dom.js";
import { isRoomName } from "./room.js";

export class Sidebar {
  /// `app` has chats, rooms (their names), hasRooms, who, running(chatId), newChat(), rename(id), remove(id), addRoom(name),
  /// removeRoom(name), signOut() and showKeys().
  constructor(node, app) {
    Object.assign(this, { node, app });
    this.chats = element("ul", { class: "entries" });
    this.rooms = element("ul", { class: "entries" });
    this.roomName = element("input", { name: "room", placeholder: "join a room", "aria-label": "Join a room", maxlength: "64", autocomplete: "off", autocapitalize: "off" });
    node.replaceChildren(
      element("button", { type: "button", class: "new", onclick: () => app.newChat() }, "New chat", element("kbd", {}, "Alt N")),
      element("div", { class: "scroll" },
        element("section", { hidden: !app.hasRooms, "aria-labelledby": "rooms-title" }, element("h2", { id: "rooms-title" }, "Rooms"), this.rooms,
          element("form", { class: "join", onsubmit: (event) => this.join(event) }, this.roomName, element("button", { class: "quiet" }, "Join"))),
        element("section", { "aria-labelledby": "chats-title" }, element("h2", { id: "chats-title" }, "Chats"), this.chats)),
      element("footer", {},
        element("span", { class: "who", title: app.who.name }, app.who.name),
        element("button", { type: "button", class: "quiet", onclick: () => app.showKeys(), "aria-label": "Keys" }, "?"),
        app.who.state === "in" ? element("button", { type: "button", class: "quiet", onclick: () => app.signOut() }, "Sign out") : null),
    );
  }

  join(event) {
    event.preventDefault();
    const name = this.roomName.value.trim().replace(/^#/, "");
    this.roomName.setCustomValidity(isRoomName(name) ? "" : "Letters, digits, - and _ only");
    if (!this.roomName.reportValidity()) return;
    this.roomName.value = "";
    this.app.addRoom(name);
  }

  /// `current` is the hash of what is shown.
  draw(current) {
    const { app } = this;
    const focused = this.node.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    this.rooms.replaceChildren(
      ...app.rooms.names.map((name) => this.entry(`#room/${name}`, `# ${name}`, current, name === "lobby" ? [] : [["Leave", "✕", () => app.removeRoom(name)]])));
    this.chats.replaceChildren(
      ...app.chats.list.map((chat) =>
        this.entry(`#chat/${chat.id}`, chat.title || "Untitled", current, [
          ["Rename", "✎", () => app.rename(chat.id)],
          ["Remove from this list", "✕", () => app.remove(chat.id)],
        ], app.running(chat.id))));
    if (app.chats.list.length === 0) this.chats.append(element("li", { class: "none" }, "None yet"));
    if (focused) (this.node.querySelector(`[data-key="${CSS.escape(focused)}"]`) ?? this.node.querySelector(".new")).focus();
  }

  entry(hash, title, current, actions, running = false) {
    const isCurrent = hash === current;
    const link = element("a", { href: hash, "data-key": hash, "aria-current": isCurrent ? "page" : null, title }, title);
    if (running) link.append(element("span", { class: "running", title: "answering" }, element("span", { class: "unseen" }, " (answering)")));
    const buttons = actions.map(([label, sign, run]) => element("button", { type: "button", class: "quiet icon", "data-key": `${label} ${hash}`, "aria-label": `${label}: ${title}`, title: label, onclick: run }, sign));
    return element("li", { class: isCurrent ? "current" : "" }, link, ...buttons);
  }
}
