/** Who waits in queues, as the journal has it: asked again and again while somebody looks. */

import { ApiRefused } from "../api.js";

/** @import {WaitingCall} from "../history.js" */
/** @import {Context} from "./context.js" */

// A caller who has come is seen before the music has played a bar or two; and no journal is asked more often than that.
const PAUSE_MS = 2500;

export class TeamWaiting {
  #context;
  #changed;
  #asking = new AbortController();
  #next = 0;
  /** @type {readonly WaitingCall[]} */ calls = [];

  /** @param {Context} context @param {() => void} changed */
  constructor(context, changed) {
    this.#context = context;
    this.#changed = changed;
  }

  start() {
    this.#asking = new AbortController();
    this.#next = 0;
    this.tick();
  }

  stop() {
    this.#asking.abort();
    this.calls = [];
  }

  tick() {
    if (this.#asking.signal.aborted || Date.now() < this.#next || document.visibilityState === "hidden") return;
    this.#next = Infinity;
    void this.#ask(this.#asking.signal);
  }

  /** @param {AbortSignal} signal */
  async #ask(signal) {
    try {
      const found = (await this.#context.history()?.waiting(signal)) ?? [];
      if (signal.aborted) return;
      this.calls = found;
      this.#changed();
    } catch (error) {
      // What was seen stays for as long as no other is told. Who may not see it is not asked again.
      if (!(error instanceof Error && (error.name === "AbortError" || error.name.startsWith("Api")))) throw error;
      if (error instanceof ApiRefused) return;
    }
    if (!signal.aborted) this.#next = Date.now() + PAUSE_MS;
  }
}
