import assert from "node:assert/strict";
import test from "node:test";

import { fetchIt, readConfig } from "../../../web/js/config.js";

const answers = (status, body) => async () => ({ ok: status < 400, status, json: async () => body });

test("what the page is told", async () => {
  const told = await readConfig(answers(200, { webSocketUrl: "/prod", rooms: "yes", news: 1 }));
  assert.deepEqual(told, { webSocketUrl: "/prod", rooms: false });
  assert.equal((await readConfig(answers(200, { webSocketUrl: "/prod", rooms: true }))).rooms, true);
  await assert.rejects(readConfig(answers(503)), /503/);
});

test("what nobody answers has an end", async (context) => {
  context.mock.method(globalThis, "fetch", async (_, { signal }) => signal);
  const signal = await fetchIt("/config.json", { cache: "no-store" });
  assert.equal(signal.aborted, false);
});

test("a page that is not told where its WebSocket is does not guess", async () => {
  for (const webSocketUrl of [undefined, "", 7])
    await assert.rejects(readConfig(async () => ({ ok: true, json: async () => ({ webSocketUrl, rooms: true }) })), /does not say/);
});
