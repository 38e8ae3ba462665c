/** Looking for somebody in the directory while a name or a number is written. */

import { ApiError } from "../api.js";

/** @import {Found} from "../directory.js" */
/** @import {Context} from "./context.js" */

// While somebody writes there is no sense in asking.
const PAUSE_MS = 180;

/** So many letters of a name, or digits of a number, are enough to look for it. */
export const LEAST_LETTERS = 3;

export class NameSearch {
  #context;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #pause;
  #asking = new AbortController();

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
  }

  /** Looks for this and no more for what was asked before. @param {string} text
   * @param {(found: Found[]|null) => void} told null: the directory cannot be asked */
  ask(text, told) {
    this.stop();
    this.#pause = setTimeout(() => void this.#search(text, told), PAUSE_MS);
  }

  stop() {
    clearTimeout(this.#pause);
    this.#asking.abort();
  }

  /** @param {string} text @param {(found: Found[]|null) => void} told */
  async #search(text, told) {
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    try {
      const found = (await this.#context.directory()?.search(text, signal)) ?? [];
      if (!signal.aborted) told(found);
    } catch (error) {
      if (!signal.aborted) told(null);
      if (!(error instanceof ApiError || (error instanceof Error && error.name === "AbortError"))) throw error;
    }
  }
}
