/** The settings on the screen. */

import { attempt } from "./context.js";
import { button, checkbox, labelled, select } from "./controls.js";
import { allowMicrophone } from "./device-menu.js";
import { h } from "./dom.js";

/** @import {Context} from "./context.js" */
/** @import {SettingsStore} from "./settings.js" */

export class SettingsDialog {
  #context;
  #store;
  #body = h("div", { class: "settings" });
  element;

  /** @param {Context} context @param {SettingsStore} store */
  constructor(context, store) {
    const { m } = context;
    this.#context = context;
    this.#store = store;
    const close = button({ icon: "cross", label: m.close, kind: "bare", press: () => this.element.close() });
    const head = h("div", { class: "dialog-head" }, h("h2", { id: "settings-title" }, m.settings), close);
    this.element = h("dialog", { "aria-labelledby": "settings-title" }, head, this.#body);
    this.element.addEventListener("click", (event) => event.target === this.element && this.element.close());
  }

  open() {
    this.#show();
    this.element.showModal();
  }

  #show() {
    const { m, model, directory } = this.#context;
    const { values } = this.#store;
    const devices = (model()?.extensions ?? []).map((each) => [`${each.pbx}:${each.device}`, `${each.device} (${each.pbx})`]);
    const device = select([["", m.firstPhone], .../** @type {[string, string][]} */ (devices)], values.device);
    device.addEventListener("change", () => this.#store.set({ device: device.value }));
    const language = select([["", m.asBrowser], ["en", "English"], ["ru", "Русский"]], values.language);
    language.addEventListener("change", () => {
      this.element.close();
      this.#store.set({ language: language.value });
    });
    const sounds = checkbox(m.settingSounds, values.sounds, (checked) => this.#store.set({ sounds: checked }));
    const notifications = checkbox(m.settingNotifications, values.notifications, (checked) => void this.#notify(checked, notifications.input));
    const webPhone = checkbox(m.settingWebPhone, values.webPhone, (checked) => void this.#useBrowser(checked, webPhone.input));
    webPhone.element.hidden = !directory();
    this.#body.replaceChildren(
      labelled(m.settingPhone, device),
      labelled(m.settingLanguage, language),
      webPhone.element,
      sounds.element,
      notifications.element,
      h("p", { class: "hint" }, m.settingsHint),
    );
  }

  /** The browser asks for the microphone now, and not when the first caller waits. @param {boolean} wanted @param {HTMLInputElement} input */
  async #useBrowser(wanted, input) {
    const may = wanted && (await attempt(this.#context, allowMicrophone().then(() => true))) === true;
    input.checked = may;
    this.#store.set({ webPhone: may });
  }

  /** @param {boolean} wanted @param {HTMLInputElement} input */
  async #notify(wanted, input) {
    const granted = wanted && "Notification" in globalThis && (await Notification.requestPermission()) === "granted";
    if (wanted && !granted) this.#context.toasts.show(this.#context.m.notificationsBlocked, "warn");
    input.checked = granted;
    this.#store.set({ notifications: granted });
  }
}
