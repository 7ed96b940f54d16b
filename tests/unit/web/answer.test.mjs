import assert from "node:assert/strict";
import test from "node:test";

import { Answer, splitThinking } from "../../../web/js/answer.js";

const piece = (seq, text, more = {}) => ({ seq, text, reasoning: "", textWasReasoning: false, isComplete: false, ...more });

test("pieces are put together once each", () => {
  const answer = new Answer();
  assert.equal(answer.take(piece(0, "a")), true);
  assert.equal(answer.take(piece(0, "a")), false);
  assert.equal(answer.take(piece(1, "b", { isComplete: true })), true);
  assert.equal(answer.finish({ text: "unused", reasoning: "", truncated: false }), true);
  assert.deepEqual(answer.shown, { text: "ab", reasoning: "" });
});

test("after a gap the completion's text holds", () => {
  const answer = new Answer();
  answer.take(piece(0, "a", { reasoning: "thought" }));
  assert.equal(answer.take(piece(2, "c")), false);
  assert.equal(answer.finish({ text: "abc", reasoning: null, truncated: false }), true);
  assert.deepEqual(answer.shown, { text: "abc", reasoning: "thought" });
});

test("with a gap and a completion without text it is broken", () => {
  const answer = new Answer();
  answer.take(piece(1, "b"));
  assert.equal(answer.finish({ text: "", reasoning: null, truncated: true }), false);
});

test("text that turns out to have been reasoning is moved", () => {
  const answer = new Answer();
  answer.take(piece(0, "hmm"));
  answer.take(piece(1, "so", { textWasReasoning: true }));
  assert.deepEqual(answer.shown, { text: "so", reasoning: "hmm" });
});

test("a page that is loaded again goes on where it was", () => {
  const before = new Answer();
  before.take(piece(0, "a"));
  const after = new Answer(JSON.parse(JSON.stringify(before.snapshot())));
  assert.equal(after.take(piece(1, "b")), true);
  assert.equal(after.text, "ab");
});

test("reasoning of an older service is between tags, as far as it has come", () => {
  assert.deepEqual(splitThinking("<think>a</think>\n\nb"), { reasoning: "a", text: "b" });
  assert.deepEqual(splitThinking("<think>a"), { reasoning: "a", text: "" });
  assert.deepEqual(splitThinking("<thi"), { reasoning: "", text: "" });
  assert.deepEqual(splitThinking("<b> is a tag, <think> is another"), { reasoning: "", text: "<b> is a tag, <think> is another" });
});
