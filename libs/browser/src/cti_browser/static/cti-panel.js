/**
 * `<cti-panel>`: a user's calls, what can be done with them, their history; as pages beside it the Calls section and,
 * for supervisors, the team.
 *
 * Set `model` (a CtiModel), `history` (a CallHistory) and `directory` (a Directory). Attributes: `lang`, the language
 * ("en", "ru"; the user's setting or the browser's by default); `linger`, for how many seconds a call that has ended stays
 * among the current ones (8); `pages`, which there are ("phone calls team"; "phone" by default); `contacts`, when the
 * application itself makes contacts; `results`, what calls come to, in the company's own words with commas between them. The
 * element does not connect or sign in by itself.
 *
 * Events, of which the first two can be cancelled by an application that does it itself: `createcontact` {call, number},
 * `linkcontact` {call, candidate}, `settingschange` {settings}. `call` is a CtiCall, or of a row of the journal its
 * {id, number, name, internal}.
 */

import { Alerts } from "./panel/alerts.js";
import { attempt } from "./panel/context.js";
import { setAttribute, setText } from "./panel/dom.js";
import { Times } from "./panel/format.js";
import { fill, languageFor, messagesFor } from "./panel/messages.js";
import { buildParts } from "./panel/parts.js";
import { People } from "./panel/people.js";
import { SettingsStore } from "./panel/settings.js";
import { styles } from "./panel/panel-styles.js";
import { Toasts } from "./panel/toasts.js";
import { TabPhone } from "./webphone/tab-phone.js";

/** @import {ConnectionPhase} from "./cti-connection.js" */
/** @import {CtiEventDetail, SnapshotDetail} from "./cti-events.js" */
/** @import {CtiModel} from "./cti-model.js" */
/** @import {Directory} from "./directory.js" */
/** @import {CallHistory} from "./history.js" */
/** @import {Context} from "./panel/context.js" */
/** @import {Parts} from "./panel/parts.js" */
/** @import {Messages} from "./panel/messages.js" */

const CALL_EVENTS = Object.freeze([
  "callStarted",
  "commutationStarted",
  "hold",
  "unhold",
  "callBusy",
  "callInfoChanged",
  "lineStateChanged",
  "currentCallChanged",
  "callFinished",
]);

/** @type {Readonly<Record<ConnectionPhase, keyof Messages>>} */
const PHASE = Object.freeze({
  idle: "phaseIdle",
  connecting: "phaseConnecting",
  online: "phaseOnline",
  waiting: "phaseWaiting",
  offline: "phaseOffline",
  refused: "phaseRefused",
});

// A reconnect that takes less is nobody's business.
const GRACE_MS = 1500;

// Long enough to read the outcome, short enough not to be in the way of the next call.
const LINGER_S = 8;

export class CtiPanel extends HTMLElement {
  static observedAttributes = ["lang", "pages"];

  #root = this.attachShadow({ mode: "open" });
  /** @type {CtiModel|null} */ #model = null;
  /** @type {CallHistory|null} */ #history = null;
  /** @type {Directory|null} */ #directory = null;
  /** @type {Parts|null} */ #parts = null;
  #settings = new SettingsStore();
  #people = new People(() => this.#directory, () => this.#history);
  #alerts = new Alerts(this.#settings);
  #tabPhone = new TabPhone();
  #language = "";
  /** @type {AbortController|null} */ #listening = null;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #ticking;
  /** When the picture stopped being live, by the server's clock; 0: it is live, or there never was one. */
  #staleSince = 0;

  get model() {
    return this.#model;
  }

  set model(model) {
    this.#model = model;
    this.#staleSince = 0;
    if (this.isConnected) this.#build();
  }

  get history() {
    return this.#history;
  }

  set history(history) {
    this.#history = history;
    this.#parts?.phone.history.show(history);
  }

  get directory() {
    return this.#directory;
  }

  set directory(directory) {
    this.#directory = directory;
    this.#parts?.phone.calls.refresh();
  }

  /** What the user has set in this browser. */
  get settings() {
    return this.#settings;
  }

  connectedCallback() {
    this.#root.adoptedStyleSheets = [...styles];
    this.#settings.listen();
    this.#build();
  }

