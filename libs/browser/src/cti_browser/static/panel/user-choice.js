/** Whose calls: one of the users. A few are listed to choose from; of many those are offered that the directory finds. */

import { labelled, uniqueId } from "./controls.js";
import { h, setAttribute, setChildren } from "./dom.js";

/** @import {User} from "../directory.js" */
/** @import {Context} from "./context.js" */

// A list of more is no help.
const MOST_LISTED = 200;
const PAUSE_MS = 180;

export class UserChoice {
  #context;
  #select = h("select");
  #found = h("datalist", { id: uniqueId("users") });
  #written = h("input", { type: "search", autocomplete: "off", spellcheck: "false", maxlength: "100", list: this.#found.id });
  #field;
  #search;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #pause;
  #asking = new AbortController();
  element;

  /** @param {Context} context */
  constructor(context) {
    const { m } = context;
    this.#context = context;
    this.#field = labelled(m.filterUser, this.#select);
    this.#search = labelled(m.filterUser, this.#written);
    setAttribute(this.#written, "placeholder", m.everybody);
    this.#written.addEventListener("input", () => this.#look());
    this.element = h("div", { class: "user-choice", hidden: true });
    this.show([]);
  }

  /** The user's id; empty: everybody's. */
  get value() {
    return this.#field.isConnected ? this.#select.value : idIn(this.#written.value);
  }

  /** @param {readonly User[]} users all of them */
  show(users) {
    const many = users.length > MOST_LISTED;
    setChildren(this.element, many ? [this.#search, this.#found] : [this.#field]);
    if (many) return;
    const chosen = this.#select.value;
    const all = h("option", { value: "" }, this.#context.m.everybody);
    setChildren(this.#select, [all, ...users.map((each) => h("option", { value: each.id }, wordsOf(each)))]);
    this.#select.value = chosen;
  }

  #look() {
    clearTimeout(this.#pause);
    this.#asking.abort();
    this.#pause = setTimeout(() => void this.#ask(this.#written.value.trim()), PAUSE_MS);
  }

  /** @param {string} text */
  async #ask(text) {
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    // Who cannot be found now can still be named by the id.
    const found = text ? await this.#context.directory()?.findUsers(text, signal).catch(() => []) : [];
    if (!signal.aborted) setChildren(this.#found, (found ?? []).map((each) => h("option", { value: wordsOf(each) })));
  }
}

/** @param {User} user */
function wordsOf({ id, name }) {
  return `${name} (${id})`;
}

/** The id that stands in brackets at the end, as in what was offered; else what was written is one. @param {string} text */
function idIn(text) {
  return /\(([^()]+)\)\s*$/.exec(text)?.[1] ?? text.trim();
}
