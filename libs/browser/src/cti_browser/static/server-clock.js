/** The server's clock, guessed from the times that its frames carry: timers count by it, not by this machine's. */

// The least delayed of the last samples is nearest to the truth.
const SAMPLES = 8;

export class ServerClock {
  /** @type {number[]} */ #offsets = [];

  /** Milliseconds since 1970; this machine's own until the server has told. */
  now() {
    return Date.now() + (this.#offsets.length ? Math.max(...this.#offsets) : 0);
  }

  /** @param {string} serverTime as a frame that has just come says */
  sample(serverTime) {
    const offset = Date.parse(serverTime) - Date.now();
    if (Number.isFinite(offset)) this.#offsets = [...this.#offsets.slice(1 - SAMPLES), offset];
  }
}
