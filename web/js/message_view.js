// One message on the page: a question, an answer in the making or whole, or what somebody said in a room.

import { copyButton, element } from "./dom.js";
import { toHtml } from "./markdown.js";
import { fragmentOf } from "./safe_html.js";

/// A question: text as it was typed.
export function questionView(text) {
  return element("article", { class: "message question", "aria-label": "You" }, element("div", { class: "body" }, text));
}

/// Markdown as nodes, each block of code with a button that copies it.
export function markdownNodes(text) {
  const nodes = fragmentOf(toHtml(text));
  for (const block of nodes.querySelectorAll("div.code")) {
    const code = block.querySelector("code");
    block.prepend(
      element("div", { class: "code-head" }, element("span", {}, block.dataset.language), copyButton(() => code.textContent)));
  }
  return nodes;
}

/// An answer. What comes in fast is drawn at the pace at which it can be drawn.
export class AnswerView {
  constructor(name = "Answer") {
    this.body = element("div", { class: "body markdown" });
    this.thoughts = element("div", { class: "thoughts" });
    this.thinking = element("summary", {}, "Thinking…");
    this.reasoning = element("details", { class: "reasoning", hidden: true }, this.thinking, this.thoughts);
    this.remark = element("p", { class: "remark", hidden: true });
    this.foot = element("footer", {});
    this.node = element("article", { class: "message answer", "aria-label": name }, this.reasoning, this.body, this.remark, this.foot);
    this.text = "";
    this.drawn = null;
    this.drawMs = 0;
    this.timer = null;
  }

  /// Something is to come: dots until it does.
  wait(words = "") {
    this.node.classList.toggle("waiting", this.text === "");
    this.say(words);
  }

  show({ text, reasoning }) {
    this.text = text;
    this.reasoning.hidden = reasoning === "";
    if (this.thoughts.textContent !== reasoning) this.thoughts.textContent = reasoning;
    this.thinking.textContent = text === "" ? "Thinking…" : "Reasoning";
    this.node.classList.toggle("waiting", text === "" && reasoning === "");
    this.node.classList.toggle("streaming", text !== "");
    this.timer ??= setTimeout(() => this.draw(), Math.max(40, 3 * this.drawMs));
  }

  draw() {
    clearTimeout(this.timer);
    this.timer = null;
    if (this.drawn === this.text) return;
    const begun = performance.now();
    this.body.replaceChildren(markdownNodes(this.text));
    this.drawn = this.text;
    this.drawMs = performance.now() - begun;
    this.onDrawn?.();
  }

  /// It is whole, or as whole as it gets.
  end(footer = "", ...buttons) {
    this.draw();
    this.node.classList.remove("waiting", "streaming");
    this.thinking.textContent = "Reasoning";
    this.foot.replaceChildren(...(this.text ? [copyButton(() => this.text)] : []), ...buttons, element("span", { class: "stats" }, footer));
  }

  /// A word about the answer: what it waits for, or why it is not whole.
  say(words, isError = false) {
    this.remark.hidden = words === "";
    this.remark.textContent = words;
    this.remark.classList.toggle("error", isError);
  }
}

export function noticeView(words, ...buttons) {
  return element("p", { class: "notice" }, `${words} `, ...buttons);
}
