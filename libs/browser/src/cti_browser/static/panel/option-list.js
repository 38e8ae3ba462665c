/** The list under a field from which one is chosen by mouse or by arrows. A listbox of a combobox (ARIA 1.2). */

import { Avatar } from "./avatar.js";
import { uniqueId } from "./controls.js";
import { h, setAttribute } from "./dom.js";

/** @import {Found} from "../directory.js" */

/** `number` empty: `who` has to be asked for it. @typedef {{number: string, title: string, about: string, who: Found|null}} Option */

export class OptionList {
  #input;
  #chosen;
  /** @type {readonly Option[]} */ #options = [];
  #active = -1;
  element = h("ul", { role: "listbox", class: "options", hidden: true, id: uniqueId("options") });

  /** @param {HTMLInputElement} input the field above it @param {string} label @param {(option: Option) => void} chosen */
  constructor(input, label, chosen) {
    this.#input = input;
    this.#chosen = chosen;
    setAttribute(this.element, "aria-label", label);
    setAttribute(input, "aria-controls", this.element.id);
    this.show([], "");
  }

  get isOpen() {
    return !this.element.hidden;
  }

  /** The one that the arrows have come to; null: none. */
  get active() {
    return this.#options[this.#active] ?? null;
  }

  /** The one that there is, if there is just one. */
  get only() {
    return this.#options.length === 1 ? (this.#options[0] ?? null) : null;
  }

  /** @param {readonly Option[]} options @param {string} none what to say where there are none; empty: nothing */
  show(options, none) {
    this.#options = options;
    this.#active = -1;
    const nothing = none ? [h("li", { class: "none", role: "option", "aria-disabled": "true" }, none)] : [];
    this.element.replaceChildren(...(options.length ? options.map((each) => this.#item(each)) : nothing));
    this.element.hidden = !this.element.children.length;
    setAttribute(this.#input, "aria-expanded", String(this.isOpen));
    setAttribute(this.#input, "aria-activedescendant", null);
  }

  /** Down or up, around the ends; false: there is nothing to go through. @param {1|-1} step */
  move(step) {
    const count = this.#options.length;
    if (!count) return false;
    this.#active = this.#active < 0 ? (step > 0 ? 0 : count - 1) : (this.#active + step + count) % count;
    [...this.element.children].forEach((each, at) => setAttribute(each, "aria-selected", String(at === this.#active)));
    const item = this.element.children[this.#active];
    item?.scrollIntoView({ block: "nearest" });
    setAttribute(this.#input, "aria-activedescendant", item?.id ?? null);
    return true;
  }

  /** @param {Option} option */
  #item(option) {
    const avatar = new Avatar();
    if (option.who) avatar.show({ name: option.title, photo: option.who.photo_url ?? "", key: option.who.id });
    const words = [h("span", {}, option.title), h("span", { class: "about" }, option.about)];
    const item = h("li", { role: "option", id: uniqueId("option"), "aria-selected": "false" }, ...(option.who ? [avatar.element] : []), ...words);
    // Before the field loses the focus, and with it the list.
    item.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      this.#chosen(option);
    });
    return item;
  }
}
