/** Finding somebody in the directory by name, to link a call with. */

import { labelled } from "./controls.js";
import { h, setText } from "./dom.js";
import { LEAST_LETTERS, NameSearch } from "./name-search.js";

/** @import {Found} from "../directory.js" */
/** @import {Candidate} from "../protocol.js" */
/** @import {Context} from "./context.js" */

export class PersonSearch {
  #context;
  #item;
  #input = h("input", { type: "search", autocomplete: "off", spellcheck: "false", maxlength: "200" });
  #list = h("ul", { role: "list" });
  #status = h("p", { role: "status" });
  #search;
  element;

  /** @param {Context} context @param {(candidate: Candidate) => HTMLElement} item */
  constructor(context, item) {
    this.#context = context;
    this.#item = item;
    this.#search = new NameSearch(context);
    this.#input.addEventListener("input", () => this.#written());
    this.element = h("div", { class: "person-search" }, labelled(context.m.contactName, this.#input), this.#status, this.#list);
  }

  focus() {
    this.#input.focus();
  }

  #written() {
    const text = this.#input.value.trim();
    const { m } = this.#context;
    if (text.length >= LEAST_LETTERS) {
      return this.#search.ask(text, (found) => this.#show(found ?? [], found ? (found.length ? "" : m.nobodyFound) : m.errorUnavailable));
    }
    this.#search.stop();
    this.#show([], "");
  }

  /** @param {Found[]} found @param {string} status */
  #show(found, status) {
    setText(this.#status, status);
    this.#list.replaceChildren(...found.map((each) => h("li", {}, this.#item(each))));
  }
}
