/** The pages of the panel: one shows, the others wait. Those that nobody has looked at yet are not made. */

import { button } from "./controls.js";
import { h, setAttribute } from "./dom.js";

/** @import {IconName} from "./dom.js" */

/** @typedef {{element: HTMLElement, open: () => unknown, close: () => void, tick: () => void}} Page */
/** `pressed`: somebody wants to be there, whether they are or not. @typedef {{id: string, text: string, icon: IconName, make: () => Page,
 *   pressed?: () => void}} Place */

export class Navigation {
  /** @type {Map<string, {place: Place, button: HTMLButtonElement, page: Page|null}>} */ #places = new Map();
  #current;
  element;
  body = h("div", { class: "pages" });

  /** @param {string} label @param {readonly Place[]} places the first one shows */
  constructor(label, places) {
    this.element = h("nav", { class: "nav", "aria-label": label });
    for (const place of places) {
      const each = button({ icon: place.icon, text: place.text, kind: "nav-button", press: () => this.#press(place) });
      setAttribute(each, "data-page", place.id);
      this.#places.set(place.id, { place, button: each, page: null });
      this.element.append(each);
    }
    this.#current = places[0]?.id ?? "";
    this.#show(false);
  }

  get current() {
    return this.#current;
  }

  /** Which pages there are now. @param {(id: string) => boolean} offers */
  offer(offers) {
    for (const [id, { button: each }] of this.#places) each.hidden = !offers(id);
    this.element.hidden = [...this.#places.values()].filter((each) => !each.button.hidden).length < 2;
    if (!offers(this.#current)) this.go(this.#places.keys().next().value ?? "");
  }

  /** @param {string} id */
  go(id) {
    if (id === this.#current || !this.#places.has(id)) return;
    this.#places.get(this.#current)?.page?.close();
    this.#current = id;
    this.#show(true);
  }

  /** That something waits there; empty: nothing does. @param {string} id @param {string} words */
  mark(id, words) {
    const marked = this.#places.get(id)?.button;
    if (!marked) return;
    setAttribute(marked, "title", words || null);
    marked.classList.toggle("marked", Boolean(words));
  }

  close() {
    this.#places.get(this.#current)?.page?.close();
  }

  tick() {
    this.#places.get(this.#current)?.page?.tick();
  }

  /** @param {Place} place */
  #press({ id, pressed }) {
    this.go(id);
    pressed?.();
  }

  /** @param {boolean} opens */
  #show(opens) {
    for (const [id, each] of this.#places) {
      const chosen = id === this.#current;
      setAttribute(each.button, "aria-current", chosen ? "page" : null);
      if (chosen && !each.page) this.body.append((each.page = each.place.make()).element);
      if (each.page) each.page.element.hidden = !chosen;
      if (chosen && opens) void each.page?.open();
    }
  }
}
