/** One record of the journal: a line that opens to all that is known about the call. */

import { attempt } from "./context.js";
import { button, whileBusy } from "./controls.js";
import { h, icon } from "./dom.js";
import { clock, isoDuration, phone } from "./format.js";
import { RecordNotes } from "./record-notes.js";
import { isMissed, outcomeWords, recordIcon, recordTone } from "./words.js";
import { fill } from "./messages.js";

/** @import {Times} from "./format.js" */
/** @import {CallRecord} from "../history.js" */
/** @import {Context} from "./context.js" */
/** @import {Messages} from "./messages.js" */

/** @param {CallRecord} record @param {Context} context */
export function historyRow(record, context) {
  const { m, times } = context;
  const started = new Date(record.started_at);
  const title = record.remote_name || phone(record.remote_number) || m.unknownCaller;
  const when = h("time", { class: "when", datetime: record.started_at }, times.time(started));
  const summary = h(
    "summary",
    { class: "line" },
    h("span", { class: "mark", "data-tone": recordTone(record) }, icon(recordIcon(record))),
    h("span", { class: "title", "data-missed": isMissed(record) }, title),
    when,
    h("span", { class: "about" }, about(record, m)),
    h("span", { class: "times" }, ...durations(record, m)),
    h("span", { class: "opener" }, icon("chevron")),
  );
  const notes = new RecordNotes(record, context);
  const row = h("details", { class: "row", "data-record": record.connection_id }, summary, notes.element, details(record, m, times));
  row.addEventListener("toggle", () => row.open && void notes.load());
  return h("li", { class: "record" }, row, ...(record.remote_number ? [callBack(record, context, title)] : []));
}

/** @param {CallRecord} record @param {Context} context @param {string} title */
function callBack(record, context, title) {
  const element = button({
    icon: "phone",
    label: fill(context.m.callBack, { who: title }),
    kind: "bare call-back",
    press: () => void whileBusy(element, attempt(context, context.model()?.makeCall(record.remote_number))),
  });
  return element;
}

/** @param {CallRecord} record @param {Messages} m */
function about(record, m) {
  const direction = record.direction === "in" ? m.incoming : m.outgoing;
  const number = record.remote_name ? phone(record.remote_number) : "";
  const queue = record.queue && fill(m.queue, { queue: record.queue });
  return [direction, outcomeWords(record.outcome, m), number, queue, record.internal && m.internal].filter(Boolean).join(" · ");
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

/** @param {CallRecord} record @param {Messages} m @param {Times} times */
function details(record, m, times) {
  const at = (/** @type {string|null} */ instant) => (instant ? times.seconds(new Date(instant)) : "");
  const endedBy = { self: m.endedBySelf, remote: m.endedByRemote, system: m.endedBySystem };
  /** @type {[string, string][]} */
  const rows = [
    [m.detailNumber, record.remote_number],
    [m.detailPhone, record.device],
    [m.detailStarted, at(record.started_at)],
    [m.detailAnswered, at(record.answered_at)],
    [m.detailEnded, at(record.ended_at)],
    [m.detailEndedBy, record.ended_by ? endedBy[record.ended_by] : ""],
    [m.detailQueue, record.queue],
    [m.detailFrom, phone(record.redirecting_id)],
    [m.detailTo, phone(record.redirection_id)],
    [m.detailConsultation, record.consultation_of ? m.yes : ""],
    [m.detailCallId, record.call_id],
  ];
  const shown = rows.filter(([, value]) => value);
  return h("dl", { class: "details" }, ...shown.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}
