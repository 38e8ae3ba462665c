/** The journal of calls: rows of the Calls section, what happened in each, what users wrote about them, and files. */

import { Api, ApiError, ApiRefused } from "./api.js";

export { ApiError as HistoryError, ApiRefused as HistoryRefused };

/** @import {ApiOptions} from "./api.js" */
/** @import {Outcome} from "./protocol.js" */

/**
 * One row of the Calls section: each time the user's phone rang or dialled. Durations in seconds.
 * @typedef {object} CallRecord
 * @property {string} connection_id
 * @property {string} call_id
 * @property {string} device
 * @property {"in"|"out"} direction
 * @property {boolean} internal
 * @property {string} remote_number
 * @property {string} remote_name
 * @property {Outcome|null} outcome
 * @property {"self"|"remote"|"system"|null} ended_by
 * @property {string} started_at
 * @property {string|null} answered_at
 * @property {string|null} ended_at
 * @property {number} ring_s
 * @property {number} queue_s
 * @property {number} talk_s
 * @property {number} hold_s
 * @property {string} redirecting_id
 * @property {string} redirection_id
 * @property {string|null} consultation_of
 * @property {string} queue
 * @property {string} [user]
 * @property {string} [note]
 * @property {string} [result]
 * @property {Link[]} [links]
 * @property {CalledBack|null} [called_back] of a missed call, where it was asked for; null: nobody spoke with the caller since
 */

/** The first talk with who called and was missed. @typedef {{user: string, at: string, direction: "in"|"out"}} CalledBack */
/** What a row is about in another system: `contact`, `account` and others. @typedef {{kind: string, id: string, label?: string}} Link */

/** One pair of connections that talked. @typedef {{one: string, one_number: string, other: string, other_number: string,
 *   began_at: string, began_by: string, ended_at: string|null, ended_by: string|null}} PathItem */
/** @typedef {{connection_id: string, device: {kind: string, number: string}, party?: {number?: string, name?: string},
 *   direction?: string}} CallConnection */
/** @typedef {{version: number, kind: string, occurred_at: string, connection_id: string, device: string}} TimelineItem */
/** @typedef {{call: {call_id: string, connections?: any[]}, story: string|null, path: PathItem[], records: CallRecord[],
 *   timeline: TimelineItem[]}} CallDetail */
/** @typedef {{version: number, note: string, result: string, links?: Link[], changed_by: string, changed_at: string|null}} Annotation */
/** A recording of a call. `audible`: it can be heard now. @typedef {{id: string, connection_id: string, device: string,
 *   state: "running"|"ended"|"stored"|"gone", started_at: string|null, duration_s: number|null, audible: boolean,
 *   gone_because: string|null}} Recording */

/** @typedef {{items: CallRecord[], next: string|null}} CallPage */
/**
 * What is listed. `from` and `to` are instants; `text` a part of the other party's name or number.
 * `number` in any notation; `recorded` and `answered` as "true" or "false" too.
 * @typedef {{outcome?: string, direction?: string, user?: string, text?: string, number?: string, queue?: string, from?: string,
 *   to?: string, recorded?: boolean|string, answered?: boolean|string}} Filters
 */
/** Rows as a file: for spreadsheets, or one JSON object in each line. @typedef {"csv"|"jsonl"} FileKind */
/** @typedef {Filters & {cursor?: string|null, limit?: number, signal?: AbortSignal}} PageQuery */

export class CallHistory {
  #api;
  #user;

  /** @param {ApiOptions & {user?: string}} options `user`: whose calls; by default all that the token may see */
  constructor({ user = "", ...options }) {
    this.#api = new Api(options);
    this.#user = user;
  }

  /**
   * One page of records of calls that have ended. `next` is the cursor of the following page, null on the last one.
   * @param {PageQuery} [query]
   * @returns {Promise<CallPage>}
   */
  async page({ cursor, limit = 25, signal, ...filters } = {}) {
    const query = this.#query(filters);
    query.set("limit", String(limit));
    query.set("alive", "false");
    if (cursor) query.set("cursor", cursor);
    const body = await this.#api.json(`/v1/calls?${query}`, { signal });
    if (!Array.isArray(body?.items)) throw new ApiError("The journal's answer is no page of calls", 200);
    return { items: body.items, next: body.next ?? null };
  }

