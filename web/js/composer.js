// The message box: Enter sends, Shift and Enter begin a new line, Esc stops. What is not sent yet is kept.

import { element } from "./dom.js";

export class Composer {
  /// `send(text)` is false when the text is to stay; `stop()` ends an answer.
  constructor({ label, hint, send, stop }) {
    Object.assign(this, { send, stop });
    this.text = element("textarea", {
      id: "composer-text",
      rows: "1",
      placeholder: label,
      "aria-label": label,
      "aria-describedby": "composer-hint",
      autocomplete: "off",
      spellcheck: "true",
      onkeydown: (event) => this.onKey(event),
      oninput: () => this.fit(),
    });
    this.sendButton = element("button", { type: "submit", class: "send" }, "Send");
    this.stopButton = element("button", { type: "button", class: "stop", hidden: true, onclick: () => this.stop() }, "Stop");
    this.node = element(
      "form",
      { class: "composer", onsubmit: (event) => this.onSubmit(event) },
      element("div", { class: "box" }, this.text, this.sendButton, this.stopButton),
      element("p", { id: "composer-hint", class: "hint" }, hint),
    );
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
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
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
    this.fit();
  }

  /// As high as its text, to a limit that the style sets.
  fit() {
    this.text.rows = Math.min(10, Math.max(1, this.text.value.split("\n").length + Math.floor(this.text.value.length / 90)));
  }
}
