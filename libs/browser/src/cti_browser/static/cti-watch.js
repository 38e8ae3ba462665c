/**
 * The views of other users, for a supervisor: what the server tells of those who are watched. After a reconnect the watch
 * goes on by itself. Each change raises `watchChanged` with the user (or null: all) and that user's events.
 */

/** @import {EventFrame, UserView, WatchedFrame, WatchUpdateFrame} from "./protocol.js" */

/** @typedef {{user: string|null, events: EventFrame[]}} WatchDetail */

export class CtiWatch {
  #send;
  #raise;
  /** @type {object|null} */ #wanted = null;
  #unfinished = false;
  /** @type {Map<string, {version: number, view: UserView}>} */ #views = new Map();

  /** @param {(frame: object) => boolean} send @param {(name: string, detail: WatchDetail) => void} raise */
  constructor(send, raise) {
    this.#send = send;
    this.#raise = raise;
  }

  /** By user. @returns {ReadonlyMap<string, {version: number, view: UserView}>} */
  get views() {
    return this.#views;
  }

  /** @param {readonly string[]} [users] all by default */
  start(users) {
    this.#wanted = { type: "watch", ...(users ? { users } : { all: true }) };
    this.#send(this.#wanted);
  }

  stop() {
    if (this.#wanted) this.#send({ type: "unwatch" });
    this.#wanted = null;
    this.#views.clear();
  }

  /** There is a new connection, which knows nothing of the watch. */
  resume() {
    this.#unfinished = false;
    if (this.#wanted) this.#send(this.#wanted);
  }

  /** What is true now: all of it, or a part of it that others follow. @param {WatchedFrame} frame */
  take({ views, more = false }) {
    if (!this.#wanted) return;
    if (!this.#unfinished) this.#views = new Map();
    this.#unfinished = more;
    for (const [user, { version, view }] of Object.entries(views)) this.#views.set(user, { version, view });
    this.#raise("watchChanged", { user: null, events: [] });
  }

  /** @param {WatchUpdateFrame} frame */
  update({ user, version, view, events }) {
    if (!this.#wanted) return;
    this.#views.set(user, { version, view });
    this.#raise("watchChanged", { user, events });
  }
}
