/** One member of the team: state, calls with their timers, and for a talk the ways to hear it. */

import { CtiCall } from "../cti-call.js";
import { attempt } from "./context.js";
import { button, whileBusy } from "./controls.js";
import { h, setAttribute, setText } from "./dom.js";
import { bucket, clock, initials, phone } from "./format.js";
import { fill } from "./messages.js";
import { agentTone, agentWords, stateWords, tone, who } from "./words.js";

/** @import {IconName} from "./dom.js" */
/** @import {Context} from "./context.js" */
/** @import {Member} from "./team-page.js" */

const COLOURS = 6;

export class TeamCard {
  #context;
  #avatar = h("div", { class: "avatar", "aria-hidden": "true" });
  #name = h("h3", { class: "name" });
  #device = h("span", { class: "about" });
  #state = h("span", { class: "words" });
  #since = h("time", { class: "agent-since" });
  #pill;
  #calls = h("ul", { class: "team-calls", role: "list" });
  #shown = "";
  /** @type {{element: HTMLElement, from: number}[]} */ #timers = [];
  element;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    this.#pill = h("span", { class: "pill" }, h("span", { class: "dot" }), this.#state, this.#since);
    const head = h("div", { class: "team-head" }, this.#avatar, h("div", { class: "names" }, this.#name, this.#device), this.#pill);
    this.element = h("li", { class: "member" }, head, this.#calls);
  }

  /** @param {Member} member */
  show({ user, name, view }) {
    const { m } = this.#context;
    const key = JSON.stringify([name, view]);
    if (key === this.#shown) return;
    this.#shown = key;
    const agent = view.agents?.find((each) => each.queues?.length) ?? view.agents?.[0];
    const calls = (view.calls ?? []).map((each) => new CtiCall(each));
    setAttribute(this.element, "data-user", user);
    setAttribute(this.#avatar, "data-colour", String(bucket(user, COLOURS)));
    setText(this.#avatar, initials(name) || user.slice(-2));
    setText(this.#name, name || user);
    setText(this.#device, name ? user : "");
    const busy = calls.length > 0;
    setAttribute(this.#pill, "data-tone", busy ? "calm" : agentTone(agent?.state));
    setText(this.#state, busy ? m.agentBusy : agent ? agentWords(agent, m) : m.noAgent);
    this.#timers = busy || !agent?.since ? [] : [{ element: this.#since, from: Date.parse(agent.since) }];
    if (!this.#timers.length) setText(this.#since, "");
    this.#calls.replaceChildren(...calls.map((call) => this.#call(call, user)));
  }

  /** @param {number} now */
  tick(now) {
    for (const { element, from } of this.#timers) setText(element, clock((now - from) / 1000));
  }

  /** @param {CtiCall} call @param {string} user */
  #call(call, user) {
    const { m, model } = this.#context;
    const timer = h("time", { class: "timer" });
    this.#timers.push({ element: timer, from: Date.parse(call.answered_at ?? call.started_at) });
    const state = h("p", { class: "state" }, stateWords(call, m));
    const person = who(call, m);
    const about = [call.name && phone(call.number), call.queue && fill(m.queue, { queue: call.queue })].filter(Boolean).join(" · ");
    const head = h("div", { class: "team-call-head" }, h("span", { class: "title" }, person), timer, h("span", { class: "about" }, about));
    const talks = Boolean(call.answered_at) && user !== model()?.user;
    return h("li", { class: "team-call", "data-tone": tone(call), "data-call": call.id }, head, state, talks ? this.#ways(call, person) : null);
  }

  /** @param {CtiCall} call @param {string} person */
  #ways(call, person) {
    const { m, model } = this.#context;
    /** @type {(icon: IconName, text: string, how: "listen"|"whisper"|"barge") => HTMLButtonElement} */
    const way = (icon, text, how) => {
      const each = button({
        icon,
        text,
        label: `${text}: ${person}`,
        kind: "soft small",
        press: () => void whileBusy(each, attempt(this.#context, model()?.listen(call, how))),
      });
      return each;
    };
    return h("div", { class: "buttons" }, way("ear", m.listen, "listen"), way("speak", m.whisper, "whisper"), way("people", m.barge, "barge"));
  }
}
