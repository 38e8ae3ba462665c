/** One record of the journal: a line that opens to all that is known about the call. It stays the same while its record changes. */

import { attempt } from "./context.js";
import { button, whileBusy } from "./controls.js";
import { dotted, h, icon, setText } from "./dom.js";
import { clock, isoDuration, phone } from "./format.js";
import { personIn } from "./linking.js";
import { RecordMore } from "./record-more.js";
import { isMissed, outcomeWords, recordIcon, recordTone } from "./words.js";
import { fill } from "./messages.js";

/** @import {CallRecord} from "../history.js" */
/** @import {Context} from "./context.js" */
/** @import {Messages} from "./messages.js" */

export class HistoryRow {
  #record;
  #context;
  #shown = "";
  #told = false;
  #summary = h("summary", { class: "line" });
  #story = h("p", { class: "story" });
  #more;
  #row;
  element;

  /** @param {CallRecord} record @param {Context} context */
  constructor(record, context) {
    this.#record = record;
    this.#context = context;
    this.#more = new RecordMore(record, context);
    this.#row = h("details", { class: "row", "data-record": record.connection_id }, this.#summary, this.#story, this.#more.element);
    this.#row.addEventListener("toggle", () => this.#row.open && this.#load());
    this.element = h("li", { class: "record" }, this.#row, record.remote_number ? this.#callBack() : null);
    this.show(record);
  }

  /** @param {CallRecord} record */
  show(record) {
    const key = JSON.stringify(record);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#record = record;
    this.#summary.replaceChildren(...line(record, this.#context));
    this.#more.show(record);
  }

  focus() {
    this.#summary.focus();
  }

  #load() {
    this.#more.load();
    if (!this.#told) void this.#tell();
  }

  async #tell() {
    const { history, language } = this.#context;
    this.#told = true;
    const call = await history()?.call(this.#record.call_id, language).catch(() => null);
    this.#told = Boolean(call);
    if (call) setText(this.#story, call.story ?? "");
  }

  #callBack() {
    const element = button({
      icon: "phone",
      label: fill(this.#context.m.callBack, { who: titleOf(this.#record, this.#context.m) }),
      kind: "bare call-back",
      press: () => void whileBusy(element, attempt(this.#context, this.#context.model()?.makeCall(this.#record.remote_number))),
    });
    return element;
  }
}

/** @param {CallRecord} record @param {Context} context */
function line(record, context) {
  const { m, times } = context;
  return [
    h("span", { class: "mark", "data-tone": recordTone(record) }, icon(recordIcon(record))),
    h("span", { class: "title", "data-missed": isMissed(record) }, titleOf(record, m)),
    h("time", { class: "when", datetime: record.started_at }, times.time(new Date(record.started_at))),
    h("span", { class: "about" }, ...dotted(about(record, m))),
    h("span", { class: "times" }, ...calledBack(record, context), ...durations(record, m)),
    h("span", { class: "opener" }, icon("chevron")),
  ];
}

/** Of a missed call: whether somebody spoke with the caller since. @param {CallRecord} record @param {Context} context */
function calledBack({ called_back: back }, { m, times }) {
  if (back === undefined) return [];
  if (!back) return [h("span", { class: "called-back" }, m.notCalledBack)];
  const at = new Date(back.at);
  const words = fill(back.direction === "out" ? m.calledBack : m.calledAgain, { time: `${times.day(at, new Date())} ${times.time(at)}` });
  return [h("span", { class: "called-back", "data-tone": "good" }, words)];
}

/** @param {CallRecord} record @param {Messages} m */
function titleOf(record, m) {
  return personIn(record.links)?.label || record.remote_name || phone(record.remote_number) || m.unknownCaller;
}

/** @param {CallRecord} record @param {Messages} m */
function about(record, m) {
  const direction = record.direction === "in" ? m.incoming : m.outgoing;
  const number = titleOf(record, m) === phone(record.remote_number) ? "" : phone(record.remote_number);
  const queue = record.queue && fill(m.queue, { queue: record.queue });
  const outcome = outcomeWords(record.outcome, m);
  return [direction, outcome, number, queue, record.internal && m.internal, record.result];
}

/** @param {CallRecord} record @param {Messages} m */
function durations(record, m) {
  /** @type {[string, number][]} */
  const all = [
    [record.direction === "in" ? m.rang : m.dialled, record.ring_s],
    [m.queued, record.queue_s],
    [m.talked, record.talk_s],
    [m.held, record.hold_s],
  ];
  return all
    .filter(([, seconds]) => seconds >= 0.5)
    .map(([word, seconds]) => {
      const whole = Math.round(seconds);
      return h("span", {}, `${word} `, h("time", { datetime: isoDuration(whole) }, clock(whole)));
    });
}
