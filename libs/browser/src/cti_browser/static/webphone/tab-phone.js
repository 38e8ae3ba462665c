/**
 * The telephone of this tab: as long as it is wanted and this tab leads, it signs in with the settings that the directory
 * has for the user, and is one of the model's telephones. What should be is told by `update`, as often as one likes.
 *
 * Events: `change`: status or calls are others; `error` {error: PhoneError|ApiError}: what nobody waits for a promise of.
 */

import { ApiError } from "../api.js";
import { LinePhone } from "./line-phone.js";
import { PhoneError } from "./phone-errors.js";

/** @import {CtiModel} from "../cti-model.js" */
/** @import {Directory} from "../directory.js" */
/** @import {Devices} from "./media.js" */
/** @import {PhoneCall, PhoneSettings, PhoneStatus, WebPhone} from "./web-phone.js" */

/**
 * `standby`: another tab has it; `loading`: the settings are asked for; `absent`: the directory has none for this user;
 * `unavailable`: the directory does not answer, and is asked again; `blocked`: the page's policy (CSP) does not allow a
 * socket to the PBX; else what the telephone itself says.
 * @typedef {"standby"|"loading"|"absent"|"unavailable"|"blocked"|PhoneStatus} TabPhoneStatus
 */
/**
 * @typedef {object} Wish
 * @property {CtiModel} model
 * @property {Directory|null} directory
 * @property {boolean} wanted
 * @property {boolean} leads whether this tab is the one that has it
 * @property {Devices} devices
 */

const ASK_AGAIN_MS = 15_000;
const NO_DEVICES = Object.freeze({ microphone: "", speaker: "" });

export class TabPhone extends EventTarget {
  /** @type {WebPhone|null} */ #phone = null;
  /** @type {LinePhone|null} */ #onLine = null;
  /** Whose it is: nobody else's telephone may go on with it. */ #user = "";
  /** @type {CtiModel|null} */ #model = null;
  /** @type {TabPhoneStatus} */ #status = "off";
  /** @type {Wish|null} */ #wish = null;
  /** Changes with each attempt: what an older one still brings is left aside. */ #attempt = 0;
  #askAgainAt = 0;
  #watching = new AbortController();
  /** @type {Devices} */ #devices = NO_DEVICES;

  get status() {
    return this.#status;
  }

  /** @returns {readonly PhoneCall[]} */
  get calls() {
    return this.#phone?.calls ?? [];
  }

