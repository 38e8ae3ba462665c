/** The tabs of the history: all calls, or those that were missed. By the keyboard as tabs are (ARIA). */

import { h, setAttribute } from "./dom.js";

/** @import {Messages} from "./messages.js" */

/** @typedef {"all"|"missed"} Filter */

const STEPS = Object.freeze({ ArrowRight: "missed", ArrowDown: "missed", End: "missed", ArrowLeft: "all", ArrowUp: "all", Home: "all" });

export class HistoryTabs {
  #chosen;
  #panel;
  /** @type {Filter} */ filter = "all";
  element;

  /** @param {Messages} m @param {HTMLElement} panel what they show @param {() => void} chosen another one */
  constructor(m, panel, chosen) {
    this.#chosen = chosen;
    this.#panel = panel;
    this.element = h("div", { role: "tablist", class: "tabs", "aria-label": m.historyTabs });
    for (const [filter, name] of /** @type {[Filter, string][]} */ ([["all", m.all], ["missed", m.missedTab]])) {
      const tab = h("button", { type: "button", role: "tab", id: `tab-${filter}`, "aria-controls": panel.id }, name);
      tab.addEventListener("click", () => this.#choose(filter));
      this.element.append(tab);
    }
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.#show();
  }

  focus() {
    /** @type {HTMLElement|null} */ (this.element.querySelector(`#tab-${this.filter}`))?.focus();
  }

  /** @param {Filter} filter */
  #choose(filter) {
    if (filter === this.filter) return;
    this.filter = filter;
    this.#show();
    this.#chosen();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const filter = /** @type {Filter|undefined} */ (STEPS[/** @type {keyof typeof STEPS} */ (event.key)]);
    if (!filter) return;
    event.preventDefault();
    this.#choose(filter);
    this.focus();
  }

  #show() {
    for (const tab of this.element.children) {
      const chosen = tab.id === `tab-${this.filter}`;
      setAttribute(tab, "aria-selected", String(chosen));
      setAttribute(tab, "tabindex", chosen ? "0" : "-1");
    }
    setAttribute(this.#panel, "aria-labelledby", `tab-${this.filter}`);
  }
}
