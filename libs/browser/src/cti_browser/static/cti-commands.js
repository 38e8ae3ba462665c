/**
 * Commands on their way: each has an id of its own for ever, so that whatever is sent again is the same command.
 *
 * A command that was sent when the connection broke is sent again, under its id, by the next one; the server does it once
 * and tells its result. One older than `resendMs` is not: a telephone must not dial what was asked a while ago; it ends
 * as `unknown`. The same request again while it is under way, or within `repeatMs` (a double click), is the same
 * command and gives the same promise. No I/O: `send` and the timers are the caller's.
 */

import { CtiCommandUnknown, CtiNotConnected, errorOf } from "./cti-errors.js";

/** @import {ResultFrame} from "./protocol.js" */

/**
 * Fields of a command beside its id (docs/protocol.md).
 * @typedef {{verb: string, connection_id?: string, other_connection_id?: string, to?: string, digits?: string,
 *   queue?: string, reason?: string, agent_state?: string, recording_id?: string, device?: string, pbx?: string}} Request
 */

/**
 * @typedef {object} Pending
 * @property {{type: "command", id: string} & Request} frame
 * @property {string} key
 * @property {number} askedAt
 * @property {Promise<ResultFrame>} promise
 * @property {(result: ResultFrame) => void} resolve
 * @property {(error: Error) => void} reject
 * @property {ReturnType<typeof setTimeout>|undefined} deadline
 */

/**
 * @typedef {object} CommandTimes
 * @property {number} deadlineMs after which the result is `unknown`; the server's own deadline is 15 s
 * @property {number} resendMs
 * @property {number} repeatMs
 */

/** @type {CommandTimes} */
const TIMES = Object.freeze({ deadlineMs: 25_000, resendMs: 10_000, repeatMs: 600 });

export class CtiCommands {
  #send;
  #times;
  #now;
  /** @type {Map<string, Pending>} */ #pending = new Map();
  /** What was asked a moment ago, by what it asks. @type {Map<string, Pending>} */ #recent = new Map();

  /**
   * @param {(frame: object) => boolean} send gives a frame to the connection; false when there is none
   * @param {Partial<CommandTimes>} [times]
   * @param {() => number} [now] milliseconds
   */
  constructor(send, times = {}, now = Date.now) {
    this.#send = send;
    this.#times = { ...TIMES, ...times };
    this.#now = now;
  }

  /** How many have no result yet. */
  get pending() {
    return this.#pending.size;
  }

  /**
   * Sends a command. Rejects with a CtiError: CtiNotConnected at once when it cannot be sent.
   * @param {Request} request
   * @param {{repeatable?: boolean, key?: string}} [how] `repeatable`: twice means twice, as with digits; `key`: what
   *   counts as the same request, by default all of its fields
   * @returns {Promise<ResultFrame>}
   */
  ask(request, { repeatable = false, key = JSON.stringify(request) } = {}) {
    const before = repeatable ? undefined : this.#recent.get(key);
    if (before && (this.#pending.has(before.frame.id) || this.#now() - before.askedAt < this.#times.repeatMs)) {
      return before.promise;
    }
    const pending = this.#made(request, key);
    if (!this.#send(pending.frame)) return Promise.reject(new CtiNotConnected());
    this.#pending.set(pending.frame.id, pending);
    this.#recent.set(key, pending);
    pending.deadline = setTimeout(() => this.#lost(pending), this.#times.deadlineMs);
    return pending.promise;
  }

  /** Takes a result; one that nobody waits for any more changes nothing. @param {ResultFrame} result */
  settle(result) {
    const pending = this.#pending.get(result.id);
    if (!pending) return;
    this.#forget(pending);
    const error = errorOf(result);
    if (error) pending.reject(error);
    else pending.resolve(result);
  }

  /** There is a connection again: asks for the results of what had been sent, under the same ids. */
  resend() {
    for (const pending of [...this.#pending.values()]) {
      if (this.#now() - pending.askedAt > this.#times.resendMs) this.#lost(pending);
      else this.#send(pending.frame);
    }
  }

  /** Nobody will hear of the results: another user signs in, or the connection is closed for good. */
  abandon() {
    for (const pending of [...this.#pending.values()]) this.#lost(pending);
  }

  /** @param {Request} request @param {string} key @returns {Pending} */
  #made(request, key) {
    /** @type {(result: ResultFrame) => void} */ let resolve = () => undefined;
    /** @type {(error: Error) => void} */ let reject = () => undefined;
    const promise = /** @type {Promise<ResultFrame>} */ (
      new Promise((yes, no) => {
        resolve = yes;
        reject = no;
      })
    );
    /** @type {Pending["frame"]} */
    const frame = { type: "command", id: commandId(), ...request };
    return { frame, key, askedAt: this.#now(), promise, resolve, reject, deadline: undefined };
  }

  /** @param {Pending} pending */
  #lost(pending) {
    const { id, verb } = pending.frame;
    this.#forget(pending);
    const message = `${verb}: no answer came in time; it may have worked`;
    pending.reject(new CtiCommandUnknown({ type: "result", id, verb, outcome: "unknown", error: "lost", message }));
  }

  /** @param {Pending} pending */
  #forget(pending) {
    clearTimeout(pending.deadline);
    this.#pending.delete(pending.frame.id);
    // Remembered for the second half of a double click, whatever came of it; then forgotten.
    for (const [key, each] of this.#recent) {
      if (!this.#pending.has(each.frame.id) && this.#now() - each.askedAt >= this.#times.repeatMs) this.#recent.delete(key);
    }
  }
}

/** 128 random bits. (`randomUUID` is not there on a page that came without TLS.) */
export function commandId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
