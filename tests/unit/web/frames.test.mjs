import assert from "node:assert/strict";
import test from "node:test";

import * as frames from "../../../web/js/frames.js";

const parse = (frame) => frames.parse(JSON.stringify(frame));

test("what is no frame is passed over", () => {
  for (const raw of ["", "x", "null", "[]", "1", '"a"', "{}", '{"action":"constructor"}', '{"action":"__proto__","data":{}}', '{"action":"new","data":{}}'])
    assert.equal(frames.parse(raw), null, raw);
});

test("a chunk of a service that keeps reasoning apart, and of one that does not", () => {
  const data = { text: "a", isComplete: false, timestamp: 1, messageId: "m", seq: 3, tokens: 2 };
  const base = { kind: "chunk", messageId: "m", seq: 3, text: "a", textWasReasoning: false, isComplete: false, tokens: 2, timestamp: 1 };
  assert.deepEqual(parse({ action: "llm_response_chunk", data: { ...data, reasoning: "" } }), { ...base, reasoning: "" });
  assert.deepEqual(parse({ action: "llm_response_chunk", data }), { ...base, reasoning: null });
});

test("fields of a wrong type are as if they were not there", () => {
  const chunk = parse({ action: "llm_response_chunk", data: { text: 7, seq: "0", messageId: {}, tokens: -1 } });
  assert.deepEqual([chunk.text, chunk.seq, chunk.messageId, chunk.tokens], ["", 0, "", 0]);
  assert.deepEqual(parse({ action: "history", data: { messages: [null, 3, { role: "user" }] } }).messages.length, 3);
  assert.deepEqual(parse({ action: "presence", data: { members: [null, { userId: 1 }, { userId: "u" }] } }).members, [{ userId: "u", name: "u" }]);
});

test("the end of a turn, with and without usage", () => {
  const data = { message: "all", messageId: "m", chatId: "c", finishReason: "stop", usage: { promptTokens: 3, completionTokens: 44 } };
  assert.equal(parse({ message: "LLM response complete", data }).tokens, 44);
  assert.equal(parse({ message: "LLM response complete", data: { ...data, usage: {} } }).tokens, null);
});

test("failures, the gateway's own words, and notices", () => {
  assert.deepEqual(parse({ message: "Error processing request", data: { message: "It broke", error: true, errorCategory: "internal" } }),
    { kind: "failure", title: "Error processing request", text: "It broke", category: "internal", messageId: "", retryAfterMs: null, action: "" });
  assert.equal(parse({ message: "Invalid input", data: { message: "No page.", error: true, receivedAction: "history" } }).action, "history");
  assert.equal(parse({ message: "Internal server error", connectionId: "c", requestId: "r" }).kind, "failure");
  assert.equal(parse({ message: "Message sent", data: { message: "Delivered to 2 connections." } }).kind, "notice");
  assert.equal(parse({ message: "Unknown action type. Please send a valid action.", receivedAction: "join" }).kind, "unknownAction");
  assert.deepEqual(parse({ type: "pong", timestamp: 1 }), { kind: "pong" });
});

test("what the page says is what the contract says", () => {
  assert.equal(frames.ask({ id: "m", text: "hi", chatId: "c" }),
    '{"action":"message","data":{"message":"hi","messageId":"m","separateReasoning":true,"chatId":"c"}}');
  assert.equal(frames.say({ id: "m", content: "hi", recipient: "all", room: "ops" }),
    '{"action":"message","data":{"content":"hi","recipient":"all","messageId":"m","room":"ops"}}');
  assert.equal(frames.history({ limit: 50, before: "" }), '{"action":"history","data":{"limit":50}}');
  assert.equal(frames.ping(), '{"action":"ping"}');
});
