/** What the panel is made of, put together for one language. */

import { AgentMenu } from "./agent-menu.js";
import { Announcer } from "./announcer.js";
import { CallsPage } from "./calls-page.js";
import { button } from "./controls.js";
import { h, icon } from "./dom.js";
import { Navigation } from "./navigation.js";
import { PhonePage } from "./phone-page.js";
import { PhoneStrip } from "./phone-strip.js";
import { SettingsDialog } from "./settings-dialog.js";
import { TeamPage } from "./team-page.js";

/** @import {Alerts} from "./alerts.js" */
/** @import {Context} from "./context.js" */
/** @import {People} from "./people.js" */
/** @import {SettingsStore} from "./settings.js" */

/** @typedef {ReturnType<typeof buildParts>} Parts */

/** @param {Context} context @param {People} people @param {SettingsStore} settings @param {Alerts} alerts @param {() => void} reconnect */
export function buildParts(context, people, settings, alerts, reconnect) {
  const { m, language } = context;
  const announcer = new Announcer(m);
  const phone = new PhonePage(context, people, reconnect);
  const telephone = new PhoneStrip(context, settings, announcer, () => alerts.tryRing());
  phone.banner.after(telephone.element);
  const agent = new AgentMenu(context);
  const dialog = new SettingsDialog(context, settings);
  const navigation = new Navigation(m.pages, [
    { id: "phone", text: m.phonePage, icon: "phone", make: () => phone, pressed: () => phone.calls.focusRinging() },
    { id: "calls", text: m.callsPage, icon: "list", make: () => new CallsPage(context) },
    { id: "team", text: m.team, icon: "team", make: () => new TeamPage(context) },
  ]);
  const phase = h("span", { class: "words" });
  const user = h("span", { class: "user" });
  const strip = h("span", { class: "count" });
  navigation.element.firstElementChild?.append(strip);
  const brand = h("span", { class: "brand" }, h("span", { class: "logo" }, icon("logo")), h("span", { class: "brand-name" }, "Trunkline"));
  const pill = h("span", { class: "pill" }, h("span", { class: "dot" }), phase);
  const open = button({ icon: "settings", label: m.settings, kind: "bare", press: () => dialog.open() });
  const bar = h("div", { class: "bar" }, brand, navigation.element, h("span", { class: "who-am-i" }, user, agent.element, pill, open));
  const element = h("div", { class: "panel", lang: language }, bar, navigation.body, dialog.element, context.toasts.element, announcer.element);
  return { context, announcer, phone, telephone, agent, navigation, phase, user, strip, element };
}
