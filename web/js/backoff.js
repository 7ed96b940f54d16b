// How long to wait before the next connection. All clients of a gateway lose it in the same moment, and none of them
// knows of the others: what spreads them is chance, over a window that doubles with every failure.

const LEAST_MS = 200;
const FIRST_WINDOW_MS = 4_000;
const LONGEST_WINDOW_MS = 30_000;

export class BackOff {
  constructor(random = Math.random) {
    this.random = random;
    this.failures = 0;
  }

  next() {
    const window = Math.min(LONGEST_WINDOW_MS, FIRST_WINDOW_MS * 2 ** Math.min(this.failures, 10));
    this.failures += 1;
    return LEAST_MS + Math.floor(window * this.random());
  }

  /// A connection was of use: the next loss is a first one.
  reset() {
    this.failures = 0;
  }
}
