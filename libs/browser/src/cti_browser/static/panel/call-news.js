/**
 * Tells the Calls section when its rows may be old: calls were saved, or somebody wrote about them. At once, then at most
 * every two seconds with all that happened meanwhile; not while nobody looks at the page.
 */

/** @import {CtiEventDetail} from "../cti-events.js" */
/** @import {WatchDetail} from "../cti-watch.js" */
/** @import {Context} from "./context.js" */

const PAUSE_MS = 2000;

export class CallNews {
  #context;
  #look;
  #changed = new Set();
  #notBefore = 0;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;
  /** @type {AbortController|null} */ #listening = null;

  /** @param {Context} context @param {(changed: Set<string>) => void} look `changed`: rows by connection, those it may have */
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
    on("watchChanged", (/** @type {WatchDetail} */ { events }) => events.forEach((each) => this.#note(each.database_id)));
    on("activeCallSnapshot", () => this.#soon());
    document.addEventListener("visibilitychange", () => this.#changed.size && this.#soon(), { signal });
    if (ofOthers) model.watching.start();
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#changed.clear();
    if (!this.#listening) return;
    this.#listening.abort();
    this.#listening = null;
    this.#context.model()?.watching.stop();
  }

  /** @param {string|undefined} row */
  #note(row) {
    if (!row) return;
    this.#changed.add(row);
    this.#soon();
  }

  #soon() {
    if (this.#timer !== undefined || document.visibilityState === "hidden") return;
    this.#timer = setTimeout(() => this.#tell(), Math.max(0, this.#notBefore - Date.now()));
  }

  #tell() {
    const changed = new Set(this.#changed);
    this.#changed.clear();
    this.#timer = undefined;
    this.#notBefore = Date.now() + PAUSE_MS;
    this.#look(changed);
  }
}
