// The list of messages: it follows its end while the reader is there, and stays where the reader is otherwise. A chat's are
// in the order in which they come; a room's, which may come late or be said by several at once, in that of time.

import { element } from "./dom.js";

const NEAR_PX = 80;
/// A room that is open for days must not fill the browser.
const MOST_PLACED = 1_000;

export class LogView {
  constructor(label) {
    this.list = element("div", { class: "list" });
    this.toEnd = element("button", { type: "button", class: "to-end", hidden: true, onclick: () => this.follow(), "aria-label": "To the end" }, "↓");
    this.scroller = element("div", { class: "log", role: "log", "aria-live": "off", "aria-label": label, tabindex: "0", onscroll: () => this.look() }, this.list);
    this.node = element("div", { class: "log-frame" }, this.scroller, this.toEnd);
    this.following = true;
    this.times = new WeakMap(); // node → its time, or Infinity while nobody knows it
    this.latest = 0; // the greatest time that is known
    this.resized = new ResizeObserver(() => this.settle());
    this.resized.observe(this.scroller);
  }

  add(...nodes) {
    this.list.append(...nodes);
    this.settle();
  }

  /// Before `next`, or at the end when that is null.
  insert(node, next) {
    this.list.insertBefore(node, next);
    this.settle();
  }

  /// Before all others; what the reader looks at stays where it is.
  addBefore(...nodes) {
    const fromEnd = this.scroller.scrollHeight - this.scroller.scrollTop;
    this.list.prepend(...nodes);
    this.scroller.scrollTop = this.scroller.scrollHeight - fromEnd;
  }

  /// Below all that are not later. 0: its time is not told, and it comes now.
  place(node, time) {
    this.setTime(node, time);
    const own = this.times.get(node);
    let next = null;
    for (let one = this.list.lastElementChild; one && this.times.get(one) > own; one = one.previousElementSibling) next = one;
    const { scroller } = this;
    const top = this.following || !next ? Infinity : next.offsetTop;
    this.list.insertBefore(node, next);
    // What the reader looks at stays where it is.
    if (top - scroller.scrollTop < scroller.clientHeight / 2) scroller.scrollTop += next.offsetTop - top;
    if (this.following) this.dropOldest();
    this.settle();
  }

  /// Only while the reader is at the end: nothing moves under his eyes.
  dropOldest() {
    if (this.list.childElementCount <= MOST_PLACED) return;
    this.dropped ??= element("p", { class: "notice" }, "What was said before is not shown any more: load the page again to read it.");
    for (const one of [...this.list.children].slice(0, this.list.childElementCount - MOST_PLACED)) one.remove();
    this.list.prepend(this.dropped);
  }

  /// What stands before all messages, unless messages were dropped there: between them and earlier ones would be a gap.
  head(node) {
    if (!this.dropped) this.addBefore(node);
  }

  /// It stays where it is; what comes then goes before or after it.
  setTime(node, time) {
    if (Number.isFinite(time)) this.latest = Math.max(this.latest, time);
    this.times.set(node, time || this.latest);
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
