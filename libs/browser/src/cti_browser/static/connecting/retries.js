/** When to connect again, and by which way. Pure but for the clock that it is given. */

import { backoff } from "../protocol.js";

/**
 * @typedef {object} RetryOptions
 * @property {"auto"|"websocket"|"sse"} transport
 * @property {number} minDelayMs
 * @property {number} maxDelayMs
 * @property {number} stableMs
 */

// So often a WebSocket may fail to open before the other way is tried, in turn with it.
const BLOCKED_AFTER = 2;

export class Retries {
  #options;
  #clock;
  #random;
  #attempt = 0;
  #failedToOpen = 0;
  #socketsWork = false;
  #movesAt = 0;

  /** @param {RetryOptions} options @param {() => number} [clock] ms @param {() => number} [random] from 0 to 1 */
  constructor(options, clock = Date.now, random = Math.random) {
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
  }

  /** Whether server-sent events are to be tried now instead of a WebSocket. */
  get usesSse() {
    const { transport } = this.#options;
    if (transport !== "auto") return transport === "sse";
    return !this.#socketsWork && this.#failedToOpen >= BLOCKED_AFTER && this.#failedToOpen % 2 === 0;
  }

  /** Another token: nothing that went wrong before says anything of it. */
  reset() {
    this.#attempt = this.#failedToOpen = this.#movesAt = 0;
  }

  /** A connection is being opened, or none is wanted: what an old server said of leaving it is done with. */
  settle() {
    this.#movesAt = 0;
  }

  /** A connection was welcome. @param {"websocket"|"sse"|undefined} way */
  welcome(way) {
    this.#failedToOpen = 0;
    this.#socketsWork ||= way === "websocket";
  }

  /** The server will go away after so long, or close before. @param {number} afterMs */
  move(afterMs) {
    this.#movesAt = this.#clock() + afterMs;
  }

  /** A connection ended that was welcome since then; 0: never. Gives the delay to the next attempt, in ms. @param {number} onlineSince */
  closed(onlineSince) {
    const { minDelayMs: minMs, maxDelayMs: maxMs, stableMs } = this.#options;
    if (onlineSince && this.#clock() - onlineSince >= stableMs) this.#attempt = 0;
    if (!onlineSince) this.#failedToOpen += 1;
    // A server that moves its clients has said when; the others must not come all at once.
    const moving = this.#movesAt ? Math.max(0, this.#movesAt - this.#clock()) : null;
    this.#movesAt = 0;
    return moving ?? backoff(this.#attempt++, { minMs, maxMs }, this.#random());
  }
}
