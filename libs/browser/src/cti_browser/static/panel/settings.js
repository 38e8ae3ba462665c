/** What a user has set in this browser. Another tab's change counts at once. */

/**
 * @typedef {object} Settings
 * @property {string} device `pbx:number` of the telephone that dials; empty: the first
 * @property {boolean} sounds
 * @property {boolean} notifications
 * @property {boolean} webPhone whether this browser is a telephone
 * @property {string} microphone id of a device; empty: the system's own, as with the next two
 * @property {string} speaker
 * @property {string} ringer
 * @property {string} language empty: the browser's
 */

const KEY = "trunkline.settings";
/** @type {Settings} */
const DEFAULTS = Object.freeze({
  device: "",
  sounds: true,
  notifications: false,
  webPhone: false,
  microphone: "",
  speaker: "",
  ringer: "",
  language: "",
});

export class SettingsStore extends EventTarget {
  #values;
  /** @type {AbortController|null} */ #listening = null;

  constructor() {
    super();
    this.#values = read();
  }

  get values() {
    return this.#values;
  }

  /** Sets some of them, and raises `change`. @param {Partial<Settings>} changes */
  set(changes) {
    this.#values = { ...this.#values, ...changes };
    try {
      localStorage.setItem(KEY, JSON.stringify(this.#values));
    } catch (error) {
      // A browser that keeps nothing for this site: the settings hold for this page.
      if (!(error instanceof DOMException)) throw error;
    }
    this.dispatchEvent(new Event("change"));
  }

  listen() {
    this.#listening = new AbortController();
    const heard = (/** @type {StorageEvent} */ event) => {
      if (event.key !== KEY) return;
      this.#values = read();
      this.dispatchEvent(new Event("change"));
    };
    addEventListener("storage", heard, { signal: this.#listening.signal });
  }

  stop() {
    this.#listening?.abort();
  }
}

/** @returns {Settings} */
function read() {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    const known = Object.entries(DEFAULTS).map(([name, value]) => [name, typeof stored?.[name] === typeof value ? stored[name] : value]);
    return Object.fromEntries(known);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DOMException) return DEFAULTS;
    throw error;
  }
}
