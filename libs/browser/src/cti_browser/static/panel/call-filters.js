/** What of the Calls section is listed. */

import { labelled, select } from "./controls.js";
import { h, setChildren } from "./dom.js";
import { outcomeWords } from "./words.js";

/** @import {Filters} from "../history.js" */
/** @import {Outcome} from "../protocol.js" */
/** @import {Context} from "./context.js" */

const PAUSE_MS = 300;
/** @type {readonly Outcome[]} */
const OUTCOMES = Object.freeze(["answered", "missed", "abandoned", "busy", "no_answer", "rejected", "cancelled", "failed", "answered_elsewhere"]);

export class CallFilters {
  #context;
  #text = h("input", { type: "search", autocomplete: "off", minlength: "2" });
  #direction;
  #outcome;
  #from = h("input", { type: "date" });
  #to = h("input", { type: "date" });
  #user = h("select");
  #userField;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #pause;
  element;

  /** @param {Context} context @param {() => void} changed */
  constructor(context, changed) {
    const { m } = context;
    this.#context = context;
    this.#direction = select([["", m.anyDirection], ["in", m.incoming], ["out", m.outgoing]], "");
    this.#outcome = select([["", m.anyOutcome], .../** @type {[string, string][]} */ (OUTCOMES.map((each) => [each, outcomeWords(each, m)]))], "");
    this.#userField = labelled(m.filterUser, this.#user);
    this.#userField.hidden = true;
    this.element = h(
      "form",
      { class: "filters", role: "search", "aria-label": m.filters },
      labelled(m.filterText, this.#text, "field wide"),
      labelled(m.filterDirection, this.#direction),
      labelled(m.filterOutcome, this.#outcome),
      this.#userField,
      labelled(m.filterFrom, this.#from),
      labelled(m.filterTo, this.#to),
    );
    this.element.addEventListener("submit", (event) => event.preventDefault());
    this.element.addEventListener("input", () => {
      clearTimeout(this.#pause);
      this.#pause = setTimeout(changed, PAUSE_MS);
    });
  }

  /** Brings the list of users up to date, for who may see them. */
  show() {
    const model = this.#context.model();
    const seesAll = Boolean(model?.roles.includes("supervisor") || model?.roles.includes("admin"));
    this.#userField.hidden = !seesAll;
    if (seesAll) void this.#users();
  }

  /** Dates are days of this browser's time zone, both included. @returns {Filters} */
  get values() {
    const text = this.#text.value.trim();
    /** @type {Filters} */
    const values = { direction: this.#direction.value, outcome: this.#outcome.value, user: this.#user.value };
    if (text.length > 1) values.text = text;
    if (this.#from.value) values.from = new Date(`${this.#from.value}T00:00:00`).toISOString();
    if (this.#to.value) values.to = nextDay(this.#to.value).toISOString();
    return values;
  }

  async #users() {
    const chosen = this.#user.value;
    const users = await this.#context.directory()?.users().catch(() => null);
    const all = h("option", { value: "" }, this.#context.m.everybody);
    setChildren(this.#user, [all, ...[...(users ?? [])].map(([id, name]) => h("option", { value: id }, `${name} (${id})`))]);
    this.#user.value = chosen;
  }
}

/** @param {string} date */
function nextDay(date) {
  const day = new Date(`${date}T00:00:00`);
  day.setDate(day.getDate() + 1);
  return day;
}
