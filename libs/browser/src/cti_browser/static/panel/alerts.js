/**
 * Ringing and desktop notifications, in the one tab that leads. They end with what they tell of: when the call is answered or
 * gone, when the connection is lost (nobody knows then), and after a minute in any case.
 */

import { TabLeader } from "../tab-leader.js";
import { Ringer } from "./ringer.js";
import { fill } from "./messages.js";
import { tone } from "./words.js";
import { phone } from "./format.js";

/** @import {CtiCall} from "../cti-call.js" */
/** @import {CtiModel} from "../cti-model.js" */
/** @import {Messages} from "./messages.js" */
/** @import {People} from "./people.js" */
/** @import {SettingsStore} from "./settings.js" */

const RINGS_FOR_MS = 60_000;
const NOTIFIED_FOR_MS = 40_000;

export class Alerts {
  #leader = new TabLeader();
  #ringer = new Ringer();
  #settings;
  /** @type {Map<string, Notification>} */ #shown = new Map();
  /** What was told of each call that rings. @type {Map<string, string>} */ #told = new Map();
  #standsAs = "";

  /** @param {SettingsStore} settings */
  constructor(settings) {
    this.#settings = settings;
  }

  /** Whether this tab is the one that tells. */
  get leads() {
    return this.#leader.leads;
  }

  /** By whom this tab leads. */
  get leader() {
    return this.#leader;
  }

  /** Rings once, to hear where and how loud. */
  tryRing() {
    this.#ringer.once();
  }

  /** What is true now; to be called at each change and each second. @param {CtiModel} model @param {People} people @param {Messages} m
   * @param {boolean} [phoneRings] the telephone of this tab does, with a call that the model does not know */
  show(model, people, m, phoneRings = false) {
    const name = model.user && `${model.tenant}.${model.user}`;
    if (name && name !== this.#standsAs) this.#leader.stand(name);
    this.#standsAs = name || this.#standsAs;
    const now = model.serverNow();
    const ringing = model.activeCalls.filter((each) => tone(each) === "ringing" && now - Date.parse(each.state_since) < RINGS_FOR_MS);
    const { sounds, notifications, ringer } = this.#settings.values;
    this.#ringer.use(ringer);
    this.#ringer.ring((ringing.length > 0 || phoneRings) && sounds && this.leads);
    for (const [id, notification] of this.#shown) if (!ringing.some((each) => each.id === id)) this.#close(id, notification);
    for (const id of this.#told.keys()) if (!ringing.some((each) => each.id === id)) this.#told.delete(id);
    for (const call of ringing) if (notifications && this.leads) this.#notify(call, people, m);
  }

  stop() {
    this.#leader.resign();
    this.#standsAs = "";
    this.#ringer.ring(false);
    for (const [id, notification] of this.#shown) this.#close(id, notification);
  }

  /** Once; and with the name in its place when that is known, a moment after the number. @param {CtiCall} call @param {People} people
   * @param {Messages} m */
  #notify(call, people, m) {
    const person = people.of(call);
    const title = fill(m.titleRinging, { who: person.name || phone(call.number) || m.unknownCaller });
    if (this.#told.get(call.id) === title) return;
    this.#told.set(call.id, title);
    if (!("Notification" in globalThis) || Notification.permission !== "granted") return;
    const queue = call.queue && fill(m.queue, { queue: call.queue });
    const body = [person.name && phone(call.number), person.about, queue].filter(Boolean).join(" · ");
    // The same tag: it takes the place of the one before, without another sound.
    const notification = new Notification(title, { body, tag: call.id });
    notification.onclick = () => {
      globalThis.focus();
      notification.close();
    };
    this.#shown.set(call.id, notification);
    setTimeout(() => this.#close(call.id, notification), NOTIFIED_FOR_MS);
  }

  /** @param {string} id @param {Notification} notification */
  #close(id, notification) {
    notification.close();
    if (this.#shown.get(id) === notification) this.#shown.delete(id);
  }
}
