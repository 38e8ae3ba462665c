/** Which updates were handed on: each once, in order, without a gap. Pure. */

/** @import {Cursor, UpdateFrame, WelcomeFrame} from "../protocol.js" */

export class UpdateOrder {
  /** @type {Cursor|null} */ #cursor = null;

  /** The last update that was handed on; null before the first `welcome`. */
  get cursor() {
    return this.#cursor;
  }

  /** @param {WelcomeFrame} frame */
  welcome({ recovered, epoch, version }) {
    // With a whole recovery the replayed updates follow: the cursor moves with them, so that a break in the
    // middle of them loses none.
    if (!recovered || !this.#cursor) this.#cursor = { epoch, version };
  }

  /** What an update is to those before it; only the next one counts. @param {UpdateFrame} frame @returns {"next"|"repeat"|"gap"} */
  take(frame) {
    if (!this.#cursor) return "repeat"; // nothing was welcome yet: the welcome has it
    const { epoch, version } = this.#cursor;
    if (frame.epoch === epoch && frame.version <= version) return "repeat";
    if (frame.epoch !== epoch || frame.version !== version + 1) return "gap";
    this.#cursor = { epoch, version: frame.version };
    return "next";
  }

  /** Another user's updates may follow. */
  forget() {
    this.#cursor = null;
  }
}
