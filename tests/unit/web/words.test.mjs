import assert from "node:assert/strict";
import test from "node:test";

import { clock, duration, missing } from "../../../web/js/words.js";

test("durations are rounded before they are cut into units", () => {
  const pairs = [[0, "0 ms"], [999.4, "999 ms"], [999.6, "1.0 s"], [59_940, "59.9 s"], [59_960, "1 min 0 s"], [119_700, "2 min 0 s"], [125_000, "2 min 5 s"]];
  for (const [ms, words] of pairs) assert.equal(duration(ms), words, String(ms));
});

test("a moment of another day has its date, and one that nobody knows is none", () => {
  const now = new Date(2026, 10, 30, 12, 0).getTime();
  const today = clock(new Date(2026, 10, 30, 9, 5).getTime(), now);
  const before = clock(new Date(2026, 10, 28, 9, 5).getTime(), now);
  assert.ok(before.endsWith(today) && before.length > today.length, before);
  assert.match(before, /28/);
  assert.equal(clock(0, now), "");
});

test("what is missing of a message is told", () => {
  assert.equal(missing({ partial: false, truncated: false }), "");
  assert.match(missing({ partial: true, truncated: true }), /did not come to its end\. The rest is too long/);
});
