/** What is listed as a file: a button with a menu of its kinds. */

import { attempt } from "./context.js";
import { button, uniqueId, whileBusy } from "./controls.js";
import { h, setAttribute } from "./dom.js";
import { tie } from "./popovers.js";

/** @import {FileKind, Filters} from "../history.js" */
/** @import {Context} from "./context.js" */

// Long after the browser has begun to save it.
const KEPT_MS = 60_000;

export class CallExport {
  #context;
  #filters;
  #opener;
  #menu;
  element;

  /** @param {Context} context @param {() => Filters} filters what is listed now */
  constructor(context, filters) {
    const { m } = context;
    this.#context = context;
    this.#filters = filters;
    this.#opener = button({ icon: "download", text: m.exportCalls, kind: "soft", press: () => {} });
    const kinds = /** @type {[FileKind, string][]} */ ([["csv", m.exportCsv], ["jsonl", m.exportJsonl]]);
    const choices = kinds.map(([kind, text]) => button({ text, kind: "choice", press: () => this.#choose(kind) }));
    this.#menu = h("div", { id: uniqueId("export"), popover: "auto", class: "menu", role: "group", "aria-label": m.exportCalls }, ...choices);
    setAttribute(this.#opener, "popovertarget", this.#menu.id);
    tie(this.#opener, this.#menu);
    this.element = h("div", { class: "export" }, this.#opener, this.#menu);
  }

  /** @param {FileKind} kind */
  #choose(kind) {
    this.#menu.hidePopover();
    void whileBusy(this.#opener, this.#save(kind));
  }

  /** @param {FileKind} kind */
  async #save(kind) {
    const file = await attempt(this.#context, this.#context.history()?.file(kind, this.#filters()));
    if (!file) return;
    const url = URL.createObjectURL(file);
    h("a", { href: url, download: `calls.${kind}` }).click();
    setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
  }
}
