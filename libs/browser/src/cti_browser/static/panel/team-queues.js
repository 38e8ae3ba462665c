/** The queues of the team: who takes their calls, and who waits in them, the longest first. */

import { h, setAttribute, setChildren, setText } from "./dom.js";
import { clock, isoDuration, phone } from "./format.js";
import { fill } from "./messages.js";

/** @import {WaitingCall} from "../history.js" */
/** @import {Context} from "./context.js" */
/** @import {Messages} from "./messages.js" */
/** @import {Member} from "./team-page.js" */

/** `agents`: how many are in each state. @typedef {{name: string, agents: Map<string, number>, waiting: WaitingCall[]}} Queue */

// A card is for a glance; how many more there are is said.
const MOST_SHOWN = 4;
/** @type {readonly (readonly [string, string, keyof Messages])[]} */
const STATES = Object.freeze([
  ["ready", "good", "queueReady"],
  ["busy", "calm", "queueBusy"],
  ["after_call", "warn", "queueAfterCall"],
  ["not_ready", "warn", "queuePaused"],
  ["unavailable", "bad", "queueUnavailable"],
]);

/** What is known of each queue, by name. Pure. @param {readonly Member[]} members @param {readonly WaitingCall[]} waiting @returns {Queue[]} */
export function queuesOf(members, waiting) {
  /** @type {Map<string, Queue>} */
  const queues = new Map();
  const of = (/** @type {string} */ name) => {
    /** @type {Queue} */
    const queue = queues.get(name) ?? { name, agents: new Map(), waiting: [] };
    queues.set(name, queue);
    return queue;
  };
  for (const { view } of members) {
    for (const { queue, state } of (view.agents ?? []).flatMap((each) => each.queues ?? [])) {
      const { agents } = of(queue);
      agents.set(state, (agents.get(state) ?? 0) + 1);
    }
  }
  for (const each of waiting) of(each.queue).waiting.push(each);
  return [...queues.values()].sort((a, b) => b.waiting.length - a.waiting.length || a.name.localeCompare(b.name));
}

export class TeamQueues {
  #context;
  #list = h("ul", { class: "queue-cards", role: "list" });
  /** @type {Map<string, QueueCard>} */ #cards = new Map();
  element;

  /** @param {Context} context */
  constructor(context) {
    this.#context = context;
    this.element = h("div", { class: "team-queues" }, h("h3", { class: "team-part" }, context.m.queues), this.#list);
  }

  /** @param {readonly Queue[]} queues */
  show(queues) {
    for (const name of [...this.#cards.keys()]) if (!queues.some((each) => each.name === name)) this.#cards.delete(name);
    const elements = queues.map((queue) => {
      const card = this.#cards.get(queue.name) ?? new QueueCard(this.#context, queue.name);
      this.#cards.set(queue.name, card);
      card.show(queue);
      return card.element;
    });
    setChildren(this.#list, elements);
    this.element.hidden = !elements.length;
  }

  /** @param {number} now */
  tick(now) {
    for (const card of this.#cards.values()) card.tick(now);
  }
}

class QueueCard {
  #context;
  #agents = h("ul", { class: "queue-agents", role: "list" });
  #waiting = h("ul", { class: "waiting", role: "list" });
  #shown = "";
  /** @type {{element: HTMLElement, from: number}[]} */ #timers = [];
  element;

  /** @param {Context} context @param {string} name */
  constructor(context, name) {
    this.#context = context;
    this.element = h("li", { class: "queue-card", "data-queue": name }, h("span", { class: "queue-name" }, name), this.#agents, this.#waiting);
  }

  /** @param {Queue} queue */
  show({ agents, waiting }) {
    const key = JSON.stringify([[...agents], waiting]);
    if (key === this.#shown) return;
    this.#shown = key;
    const { m } = this.#context;
    const counts = STATES.flatMap(([state, tone, words]) => {
      const count = agents.get(state);
      return count ? [h("li", { "data-tone": tone }, h("span", { class: "dot" }), fill(m[words], { count: String(count) }))] : [];
    });
    this.#agents.replaceChildren(...(counts.length ? counts : [h("li", {}, m.queueEmpty)]));
    this.#timers = [];
    const more = waiting.length - MOST_SHOWN;
    const lines = waiting.slice(0, MOST_SHOWN).map((each) => this.#line(each));
    const rest = more > 0 ? [h("li", { class: "hint" }, fill(m.waitingMore, { count: String(more) }))] : [];
    this.#waiting.replaceChildren(...(lines.length ? [...lines, ...rest] : [h("li", { class: "hint" }, m.nobodyWaits)]));
  }

  /** @param {number} now */
  tick(now) {
    for (const { element, from } of this.#timers) {
      const seconds = (now - from) / 1000;
      setText(element, clock(seconds));
      setAttribute(element, "datetime", isoDuration(seconds));
    }
  }

  /** @param {WaitingCall} call */
  #line({ call_id: id, name, number, since }) {
    const { m } = this.#context;
    const timer = h("time", {});
    this.#timers.push({ element: timer, from: Date.parse(since) });
    const words = h("span", { class: "visually-hidden" }, ` ${m.queued} `);
    return h("li", { "data-call": id }, h("span", { class: "title" }, name || phone(number) || m.unknownCaller), words, timer);
  }
}
