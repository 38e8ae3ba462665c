/** The rows of the history as far as they are read: the newest page, older ones on demand, and a call that has just ended. */

import { HistoryError } from "../history.js";

/** @import {CtiCall} from "../cti-call.js" */
/** @import {CallHistory, CallRecord} from "../history.js" */
/** @import {Filter} from "./history-tabs.js" */

/** `changed` with the rows; `busy` while something is read; `failed`: it could not be read.
 * @typedef {{changed: () => void, busy: (busy: boolean) => void, failed: () => void}} FeedListener */

// A call waits in menus and queues before it rings here.
const BEFORE_IT_RANG_MS = 3_600_000;
// The journal writes a finished call a moment after the browser hears of it.
const REFRESH_DELAYS_MS = Object.freeze([150, 500, 1000, 2000, 4000, 8000]);

export class HistoryFeed {
  #listener;
  /** @type {CallHistory|null} */ #history = null;
  /** @type {Filter} */ #filter = "all";
  /** @type {Map<string, CallRecord>} */ #records = new Map();
  /** @type {string|null} */ #next = null;
  #newest = new AbortController();
  #older = new AbortController();
  /** @type {Map<string, AbortController>} */ #awaited = new Map();
  /** Whether anything was read yet. */
  loaded = false;

  /** @param {FeedListener} listener */
  constructor(listener) {
    this.#listener = listener;
  }

  /** Newest first. */
  get records() {
    return [...this.#records.values()].sort((a, b) => b.started_at.localeCompare(a.started_at));
  }

  /** Whether there are older ones. */
  get more() {
    return this.#next !== null;
  }

  /** Another journal, or other rows of it, from the beginning. @param {CallHistory|null} history @param {Filter} filter */
  show(history, filter) {
    this.stop();
    this.#history = history;
    this.#filter = filter;
    this.#records.clear();
    this.#next = null;
    this.loaded = false;
    this.#listener.changed();
    this.refresh();
  }

  /** Reads the newest page again and keeps what is below it. */
  refresh() {
    if (this.#history) void this.#loadFirst();
  }

  /** Refreshes until the journal has the record of this call. @param {CtiCall} call */
  async await(call) {
    // A talk may be the call back of one that was missed.
    if (!this.#history || (this.#filter === "missed" && call.outcome !== "missed" && call.outcome !== "answered")) return;
    this.#awaited.get(call.id)?.abort();
    const giveUp = new AbortController();
    this.#awaited.set(call.id, giveUp);
    for (const delay of REFRESH_DELAYS_MS) {
      await pause(delay);
      if (giveUp.signal.aborted) return;
      const seen = await this.#loadFirst();
      if (seen?.has(call.id)) break;
    }
    this.#awaited.delete(call.id);
  }

  /** Reads older ones; gives the first that is new, if there is any. */
  async loadMore() {
    this.#older.abort();
    this.#older = new AbortController();
    const page = await this.#page(this.#next, this.#older.signal);
    if (!page) return null;
    this.#next = page.next;
    const first = page.items.find((each) => !this.#records.has(each.connection_id));
    this.#take(page.items);
    return first ?? null;
  }

  /** Stops all that is going on; for an element that leaves the page. */
  stop() {
    this.#newest.abort();
    this.#older.abort();
    for (const each of this.#awaited.values()) each.abort();
    this.#awaited.clear();
  }

  /** @returns {Promise<Set<string>|undefined>} the ids on the newest page */
  async #loadFirst() {
    // The newest answer counts: an older one could show a finished call as alive.
    this.#newest.abort();
    this.#newest = new AbortController();
    const page = await this.#page(null, this.#newest.signal);
    if (!page) return undefined;
    const ids = new Set(page.items.map((each) => each.connection_id));
    if (!page.items.some((each) => this.#records.has(each.connection_id))) {
      this.#records.clear();
      this.#next = page.next;
    }
    this.#take(page.items);
    return ids;
  }

  /** @param {CallRecord[]} items */
  #take(items) {
    this.loaded = true;
    for (const each of items) this.#records.set(each.connection_id, each);
    this.#listener.changed();
  }

  /** A page, or undefined when it failed (which is told) or nobody wants it any more.
   * @param {string|null} cursor @param {AbortSignal} signal */
  async #page(cursor, signal) {
    const outcome = this.#filter === "missed" ? "missed" : undefined;
    this.#listener.busy(true);
    try {
      const page = await this.#history?.page({ outcome, cursor, signal });
      if (page && outcome) page.items = await this.#withCallsBack(page.items, signal);
      return signal.aborted ? undefined : page;
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof HistoryError)) throw error;
      this.#listener.failed();
      return undefined;
    } finally {
      if (!signal.aborted) this.#listener.busy(false);
    }
  }

  /** Missed calls with who spoke with the caller since; without it where the journal does not say. @param {CallRecord[]} items
   * @param {AbortSignal} signal @returns {Promise<CallRecord[]>} */
  async #withCallsBack(items, signal) {
    const oldest = items.at(-1);
    if (!oldest) return items;
    const from = new Date(Date.parse(oldest.started_at) - BEFORE_IT_RANG_MS).toISOString();
    const back = await this.#history?.calledBack({ from, signal }).catch(() => null);
    return items.map((each) => ({ ...each, called_back: back?.get(each.call_id) }));
  }
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
