/** Short messages that go by themselves, unless somebody is reading or reaches for them. */

import { button } from "./controls.js";
import { h, icon } from "./dom.js";

/** @import {Messages} from "./messages.js" */

// Long enough to read two lines twice.
const SHOWN_MS = 9000;
const MOST = 3;

export class Toasts {
  #m;
  element = h("div", { class: "toasts" });

  /** @param {Messages} m */
  constructor(m) {
    this.#m = m;
  }

  /** @param {string} text @param {"good"|"warn"|"bad"} [tone] */
  show(text, tone = "bad") {
    // A second failure of the same kind is no news.
    for (const each of [...this.element.children]) if (each.querySelector("p")?.textContent === text) each.remove();
    const close = button({ icon: "cross", label: this.#m.dismiss, kind: "bare", press: () => toast.remove() });
    const mark = icon(tone === "good" ? "check" : "warning");
    const toast = h("div", { class: "toast", role: tone === "good" ? "status" : "alert", "data-tone": tone }, mark, h("p", {}, text), close);
    this.element.append(toast);
    while (this.element.children.length > MOST) this.element.firstElementChild?.remove();
    const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, SHOWN_MS / 3) : toast.remove());
    setTimeout(leave, SHOWN_MS);
  }
}
