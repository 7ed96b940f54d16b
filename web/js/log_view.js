// The list of messages: it follows its end while the reader is there, and stays where the reader is otherwise.

import { element } from "./dom.js";

const NEAR_PX = 80;

export class LogView {
  constructor(label) {
    this.list = element("div", { class: "list" });
    this.toEnd = element("button", { type: "button", class: "to-end", hidden: true, onclick: () => this.follow(), "aria-label": "To the end" }, "↓");
    this.scroller = element("div", { class: "log", role: "log", "aria-live": "off", "aria-label": label, tabindex: "0", onscroll: () => this.look() }, this.list);
    this.node = element("div", { class: "log-frame" }, this.scroller, this.toEnd);
    this.following = true;
    this.resized = new ResizeObserver(() => this.settle());
    this.resized.observe(this.scroller);
  }

  add(...nodes) {
    this.list.append(...nodes);
    this.settle();
  }

  /// Before all others; what the reader looks at stays where it is.
  addBefore(...nodes) {
    const fromEnd = this.scroller.scrollHeight - this.scroller.scrollTop;
    this.list.prepend(...nodes);
    this.scroller.scrollTop = this.scroller.scrollHeight - fromEnd;
  }

  follow() {
    this.following = true;
    this.settle();
  }

  settle() {
    if (this.following) this.scroller.scrollTop = this.scroller.scrollHeight;
    this.look();
  }

  look() {
    const below = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight;
    this.following = below < NEAR_PX;
    this.toEnd.hidden = this.following;
  }
}
