/**
 * The views of other users, for a supervisor: what the server tells of those who are watched, and on demand of who waits in
 * their queues. After a reconnect the watch goes on by itself. Each change of a view raises `watchChanged` with the user (or
 * null: all) and that user's events, each change of queues `queuesChanged`.
 */

/** @import {EventFrame, QueuesFrame, UserView, WatchedFrame, WatchedQueue, WatchUpdateFrame} from "./protocol.js" */

/** @typedef {{user: string|null, events: EventFrame[]}} WatchDetail */

export class CtiWatch {
  #send;
  #raise;
  /** @type {object|null} */ #wanted = null;
  #unfinished = false;
  /** @type {Map<string, {version: number, view: UserView}>} */ #views = new Map();
  /** @type {Map<string, WatchedQueue>} */ #queues = new Map();

  /** @param {(frame: object) => boolean} send @param {(name: string, detail: WatchDetail|object) => void} raise */
  constructor(send, raise) {
    this.#send = send;
    this.#raise = raise;
  }

  /** By user. @returns {ReadonlyMap<string, {version: number, view: UserView}>} */
  get views() {
    return this.#views;
  }

  /** The queues in which somebody waits. @returns {readonly WatchedQueue[]} */
  get queues() {
    return [...this.#queues.values()];
  }

  /** @param {readonly string[]|null} [users] all by default @param {{queues?: boolean}} [also] who waits in their queues */
  start(users, { queues = false } = {}) {
    this.#wanted = { type: "watch", ...(users ? { users } : { all: true }), ...(queues && { queues }) };
    this.#send(this.#wanted);
  }

  stop() {
    if (this.#wanted) this.#send({ type: "unwatch" });
    this.#wanted = null;
    this.#views.clear();
    this.#queues.clear();
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

  /** @param {QueuesFrame} frame */
  takeQueues({ queues, whole }) {
    if (!this.#wanted) return;
    if (whole) this.#queues.clear();
    for (const each of queues) {
      const key = JSON.stringify([each.pbx, each.queue]);
      if (each.waiting.length) this.#queues.set(key, each);
      else this.#queues.delete(key);
    }
    this.#raise("queuesChanged", {});
  }
}
