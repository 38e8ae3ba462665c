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
import { Times } from "./panel/format.js";
import { languageFor, messagesFor } from "./panel/messages.js";
import { listenToModel } from "./panel/panel-events.js";
import { PanelView } from "./panel/panel-view.js";
import { buildParts } from "./panel/parts.js";
import { People } from "./panel/people.js";
import { SettingsStore } from "./panel/settings.js";
import { styles } from "./panel/panel-styles.js";
import { Toasts } from "./panel/toasts.js";
import { TabPhone } from "./webphone/tab-phone.js";

/** @import {CtiModel} from "./cti-model.js" */
/** @import {Directory} from "./directory.js" */
/** @import {CallHistory} from "./history.js" */
/** @import {Context} from "./panel/context.js" */
/** @import {Parts} from "./panel/parts.js" */

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
  #view = new PanelView({
    parts: () => this.#parts,
    model: () => this.#model,
    directory: () => this.#directory,
    pages: () => (this.getAttribute("pages") ?? "phone").split(/\s+/),
    people: this.#people,
    settings: this.#settings,
    alerts: this.#alerts,
    tabPhone: this.#tabPhone,
  });

  get model() {
    return this.#model;
  }

  set model(model) {
    this.#model = model;
    this.#view.picture.renewed();
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
    this.#listen(this.#parts);
    this.#view.all();
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

  /** @param {Parts} parts */
  #listen(parts) {
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    this.#settings.addEventListener("change", () => this.#set(), { signal });
    this.#people.addEventListener("change", () => parts.phone.calls.refresh(), { signal });
    for (const target of [this.#tabPhone, this.#alerts.leader]) target.addEventListener("change", () => this.#view.telephone(), { signal });
    this.#tabPhone.addEventListener("error", (event) => void attempt(parts.context, Promise.reject(/** @type {CustomEvent} */ (event).detail.error)), { signal });
    const lingerMs = () => 1000 * Number(this.getAttribute("linger") ?? LINGER_S);
    const panel = { parts, view: this.#view, people: this.#people, set: () => this.#set(), lingerMs };
    if (this.#model) listenToModel(this.#model, panel, signal);
  }

  /** A setting has changed, here or in another tab. */
  #set() {
    const { values } = this.#settings;
    const extension = this.#model?.extensions.find((each) => `${each.pbx}:${each.device}` === values.device);
    this.#model?.useDevice(extension ?? null);
    this.dispatchEvent(new CustomEvent("settingschange", { detail: { settings: values }, bubbles: true, composed: true }));
    if (languageFor(this.getAttribute("lang") || values.language) !== this.#language) this.#build();
    this.#view.alerts();
  }

  /** Once a second, at the turn of the server's second, so that all timers step together. */
  #tick() {
    this.#view.tick();
    const now = this.#model?.serverNow() ?? Date.now();
    this.#ticking = setTimeout(() => this.#tick(), 1000 - (now % 1000) + 5);
  }
}

customElements.define("cti-panel", CtiPanel);
