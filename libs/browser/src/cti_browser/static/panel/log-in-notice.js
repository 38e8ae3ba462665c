/** What stands in the way of the user's calls: PBXs that do not let them in. It stays until that is mended. */

import { h, icon } from "./dom.js";
import { fill } from "./messages.js";

/** @import {ErrorView} from "../protocol.js" */
/** @import {Messages} from "./messages.js" */

/** @type {Readonly<Record<string, keyof Messages>>} */
const WORDS = Object.freeze({
  wrong_password: "logInWrongPassword",
  in_use: "logInInUse",
  licence: "logInLicence",
  not_available: "logInNotAvailable",
});

export class LogInNotice {
  #m;
  #shown = "";
  element = h("div", { class: "notices", role: "status" });

  /** @param {Messages} m */
  constructor(m) {
    this.#m = m;
  }

  /** @param {readonly ErrorView[]} errors one for each PBX at most */
  show(errors) {
    const words = errors.map(({ pbx, device, reason, message }) => {
      const why = this.#m[WORDS[reason] ?? "logInOther"];
      return fill(this.#m.logInRefused, { pbx, device, why: reason in WORDS || !message ? why : message });
    });
    if (words.join("\n") === this.#shown) return;
    this.#shown = words.join("\n");
    this.element.replaceChildren(...words.map((each) => h("div", { class: "banner" }, icon("warning"), h("p", {}, each))));
  }
}
