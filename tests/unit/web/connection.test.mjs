import assert from "node:assert/strict";
import test from "node:test";

import { BackOff } from "../../../web/js/backoff.js";
import { Connection } from "../../../web/js/connection.js";

function setUp() {
  const it = { now: 0, sockets: [], timers: new Map(), ids: 0, told: [], goOn: true, expects: false };
  class Socket {
    constructor(url) {
      Object.assign(this, { url, sent: [], closed: false });
      it.sockets.push(this);
    }
    send(frame) {
      this.sent.push(frame);
    }
    close() {
      this.closed = true;
    }
  }
  const plan = (run, ms, every) => (it.timers.set(++it.ids, { run, at: it.now + ms, every }), it.ids);
  const world = {
    WebSocket: Socket,
    setTimeout: (run, ms) => plan(run, ms, 0),
    setInterval: (run, ms) => plan(run, ms, ms),
    clearTimeout: (id) => it.timers.delete(id),
    clearInterval: (id) => it.timers.delete(id),
    now: () => it.now,
    random: () => 0,
  };
  const owner = {
    opened: () => it.told.push("opened"),
    frame: (frame) => it.told.push(frame.kind),
    lost: (wait) => it.told.push(`lost ${wait}`),
    mayGoOn: async () => it.goOn,
    expectsAnswer: () => it.expects,
  };
  /// Time passes, second by second.
  it.pass = (ms) => {
    for (const end = it.now + ms; it.now < end; ) {
      it.now = Math.min(end, it.now + 100);
      for (const [id, timer] of [...it.timers])
        if (timer.at <= it.now && it.timers.has(id)) {
          if (timer.every) timer.at += timer.every;
          else it.timers.delete(id);
          timer.run();
        }
    }
  };
  it.connection = new Connection("ws://h/prod", owner, world);
  it.connection.start();
  it.last = () => it.sockets.at(-1);
  return it;
}

test("it opens again after a loss", () => {
  const it = setUp();
  it.last().onopen();
  it.last().onclose({ code: 1006 });
  assert.deepEqual(it.told, ["opened", "lost 200"]);
  it.pass(200);
  assert.equal(it.sockets.length, 2);
});

test("one that never opened asks whether it may go on", async () => {
  const it = setUp();
  it.goOn = false;
  it.last().onclose({ code: 1006 });
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(it.connection.state, "ended");
  it.pass(60_000);
  assert.equal(it.sockets.length, 1);
});

test("a handshake without an end is given up", () => {
  const it = setUp();
  it.pass(20_000);
  assert.equal(it.last().closed, true);
  assert.equal(it.connection.state, "lost");
});

test("silence while an answer is expected is looked into, and ends it", () => {
  const it = setUp();
  it.last().onopen();
  it.expects = true;
  it.pass(10_000);
  assert.deepEqual(it.last().sent, ['{"action":"ping"}']);
  it.last().onmessage({ data: '{"type":"pong"}' });
  it.pass(9_000);
  assert.equal(it.connection.state, "open");
  it.pass(12_000);
  assert.notEqual(it.connection.state, "open");
});

test("an idle one is kept alive, and nothing more", () => {
  const it = setUp();
  it.last().onopen();
  it.pass(4 * 60_000);
  assert.equal(it.last().sent.length, 1);
});

test("what an old socket says is passed over", () => {
  const it = setUp();
  const old = it.last();
  old.onopen();
  old.onclose({});
  it.pass(200);
  old.onmessage({ data: '{"type":"pong"}' });
  old.onclose({});
  assert.equal(it.sockets.length, 2);
  assert.deepEqual(it.told, ["opened", "lost 200"]);
});

test("what is no frame does no harm", () => {
  const it = setUp();
  it.last().onopen();
  for (const data of ["", "{", "[]", new ArrayBuffer(8)]) it.last().onmessage({ data });
  assert.deepEqual(it.told, ["opened"]);
});

test("waits grow to a limit, and begin anew when it worked", () => {
  const waits = new BackOff(() => 0.999);
  const six = Array.from({ length: 6 }, () => waits.next());
  assert.deepEqual(six.map((wait) => Math.round(wait / 1_000)), [4, 8, 16, 30, 30, 30]);
  waits.reset();
  assert.ok(waits.next() < 4_200);
});
