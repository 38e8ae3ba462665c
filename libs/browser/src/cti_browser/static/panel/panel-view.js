/** What the panel shows of its model: connection, calls, agent, the telephone of this tab; again at each change and second. */

import { setAttribute, setText } from "./dom.js";
import { LivePicture } from "./live-picture.js";
import { fill } from "./messages.js";
import { tone, who } from "./words.js";

/** @import {ConnectionPhase} from "../cti-connection.js" */
/** @import {SnapshotDetail} from "../cti-events.js" */
/** @import {CtiModel} from "../cti-model.js" */
/** @import {Directory} from "../directory.js" */
/** @import {TabPhone} from "../webphone/tab-phone.js" */
/** @import {Alerts} from "./alerts.js" */
/** @import {Messages} from "./messages.js" */
/** @import {Parts} from "./parts.js" */
/** @import {People} from "./people.js" */
/** @import {SettingsStore} from "./settings.js" */

/**
 * @typedef {object} Shown what is looked at anew each time
 * @property {() => Parts|null} parts null: nothing is built yet
 * @property {() => CtiModel|null} model
 * @property {() => Directory|null} directory
 * @property {() => readonly string[]} pages that the application wants
 * @property {People} people
 * @property {SettingsStore} settings
 * @property {Alerts} alerts
 * @property {TabPhone} tabPhone
 */

/** @type {Readonly<Record<ConnectionPhase, keyof Messages>>} */
const PHASE = Object.freeze({
  idle: "phaseIdle",
  connecting: "phaseConnecting",
  online: "phaseOnline",
  waiting: "phaseWaiting",
  offline: "phaseOffline",
  refused: "phaseRefused",
});

export class PanelView {
  #of;
  picture = new LivePicture();

  /** @param {Shown} shown */
  constructor(shown) {
    this.#of = shown;
  }

  /** All of it, as after a change of language. */
  all() {
    this.phase();
    this.calls();
  }

  phase() {
    const parts = this.#of.parts();
    if (!parts) return;
    const model = this.#of.model();
    const phase = model?.connectionStatus.phase ?? "idle";
    const { m } = parts.context;
    setAttribute(parts.element, "data-phase", phase);
    setText(parts.phase, m[PHASE[phase]]);
    setText(parts.user, model?.userName || (model?.user ? fill(m.extension, { user: model.user }) : ""));
    parts.phone.showOnline(phase === "online");
    const pages = this.#of.pages();
    const supervisor = model?.roles.includes("supervisor") ?? false;
    if (this.picture.isLive) parts.navigation.offer((id) => id === "phone" || (pages.includes(id) && (id !== "team" || supervisor)));
    this.agent();
    this.picture.show(parts, model);
  }

  calls() {
    const [parts, model] = [this.#of.parts(), this.#of.model()];
    // While disconnected the model knows of no calls; the last picture stays, marked as old.
    if (parts && this.picture.isLive) {
      parts.phone.show();
      parts.phone.logIns.show(model?.errors ?? []);
      setText(parts.strip, model?.activeCalls.length ? String(model.activeCalls.length) : "");
      const ringing = model?.activeCalls.find((each) => tone(each) === "ringing");
      const { m } = parts.context;
      parts.navigation.mark("phone", ringing ? fill(m.titleRinging, { who: who(ringing, m) }) : "");
    }
    this.alerts();
  }

  /** There is a new picture after a connection. @param {SnapshotDetail} detail */
  snapshot({ recovered, activeCalls }) {
    const parts = this.#of.parts();
    if (!this.picture.isLive) {
      if (!recovered) parts?.phone.calls.forget();
      parts?.phone.history.refresh();
      if (parts && !parts.phone.banner.hidden) parts.announcer.say(parts.context.m.connectionBack);
    }
    this.picture.renewed();
    parts?.announcer.ringing(activeCalls);
  }

  agent() {
    const model = this.#of.model();
    if (this.picture.isLive) this.#of.parts()?.agent.show(model?.agents ?? [], model?.isConnected ?? false);
  }

  alerts() {
    const { alerts, people } = this.#of;
    const [parts, model] = [this.#of.parts(), this.#of.model()];
    if (model && parts) alerts.show(model, people, parts.context.m, parts.telephone.rings);
    this.telephone();
  }

  /** The telephone of this tab: what it should be by now, and what it is. */
  telephone() {
    const { settings, alerts, tabPhone } = this.#of;
    const model = this.#of.model();
    if (!model) return;
    const { webPhone, microphone, speaker } = settings.values;
    const devices = { microphone, speaker };
    tabPhone.update({ model, directory: this.#of.directory(), wanted: webPhone, leads: alerts.leads, devices });
    this.#of.parts()?.telephone.show();
  }

  /** A second has passed. */
  tick() {
    const parts = this.#of.parts();
    if (!parts) return;
    if (this.picture.isLive) {
      parts.phone.calls.tick();
      parts.phone.logIns.show(this.#of.model()?.errors ?? []); // no event tells that a log-in is mended
    }
    parts.navigation.tick();
    parts.agent.tick();
    this.picture.show(parts, this.#of.model());
    this.alerts();
  }
}
