/** One member of the team: state, and calls with their timers. */

import { CtiCall } from "../cti-call.js";
import { Avatar } from "./avatar.js";
import { h, setAttribute, setText } from "./dom.js";
import { clock } from "./format.js";
import { teamCall } from "./team-call.js";
import { agentTone, agentWords } from "./words.js";

/** @import {Context} from "./context.js" */
/** @import {Unable} from "./team-call.js" */
/** @import {Member} from "./team-page.js" */

export class TeamCard {
  #context;
  #unable;
  #avatar = new Avatar();
  #name = h("h3", { class: "name" });
  #device = h("span", { class: "about" });
  #state = h("span", { class: "words" });
  #since = h("time", { class: "agent-since" });
  #pill;
  #calls = h("ul", { class: "team-calls", role: "list" });
  #shown = "";
  /** @type {{element: HTMLElement, from: number}[]} */ #timers = [];
  element;

  /** @param {Context} context @param {Unable} unable */
  constructor(context, unable) {
    this.#context = context;
    this.#unable = unable;
    this.#pill = h("span", { class: "pill" }, h("span", { class: "dot" }), this.#state, this.#since);
    const head = h("div", { class: "team-head" }, this.#avatar.element, h("div", { class: "names" }, this.#name, this.#device), this.#pill);
    this.element = h("li", { class: "member" }, head, this.#calls);
  }

  /** @param {Member} member */
  show({ user, name, photo, view }) {
    const { m } = this.#context;
    const key = JSON.stringify([name, photo, view]);
    if (key === this.#shown) return;
    this.#shown = key;
    const agent = view.agents?.find((each) => each.queues?.length) ?? view.agents?.[0];
    const calls = (view.calls ?? []).map((each) => new CtiCall(each));
    setAttribute(this.element, "data-user", user);
    this.#avatar.show({ name, photo, key: user });
    setText(this.#name, name || user);
    setText(this.#device, name ? user : "");
    const busy = calls.length > 0;
    const talks = calls.some((each) => each.answered_at);
    setAttribute(this.#pill, "data-tone", busy ? "calm" : agentTone(agent?.state));
    setText(this.#state, busy ? (talks ? m.agentBusy : m.agentRinging) : agent ? agentWords(agent, m) : m.noAgent);
    this.#timers = busy || !agent?.since ? [] : [{ element: this.#since, from: Date.parse(agent.since) }];
    if (!this.#timers.length) setText(this.#since, "");
    const shown = calls.map((call) => teamCall(call, user, this.#context, this.#unable));
    this.#timers.push(...shown.map((each) => each.timer));
    this.#calls.replaceChildren(...shown.map((each) => each.element));
  }

  /** @param {number} now */
  tick(now) {
    for (const { element, from } of this.#timers) setText(element, clock((now - from) / 1000));
  }
}
