/** To whom a call goes: after a word with them, or at once. */

import { attempt } from "./context.js";
import { button, whileBusy } from "./controls.js";
import { h } from "./dom.js";
import { NumberField } from "./number-field.js";

/** @import {CtiCall} from "../cti-call.js" */
/** @import {Context} from "./context.js" */

export class TransferForm {
  #context;
  #done;
  /** @type {CtiCall|null} */ #call = null;
  #field;
  #consult;
  #blind;
  element;

  /** @param {Context} context @param {(focused: boolean) => void} done `focused`: what had the focus goes away */
  constructor(context, done) {
    const { m } = context;
    this.#context = context;
    this.#done = done;
    this.#field = new NumberField(context, { label: m.transferTo, chosen: () => this.#consult.focus() });
    this.#consult = button({ text: m.consultFirst, kind: "calm", press: () => void this.#go(this.#consult, "makeConsultCall") });
    this.#blind = button({ text: m.transferNow, kind: "soft", press: () => void this.#go(this.#blind, "blindTransferCall") });
    const buttons = h("div", { class: "buttons" }, this.#consult, this.#blind);
    this.element = h("div", { class: "transfer", role: "group", "aria-label": m.transfer, hidden: true }, this.#field.element, buttons);
  }

  /** @param {CtiCall} call */
  show(call) {
    this.#call = call;
    this.#consult.hidden = !call.allowed.includes("consult");
    this.#blind.hidden = !call.allowed.includes("blind_transfer");
    if (this.#consult.hidden && this.#blind.hidden) this.element.hidden = true;
  }

  /** @param {boolean} open */
  open(open) {
    this.element.hidden = !open;
    if (open) this.#field.input.focus();
    else this.#field.clear();
  }

  /** @param {HTMLButtonElement} pressed @param {"makeConsultCall"|"blindTransferCall"} how */
  async #go(pressed, how) {
    const { model, toasts, m } = this.#context;
    if (!this.#field.isNumber) {
      toasts.show(m.notANumber, "warn");
      return this.#field.input.focus();
    }
    const asked = attempt(this.#context, model()?.[how](this.#field.value, this.#call));
    if (await whileBusy(pressed, asked)) {
      const focused = this.element.matches(":focus-within");
      this.open(false);
      this.#done(focused);
    }
  }
}
