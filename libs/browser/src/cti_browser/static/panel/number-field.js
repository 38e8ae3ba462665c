/** A field for a number or a name: names are looked up in the directory as they are written. A combobox (ARIA 1.2). */

import { attempt } from "./context.js";
import { h, icon } from "./dom.js";
import { phone } from "./format.js";
import { LEAST_LETTERS, NameSearch } from "./name-search.js";
import { dialable, isNumber } from "./numbers.js";
import { OptionList } from "./option-list.js";

/** @import {Found} from "../directory.js" */
/** @import {Context} from "./context.js" */
/** @import {Option} from "./option-list.js" */

export class NumberField {
  #context;
  #chosen;
  #search;
  #list;
  input;
  element;

  /** @param {Context} context @param {{label: string, chosen: (number: string) => void}} options `chosen`: somebody wants it */
  constructor(context, { label, chosen }) {
    this.#context = context;
    this.#chosen = chosen;
    this.#search = new NameSearch(context);
    this.input = h("input", {
      type: "text",
      role: "combobox",
      inputmode: "text",
      autocomplete: "off",
      spellcheck: "false",
      enterkeyhint: "go",
      placeholder: label,
      "aria-label": label,
      "aria-autocomplete": "list",
    });
    this.#list = new OptionList(this.input, label, (option) => void this.#take(option));
    this.input.addEventListener("input", () => this.#written());
    this.input.addEventListener("keydown", (event) => this.#key(event) && event.preventDefault());
    this.input.addEventListener("blur", () => this.#close());
    this.element = h("div", { class: "number-field" }, icon("search"), this.input, this.#list.element);
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
    const text = this.value;
    const letters = text.replace(/[^\p{L}]/gu, "").length;
    if (letters < LEAST_LETTERS && !(isNumber(text) && text.length >= LEAST_LETTERS)) return this.#close();
    // Where nobody is found, or nobody can be asked, the field still dials numbers.
    const none = isNumber(text) ? "" : this.#context.m.nobodyFound;
    this.#search.ask(text, (found) => this.#list.show((found ?? []).map(optionOf), none));
  }

  /** @param {Option} option */
  async #take(option) {
    if (option.number) return this.#set(option.number);
    const written = this.value;
    const numbers = option.who ? await attempt(this.#context, this.#context.directory()?.numbersOf(option.who)) : [];
    // It could not be asked, which is said; or somebody wrote on, or went away.
    if (!numbers || this.value !== written || !this.input.matches(":focus")) return;
    if (numbers.length === 1 && numbers[0]) return this.#set(numbers[0].value);
    const several = numbers.map(({ value, label }) => ({ number: dialable(value), title: phone(value), about: [option.title, label].filter(Boolean).join(" · "), who: null }));
    this.#list.show(several, this.#context.m.nobodyFound);
  }

  /** @param {string} number */
  #set(number) {
    this.input.value = dialable(number);
    this.#close();
    this.#chosen(this.value);
  }

  /** Whether the key has meant something here. @param {KeyboardEvent} event @returns {boolean} */
  #key(event) {
    switch (event.key) {
      case "Escape":
        if (!this.#list.isOpen) return false;
        event.stopPropagation();
        this.#close();
        return true;
      case "ArrowDown":
        return this.#list.move(1);
      case "ArrowUp":
        return this.#list.move(-1);
      case "Enter":
        return !event.isComposing && this.#enter();
      default:
        return false;
    }
  }

  #enter() {
    const { active, only } = this.#list;
    if (!active && this.isNumber) this.#chosen(this.value);
    else if (active ?? only) void this.#take(/** @type {Option} */ (active ?? only));
    else return false;
    return true;
  }

  #close() {
    this.#search.stop();
    this.#list.show([], "");
  }
}

/** @param {Found} found @returns {Option} */
function optionOf(found) {
  const number = found.number && dialable(found.number);
  return { number, title: found.name, about: [found.detail, found.number && phone(number)].filter(Boolean).join(" · "), who: found };
}
