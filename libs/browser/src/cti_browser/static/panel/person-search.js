/** Finding somebody in the directory by name, to link a call with. */

import { labelled } from "./controls.js";
import { h, setText } from "./dom.js";

/** @import {Found} from "../directory.js" */
/** @import {Candidate} from "../protocol.js" */
/** @import {Context} from "./context.js" */

// While somebody writes there is no sense in asking.
const PAUSE_MS = 180;
const LEAST_LETTERS = 3;

export class PersonSearch {
  #context;
  #item;
  #input = h("input", { type: "search", autocomplete: "off", spellcheck: "false", maxlength: "200" });
  #list = h("ul", { role: "list" });
  #status = h("p", { role: "status" });
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #pause;
  #asking = new AbortController();
  element;

  /** @param {Context} context @param {(candidate: Candidate) => HTMLElement} item */
  constructor(context, item) {
    this.#context = context;
    this.#item = item;
    this.#input.addEventListener("input", () => this.#written());
    this.element = h("div", { class: "person-search" }, labelled(context.m.contactName, this.#input), this.#status, this.#list);
  }

  focus() {
    this.#input.focus();
  }

  #written() {
    clearTimeout(this.#pause);
    this.#asking.abort();
    const text = this.#input.value.trim();
    if (text.length < LEAST_LETTERS) return this.#show([], "");
    this.#pause = setTimeout(() => void this.#search(text), PAUSE_MS);
  }

  /** @param {string} text */
  async #search(text) {
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    const { m } = this.#context;
    try {
      const found = (await this.#context.directory()?.search(text, signal)) ?? [];
      if (!signal.aborted) this.#show(found, found.length ? "" : m.nobodyFound);
    } catch (error) {
      if (!signal.aborted) this.#show([], m.errorUnavailable);
      if (!(error instanceof Error && (error.name === "AbortError" || error.name.startsWith("Api")))) throw error;
    }
  }

  /** @param {Found[]} found @param {string} status */
  #show(found, status) {
    setText(this.#status, status);
    this.#list.replaceChildren(...found.map((each) => h("li", {}, this.#item(each))));
  }
}