  /** Its calls that the line does not show, or not surely: no card has buttons for them. @returns {readonly PhoneCall[]} */
  get strays() {
    const shown = (this.#model?.activeCalls ?? []).map((each) => this.#onLine?.phoneCallOf(each)?.id);
    return this.calls.filter((each) => !shown.includes(each.id));
  }

  /** The telephone itself; null while there is none. */
  get phone() {
    return this.#phone;
  }

  /** Whether the user has muted this call of the line; null: another telephone has it. @param {import("../cti-call.js").CtiCall} call */
  mutes(call) {
    return this.#onLine?.phoneCallOf(call)?.muted ?? null;
  }

  /** Makes true what should be, at once or when the last call is over. @param {Wish} wish */
  update(wish) {
    this.#wish = wish;
    const { model, directory, wanted, leads, devices } = wish;
    const user = model.user && `${model.tenant}.${model.user}`;
    if (this.#user && (user !== this.#user || model !== this.#model)) this.stop();
    this.#choose(devices);
    // A call is not cut off by a switch, nor by another tab.
    if (this.calls.length) return;
    if (!wanted || !leads || !user || !directory) {
      if (this.#user) this.stop();
      this.#become(wanted && directory && user ? "standby" : "off");
    } else if (!this.#user || (this.#status === "unavailable" && Date.now() >= this.#askAgainAt)) {
      this.#user = user;
      this.#model = model;
      void this.#open(model, directory);
    }
  }

  /** Begins anew, with settings that may have changed: after a refusal. */
  retry() {
    this.stop();
    if (this.#wish) this.update(this.#wish);
  }

  /** Ends its calls and signs out. */
  stop() {
    this.#attempt += 1;
    this.#user = "";
    this.#watching.abort();
    this.#phone?.stop();
    if (this.#onLine) this.#model?.useWebPhone(null);
    this.#phone = this.#onLine = this.#model = null;
    this.#become("off");
  }

  /** @param {CtiModel} model @param {Directory} directory */
  async #open(model, directory) {
    const attempt = (this.#attempt += 1);
    this.#become("loading");
    try {
      const settings = await directory.webPhone();
      const phone = settings && (await made(settings));
      if (attempt !== this.#attempt) return;
      if (phone) this.#begin(model, phone, settings.url);
      else this.#become("absent");
    } catch (error) {
      if (attempt !== this.#attempt) return;
      // A module that cannot be fetched is a TypeError.
      if (!(error instanceof ApiError || error instanceof TypeError)) throw error;
      this.#askAgainAt = Date.now() + ASK_AGAIN_MS;
      this.#become("unavailable");
    }
  }

  /** @param {CtiModel} model @param {WebPhone} phone @param {string} url */
  #begin(model, phone, url) {
    this.#phone = phone;
    this.#onLine = new LinePhone(model, phone);
    model.useWebPhone(this.#onLine);
    void phone.setDevices(this.#devices);
    phone.addEventListener("status", () => phone === this.#phone && this.#become(phone.status));
    for (const name of ["incoming", "started", "changed", "ended"]) phone.addEventListener(name, () => this.#changed());
    phone.addEventListener("ended", () => this.#wish && this.update(this.#wish));
    phone.addEventListener("error", (event) => this.#fail(/** @type {CustomEvent} */ (event).detail.error));
    this.#watchPolicy(phone, url);
    // An address that is none would be tried again and again in silence.
    if (URL.canParse(url)) return phone.start();
    this.#become("unreachable");
    this.#fail(new PhoneError("phone_unreachable", `${url} is no address`));
  }

  /** A socket that the policy forbids is never closed: nothing else tells. @param {WebPhone} phone @param {string} url */
  #watchPolicy(phone, url) {
    this.#watching = new AbortController();
    const blocked = (/** @type {SecurityPolicyViolationEvent} */ { effectiveDirective, blockedURI }) => {
      if (effectiveDirective !== "connect-src" || !URL.canParse(blockedURI) || new URL(blockedURI).host !== new URL(url).host) return;
      this.#watching.abort();
      this.#phone = null;
      phone.stop();
      this.#become("blocked");
    };
    document.addEventListener("securitypolicyviolation", blocked, { signal: this.#watching.signal });
  }

  /** @param {Devices} devices */
  #choose(devices) {
    const { microphone, speaker } = this.#devices;
    if (devices.microphone === microphone && devices.speaker === speaker) return;
    this.#devices = devices;
    this.#phone?.setDevices(devices).catch((error) => this.#fail(error));
  }

  /** @param {unknown} error */
  #fail(error) {
    if (!(error instanceof PhoneError)) throw error;
    this.dispatchEvent(new CustomEvent("error", { detail: { error } }));
  }

  /** @param {TabPhoneStatus} status */
  #become(status) {
    if (status === this.#status) return;
    this.#status = status;
    this.#changed();
  }

  #changed() {
    // The sound ends with the tab: whoever closes it is asked.
    if (this.calls.some((each) => each.state === "active")) addEventListener("beforeunload", refuse);
    else removeEventListener("beforeunload", refuse);
    this.dispatchEvent(new Event("change"));
  }
}

/** @param {Event} event */
function refuse(event) {
  event.preventDefault();
}

/** A telephone of the kind that the settings name. @param {PhoneSettings} settings @returns {Promise<WebPhone>} */
async function made(settings) {
  if (settings.kind === "sip") return new (await import("./sip-phone.js")).SipPhone(settings);
  return new (await import("./verto-phone.js")).VertoPhone(settings);
}
