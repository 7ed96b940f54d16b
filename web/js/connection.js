// Any number of WebSockets, one after the other, that stand for one: it opens, watches whether the other end lives,
// waits longer after each failure, and opens again.
//
// A page cannot send a WebSocket's own pings: the service's `ping` action stands for them. A handshake that is refused
// looks to a page as one that broke: `owner.mayGoOn` finds out whether the sign-in is over.

import { BackOff } from "./backoff.js";
import * as frames from "./frames.js";

const OPEN_TIMEOUT_MS = 20_000;
/// API Gateway ends connections that were idle for 10 minutes.
const KEEP_ALIVE_MS = 4 * 60_000;
/// While something is to come: a ping after this much silence, and the other end is dead after as much again.
const QUIET_MS = 10_000;

export class Connection {
  /// `world` has WebSocket, setTimeout, clearTimeout, setInterval, clearInterval, now and random: the page's own, or a
  /// test's. `owner` has opened, frame, lost(waitMs), expectsAnswer and, for one that never opened, mayGoOn: a
  /// promise of whether it is worth while to try again.
  constructor(url, owner, world) {
    Object.assign(this, { url, owner, world });
    this.backOff = new BackOff(world.random);
    this.state = "offline";
    this.generation = 0; // of the socket: what an older one still says is passed over
  }

  start() {
    if (this.state === "offline" || this.state === "waiting") this.open();
  }

  /// Without waiting any longer: the network is back, or somebody presses a key.
  hurry() {
    if (this.state === "waiting") this.open();
    else if (this.state === "open" && this.quietFor() > QUIET_MS) this.ping();
  }

  open() {
    this.clear();
    this.state = "opening";
    const generation = ++this.generation;
    const mine = (action) => (event) => generation === this.generation && action(event);
    const socket = (this.socket = new this.world.WebSocket(this.url));
    socket.onopen = mine(() => this.onOpen());
    socket.onmessage = mine((event) => this.onMessage(event.data));
    socket.onclose = mine((event) => this.onClose(event));
    this.timer = this.world.setTimeout(() => this.drop(), OPEN_TIMEOUT_MS);
  }

  send(frame) {
    if (this.state !== "open") return false;
    this.socket.send(frame);
    this.lastSent = this.world.now();
    return true;
  }

  close() {
    this.clear();
    this.state = "ended";
    this.generation += 1;
    this.socket?.close(1000);
  }

  /// A turn was answered.
  worked() {
    this.backOff.reset();
  }

  // ---- what happens ----

  onOpen() {
    this.clear();
    this.state = "open";
    this.lastSent = this.lastHeard = this.world.now();
    this.pinged = null;
    this.watch = this.world.setInterval(() => this.look(), 1_000);
    this.owner.opened();
  }

  onMessage(data) {
    this.lastHeard = this.world.now();
    this.pinged = null;
    const frame = typeof data === "string" ? frames.parse(data) : null;
    if (frame) this.owner.frame(frame);
  }

  async onClose() {
    const wasOpen = this.state === "open";
    const generation = this.generation;
    this.clear();
    this.state = "lost";
    if (!wasOpen) {
      const goOn = await this.owner.mayGoOn();
      if (generation !== this.generation || this.state !== "lost") return;
      if (!goOn) return this.close();
    }
    this.wait();
  }

  wait() {
    const wait = this.backOff.next();
    this.state = "waiting";
    this.timer = this.world.setTimeout(() => this.open(), wait);
    this.owner.lost(wait);
  }

  /// Loses the socket without waiting for its other end.
  drop() {
    this.generation += 1;
    this.socket.close();
    this.onClose({});
  }

  quietFor() {
    return this.world.now() - this.lastHeard;
  }

  ping() {
    if (this.pinged === null && this.send(frames.ping())) this.pinged = this.world.now();
  }

  look() {
    const now = this.world.now();
    if (this.pinged !== null && now - this.pinged >= QUIET_MS) return this.drop();
    const quiet = this.owner.expectsAnswer() && this.quietFor() >= QUIET_MS;
    if (quiet || now - this.lastSent >= KEEP_ALIVE_MS) this.ping();
  }

  clear() {
    this.world.clearTimeout(this.timer);
    this.world.clearInterval(this.watch);
  }
}
