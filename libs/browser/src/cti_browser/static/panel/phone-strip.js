/**
 * The telephone of this browser on the screen: whether it is signed in, its devices, and those of its calls that the line
 * does not show, for then no card has buttons for them.
 */

import { attempt } from "./context.js";
import { button, whileBusy } from "./controls.js";
import { DeviceMenu } from "./device-menu.js";
import { h, icon, setAttribute, setChildren, setText } from "./dom.js";
import { StrayCall } from "./stray-call.js";

/** @import {TabPhoneStatus} from "../webphone/tab-phone.js" */
/** @import {PhoneCall} from "../webphone/web-phone.js" */
/** @import {Announcer} from "./announcer.js" */
/** @import {Context} from "./context.js" */
/** @import {Messages} from "./messages.js" */
/** @import {SettingsStore} from "./settings.js" */

/** @type {Readonly<Record<TabPhoneStatus, readonly [keyof Messages, "good"|"warn"|"bad"|"neutral"]>>} */
const LOOKS = Object.freeze({
  off: ["webPhoneOff", "neutral"],
  standby: ["webPhoneStandby", "neutral"],
  loading: ["webPhoneLoading", "warn"],
  absent: ["webPhoneAbsent", "bad"],
  unavailable: ["webPhoneUnavailable", "bad"],
  blocked: ["webPhoneBlocked", "bad"],
  connecting: ["webPhoneConnecting", "warn"],
  registered: ["webPhoneRegistered", "good"],
  refused: ["webPhoneRefused", "bad"],
  unreachable: ["webPhoneUnreachable", "bad"],
  elsewhere: ["webPhoneElsewhere", "bad"],
});
// The PBX's events come a moment after its call: what they show by then is no stray.
const STRAY_AFTER_MS = 1500;

export class PhoneStrip {
  #context;
  #announcer;
  #status = h("p", { class: "phone-status", role: "status" });
  #bar;
  #again;
  #videos = h("div", { class: "videos" });
  #strays = h("ul", { class: "strays", role: "list" });
  /** @type {Map<string, StrayCall>} */ #rows = new Map();
  /** When each was first seen. @type {Map<string, number>} */ #seen = new Map();
  element;

  /** @param {Context} context @param {SettingsStore} settings @param {Announcer} announcer @param {() => void} tryRing */
  constructor(context, settings, announcer, tryRing) {
    const { m, tabPhone } = context;
    this.#context = context;
    this.#announcer = announcer;
    this.#again = button({ text: m.retry, kind: "soft small", press: () => tabPhone.retry() });
    const devices = new DeviceMenu(context, settings, tryRing);
    const words = h("div", { class: "names" }, h("p", { class: "phone-title" }, m.webPhone), this.#status);
    this.#bar = h("div", { class: "phone-bar" }, h("span", { class: "mark" }, icon("headset")), words, this.#again, devices.element);
    this.element = h("div", { class: "phone-strip", role: "group", "aria-label": m.webPhone, hidden: true }, this.#bar, this.#videos, this.#strays);
  }

  /** To be called at each change, and each second. */
  show() {
    const { m, tabPhone } = this.#context;
    const [text, tone] = LOOKS[tabPhone.status];
    this.element.hidden = tabPhone.status === "off";
    setAttribute(this.#bar, "data-tone", tone);
    setText(this.#status, m[text]);
    this.#again.hidden = tone !== "bad";
    this.#showStrays(tabPhone.strays);
  }

  /** What the other side of a call shows: its sound comes with the call. @param {string} id @param {MediaStream} stream */
  showVideo(id, stream) {
    this.endVideo(id);
    const video = h("video", { autoplay: true, muted: true, playsinline: true, "data-call": id, "aria-label": this.#context.m.videoOfCaller });
    video.muted = true;
    video.srcObject = stream;
    this.#videos.append(video);
  }

  /** @param {string} id */
  endVideo(id) {
    for (const each of this.#videos.querySelectorAll("video")) if (each.dataset["call"] === id) each.remove();
  }

  /** Whether one of them rings. */
  get rings() {
    return [...this.#rows.values()].some(({ call }) => call.state === "ringing");
  }

  /** @param {readonly PhoneCall[]} strays */
  #showStrays(strays) {
    const now = Date.now();
    for (const { id } of strays) if (!this.#seen.has(id)) this.#seen.set(id, now);
    for (const id of this.#seen.keys()) if (!strays.some((each) => each.id === id)) this.#forget(id);
    // One that answers by itself needs nobody's button.
    const old = strays.filter((each) => (!each.auto || each.state !== "ringing") && now - (this.#seen.get(each.id) ?? now) >= STRAY_AFTER_MS);
    setChildren(this.#strays, old.map((call) => this.#row(call)));
  }

  /** @param {PhoneCall} call */
  #row(call) {
    const shown = this.#rows.get(call.id);
    const row = shown ?? new StrayCall(this.#context.m, (button, deed) => this.#do(button, deed));
    this.#rows.set(call.id, row);
    row.show(call);
    if (!shown && call.state === "ringing") this.#announcer.urge(row.title);
    return row.element;
  }

  /** @param {string} id */
  #forget(id) {
    this.#seen.delete(id);
    this.#rows.delete(id);
  }

  /** @param {HTMLButtonElement|null} pressed @param {(phone: import("../webphone/web-phone.js").WebPhone) => Promise<unknown>} deed */
  async #do(pressed, deed) {
    const { phone } = this.#context.tabPhone;
    if (!phone) return;
    const asked = attempt(this.#context, deed(phone));
    await (pressed ? whileBusy(pressed, asked) : asked);
  }
}
