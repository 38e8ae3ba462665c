/** One row of the Calls section: a line that opens to the call's path and all that is known of it. */

import { callPath } from "./call-path.js";
import { attempt } from "./context.js";
import { dotted, h, icon } from "./dom.js";
import { clock, isoDuration, phone } from "./format.js";
import { personIn } from "./linking.js";
import { RecordMore } from "./record-more.js";
import { isMissed, outcomeWords, recordIcon, recordTone } from "./words.js";

/** @import {CallRecord} from "../history.js" */
/** @import {Context} from "./context.js" */

export class CallRow {
  #context;
  #record;
  #path = h("div", { class: "row-path" });
  #more;
  #summary = h("summary", { class: "table-row" });
  #asked = false;
  #shown = "";
  element;

  /** @param {CallRecord} record @param {Context} context @param {string} user whose row it is, in words */
  constructor(record, context, user) {
    this.#record = record;
    this.#context = context;
    this.#more = new RecordMore(record, context);
    const row = h("details", { "data-record": record.connection_id }, this.#summary, this.#path, this.#more.element);
    row.addEventListener("toggle", () => row.open && this.#open());
    this.element = h("li", {}, row);
    this.show(record, user);
  }

  get callId() {
    return this.#record.call_id;
  }

  /** The same row as it is now; what is open in it stays open. @param {CallRecord} record @param {string} user */
  show(record, user) {
    const key = JSON.stringify([record, user]);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#record = record;
    this.#summary.replaceChildren(...cells(record, this.#context, user));
    this.#more.show(record);
  }

  focus() {
    this.#summary.focus();
  }

  #open() {
    this.#more.load();
    if (!this.#asked) void this.#draw();
  }

  /** Once; what fails is asked for again the next time. */
  async #draw() {
    const { history, language } = this.#context;
    this.#asked = true;
    const detail = await attempt(this.#context, history()?.call(this.#record.call_id, language));
    this.#asked = Boolean(detail);
    if (detail) this.#path.replaceChildren(callPath(detail, this.#context));
  }
}

/** @param {CallRecord} record @param {Context} context @param {string} user */
function cells(record, { m, times }, user) {
  const started = new Date(record.started_at);
  const number = phone(record.remote_number);
  const name = personIn(record.links)?.label || record.remote_name || number || m.unknownCaller;
  const direction = record.direction === "in" ? m.incoming : m.outgoing;
  const about = [name === number ? "" : number, record.queue, record.result];
  const talk = h("time", { datetime: isoDuration(record.talk_s) }, clock(record.talk_s));
  const at = h("time", { datetime: record.started_at }, times.time(started));
  const cell = (/** @type {string} */ kind, /** @type {(Node|string)[]} */ ...children) => h("span", { class: `cell ${kind}` }, ...children);
  return [
    h("span", { class: "mark", "data-tone": recordTone(record) }, icon(recordIcon(record)), h("span", { class: "visually-hidden" }, direction)),
    cell("who", h("span", { class: "title", "data-missed": isMissed(record) }, name), h("span", { class: "about" }, ...dotted(about))),
    cell("talk", ...(record.answered_at ? [talk, h("span", { class: "visually-hidden" }, ` ${m.talked}`)] : [])),
    cell("foot", cell("outcome", outcomeWords(record.outcome, m)), cell("user", user), cell("at", `${times.day(started, new Date())} `, at)),
    h("span", { class: "opener" }, icon("chevron")),
  ];
}
