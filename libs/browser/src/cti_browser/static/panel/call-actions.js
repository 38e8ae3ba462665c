/** What can be done with one call, as buttons: those that its `allowed` names, and no others. */

import { ACTIONS } from "./call-verbs.js";
import { attempt } from "./context.js";
import { button, restyle, uniqueId, whileBusy } from "./controls.js";
import { dialPad } from "./dial-pad.js";
import { h, setAttribute, setText } from "./dom.js";
import { TransferForm } from "./transfer-form.js";

/** @import {CtiCall} from "../cti-call.js" */
/** @import {Context} from "./context.js" */
/** @import {Action} from "./call-verbs.js" */

const DIGITS_SHOWN = 20;

export class CallActions {
  #context;
  /** @type {CtiCall|null} */ #call = null;
  /** @type {Map<string, HTMLButtonElement>} */ #buttons = new Map();
  #main = h("div", { class: "buttons" });
  #tiles = h("div", { class: "tiles" });
  #digits = h("output", { class: "digits", "aria-live": "off" });
  #keypad;
  #transfer;
  #muted = false;
  element;

  /** @param {Context} context */
  constructor(context) {
    const { m } = context;
    this.#context = context;
    this.#transfer = new TransferForm(context, (focused) => this.#transferred(focused));
    const pad = dialPad(m, (key) => void this.#dtmf(key));
    this.#keypad = h("div", { class: "dtmf", id: uniqueId("dtmf"), hidden: true }, this.#digits, pad);
    this.#transfer.element.id = uniqueId("transfer");
    for (const action of ACTIONS) this.#add(action);
    this.element = h("div", { class: "actions" }, this.#tiles, this.#transfer.element, this.#keypad, this.#main);
  }

  /** @param {CtiCall} call */
  show(call) {
    const focused = /** @type {ShadowRoot} */ (this.element.getRootNode()).activeElement;
    this.#call = call;
    if (call.connection_state === "alerting") this.#muted = false;
    this.#muted = this.#context.tabPhone.mutes(call) ?? this.#muted;
    let shown = false;
    for (const action of ACTIONS) {
      const element = this.#button(action.id);
      const wanted = this.#wanted(action, call);
      element.hidden = !wanted;
      shown ||= wanted;
      const [icon, text] = action.looks(call, this.#context.m, this.#muted);
      restyle(element, icon, text);
    }
    setAttribute(this.#button("mute"), "aria-pressed", String(this.#muted));
    this.#transfer.show(call);
    if (this.#button("keypad").hidden) this.#keypad.hidden = true;
    this.#opened("keypad", !this.#keypad.hidden);
    this.#opened("transfer", !this.#transfer.element.hidden);
    this.element.hidden = !shown;
    this.#keepFocus(focused);
  }

  /** The first that there is. */
  focus() {
    [...this.#buttons.values()].find((each) => !each.hidden)?.focus();
  }

  /** A consultation is ended by going back, an ordinary call by ending it. @param {Action} action @param {CtiCall} call */
  #wanted({ id, verbs }, call) {
    if (id === "end" && call.allowed.includes("cancel_transfer")) return false;
    const model = this.#context.model();
    return verbs.some((verb) => (model ? model.allows(verb, call) : call.allowed.includes(verb)));
  }

  /** The button that was pressed may have gone with what it did: the next best takes the focus. @param {Element|null} focused */
  #keepFocus(focused) {
    if (!(focused instanceof HTMLButtonElement) || !this.element.contains(focused) || focused.checkVisibility()) return;
    this.focus();
  }

  /** @param {Action} action */
  #add(action) {
    const press = () => (action.asks ? void this.#ask(action) : this.#open(action.id));
    const element = button({ icon: "phone", text: action.id, kind: action.kind ?? "", press });
    setAttribute(element, "data-action", action.id);
    element.hidden = true;
    this.#buttons.set(action.id, element);
    (action.kind === "tile" ? this.#tiles : this.#main).append(element);
    const opens = { transfer: this.#transfer.element.id, keypad: this.#keypad.id }[action.id];
    if (opens) setAttribute(element, "aria-controls", opens);
  }

  /** @param {Action} action */
  async #ask(action) {
    const [model, call] = [this.#context.model(), this.#call];
    if (!model || !call || !action.asks) return;
    const done = await whileBusy(this.#button(action.id), attempt(this.#context, action.asks(model, call, this.#muted)));
    // A PBX does not tell whether a line is muted: what we asked for and saw done is what we know. A telephone of ours tells.
    if (this.#context.tabPhone.mutes(call) !== null) return this.show(this.#call ?? call);
    if (action.id === "mute" && done) {
      this.#muted = !this.#muted;
      this.show(this.#call ?? call);
    }
  }

  /** @param {string} id */
  #open(id) {
    const open = this.#button(id).getAttribute("aria-expanded") !== "true";
    this.#keypad.hidden = !(id === "keypad" && open);
    this.#transfer.open(id === "transfer" && open);
    this.#opened("keypad", id === "keypad" && open);
    this.#opened("transfer", id === "transfer" && open);
  }

  /** @param {boolean} focused */
  #transferred(focused) {
    this.#opened("transfer", false);
    if (focused && this.#button("transfer").checkVisibility()) this.#button("transfer").focus();
    else if (focused) this.focus();
  }

  /** @param {string} id @param {boolean} open */
  #opened(id, open) {
    setAttribute(this.#button(id), "aria-expanded", String(open));
  }

  /** @param {string} key */
  async #dtmf(key) {
    setText(this.#digits, `${this.#digits.textContent}${key}`.slice(-DIGITS_SHOWN));
    await attempt(this.#context, this.#context.model()?.sendDtmf(key, this.#call));
  }

  /** @param {string} id */
  #button(id) {
    const found = this.#buttons.get(id);
    if (!found) throw new Error(`There is no action ${id}`);
    return found;
  }
}
