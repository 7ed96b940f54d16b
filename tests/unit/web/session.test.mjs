import assert from "node:assert/strict";
import test from "node:test";

import { signOut, whoAmI } from "../../../web/js/session.js";

const answers = (table) => {
  const asked = [];
  const fetch = async (path, { method = "GET" }) => {
    asked.push(`${method} ${path}`);
    const [status, body] = table[path];
    return { ok: status < 400, status, json: async () => body };
  };
  return { fetch, asked };
};
const alice = { signedIn: true, userId: "u1", username: "alice" };

test("who is signed in", async () => {
  assert.deepEqual(await whoAmI(answers({ "/auth/session": [200, alice] }).fetch), { state: "in", user: "u1", name: "alice" });
});

test("tokens that are over are renewed where they can be", async () => {
  const { fetch, asked } = answers({ "/auth/session": [200, { signedIn: false, canRefresh: true }], "/auth/refresh": [200, alice] });
  assert.equal((await whoAmI(fetch)).state, "in");
  assert.deepEqual(asked, ["GET /auth/session", "POST /auth/refresh"]);
});

test("nobody, or nobody any more", async () => {
  assert.equal((await whoAmI(answers({ "/auth/session": [200, { signedIn: false, canRefresh: false }] }).fetch)).state, "out");
  const refused = answers({ "/auth/session": [200, { signedIn: false, canRefresh: true }], "/auth/refresh": [401, {}] });
  assert.equal((await whoAmI(refused.fetch)).state, "out");
});

test("a service without /auth, and one that is down", async () => {
  assert.equal((await whoAmI(answers({ "/auth/session": [404, {}] }).fetch)).state, "unknown");
  await assert.rejects(whoAmI(answers({ "/auth/session": [503, {}] }).fetch), /503/);
  const down = answers({ "/auth/session": [200, { signedIn: false, canRefresh: true }], "/auth/refresh": [503, {}] });
  await assert.rejects(whoAmI(down.fetch), /503/);
  const throttled = answers({ "/auth/session": [200, { signedIn: false, canRefresh: true }], "/auth/refresh": [429, {}] });
  await assert.rejects(whoAmI(throttled.fetch), /429/);
});

test("after signing out the browser goes to the pool's page, if it is one", async () => {
  assert.equal(await signOut(answers({ "/auth/logout": [200, { logoutUrl: "https://p.example/logout" }] }).fetch), "https://p.example/logout");
  assert.equal(await signOut(answers({ "/auth/logout": [200, { logoutUrl: "javascript:alert(1)" }] }).fetch), "/");
});
