/** The cards of the current calls, and for a few seconds of those that have just ended. */

import { CallCard } from "./call-card.js";
import { h, icon, setChildren } from "./dom.js";
import { tone } from "./words.js";

/** @import {CtiCall} from "../cti-call.js" */
/** @import {Context} from "./context.js" */
/** @import {People} from "./people.js" */

export class CallList {
  #context;
  #people;
  /** @type {Map<string, CallCard>} */ #cards = new Map();
  /** @type {Map<string, {call: CtiCall, until: number}>} */ #ended = new Map();
  /** @type {readonly CtiCall[]} */ #live = [];
  /** @type {CtiCall|null} */ #current = null;
  #user = "";
  #list = h("ul", { class: "calls", role: "list" });
  #empty;
  element;

  /** @param {Context} context @param {People} people */
  constructor(context, people) {
    const { m } = context;
    this.#context = context;
    this.#people = people;
    this.#empty = h(
      "div",
      { class: "empty" },
      icon("phone"),
      h("p", { class: "empty-title" }, m.noCalls),
      h("p", {}, m.noCallsHint),
    );
    this.element = h("div", { class: "call-list" }, this.#list, this.#empty);
  }

  /** How many calls are alive. */
  get count() {
    return this.#live.length;
  }

  /** To the call that rings, if one does: it may be out of sight. */
  focusRinging() {
    const ringing = this.#live.find((each) => tone(each) === "ringing");
    this.#cards.get(ringing?.id ?? "")?.focus();
  }

  /** @param {readonly CtiCall[]} calls @param {CtiCall|null} current @param {string} user */
  show(calls, current, user) {
    this.#user = user;
    this.#live = calls;
    this.#current = current;
    for (const call of calls) this.#ended.delete(call.id);
    this.#render();
  }

  /** Keeps a call that has ended in sight for a while. @param {CtiCall} call @param {number} lingerMs */
  finish(call, lingerMs) {
    this.#ended.set(call.id, { call, until: Date.now() + lingerMs });
    this.#live = this.#live.filter((each) => each.id !== call.id);
    this.#render();
  }

  /** Shows again what is shown: more is known of somebody. */
  refresh() {
    this.#render();
  }

  /** Forgets the calls that have ended. */
  forget() {
    this.#ended.clear();
    this.#render();
  }

  /** Moves the timers and lets ended calls go. */
  tick() {
    const before = this.#ended.size;
    for (const [id, { until }] of this.#ended) if (until <= Date.now()) this.#ended.delete(id);
    if (this.#ended.size !== before) this.#render();
    else this.#tickCards();
  }

  #tickCards() {
    const now = this.#context.now();
    for (const card of this.#cards.values()) card.tick(now);
  }

  #render() {
    const shown = new Map(this.#live.map((call) => [call.id, call]));
    for (const [id, { call }] of this.#ended) if (!shown.has(id)) shown.set(id, call);
    for (const id of [...this.#cards.keys()]) if (!shown.has(id)) this.#cards.delete(id);
    for (const [id, call] of shown) {
      const card = this.#cards.get(id) ?? new CallCard(call, this.#context, this.#people);
      this.#cards.set(id, card);
      card.show(call, { current: call.id === this.#current?.id && this.#live.length > 1, user: this.#user });
    }
    // What rings wants an eye first; the others stay in order of age.
    const order = [...shown.values()].sort((a, b) => rank(a) - rank(b) || a.started_at.localeCompare(b.started_at));
    const roots = order.filter((call) => !shown.has(call.parent_id));
    setChildren(this.#list, this.#elements(roots));
    for (const [id, card] of this.#cards) {
      setChildren(card.consultations, this.#elements(order.filter((each) => each.parent_id === id)));
    }
    this.#empty.hidden = shown.size > 0;
    this.#tickCards();
  }

  /** @param {CtiCall[]} calls */
  #elements(calls) {
    return calls.flatMap((each) => this.#cards.get(each.id)?.element ?? []);
  }
}

/** @param {CtiCall} call */
function rank(call) {
  if (call.ended_at) return 2;
  return call.direction === "in" && call.connection_state === "alerting" ? 0 : 1;
}
