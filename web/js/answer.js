// One answer in the making. Its pieces may come twice, after a reconnect some never come, and the completion carries
// the whole text: what is missing is taken from there.

export class Answer {
  constructor(saved = {}) {
    this.text = saved.text ?? "";
    this.reasoning = saved.reasoning ?? "";
    this.nextSeq = saved.nextSeq ?? 0;
    this.separate = saved.separate ?? null; // whether the service keeps reasoning apart; null: no piece has come yet
    this.gap = false;
    this.lastSeen = false;
  }

  get begun() {
    return this.text !== "" || this.reasoning !== "";
  }

  /// What a page that is loaded again goes on from.
  snapshot() {
    const { text, reasoning, nextSeq, separate } = this;
    return { text, reasoning, nextSeq, separate };
  }

  /// False for a piece that came before, or that comes after a missing one: nothing is to be shown anew.
  take(chunk) {
    if (chunk.seq > this.nextSeq) this.gap = true;
    if (chunk.seq !== this.nextSeq) return false;
    this.nextSeq += 1;
    this.lastSeen = chunk.isComplete;
    this.separate ??= chunk.reasoning !== null;
    if (chunk.textWasReasoning) {
      this.reasoning = this.text;
      this.text = "";
    }
    this.reasoning += chunk.reasoning ?? "";
    this.text += chunk.text;
    return true;
  }

  /// False when pieces are missing and the completion was too long to carry them.
  finish(completion) {
    if (this.lastSeen && !this.gap) return true;
    if (completion.truncated) return false;
    this.separate ??= completion.reasoning !== null;
    // What comes from the history has no reasoning: what was seen of it is kept.
    if (completion.reasoning) this.reasoning = completion.reasoning;
    this.text = completion.text;
    return true;
  }

  /// As it is shown: an older service's reasoning stands in the text, between tags.
  get shown() {
    return this.separate === false ? splitThinking(this.text) : { reasoning: this.reasoning, text: this.text };
  }
}

const OPEN = "<think>";
const CLOSE = "</think>";

/// `<think>a</think>b` → a and b; the tag must come first, and may still be unclosed.
export function splitThinking(whole) {
  const start = whole.trimStart();
  if (!start.startsWith(OPEN)) return { reasoning: "", text: OPEN.startsWith(start) ? "" : whole };
  const end = start.indexOf(CLOSE);
  if (end < 0) return { reasoning: start.slice(OPEN.length).trim(), text: "" };
  return { reasoning: start.slice(OPEN.length, end).trim(), text: start.slice(end + CLOSE.length).trimStart() };
}
