/** Where a call begins: a number or a name, a keypad, a button. */

import { button, uniqueId, whileBusy } from "./controls.js";
import { attempt } from "./context.js";
import { dialPad } from "./dial-pad.js";
import { h, setAttribute } from "./dom.js";
import { NumberField } from "./number-field.js";

/** @import {Context} from "./context.js" */

export class Dialer {
  #context;
  #field;
  #call;
  #keys;
  #pad;
  element;

  /** @param {Context} context */
  constructor(context) {
    const { m } = context;
    this.#context = context;
    this.#field = new NumberField(context, { label: m.numberOrName, chosen: () => void this.#dial() });
    this.#pad = dialPad(m, (key) => this.#field.append(key));
    this.#pad.id = uniqueId("pad");
    this.#pad.hidden = true;
    this.#keys = button({ icon: "keypad", label: m.dialPad, kind: "icon-only", press: () => this.#toggle() });
    setAttribute(this.#keys, "aria-expanded", "false");
    setAttribute(this.#keys, "aria-controls", this.#pad.id);
    this.#call = button({ icon: "phone", text: m.call, kind: "go", press: () => void this.#dial() });
    const row = h("div", { class: "dial-row" }, this.#field.element, this.#keys, this.#call);
    this.element = h("div", { class: "dialer" }, row, this.#pad);
  }

  /** @param {boolean} online */
  show(online) {
    setAttribute(this.#call, "aria-disabled", online ? null : "true");
  }

  #toggle() {
    this.#pad.hidden = !this.#pad.hidden;
    setAttribute(this.#keys, "aria-expanded", String(!this.#pad.hidden));
  }

  async #dial() {
    const { model, toasts, m } = this.#context;
    const dialled = this.#field.value;
    if (!dialled) return this.#field.input.focus();
    if (!this.#field.isNumber) return toasts.show(m.notANumber, "warn");
    const asked = attempt(this.#context, model()?.makeCall(dialled));
    // What was written while the telephone rang is somebody's next call.
    if ((await whileBusy(this.#call, asked)) && this.#field.value === dialled) this.#field.clear();
  }
}
