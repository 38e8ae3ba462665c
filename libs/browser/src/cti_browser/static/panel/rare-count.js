/**
 * How many there are, asked seldom: counting costs the journal more than a page. What is seen to come in is added; the journal
 * itself is asked for another list, and else at most once in half a minute while calls end.
 */

/** `exact`: no more than that. @typedef {{count: number, exact: boolean, estimate: number|null}} Count */

const PAUSE_MS = 30_000;

export class RareCount {
  #ask;
  #show;
  /** @type {Count|null} */ #found = null;
  /** Rows that are counted already. @type {Set<string>} */ #known = new Set();
  #notBefore = 0;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;
  #asking = new AbortController();

  /** @param {(signal: AbortSignal) => Promise<Count|null|undefined>} ask null: it is not known @param {(found: Count|null) => void} show */
  constructor(ask, show) {
    this.#ask = ask;
    this.#show = show;
  }

  /** Another list. */
  async anew() {
    this.stop();
    this.#known.clear();
    await this.#again();
  }

  /** Rows that were counted with the others. @param {Iterable<string>} rows */
  counted(rows) {
    for (const each of rows) this.#known.add(each);
  }

  /** The newest rows: those not seen before have come in since. @param {ReadonlySet<string>} rows */
  seen(rows) {
    const come = [...rows].filter((each) => !this.#known.has(each));
    if (!come.length) return;
    this.counted(come);
    if (this.#found?.exact) {
      this.#found = { ...this.#found, count: this.#found.count + come.length };
      this.#show(this.#found);
    }
    this.stale();
  }

  /** It is not surely right any more. */
  stale() {
    this.#timer ??= setTimeout(() => void this.#again(), Math.max(0, this.#notBefore - Date.now()));
  }

  /** Nobody looks any more. */
  stop() {
    this.#asking.abort();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async #again() {
    this.stop();
    this.#notBefore = Date.now() + PAUSE_MS;
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    const found = (await this.#ask(signal)) ?? null;
    if (signal.aborted) return;
    this.#found = found;
    this.#show(found);
  }
}
