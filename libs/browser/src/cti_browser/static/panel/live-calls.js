/**
 * Keeps the rows of the Calls section true while somebody reads them: those listed change in place; new ones come in at the top
 * for who looks at the top, else a button says how many there are, so that nothing moves under the reader's hand.
 */

import { ApiError } from "../api.js";
import { button } from "./controls.js";
import { h, setText } from "./dom.js";
import { fill } from "./messages.js";

/** @import {CallPage, CallRecord} from "../history.js" */
/** @import {CallRows} from "./call-rows.js" */
/** @import {Context} from "./context.js" */

/**
 * @typedef {object} List
 * @property {(signal: AbortSignal) => Promise<CallPage|undefined>} newest the first page of what is listed
 * @property {(page: CallPage) => void} begin lists these instead
 * @property {() => boolean} isRead whether rows would move before somebody's eyes
 */

export class LiveCalls {
  #context;
  #rows;
  #list;
  /** With those that wait to be shown. @type {CallPage|null} */ #newest = null;
  #show;
  element = h("div", { class: "fresh", role: "status" });

  /** @param {Context} context @param {CallRows} rows @param {List} list */
  constructor(context, rows, list) {
    this.#context = context;
    this.#rows = rows;
    this.#list = list;
    this.#show = button({ icon: "up", kind: "fresh-calls", press: () => this.#insert()?.focus() });
  }

  /** Another list has begun: nothing of the last one waits. */
  forget() {
    this.#newest = null;
    this.element.replaceChildren();
  }

  /** Whether a row is listed, or waits to be. @param {string} id */
  has(id) {
    return Boolean(this.#rows.get(id) ?? this.#newest?.items.some((each) => each.connection_id === id));
  }

  /** Gives the newest rows that there are; undefined when they could not be read, or nobody wants them any more.
   * @param {Set<string>} changed rows that were written about, by connection @param {AbortSignal} signal of the list */
  async look(changed, signal) {
    const page = await quietly(this.#list.newest(signal));
    if (!page || signal.aborted) return undefined;
    const seen = new Set(page.items.map((each) => each.connection_id));
    // The list was empty, or could not be read; or so many are new that none of it is among the newest.
    if (!this.#touches(page.items) && !(this.#rows.size && this.#list.isRead())) {
      this.#list.begin(page);
      return seen;
    }
    this.#rows.update(page.items);
    await Promise.all([...changed].filter((id) => !seen.has(id)).map((id) => this.#readAgain(id, signal)));
    if (signal.aborted) return undefined;
    this.#newest = page;
    if (this.#list.isRead()) this.#offer(page);
    else this.#insert();
    return seen;
  }

  /** A row further down. @param {string} id @param {AbortSignal} signal */
  async #readAgain(id, signal) {
    const callId = this.#rows.get(id)?.callId;
    if (!callId) return;
    const call = await quietly(this.#context.history()?.call(callId, this.#context.language, signal));
    if (!signal.aborted) this.#rows.update(call?.records ?? []);
  }

  /** Says how many are new, on a button that shows them. @param {CallPage} page */
  #offer({ items }) {
    const count = items.filter((each) => !this.#rows.get(each.connection_id)).length;
    const words = this.#show.querySelector(".text");
    if (words instanceof HTMLElement) words.hidden = false;
    if (words) setText(words, fill(this.#context.m.newCalls, { count: String(count) }));
    if (count && !this.#show.isConnected) this.element.append(this.#show);
    else if (!count) this.element.replaceChildren();
  }

  /** Shows the new ones; gives the first. */
  #insert() {
    const page = this.#newest;
    this.forget();
    if (!page) return undefined;
    if (this.#touches(page.items)) return this.#rows.insert(page.items);
    this.#list.begin(page);
    return this.#rows.get(page.items[0]?.connection_id ?? "");
  }

  /** @param {readonly CallRecord[]} items */
  #touches(items) {
    return items.some((each) => this.#rows.get(each.connection_id));
  }
}

/** What nobody asked for fails without a word: what is listed stays, and the next call brings all of it. @template T
 * @param {Promise<T>|undefined} asked @returns {Promise<T|undefined>} */
async function quietly(asked) {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof ApiError || (error instanceof Error && error.name === "AbortError"))) throw error;
    return undefined;
  }
}
