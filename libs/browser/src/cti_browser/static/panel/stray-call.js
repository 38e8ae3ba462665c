/** A call at the telephone of this browser that the line does not show: who it is, and what the telephone itself can do. */

import { allowed } from "../webphone/line-phone.js";
import { button, restyle, uniqueId } from "./controls.js";
import { dialPad } from "./dial-pad.js";
import { h, setAttribute, setText } from "./dom.js";
import { phone as written } from "./format.js";
import { fill } from "./messages.js";

/** @import {PhoneCall, WebPhone} from "../webphone/web-phone.js" */
/** @import {IconName} from "./dom.js" */
/** @import {Messages} from "./messages.js" */

/**
 * A button: the verbs of which one must be allowed, how it looks for a call, what it does.
 * @typedef {object} Deed
 * @property {readonly string[]} verbs
 * @property {string} kind
 * @property {(call: PhoneCall, m: Messages) => [IconName, string]} looks
 * @property {(phone: WebPhone, call: PhoneCall) => Promise<unknown>} does
 */

/** @type {readonly Deed[]} */
const DEEDS = Object.freeze([
  { verbs: ["answer"], kind: "go", looks: (_, m) => ["phone", m.answer], does: (phone, { id }) => phone.answer(id) },
  {
    verbs: ["hold", "retrieve"],
    kind: "soft",
    looks: ({ held }, m) => (held ? ["play", m.retrieve] : ["hold", m.hold]),
    does: (phone, { id, held }) => phone.hold(id, !held),
  },
  {
    verbs: ["mute", "unmute"],
    kind: "soft",
    looks: ({ muted }, m) => (muted ? ["muted", m.unmute] : ["mic", m.mute]),
    does: (phone, { id, muted }) => phone.mute(id, !muted),
  },
  {
    verbs: ["clear"],
    kind: "stop",
    looks: ({ state }, m) => ["hangup", state === "ringing" ? m.decline : m.end],
    does: (phone, { id }) => phone.hangup(id),
  },
]);

export class StrayCall {
  #m;
  #name = h("h3", { class: "name" });
  /** @type {HTMLButtonElement[]} */ #buttons;
  #keys;
  #pad;
  #article;
  /** @type {PhoneCall|null} */ #call = null;
  element;

  /** @param {Messages} m
   * @param {(pressed: HTMLButtonElement|null, deed: (phone: WebPhone) => Promise<unknown>) => Promise<void>} ask */
  constructor(m, ask) {
    this.#m = m;
    this.#buttons = DEEDS.map(({ kind, does }) => {
      const each = button({ icon: "phone", text: "-", kind, press: () => void ask(each, (phone) => does(phone, this.call)) });
      return each;
    });
    this.#pad = dialPad(m, (key) => void ask(null, (phone) => phone.dtmf(this.call.id, key)));
    this.#pad.id = uniqueId("stray-pad");
    this.#pad.hidden = true;
    this.#keys = button({ icon: "keypad", text: m.keypad, kind: "soft", press: () => this.#open(this.#pad.hidden) });
    setAttribute(this.#keys, "aria-controls", this.#pad.id);
    const buttons = h("div", { class: "buttons" }, ...this.#buttons.slice(0, -1), this.#keys, ...this.#buttons.slice(-1));
    this.#article = h("article", { class: "stray" }, this.#name, h("p", { class: "hint" }, m.strayHint), buttons, this.#pad);
    this.element = h("li", {}, this.#article);
    this.#open(false);
  }

  /** @returns {PhoneCall} */
  get call() {
    if (!this.#call) throw new Error("nothing is shown yet");
    return this.#call;
  }

  /** Who is at the other side, in words. */
  get title() {
    return this.#name.textContent ?? "";
  }

  /** @param {PhoneCall} call */
  show(call) {
    const m = this.#m;
    this.#call = call;
    const title = fill(m.callAtWebPhone, { who: [call.name, written(call.number)].filter(Boolean).join(", ") || m.unknownCaller });
    setText(this.#name, title);
    setAttribute(this.#article, "aria-label", title);
    const verbs = allowed(call);
    DEEDS.forEach((deed, at) => {
      const each = this.#buttons[at];
      if (!each) return;
      each.hidden = !deed.verbs.some((verb) => verbs.includes(verb));
      restyle(each, ...deed.looks(call, m));
    });
    this.#keys.hidden = !verbs.includes("send_digits");
    if (this.#keys.hidden) this.#open(false);
  }

  /** @param {boolean} open */
  #open(open) {
    this.#pad.hidden = !open;
    setAttribute(this.#keys, "aria-expanded", String(open));
  }
}
