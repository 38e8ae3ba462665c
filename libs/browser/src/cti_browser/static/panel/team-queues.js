/** The queues of the team: who takes their calls, and who waits in them, the longest first. */

import { h, setAttribute, setChildren, setText } from "./dom.js";
import { clock, isoDuration, phone } from "./format.js";
import { fill } from "./messages.js";

/** @import {Caller, WatchedQueue} from "../protocol.js" */
/** @import {Context} from "./context.js" */
/** @import {Messages} from "./messages.js" */
/** @import {Member} from "./team-page.js" */

/** `agents`: how many are in each state. `twin`: another PBX has a queue of this name, too.
 * @typedef {{key: string, pbx: string, name: string, twin: boolean, agents: Map<string, number>, waiting: readonly Caller[]}} Queue */

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

/** What is known of each queue of each PBX. Pure. @param {readonly Member[]} members @param {readonly WatchedQueue[]} waiting @returns {Queue[]} */
export function queuesOf(members, waiting) {
  /** @type {Map<string, Queue>} */
  const queues = new Map();
  const of = (/** @type {string} */ pbx, /** @type {string} */ name) => {
    const key = JSON.stringify([pbx, name]);
    /** @type {Queue} */
    const queue = queues.get(key) ?? { key, pbx, name, twin: false, agents: new Map(), waiting: [] };
    queues.set(key, queue);
    return queue;
  };
  for (const { pbx, queues: mine = [] } of members.flatMap(({ view }) => view.agents ?? [])) {
    for (const { queue, state } of mine) {
      const { agents } = of(pbx, queue);
      agents.set(state, (agents.get(state) ?? 0) + 1);
    }
  }
  for (const each of waiting) of(each.pbx, each.queue).waiting = each.waiting;
  const all = [...queues.values()];
  for (const each of all) each.twin = all.some(({ name, pbx }) => name === each.name && pbx !== each.pbx);
  const byName = (/** @type {Queue} */ a, /** @type {Queue} */ b) => a.name.localeCompare(b.name) || a.pbx.localeCompare(b.pbx);
  return all.sort((a, b) => b.waiting.length - a.waiting.length || byName(a, b));
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
    for (const key of [...this.#cards.keys()]) if (!queues.some((each) => each.key === key)) this.#cards.delete(key);
    const elements = queues.map((queue) => {
      const card = this.#cards.get(queue.key) ?? new QueueCard(this.#context, queue);
      this.#cards.set(queue.key, card);
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
  #pbx = h("span", { class: "queue-pbx" });
  #agents = h("ul", { class: "queue-agents", role: "list" });
  #waiting = h("ul", { class: "waiting", role: "list" });
  #shown = "";
  /** @type {{element: HTMLElement, from: number}[]} */ #timers = [];
  element;

  /** @param {Context} context @param {Queue} queue */
  constructor(context, { name, pbx }) {
    this.#context = context;
    const head = h("div", { class: "queue-head" }, h("h4", { class: "queue-name" }, name), this.#pbx);
    this.element = h("li", { class: "queue-card", "data-queue": name, "data-pbx": pbx }, head, this.#agents, this.#waiting);
  }

  /** @param {Queue} queue */
  show({ pbx, twin, agents, waiting }) {
    setText(this.#pbx, twin ? pbx : "");
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

  /** @param {Caller} caller */
  #line({ id, name, number, since }) {
    const { m } = this.#context;
    const timer = h("time", {});
    this.#timers.push({ element: timer, from: Date.parse(since) });
    const words = h("span", { class: "visually-hidden" }, ` ${m.queued} `);
    return h("li", { "data-call": id }, h("span", { class: "title" }, name || (number && phone(number)) || m.unknownCaller), words, timer);
  }
}
