/** What of the Calls section is listed. */

import { button, labelled, select, uniqueId } from "./controls.js";
import { h, setAttribute } from "./dom.js";
import { isNumber } from "./numbers.js";
import { boundsOf } from "./periods.js";
import { UserChoice } from "./user-choice.js";
import { outcomeWords } from "./words.js";

/** @import {User} from "../directory.js" */
/** @import {Filters} from "../history.js" */
/** @import {Outcome} from "../protocol.js" */
/** @import {Context} from "./context.js" */
/** @import {Period} from "./periods.js" */

const PAUSE_MS = 300;
/** @type {readonly Outcome[]} */
const OUTCOMES = Object.freeze(["answered", "missed", "abandoned", "busy", "no_answer", "rejected", "cancelled", "failed", "answered_elsewhere"]);

export class CallFilters {
  #context;
  #changed;
  #text = h("input", { type: "search", autocomplete: "off", minlength: "2", spellcheck: "false" });
  #period;
  #direction;
  #outcome;
  #recorded;
  #queues = h("datalist", { id: uniqueId("queues") });
  #queue = h("input", { type: "search", autocomplete: "off", maxlength: "200", list: this.#queues.id });
  #first = h("input", { type: "date" });
  #last = h("input", { type: "date" });
  #user;
  #days;
  #more = h("div", { class: "filters-more", id: uniqueId("filters") });
  #toggle;
  #clear;
  /** @type {ReadonlyMap<string, User>} */ #users = new Map();
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #pause;
  element;

  /** @param {Context} context @param {() => void} changed */
  constructor(context, changed) {
    const { m } = context;
    this.#context = context;
    this.#changed = changed;
    this.#period = select([["", m.anyTime], ["today", m.today], ["yesterday", m.yesterday], ["week", m.lastWeek], ["month", m.lastMonth], ["dates", m.chooseDates]], "");
    this.#direction = select([["", m.anyDirection], ["in", m.incoming], ["out", m.outgoing]], "");
    this.#outcome = select([["", m.anyOutcome], .../** @type {[string, string][]} */ (OUTCOMES.map((each) => [each, outcomeWords(each, m)]))], "");
    this.#recorded = select([["", m.recordedOrNot], ["true", m.recorded], ["false", m.notRecorded]], "");
    this.#user = new UserChoice(context);
    this.#days = [labelled(m.filterFrom, this.#first), labelled(m.filterTo, this.#last)];
    this.#clear = button({ icon: "cross", text: m.clearFilters, kind: "soft small clear-filters", press: () => this.#reset() });
    this.#toggle = button({ icon: "sliders", text: m.filters, kind: "soft filters-toggle", press: () => this.#open(this.#more.classList.toggle("open")) });
    setAttribute(this.#toggle, "aria-controls", this.#more.id);
    this.element = h("form", { class: "filters", role: "search", "aria-label": m.filters });
    this.#build();
    this.#open(false);
  }

  #build() {
    const { m } = this.#context;
    const choices = [labelled(m.filterDirection, this.#direction), labelled(m.filterOutcome, this.#outcome), this.#user.element];
    this.#more.append(...choices, labelled(m.filterQueue, this.#queue), labelled(m.filterRecorded, this.#recorded), this.#queues);
    this.element.append(labelled(m.filterText, this.#text, "field wide"), labelled(m.filterPeriod, this.#period), ...this.#days, this.#toggle, this.#more, this.#clear);
    this.element.addEventListener("submit", (event) => event.preventDefault());
    this.element.addEventListener("input", () => this.#written());
    this.#show();
  }

  /** Who sees more than their own calls. */
  get seesAll() {
    const roles = this.#context.model()?.roles ?? [];
    return roles.includes("supervisor") || roles.includes("admin");
  }

  /** The name of a user; undefined where it is not known. @param {string} id */
  nameOf(id) {
    return this.#users.get(id)?.name;
  }

  /** Brings the users and queues to choose from up to date. */
  async show() {
    const { model, directory } = this.#context;
    this.offerQueues((model()?.agents ?? []).flatMap((each) => each.queues ?? []).map((each) => each.queue));
    this.#user.element.hidden = !this.seesAll;
    if (!this.seesAll) return;
    this.#users = (await directory()?.users().catch(() => null)) ?? this.#users;
    this.#user.show([...this.#users.values()]);
  }

  /** Queues that were seen. @param {readonly string[]} queues */
  offerQueues(queues) {
    const known = new Set([...this.#queues.children].map((each) => each.getAttribute("value")));
    for (const each of new Set(queues)) if (each && !known.has(each)) this.#queues.append(h("option", { value: each }));
  }

  /** What is asked of the journal. Who sees their own calls only asks for these. @returns {Filters} */
  get values() {
    const text = this.#text.value.trim();
    const written = text.length < 2 ? {} : isNumber(text) ? { number: text } : { text };
    return {
      ...written,
      ...boundsOf(/** @type {Period} */ (this.#period.value), new Date(), { first: this.#first.value, last: this.#last.value }),
      direction: this.#direction.value,
      outcome: this.#outcome.value,
      queue: this.#queue.value.trim(),
      recorded: this.#recorded.value,
      user: this.seesAll ? this.#user.value : (this.#context.model()?.user ?? ""),
    };
  }

  #written() {
    this.#show();
    clearTimeout(this.#pause);
    this.#pause = setTimeout(this.#changed, PAUSE_MS);
  }

  #reset() {
    /** @type {HTMLFormElement} */ (this.element).reset();
    this.#show();
    this.#text.focus();
    this.#changed();
  }

  #show() {
    for (const each of this.#days) each.hidden = this.#period.value !== "dates";
    this.#clear.hidden = ![this.#text, this.#period, this.#direction, this.#outcome, this.#recorded, this.#queue, this.#user].some((each) => each.value);
  }

  /** @param {boolean} open */
  #open(open) {
    setAttribute(this.#toggle, "aria-expanded", String(open));
  }
}