  disconnectedCallback() {
    this.#tearDown();
    this.#settings.stop();
    this.#alerts.stop();
    this.#tabPhone.stop();
  }

  #tearDown() {
    this.#listening?.abort();
    clearTimeout(this.#ticking);
    this.#parts?.phone.history.stop();
    this.#parts?.navigation.close();
  }

  attributeChangedCallback() {
    if (this.isConnected) this.#build();
  }

  #build() {
    this.#tearDown();
    this.#language = languageFor(this.getAttribute("lang") || this.#settings.values.language);
    this.#parts = buildParts(this.#context(), this.#people, this.#settings, this.#alerts, () => this.#model?.reConnect());
    this.#root.replaceChildren(this.#parts.element);
    this.#listen();
    this.#showPhase();
    this.#showCalls();
    this.#parts.phone.history.show(this.#history);
    this.#tick();
  }

  /** @returns {Context} */
  #context() {
    const m = messagesFor(this.#language);
    // The reader's own region writes dates and hours, when it is of this language.
    const region = navigator.languages.find((each) => languageFor(each) === this.#language) ?? this.#language;
    return {
      m,
      language: this.#language,
      times: new Times(region, m),
      now: () => this.#model?.serverNow() ?? Date.now(),
      toasts: new Toasts(m),
      tabPhone: this.#tabPhone,
      model: () => this.#model,
      history: () => this.#history,
      directory: () => this.#directory,
      results: () => (this.getAttribute("results") ?? "").split(",").map((each) => each.trim()).filter(Boolean),
      createsContacts: () => this.hasAttribute("contacts") || Boolean(this.#model?.roles.includes("admin") && this.#directory),
      tell: (name, detail) => this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true })),
    };
  }

  #listen() {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    this.#settings.addEventListener("change", () => this.#set(), { signal });
    this.#people.addEventListener("change", () => this.#parts?.phone.calls.refresh(), { signal });
    for (const target of [this.#tabPhone, this.#alerts.leader]) target.addEventListener("change", () => this.#showPhone(), { signal });
    this.#tabPhone.addEventListener("error", (event) => this.#parts && void attempt(this.#parts.context, Promise.reject(/** @type {CustomEvent} */ (event).detail.error)), { signal });
    const model = this.#model;
    if (!model) return;
    /** @param {string} name @param {(detail: any) => void} handler */
    const on = (name, handler) =>
      model.addEventListener(name, (event) => handler(/** @type {CustomEvent} */ (event).detail), { signal });
    on("connectionStateChanged", () => this.#showPhase());
    on("disconnected", () => (this.#staleSince ||= model.serverNow()));
    on("activeCallSnapshot", (detail) => this.#snapshot(detail));
    on("callSaved", () => this.#parts?.phone.history.refresh());
    on("callInfoChanged", (detail) => detail.databaseId && this.#written(detail));
    for (const name of ["agentStateChanged", "callCentreStateChanged"]) on(name, () => this.#showAgent());
    for (const name of CALL_EVENTS) on(name, (detail) => this.#event(name, detail));
    const present = () => model.setPresence(document.visibilityState === "visible" ? "active" : "idle");
    document.addEventListener("visibilitychange", present, { signal });
    on("connected", present);
    on("webRtcVideoStarted", ({ sessionId, stream }) => this.#parts?.telephone.showVideo(sessionId, stream));
    on("webRtcDestroyed", ({ sessionId }) => this.#parts?.telephone.endVideo(sessionId));
  }

  /** A setting has changed, here or in another tab. */
  #set() {
    const { values } = this.#settings;
    const extension = this.#model?.extensions.find((each) => `${each.pbx}:${each.device}` === values.device);
    this.#model?.useDevice(extension ?? null);
    this.dispatchEvent(new CustomEvent("settingschange", { detail: { settings: values }, bubbles: true, composed: true }));
    if (languageFor(this.getAttribute("lang") || values.language) !== this.#language) this.#build();
    this.#showAlerts();
  }

  /** @param {SnapshotDetail} detail */
  #snapshot({ recovered, activeCalls }) {
    const parts = this.#parts;
    if (this.#staleSince) {
      if (!recovered) parts?.phone.calls.forget();
      parts?.phone.history.refresh();
      if (parts && !parts.phone.banner.hidden) parts.announcer.say(parts.context.m.connectionBack);
    }
    this.#staleSince = 0;
    parts?.announcer.ringing(activeCalls);
    this.#set();
    this.#showPhase();
    this.#showCalls();
  }

  /** Somebody wrote about a call, in whatever tab. @param {CtiEventDetail} detail */
  #written({ call, databaseId }) {
    this.#parts?.phone.history.refresh();
    if (call) void this.#people.learn(databaseId);
  }

  /** @param {string} name @param {CtiEventDetail} detail */
  #event(name, { call, replay }) {
    const parts = this.#parts;
    if (!parts) return;
    this.#showCalls();
    // A replayed event is old news: the snapshot has shown what is true now, and the history brings the rest.
    if (replay) return;
    if (call) parts.announcer.event(name, call);
    if (name !== "callFinished" || !call) return;
    parts.phone.calls.finish(call, 1000 * Number(this.getAttribute("linger") ?? LINGER_S));
    void parts.phone.history.await(call);
  }

  #showCalls() {
    const parts = this.#parts;
    // While disconnected the model knows of no calls; the last picture stays, marked as old.
    if (parts && !this.#staleSince) {
      parts.phone.show();
      setText(parts.strip, this.#model?.activeCalls.length ? String(this.#model.activeCalls.length) : "");
    }
    this.#showAlerts();
  }

  #showAlerts() {
    if (this.#model && this.#parts) this.#alerts.show(this.#model, this.#people, this.#parts.context.m, this.#parts.telephone.rings);
    this.#showPhone();
  }

  /** The telephone of this tab: what it should be by now, and what it is. */
  #showPhone() {
    if (!this.#model) return;
    const { webPhone, microphone, speaker } = this.#settings.values;
    this.#tabPhone.update({
      model: this.#model,
      directory: this.#directory,
      wanted: webPhone,
      leads: this.#alerts.leads,
      devices: { microphone, speaker },
    });
    this.#parts?.telephone.show();
  }

  #showAgent() {
    if (this.#staleSince) return;
    this.#parts?.agent.show(this.#model?.agents ?? [], this.#model?.isConnected ?? false);
  }

  #showPhase() {
    const parts = this.#parts;
    if (!parts) return;
    const phase = this.#model?.connectionStatus.phase ?? "idle";
    const { m } = parts.context;
    setAttribute(parts.element, "data-phase", phase);
    setText(parts.phase, m[PHASE[phase]]);
    const user = this.#model?.userName || (this.#model?.user ? fill(m.extension, { user: this.#model.user }) : "");
    setText(parts.user, user);
    parts.phone.showOnline(phase === "online");
    const pages = (this.getAttribute("pages") ?? "phone").split(/\s+/);
    const supervisor = this.#model?.roles.includes("supervisor") ?? false;
    if (!this.#staleSince) parts.navigation.offer((id) => id === "phone" || (pages.includes(id) && (id !== "team" || supervisor)));
    this.#showAgent();
    this.#showBanner();
  }

  #showBanner() {
    const parts = this.#parts;
    if (!parts) return;
    const since = this.#staleSince;
    const stale = since > 0 && (this.#model?.serverNow() ?? 0) - since > GRACE_MS;
    parts.element.classList.toggle("stale", stale);
    if (stale === !parts.phone.banner.hidden) return;
    parts.phone.banner.hidden = !stale;
    if (!stale) return;
    // The clock of this machine's user, not the server's.
    const at = parts.context.times.seconds(new Date(Date.now() - ((this.#model?.serverNow() ?? 0) - since)));
    setText(parts.phone.bannerText, fill(parts.context.m.connectionLost, { time: at }));
    parts.announcer.say(fill(parts.context.m.connectionLost, { time: at }));
  }

  /** Once a second, at the turn of the server's second, so that all timers step together. */
  #tick() {
    if (!this.#staleSince) this.#parts?.phone.calls.tick();
    this.#parts?.navigation.tick();
    this.#parts?.agent.tick();
    this.#showBanner();
    this.#showAlerts();
    const now = this.#model?.serverNow() ?? Date.now();
    this.#ticking = setTimeout(() => this.#tick(), 1000 - (now % 1000) + 5);
  }
}

customElements.define("cti-panel", CtiPanel);
