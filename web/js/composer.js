// The message box: Enter sends, Shift and Enter begin a new line, Esc stops. What is not sent yet is kept: `typed(text)`
// has it after each change.

import { element } from "./dom.js";

export class Composer {
  /// `send(text)` is false when the text is to stay; `stop()` ends an answer.
  constructor({ label, hint, send, stop, text = "", typed = () => {} }) {
    Object.assign(this, { send, stop, typed });
    this.text = element("textarea", {
      id: "composer-text",
      rows: "1",
      placeholder: label,
      "aria-label": label,
      "aria-describedby": "composer-hint",
      autocomplete: "off",
      spellcheck: "true",
      onkeydown: (event) => this.onKey(event),
      oninput: () => this.changed(),
    });
    this.text.value = text;
    this.sendButton = element("button", { type: "submit", class: "send" }, "Send");
    this.stopButton = element("button", { type: "button", class: "stop", hidden: true, onclick: () => this.stop() }, "Stop");
    this.node = element(
      "form",
      { class: "composer", onsubmit: (event) => this.onSubmit(event) },
      element("div", { class: "box" }, this.text, this.sendButton, this.stopButton),
      element("p", { id: "composer-hint", class: "hint" }, hint),
    );
    this.fit();
  }

  changed() {
    this.fit();
    this.typed(this.text.value);
  }

  set answering(is) {
    // A button that goes away under the keyboard takes the focus with it.
    const hadFocus = this.node.contains(document.activeElement) && document.activeElement !== this.text;
    this.stopButton.hidden = !is;
    this.sendButton.hidden = is;
    if (hadFocus) this.text.focus();
  }

  focus() {
    this.text.focus();
  }

  onKey(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return; // 229: Safari ends a composition so
    event.preventDefault();
    this.submit();
  }

  onSubmit(event) {
    event.preventDefault();
    this.submit();
  }

  submit() {
    const text = this.text.value.trim();
    if (text === "" || this.send(text) === false) return;
    this.text.value = "";
    this.changed();
  }

  /// As high as its text, to a limit that the style sets: about so, in a browser without `field-sizing`.
  fit() {
    const width = Math.max(20, Math.floor((this.text.clientWidth || 720) / 8)); // in characters
    const rows = this.text.value.split("\n").reduce((sum, line) => sum + 1 + Math.floor(line.length / width), 0);
    this.text.rows = Math.min(10, rows);
  }
}
