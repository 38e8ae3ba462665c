/**
 * Tells the Calls section when its rows may be old: calls have ended, or somebody wrote about them. At once, then at most
 * every two seconds with all that happened meanwhile; not while nobody looks at the page. The journal has the row of a call
 * that ended a moment later: it is looked for a while.
 */

/** @import {CtiEventDetail} from "../cti-events.js" */
/** @import {EventFrame} from "../protocol.js" */
/** @import {WatchDetail} from "../cti-watch.js" */
/** @import {Context} from "./context.js" */

const PAUSE_MS = 2000;
// The journal writes a finished call a moment after the browser hears of it; and this is for how long that may take.
const WRITTEN_MS = 300;
const GIVE_UP_MS = 15_000;

export class CallNews {
  #context;
  #look;
  /** @type {Set<string>} */ #changed = new Set();
  /** Calls that have ended, and until when their rows are looked for. @type {Map<string, number>} */ #awaited = new Map();
  /** Something happened that nobody has looked at. */
  #late = false;
  #notBefore = 0;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;
  /** @type {AbortController|null} */ #listening = null;

  /** @param {Context} context @param {(changed: Set<string>) => Promise<Set<string>|undefined>} look `changed`: rows by
   *   connection that may be listed; gives the newest rows that there are */
  constructor(context, look) {
    this.#context = context;
    this.#look = look;
  }

  /** @param {boolean} ofOthers whether others' calls are listed */
  start(ofOthers) {
    const model = this.#context.model();
    if (!model || this.#listening) return;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    /** @param {string} name @param {(detail: any) => void} handler */
    const on = (name, handler) => model.addEventListener(name, (event) => handler(/** @type {CustomEvent} */ (event).detail), { signal });
    for (const name of ["callSaved", "callInfoChanged"]) on(name, (/** @type {CtiEventDetail} */ { databaseId }) => this.#note(databaseId));
    on("callFinished", (/** @type {CtiEventDetail} */ { call }) => this.#await(call?.id));
    on("watchChanged", (/** @type {WatchDetail} */ { events }) => events.forEach((each) => this.#heard(each)));
    on("activeCallSnapshot", () => this.#soon());
    document.addEventListener("visibilitychange", () => this.#late && this.#soon(), { signal });
    if (ofOthers) model.watching.start();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#changed.clear();
    this.#awaited.clear();
    if (!this.#listening) return;
    this.#listening.abort();
    this.#listening = null;
    this.#context.model()?.watching.stop();
  }

  /** Of another user. @param {EventFrame} event */
  #heard({ name, call, database_id: row }) {
    this.#note(row);
    if (name === "callFinished") this.#await(call?.id);
  }

  /** @param {string|undefined} row */
  #await(row) {
    if (!row) return;
    this.#awaited.set(row, Date.now() + GIVE_UP_MS);
    this.#soon(WRITTEN_MS);
  }

  /** @param {string|undefined} row */
  #note(row) {
    if (!row) return;
    this.#changed.add(row);
    this.#soon();
  }

  #soon(inMs = 0) {
    this.#late = true;
    if (this.#timer !== undefined || document.visibilityState === "hidden") return;
    this.#timer = setTimeout(() => void this.#tell(), Math.max(inMs, this.#notBefore - Date.now()));
  }

  async #tell() {
    const changed = new Set(this.#changed);
    this.#changed.clear();
    this.#timer = undefined;
    this.#late = false;
    this.#notBefore = Date.now() + PAUSE_MS;
    const seen = await this.#look(changed);
    for (const [id, until] of this.#awaited) if (seen?.has(id) || Date.now() > until) this.#awaited.delete(id);
    if (this.#awaited.size) this.#soon();
  }
}
