/** The rows of the Calls section, in the journal's order, by the keyboard up and down. */

import { CallRow } from "./call-row.js";
import { h } from "./dom.js";

/** @import {CallRecord} from "../history.js" */
/** @import {Context} from "./context.js" */

export class CallRows {
  #context;
  #wordsFor;
  /** By connection, in the order of the list. @type {Map<string, CallRow>} */ #rows = new Map();
  element = h("ul", { class: "table-rows", role: "list" });

  /** @param {Context} context @param {(record: CallRecord) => string} wordsFor whose row it is */
  constructor(context, wordsFor) {
    this.#context = context;
    this.#wordsFor = wordsFor;
    this.element.addEventListener("keydown", (event) => this.#key(event));
  }

  get size() {
    return this.#rows.size;
  }

  /** @param {string} connectionId */
  get(connectionId) {
    return this.#rows.get(connectionId);
  }

  /** Whether somebody is about to do something with a row: none may move under their hand. */
  get inUse() {
    return this.element.matches(":hover, :focus-within") || this.element.querySelector("details[open]") !== null;
  }

  clear() {
    this.#rows.clear();
    this.element.replaceChildren();
  }

  /** Adds rows that are older than those listed; gives the first that is new. A call that rang meanwhile moves no row to the
   * next page: none is listed twice. @param {readonly CallRecord[]} records */
  append(records) {
    const fresh = records.filter((each) => !this.#rows.has(each.connection_id)).map((each) => this.#make(each));
    this.element.append(...fresh.map((each) => each.element));
    return fresh[0];
  }

  /** Those listed are as these say now. @param {readonly CallRecord[]} records */
  update(records) {
    for (const each of records) this.#rows.get(each.connection_id)?.show(each, this.#wordsFor(each));
  }

  /** Puts rows in that are new among these, which are the newest, in order; gives the first. @param {readonly CallRecord[]} newest */
  insert(newest) {
    const known = this.#rows;
    this.#rows = new Map();
    /** @type {CallRow|undefined} */
    let first;
    /** @type {HTMLElement|null} */
    let above = null;
    for (const each of newest) {
      const row = known.get(each.connection_id) ?? this.#make(each);
      this.#rows.set(each.connection_id, row);
      if (!known.delete(each.connection_id)) {
        if (above) above.after(row.element);
        else this.element.prepend(row.element);
        first ??= row;
      }
      above = row.element;
    }
    for (const [id, row] of known) this.#rows.set(id, row);
    return first;
  }

  /** @param {CallRecord} record */
  #make(record) {
    const row = new CallRow(record, this.#context, this.#wordsFor(record));
    this.#rows.set(record.connection_id, row);
    return row;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!(event.target instanceof Element) || !event.target.matches("summary")) return;
    const rows = [...this.#rows.values()];
    const at = rows.findIndex((each) => each.element.contains(/** @type {Node} */ (event.target)));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    rows[to]?.focus();
  }
}
