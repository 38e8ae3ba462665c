/** A call of a member of the team, and for a talk the ways to hear it. */

import { CtiCommandFailed } from "../cti-errors.js";
import { attempt } from "./context.js";
import { button, whileBusy } from "./controls.js";
import { dotted, h } from "./dom.js";
import { phone } from "./format.js";
import { fill } from "./messages.js";
import { stateOfOther, tone, who } from "./words.js";

/** @import {CtiCall} from "../cti-call.js" */
/** @import {Context} from "./context.js" */
/** @import {IconName} from "./dom.js" */

/** @typedef {"listen"|"whisper"|"barge"} Way */

/** By PBX what it has said that it cannot do: its calls get no such buttons any more. @typedef {Map<string, Set<Way>>} Unable */

/** @param {CtiCall} call @param {string} user whose it is @param {Context} context @param {Unable} unable
 * @returns {{element: HTMLElement, timer: {element: HTMLElement, from: number}}} */
export function teamCall(call, user, context, unable) {
  const { m, model } = context;
  const timer = h("time", { class: "timer" });
  const person = who(call, m);
  const about = dotted([call.name && phone(call.number), call.queue && fill(m.queue, { queue: call.queue }), call.internal && m.internal]);
  const head = h("div", { class: "team-call-head" }, h("span", { class: "title" }, person), timer, h("span", { class: "about" }, ...about));
  // A PBX whose calls allow nothing takes no commands at all.
  const heard = Boolean(call.answered_at) && user !== model()?.user && call.allowed.length > 0;
  const state = h("p", { class: "state" }, stateOfOther(call, m));
  const element = h("li", { class: "team-call", "data-tone": tone(call), "data-call": call.id }, head, state, heard ? ways(call, person, context, unable) : null);
  return { element, timer: { element: timer, from: Date.parse(call.answered_at ?? call.started_at) } };
}

/** @param {CtiCall} call @param {string} person @param {Context} context @param {Unable} unable */
function ways(call, person, context, unable) {
  const { m } = context;
  /** @type {[Way, IconName, string][]} */
  const all = [["listen", "ear", m.listen], ["whisper", "speak", m.whisper], ["barge", "people", m.barge]];
  /** @param {Way} way @param {HTMLElement} pressed */
  const hear = async (way, pressed) => {
    const asked = context.model()?.listen(call, way);
    const refused = await asked?.then(() => null, (error) => error);
    await attempt(context, asked);
    if (!(refused instanceof CtiCommandFailed && refused.code === "not_supported")) return;
    unable.set(call.pbx, (unable.get(call.pbx) ?? new Set()).add(way));
    pressed.hidden = true;
  };
  const buttons = all.filter(([way]) => !unable.get(call.pbx)?.has(way)).map(([way, icon, text]) => {
    const each = button({ icon, text, label: `${text}: ${person}`, kind: "small", press: () => void whileBusy(each, hear(way, each)) });
    return each;
  });
  return h("div", { class: "buttons" }, ...buttons);
}
