/** For supervisors: who is on what call, since when, who waits for calls in which queue; and listening in. */

import { attempt } from "./context.js";
import { h, icon, setAttribute, setChildren, setText } from "./dom.js";
import { fill } from "./messages.js";
import { TeamCard } from "./team-card.js";
import { TeamQueues, queuesOf } from "./team-queues.js";

/** @import {User} from "../directory.js" */
/** @import {UserView, WatchedQueue} from "../protocol.js" */
/** @import {Context} from "./context.js" */
/** @import {Unable} from "./team-call.js" */

/** @typedef {{user: string, name: string, photo: string, view: UserView}} Member */

export class TeamPage {
  #context;
  #filter = h("input", { type: "search", autocomplete: "off" });
  #summary = h("p", { class: "summary", role: "status" });
  #list = h("ul", { class: "team", role: "list" });
  #queues;
  /** @type {Unable} */ #unable = new Map();
  #empty;
  #nobody = h("p", { class: "empty-title" });
  /** @type {Map<string, TeamCard>} */ #cards = new Map();
  /** @type {ReadonlyMap<string, User>} */ #users = new Map();
  /** @type {AbortController|null} */ #listening = null;
  element;

  /** @param {Context} context */
  constructor(context) {
    const { m } = context;
    this.#context = context;
    setAttribute(this.#filter, "aria-label", m.findPeople);
    setAttribute(this.#filter, "placeholder", m.findPeople);
    this.#filter.addEventListener("input", () => this.#show());
    setAttribute(this.#filter, "class", "find");
    this.#queues = new TeamQueues(context);
    this.#empty = h("div", { class: "empty", hidden: true }, icon("team"), this.#nobody);
    const head = h("div", { class: "page-head" }, h("h2", { id: "team-title" }, m.team), this.#summary, this.#filter);
    const people = h("h3", { class: "team-part" }, m.people);
    this.element = h("section", { class: "page team-page", "aria-labelledby": "team-title" }, head, this.#queues.element, people, this.#list, this.#empty);
  }

  async open() {
    const model = this.#context.model();
    if (!model) return;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    for (const name of ["watchChanged", "queuesChanged"]) model.addEventListener(name, () => this.#show(), { signal });
    model.watching.start(null, { queues: true });
    this.#show();
    this.#users = (await attempt(this.#context, this.#context.directory()?.users())) ?? this.#users;
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
    this.#queues.tick(now);
  }

  #show() {
    const members = this.#members();
    const wanted = this.#filter.value.trim().toLocaleLowerCase();
    const shown = members.filter(({ user, name }) => `${user} ${name}`.toLocaleLowerCase().includes(wanted));
    for (const id of [...this.#cards.keys()]) if (!shown.some(({ user }) => user === id)) this.#cards.delete(id);
    const elements = shown.map((member) => {
      const card = this.#cards.get(member.user) ?? new TeamCard(this.#context, this.#unable);
      this.#cards.set(member.user, card);
      card.show(member);
      return card.element;
    });
    setChildren(this.#list, elements);
    this.#empty.hidden = elements.length > 0;
    setText(this.#nobody, members.length ? this.#context.m.nobodyFound : this.#context.m.nobodyHere);
    const waiting = this.#context.model()?.watching.queues ?? [];
    this.#showSummary(members, waiting);
    this.#queues.show(queuesOf(members, waiting));
    this.tick();
  }

  /** Those in calls first, then by name. @returns {Member[]} */
  #members() {
    const views = this.#context.model()?.watching.views ?? new Map();
    const members = [...views].map(([user, { view }]) => {
      const { name = "", photo = "" } = this.#users.get(user) ?? {};
      return { user, name, photo, view };
    });
    const rank = (/** @type {Member} */ { view }) => (view.calls?.length ? 0 : view.agents?.some((each) => each.queues?.length) ? 1 : 2);
    return members.sort((a, b) => rank(a) - rank(b) || (a.name || a.user).localeCompare(b.name || b.user));
  }

  /** @param {Member[]} members @param {readonly WatchedQueue[]} queues */
  #showSummary(members, queues) {
    const states = members.map(({ view }) => (view.calls?.length ? "call" : (view.agents?.[0]?.state ?? "")));
    const count = (/** @type {string} */ state) => String(states.filter((each) => each === state).length);
    const waiting = String(queues.reduce((sum, each) => sum + each.waiting.length, 0));
    setText(this.#summary, fill(this.#context.m.teamSummary, { calls: count("call"), ready: count("ready"), paused: count("not_ready"), waiting }));
  }
}
