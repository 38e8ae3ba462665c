/** For supervisors: who is on what call, since when, who waits for calls in which queue; and listening in. */

import { attempt } from "./context.js";
import { h, setAttribute, setChildren, setText } from "./dom.js";
import { fill } from "./messages.js";
import { TeamCard } from "./team-card.js";

/** @import {AgentView, UserView} from "../protocol.js" */
/** @import {Context} from "./context.js" */

/** @typedef {{user: string, name: string, view: UserView}} Member */

export class TeamPage {
  #context;
  #filter = h("input", { type: "search", autocomplete: "off" });
  #summary = h("p", { class: "summary", role: "status" });
  #list = h("ul", { class: "team", role: "list" });
  #queues = h("ul", { class: "queue-cards", role: "list" });
  #empty;
  /** @type {Map<string, TeamCard>} */ #cards = new Map();
  /** @type {Map<string, string>} */ #names = new Map();
  /** @type {AbortController|null} */ #listening = null;
  element;

  /** @param {Context} context */
  constructor(context) {
    const { m } = context;
    this.#context = context;
    setAttribute(this.#filter, "aria-label", m.findPeople);
    setAttribute(this.#filter, "placeholder", m.findPeople);
    this.#filter.addEventListener("input", () => this.#show());
    this.#empty = h("p", { class: "empty", hidden: true }, m.nobodyHere);
    const head = h("div", { class: "page-head" }, h("h2", { id: "team-title" }, m.team), this.#summary, this.#filter);
    const queues = h("div", { class: "team-queues" }, h("h3", {}, m.queues), this.#queues);
    this.element = h("section", { class: "page team-page", "aria-labelledby": "team-title" }, head, queues, this.#list, this.#empty);
  }

  async open() {
    const model = this.#context.model();
    if (!model) return;
    this.#listening = new AbortController();
    model.addEventListener("watchChanged", () => this.#show(), { signal: this.#listening.signal });
    model.watching.start();
    this.#show();
    this.#names = (await attempt(this.#context, this.#context.directory()?.users())) ?? this.#names;
    this.#show();
  }

  close() {
    this.#listening?.abort();
    this.#listening = null;
    this.#context.model()?.watching.stop();
  }

  tick() {
    const now = this.#context.now();
    for (const card of this.#cards.values()) card.tick(now);
  }

  #show() {
    const members = this.#members();
    const wanted = this.#filter.value.trim().toLocaleLowerCase();
    const shown = members.filter(({ user, name }) => `${user} ${name}`.toLocaleLowerCase().includes(wanted));
    for (const id of [...this.#cards.keys()]) if (!shown.some(({ user }) => user === id)) this.#cards.delete(id);
    const elements = shown.map((member) => {
      const card = this.#cards.get(member.user) ?? new TeamCard(this.#context);
      this.#cards.set(member.user, card);
      card.show(member);
      return card.element;
    });
    setChildren(this.#list, elements);
    this.#empty.hidden = elements.length > 0;
    this.#showSummary(members);
    this.#showQueues(members);
    this.tick();
  }

  /** Those in calls first, then by name. @returns {Member[]} */
  #members() {
    const views = this.#context.model()?.watching.views ?? new Map();
    const members = [...views].map(([user, { view }]) => ({ user, name: this.#names.get(user) ?? "", view }));
    const rank = (/** @type {Member} */ { view }) => (view.calls?.length ? 0 : view.agents?.some((each) => each.queues?.length) ? 1 : 2);
    return members.sort((a, b) => rank(a) - rank(b) || (a.name || a.user).localeCompare(b.name || b.user));
  }

  /** @param {Member[]} members */
  #showSummary(members) {
    const states = members.map(({ view }) => (view.calls?.length ? "call" : (view.agents?.[0]?.state ?? "")));
    const count = (/** @type {string} */ state) => String(states.filter((each) => each === state).length);
    setText(this.#summary, fill(this.#context.m.teamSummary, { calls: count("call"), ready: count("ready"), paused: count("not_ready") }));
  }

  /** @param {Member[]} members */
  #showQueues(members) {
    /** @type {Map<string, AgentView["state"][]>} */
    const queues = new Map();
    for (const { view } of members) {
      for (const { queue, state } of (view.agents ?? []).flatMap((each) => each.queues ?? [])) queues.set(queue, [...(queues.get(queue) ?? []), state]);
    }
    const { m } = this.#context;
    const cards = [...queues].sort(([a], [b]) => a.localeCompare(b)).map(([queue, states]) => {
      const count = (/** @type {string} */ state) => String(states.filter((each) => each === state).length);
      const words = fill(m.queueSummary, { all: String(states.length), ready: count("ready"), busy: count("busy"), paused: count("not_ready") });
      return h("li", { class: "queue-card" }, h("span", { class: "queue-name" }, queue), h("span", { class: "about" }, words));
    });
    this.#queues.replaceChildren(...cards);
    /** @type {HTMLElement} */ (this.#queues.parentElement).hidden = !cards.length;
  }
}
