/** A field for a number or a name: names are looked up in the directory as they are written. A combobox (ARIA 1.2). */

import { uniqueId } from "./controls.js";
import { h, icon, setAttribute } from "./dom.js";
import { phone } from "./format.js";
import { dialable, isNumber } from "./numbers.js";

/** @import {Found} from "../directory.js" */
/** @import {Context} from "./context.js" */

/** @typedef {{number: string, title: string, about: string, who: Found|null}} Option */

// While somebody writes there is no sense in asking.
const PAUSE_MS = 180;
const LEAST_LETTERS = 3;

export class NumberField {
  #context;
  #chosen;
  /** @type {Option[]} */ #options = [];
  #active = -1;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #pause;
  #asking = new AbortController();
  #list = h("ul", { role: "listbox", class: "options", hidden: true, id: uniqueId("options") });
  input;
  element;

  /** @param {Context} context @param {{label: string, chosen: (number: string) => void}} options `chosen`: somebody wants it */
  constructor(context, { label, chosen }) {
    this.#context = context;
    this.#chosen = chosen;
    this.input = h("input", {
      type: "text",
      role: "combobox",
      inputmode: "tel",
      autocomplete: "off",
      spellcheck: "false",
      enterkeyhint: "go",
      placeholder: label,
      "aria-label": label,
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.#list.id,
    });
    this.input.inputMode = "text";
    setAttribute(this.#list, "aria-label", label);
    this.input.addEventListener("input", () => this.#written());
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("blur", () => this.#close());
    this.element = h("div", { class: "number-field" }, icon("search"), this.input, this.#list);
  }

  get value() {
    return this.input.value.trim();
  }

  /** Whether what is written can be dialled. */
  get isNumber() {
    return isNumber(this.value);
  }

  /** @param {string} digits */
  append(digits) {
    this.input.value += digits;
    this.#written();
  }

  clear() {
    this.input.value = "";
    this.#close();
  }

  #written() {
    clearTimeout(this.#pause);
    this.#asking.abort();
    const text = this.value;
    const letters = text.replace(/[^\p{L}]/gu, "").length;
    if (letters < LEAST_LETTERS && !(isNumber(text) && text.length >= LEAST_LETTERS)) return this.#close();
    this.#pause = setTimeout(() => void this.#search(text), PAUSE_MS);
  }

  /** @param {string} text */
  async #search(text) {
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    try {
      const found = (await this.#context.directory()?.search(text, signal)) ?? [];
      if (!signal.aborted) this.#show(found.map(optionOf), !isNumber(text));
    } catch (error) {
      // A field that finds nobody still dials numbers.
      if (!signal.aborted) this.#show([], !isNumber(text));
      if (!(error instanceof Error && (error.name === "AbortError" || error.name.startsWith("Api")))) throw error;
    }
  }

  /** @param {Option[]} options @param {boolean} saysNone whether to say that there are none */
  #show(options, saysNone) {
    this.#options = options;
    this.#active = -1;
    const none = h("li", { class: "none", role: "option", "aria-disabled": "true" }, this.#context.m.nobodyFound);
    this.#list.replaceChildren(...(options.length ? options.map((each, at) => this.#item(each, at)) : saysNone ? [none] : []));
    this.#list.hidden = !this.#list.children.length;
    setAttribute(this.input, "aria-expanded", String(!this.#list.hidden));
    setAttribute(this.input, "aria-activedescendant", null);
  }

  /** @param {Option} option @param {number} at */
  #item({ title, about }, at) {
    const item = h("li", { role: "option", id: uniqueId("option"), "aria-selected": "false" }, h("span", {}, title), h("span", { class: "about" }, about));
    // Before the field loses the focus, and with it the list.
    item.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      void this.#take(at);
    });
    return item;
  }

  /** @param {number} at */
  async #take(at) {
    const option = this.#options[at];
    if (!option) return;
    if (option.number) {
      this.input.value = option.number;
      this.#close();
      return this.#chosen(option.number);
    }
    const numbers = (option.who && (await this.#context.directory()?.numbersOf(option.who))) ?? [];
    if (numbers.length === 1 && numbers[0]) return this.#set(numbers[0].value);
    this.#show(
      numbers.map(({ value, label }) => ({ number: dialable(value), title: phone(value), about: [option.title, label].filter(Boolean).join(" · "), who: null })),
      true,
    );
  }

  /** @param {string} number */
  #set(number) {
    this.input.value = dialable(number);
    this.#close();
    this.#chosen(this.value);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const last = this.#options.length - 1;
    if (event.key === "Escape" && !this.#list.hidden) {
      event.stopPropagation();
      this.#close();
    } else if (event.key === "ArrowDown" && last >= 0) this.#move(this.#active >= last ? 0 : this.#active + 1);
    else if (event.key === "ArrowUp" && last >= 0) this.#move(this.#active <= 0 ? last : this.#active - 1);
    else if (event.key === "Enter" && !event.isComposing) {
      if (this.#active >= 0) void this.#take(this.#active);
      else if (this.isNumber) this.#chosen(this.value);
      else if (last === 0) void this.#take(0);
      else return;
    } else return;
    event.preventDefault();
  }

  /** @param {number} to */
  #move(to) {
    this.#active = to;
    [...this.#list.children].forEach((each, at) => setAttribute(each, "aria-selected", String(at === to)));
    const item = this.#list.children[to];
    item?.scrollIntoView({ block: "nearest" });
    setAttribute(this.input, "aria-activedescendant", item?.id ?? null);
  }

  #close() {
    clearTimeout(this.#pause);
    this.#asking.abort();
    this.#show([], false);
  }
}

/** @param {Found} found @returns {Option} */
function optionOf(found) {
  const number = found.number && dialable(found.number);
  return { number, title: found.name, about: [found.detail, found.number && phone(number)].filter(Boolean).join(" · "), who: found };
}
