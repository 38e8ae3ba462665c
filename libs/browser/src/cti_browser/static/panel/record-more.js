/**
 * What a row of the journal opens to, in the history and in the Calls section: whom it is about, its
 * recordings, notes and particulars.
 */

import { h } from "./dom.js";
import { phone } from "./format.js";
import { RecordLinks } from "./record-links.js";
import { RecordNotes } from "./record-notes.js";
import { Recordings } from "./recordings.js";

/** @import {Times} from "./format.js" */
/** @import {CallRecord} from "../history.js" */
/** @import {Context} from "./context.js" */
/** @import {Messages} from "./messages.js" */

export class RecordMore {
  #context;
  #links;
  #notes;
  #recordings;
  #particulars = h("dl", { class: "details" });
  element;

  /** @param {CallRecord} record @param {Context} context */
  constructor(record, context) {
    this.#context = context;
    this.#links = new RecordLinks(record, context);
    this.#notes = new RecordNotes(record, context);
    this.#recordings = new Recordings(record.call_id, context);
    this.element = h("div", { class: "more-of-it" }, this.#links.element, this.#recordings.element, this.#notes.element, this.#particulars);
    this.show(record);
  }

  /** The same row as it is now: what is being heard or written goes on. @param {CallRecord} record */
  show(record) {
    this.#links.show(record);
    this.#notes.again();
    const { m, times } = this.#context;
    const shown = particulars(record, m, times).filter(([, value]) => value);
    this.#particulars.replaceChildren(...shown.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
  }

  /** Somebody looks. */
  load() {
    void this.#links.load();
    void this.#notes.load();
    void this.#recordings.load();
  }
}

/** @param {CallRecord} record @param {Messages} m @param {Times} times @returns {[string, string][]} */
function particulars(record, m, times) {
  const at = (/** @type {string|null} */ instant) => (instant ? times.seconds(new Date(instant)) : "");
  const endedBy = { self: m.endedBySelf, remote: m.endedByRemote, system: m.endedBySystem };
  return [
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
}
