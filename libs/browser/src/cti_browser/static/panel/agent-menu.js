/** The user as agent: state with its reason, and the queues. */

import { attempt } from "./context.js";
import { button, labelled, uniqueId, whileBusy } from "./controls.js";
import { h, setAttribute, setText } from "./dom.js";
import { clock } from "./format.js";
import { tie } from "./popovers.js";
import { agentTone, agentWords } from "./words.js";

/** @import {AgentView, QueueView} from "../protocol.js" */
/** @import {Context} from "./context.js" */
/** @import {Messages} from "./messages.js" */

/** Reasons not to take calls: the word that goes to the PBX, and the text. @type {readonly (readonly [string, keyof Messages])[]} */
const REASONS = Object.freeze([
  ["break", "reasonBreak"],
  ["lunch", "reasonLunch"],
  ["meeting", "reasonMeeting"],
  ["training", "reasonTraining"],
  ["other_work", "reasonOtherWork"],
]);

export class AgentMenu {
  #context;
  #dot = h("span", { class: "dot" });
  #words = h("span", { class: "words" });
  #since = h("time", { class: "agent-since", "aria-hidden": "true" });
  #opener;
  #menu;
  #states = h("div", { class: "menu-part" });
  #queues = h("ul", { class: "queues", role: "list" });
  #queue = h("input", { type: "text", maxlength: "64", autocomplete: "off", spellcheck: "false" });
  /** @type {AgentView|null} */ #agent = null;
  #shown = "";
  element;

  /** @param {Context} context */
  constructor(context) {
    const { m } = context;
    this.#context = context;
    const id = uniqueId("agent-menu");
    this.#opener = h("button", { type: "button", class: "pill agent", popovertarget: id, "aria-haspopup": "dialog" }, this.#dot, this.#words, this.#since);
    this.#opener.dataset["menu"] = "agent";
    const join = h("button", { type: "submit", class: "button soft small" }, m.joinQueue);
    const form = h("form", { class: "join" }, labelled(m.queueName, this.#queue), join);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#join(join);
    });
    const queues = h("div", { class: "menu-part" }, h("p", { class: "menu-title" }, m.queues), this.#queues, form);
    this.#menu = h("div", { id, popover: "auto", class: "menu", role: "dialog", "aria-label": m.agentStatus }, this.#states, queues);
    tie(this.#opener, this.#menu);
    this.element = h("div", { class: "agent-menu" }, this.#opener, this.#menu);
  }

  /** @param {readonly AgentView[]} agents @param {boolean} online */
  show(agents, online) {
    const { m } = this.#context;
    this.#agent = agents.find((each) => each.queues?.length) ?? agents[0] ?? null;
    const agent = this.#agent;
    this.element.hidden = !online && !agent;
    setAttribute(this.#opener, "data-tone", agentTone(agent?.state));
    setText(this.#words, agent ? agentWords(agent, m) : m.noAgent);
    const key = JSON.stringify([agent, online]);
    if (key === this.#shown) return;
    this.#shown = key;
    setAttribute(this.#opener, "disabled", !online);
    this.#showStates();
    this.#showQueues(agent?.queues ?? []);
    this.tick();
  }

  tick() {
    const since = this.#agent?.since;
    setText(this.#since, since && this.#agent?.state !== "logged_out" ? clock((this.#context.now() - Date.parse(since)) / 1000) : "");
  }

  #showStates() {
    const { m } = this.#context;
    const agent = this.#agent;
    const paused = agent?.state === "not_ready";
    /** @type {(text: string, tone: string, chosen: boolean, code: string, reason?: string) => HTMLElement} */
    const choice = (text, tone, chosen, code, reason = "") => {
      const each = button({ text, kind: "choice", press: () => void this.#set(each, code, reason) });
      each.prepend(h("span", { class: "dot" }));
      setAttribute(each, "data-tone", tone);
      setAttribute(each, "aria-pressed", String(chosen));
      return each;
    };
    this.#states.hidden = !agent?.queues?.length;
    this.#states.replaceChildren(
      h("p", { class: "menu-title" }, m.agentStatus),
      choice(m.agentReady, "good", agent?.state === "ready", "ready"),
      ...REASONS.map(([code, word]) => choice(m[word], "warn", paused && agent?.reason === code, code, code)),
      choice(m.agentAfterCall, "calm", agent?.state === "after_call" || agent?.reason === "after_call", "after_call", "after_call"),
    );
  }

  /** @param {QueueView[]} queues */
  #showQueues(queues) {
    const { m } = this.#context;
    this.#queues.replaceChildren(...queues.map((each) => this.#row(each)));
    if (!queues.length) this.#queues.append(h("li", { class: "hint" }, m.noQueues));
  }

  /** @param {QueueView} queue */
  #row({ queue, state, reason = "" }) {
    const { m, model } = this.#context;
    const paused = state === "not_ready";
    const pause = button({
      icon: paused ? "play" : "hold",
      label: `${paused ? m.resumeQueue : m.pauseQueue}: ${queue}`,
      kind: "bare",
      press: () => void whileBusy(pause, attempt(this.#context, paused ? model()?.unpauseQueue(queue) : model()?.pauseQueue(queue))),
    });
    const leave = button({
      icon: "cross",
      label: `${m.leaveQueue}: ${queue}`,
      kind: "bare",
      press: () => void whileBusy(leave, attempt(this.#context, model()?.leaveQueue(queue))),
    });
    const words = agentWords({ state, reason }, m);
    return h("li", { "data-tone": agentTone(state) }, h("span", { class: "dot" }), h("span", { class: "queue-name" }, queue), h("span", { class: "about" }, words), pause, leave);
  }

  /** @param {HTMLButtonElement} pressed @param {string} code @param {string} reason */
  async #set(pressed, code, reason) {
    const done = await whileBusy(pressed, attempt(this.#context, this.#context.model()?.setAgentState(code, reason)));
    if (done) this.#menu.hidePopover();
  }

  /** @param {HTMLButtonElement} pressed */
  async #join(pressed) {
    const queue = this.#queue.value.trim();
    if (!queue) return this.#queue.focus();
    const done = await whileBusy(pressed, attempt(this.#context, this.#context.model()?.joinQueue(queue)));
    if (done) this.#queue.value = "";
  }
}