  /**
   * Who spoke since with those who called from outside in vain, by call; null: nobody yet.
   * @param {{from: string, signal?: AbortSignal}} query @returns {Promise<Map<string, CalledBack|null>>}
   */
  async calledBack({ from, signal }) {
    const query = this.#query(/** @type {Filters} */ ({ from }));
    query.set("limit", "200");
    const { items } = await this.#api.json(`/v1/missed?${query}`, { signal });
    return new Map((items ?? []).map((/** @type {any} */ each) => [each.call_id, each.called_back ?? null]));
  }

  /** A call with its path and events. @param {string} callId @param {string} language @param {AbortSignal} [signal]
   * @returns {Promise<CallDetail>} */
  call(callId, language, signal) {
    return this.#api.json(`/v1/calls/${encodeURIComponent(callId)}?language=${language}`, { signal });
  }

  /** What users wrote about a row. @param {string} connectionId @returns {Promise<Annotation>} */
  annotation(connectionId) {
    return this.#api.json(`/v1/records/${encodeURIComponent(connectionId)}/annotation`);
  }

  /**
   * Writes one thing about a row, if nobody has since `version`: else an ApiError with status 412. `note` and `result` are
   * texts, `links` all links of the row.
   * @template {"note"|"result"|"links"} What
   * @param {string} connectionId @param {What} what @param {What extends "links" ? Link[] : string} value
   * @param {number} version @returns {Promise<Annotation>}
   */
  write(connectionId, what, value, version) {
    const path = `/v1/records/${encodeURIComponent(connectionId)}/${what}`;
    return this.#api.json(path, { method: "PUT", body: { [what]: value }, headers: { "If-Match": `"${version}"` } });
  }

  /** The recordings of a call that may be heard by who asks, newest first. @param {string} callId @returns {Promise<Recording[]>} */
  async recordings(callId) {
    return (await this.#api.json(`/v1/calls/${encodeURIComponent(callId)}/recordings`)).items ?? [];
  }

  /** An address at which a player hears a recording without a token, for some minutes. @param {string} id @returns {Promise<string>} */
  async soundOf(id) {
    const { url } = await this.#api.json(`/v1/recordings/${encodeURIComponent(id)}/link`, { method: "POST", body: {} });
    // The journal names its own address when it has one for others; here it is reached as the rest of it is.
    return this.#api.address(url.slice(url.indexOf("/v1/listen/")));
  }

  /** How many rows of calls that have ended there are; not `exact`: more than so many, about `estimate`. @param {Filters & {signal?: AbortSignal}} [filters]
   * @returns {Promise<{count: number, exact: boolean, estimate: number | null}>} */
  async count({ signal, ...filters } = {}) {
    const query = this.#query(filters);
    query.set("alive", "false");
    return this.#api.json(`/v1/calls/count?${query}`, { signal });
  }

  /** The rows as a file for spreadsheets, in this browser's time zone. @param {Filters} [filters] @returns {Promise<Blob>} */
  csv(filters = {}) {
    return this.file("csv", filters);
  }

  /** The rows as a file. @param {FileKind} kind @param {Filters} [filters] @returns {Promise<Blob>} */
  async file(kind, filters = {}) {
    const query = this.#query(filters);
    query.set("format", kind);
    query.set("alive", "false");
    query.set("tz", Intl.DateTimeFormat().resolvedOptions().timeZone);
    if (kind === "csv") query.set("bom", "true");
    const accept = kind === "csv" ? "text/csv" : "application/jsonl";
    const answer = await this.#api.ask(`/v1/calls/export?${query}`, { headers: { Accept: accept } });
    return answer.blob();
  }

  /** @param {Filters} filters */
  #query(filters) {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries({ user: this.#user, ...filters })) {
      if (value !== undefined && value !== "") query.set(name, String(value));
    }
    return query;
  }
}
