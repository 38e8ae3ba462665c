/** Which microphone, loudspeaker and ringing device the telephone of this browser uses. */

import { PhoneMedia } from "../webphone/media.js";
import { attempt } from "./context.js";
import { button, labelled, select, uniqueId } from "./controls.js";
import { h, icon } from "./dom.js";
import { fill } from "./messages.js";
import { placeUnder, tie } from "./popovers.js";

/** @import {Context} from "./context.js" */
/** @import {Messages} from "./messages.js" */
/** @import {SettingsStore} from "./settings.js" */

/**
 * A choice: the setting, the kind of device, its name, and whether this browser can be told which.
 * @typedef {{setting: "microphone"|"speaker"|"ringer", kind: MediaDeviceKind, text: keyof Messages, offered: () => boolean}} Choice
 */

/** @type {readonly Choice[]} */
const CHOICES = Object.freeze([
  { setting: "microphone", kind: "audioinput", text: "microphone", offered: () => true },
  // Firefox before 116 and Safari leave the loudspeaker to the system.
  { setting: "speaker", kind: "audiooutput", text: "speaker", offered: () => "setSinkId" in HTMLMediaElement.prototype },
  { setting: "ringer", kind: "audiooutput", text: "ringer", offered: () => "setSinkId" in AudioContext.prototype },
]);

export class DeviceMenu {
  #context;
  #store;
  #fields = h("div", { class: "device-fields" });
  #menu;
  #opener;
  element;

  /** @param {Context} context @param {SettingsStore} store @param {() => void} tryRing */
  constructor(context, store, tryRing) {
    const { m } = context;
    this.#context = context;
    this.#store = store;
    const id = uniqueId("devices");
    const ring = button({ icon: "play", text: m.tryRing, kind: "soft small", press: tryRing });
    this.#menu = h("div", { id, popover: "auto", class: "menu devices", role: "dialog", "aria-label": m.webPhoneDevices }, this.#fields, ring);
    const about = { "aria-haspopup": "dialog", "aria-label": m.webPhoneDevices, title: m.webPhoneDevices };
    this.#opener = h("button", { type: "button", class: "button bare", popovertarget: id, ...about }, icon("sliders"));
    tie(this.#opener, this.#menu, () => void this.#show());
    this.element = h("span", { class: "device-menu" }, this.#opener, this.#menu);
    globalThis.navigator?.mediaDevices?.addEventListener("devicechange", () => this.#menu.matches(":popover-open") && void this.#show());
  }

  async #show() {
    let found = await navigator.mediaDevices?.enumerateDevices() ?? [];
    // A browser names devices only to whom it has let use one.
    if (found.some((each) => each.kind === "audioinput" && !each.label)) {
      await attempt(this.#context, allowMicrophone());
      found = await navigator.mediaDevices.enumerateDevices();
    }
    this.#fields.replaceChildren(...CHOICES.filter(({ offered }) => offered()).map((each) => this.#field(each, found)));
    placeUnder(this.#opener, this.#menu);
  }

  /** @param {Choice} choice @param {MediaDeviceInfo[]} found */
  #field({ setting, kind, text }, found) {
    const { m } = this.#context;
    // "default" and "communications" are the system's choice once more, under names of their own.
    const devices = found.filter((each) => each.kind === kind && each.deviceId && !["default", "communications"].includes(each.deviceId));
    const names = devices.map(({ deviceId, label }, at) => /** @type {[string, string]} */ ([deviceId, label || fill(m.nthDevice, { what: m[text], number: String(at + 1) })]));
    const chosen = this.#store.values[setting];
    const there = devices.some((each) => each.deviceId === chosen);
    const choice = select([["", m.systemDevice], ...names], there ? chosen : "");
    choice.addEventListener("change", () => this.#store.set({ [setting]: choice.value }));
    return labelled(m[text], choice);
  }
}

/** Asks the user for the microphone, and lets it go again. Rejects with a PhoneError. */
export async function allowMicrophone() {
  const stream = await new PhoneMedia().open();
  for (const track of stream.getTracks()) track.stop();
}
