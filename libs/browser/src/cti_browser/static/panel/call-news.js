/**
 * Tells the Calls section when its rows may be old: the rows of calls that have ended were written, or somebody wrote about
 * them. At once, then at most every two seconds with all that happened meanwhile; not while nobody looks at the page, and not of
 * what is not listed anyway. A row that nobody tells of is looked for a while.
 */

/** @import {CtiEventDetail} from "../cti-events.js" */
/** @import {CallView} from "../protocol.js" */
/** @import {WatchDetail} from "../cti-watch.js" */
/** @import {Context} from "./context.js" */

/**
 * What is listed.
 * @typedef {object} Listed
 * @property {(changed: Set<string>) => Promise<Set<string>|undefined>} look reads it again; `changed`: rows by connection that may
 *   be listed; gives the newest rows that there are
 * @property {(call: EndedCall, user: string) => boolean} concerns whether the row of that user's call, which has ended, would be there
 * @property {(row: string) => boolean} has whether a row is listed
 */
/** @typedef {Pick<CallView, "id"|"direction"|"outcome"|"queue"|"started_at">} EndedCall */

const PAUSE_MS = 2000;
// The journal tells when it has written the row of a call, in a moment; these are for when that is lost on the way.
const LOOKED_FOR_MS = Object.freeze([1500, 3000, 6000]);
// Their rows are told of a moment later.
const MOST_UNLISTED = 1000;

export class CallNews {
  #context;
  #listed;
  /** @type {Set<string>} */ #changed = new Set();
  /** Calls that have ended: when their rows are looked for next, and how often they were. @type {Map<string, {at: number, times: number}>} */
  #awaited = new Map();
  /** Calls that have ended and are not listed. @type {Set<string>} */ #unlisted = new Set();
  /** Something happened that nobody has looked at. */
  #late = false;
  #notBefore = 0;
  #due = 0;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;
  /** @type {AbortController|null} */ #listening = null;

  /** @param {Context} context @param {Listed} listed */
  constructor(context, listed) {
    this.#context = context;
    this.#listed = listed;
  }

  /** @param {boolean} ofOthers whether others' calls are listed */
  start(ofOthers) {
    const model = this.#context.model();
    if (!model || this.#listening) return;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    /** @param {string} name @param {(detail: any) => void} handler */
    const on = (name, handler) => model.addEventListener(name, (event) => handler(/** @type {CustomEvent} */ (event).detail), { signal });
    for (const name of ["callSaved", "callInfoChanged", "callFinished"]) {
      on(name, (/** @type {CtiEventDetail} */ { call, databaseId }) => this.#heard(name, call, databaseId, model.user));
    }
    on("watchChanged", (/** @type {WatchDetail} */ { user, events }) => {
      for (const each of events) this.#heard(each.name, each.call, each.database_id, user ?? "");
    });
    on("activeCallSnapshot", () => this.#soon());
    document.addEventListener("visibilitychange", () => this.#late && this.#soon(), { signal });
    if (ofOthers) model.watching.start();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#changed.clear();
    this.#awaited.clear();
    this.#unlisted.clear();
    if (!this.#listening) return;
    this.#listening.abort();
    this.#listening = null;
    this.#context.model()?.watching.stop();
  }

  /** Another list: what was not listed may be now. */
  anew() {
    this.#unlisted.clear();
  }

  /** @param {string} name @param {EndedCall|null|undefined} call @param {string|undefined} row @param {string} user */
  #heard(name, call, row, user) {
    if (name === "callFinished" && call) this.#ended(call, user);
    if (!row || this.#unlisted.has(row) || (name === "callInfoChanged" && !this.#listed.has(row))) return;
    this.#changed.add(row);
    this.#soon();
  }

  /** Of several users who share a telephone each tells. @param {EndedCall} call @param {string} user */
  #ended(call, user) {
    if (this.#listed.concerns(call, user)) {
      this.#unlisted.delete(call.id);
      this.#awaited.set(call.id, { at: Date.now() + wait(0), times: 0 });
      this.#soon(wait(0));
    } else if (!this.#awaited.has(call.id)) {
      this.#unlisted.add(call.id);
      for (const oldest of this.#unlisted) if (this.#unlisted.size > MOST_UNLISTED) this.#unlisted.delete(oldest);
    }
  }

  #soon(inMs = 0) {
    this.#late = true;
    const due = Math.max(Date.now() + inMs, this.#notBefore);
    if (document.visibilityState === "hidden" || (this.#timer !== undefined && due >= this.#due)) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => void this.#tell(), due - Date.now());
  }

  async #tell() {
    const changed = new Set(this.#changed);
    this.#changed.clear();
    this.#timer = undefined;
    this.#late = false;
    this.#notBefore = Date.now() + PAUSE_MS;
    const seen = await this.#listed.look(changed);
    const now = Date.now();
    for (const [id, awaited] of this.#awaited) {
      if (seen && (seen.has(id) || changed.has(id))) this.#awaited.delete(id);
      else if (now >= awaited.at) this.#next(id, awaited.times + 1, now);
    }
    const next = Math.min(...[...this.#awaited.values()].map(({ at }) => at));
    if (next < Infinity) this.#soon(next - now);
  }

  /** @param {string} id @param {number} times @param {number} now */
  #next(id, times, now) {
    if (times < LOOKED_FOR_MS.length) this.#awaited.set(id, { at: now + wait(times), times });
    else this.#awaited.delete(id);
  }
}

/** How long until a row is looked for that often. @param {number} times */
function wait(times) {
  return LOOKED_FOR_MS[times] ?? Infinity;
}
