/**
 * Who is behind the calls: whom a user linked a call with, else what the call itself says, and where it says nothing yet, what
 * the directory answers. Raises `change` when something became known.
 */

import { certain } from "../cti-call.js";
import { personIn } from "./linking.js";

/** @import {CtiCall} from "../cti-call.js" */
/** @import {Directory} from "../directory.js" */
/** @import {CallHistory, Link} from "../history.js" */
/** @import {Candidate} from "../protocol.js" */

/**
 * @typedef {object} Person
 * @property {string} name empty: nobody knows
 * @property {string} about job and company
 * @property {string} photo
 * @property {Candidate|null} chosen
 * @property {readonly Candidate[]|null} candidates null: not known yet
 */

// Beyond that the numbers of a day are forgotten in order of age.
const MOST_KEPT = 200;

export class People extends EventTarget {
  /** @type {Map<string, readonly Candidate[]>} */ #found = new Map();
  /** By call; null: nobody was chosen. @type {Map<string, Candidate|null>} */ #chosen = new Map();
  /** @type {Map<string, string>} */ #companies = new Map();
  /** @type {Set<string>} */ #asked = new Set();
  #directory;
  #history;

  /** @param {() => Directory|null} directory @param {() => CallHistory|null} history */
  constructor(directory, history) {
    super();
    this.#directory = directory;
    this.#history = history;
  }

  /** @param {CtiCall} call @returns {Person} */
  of(call) {
    const candidates = call.candidates ?? this.#found.get(call.number) ?? null;
    if (!candidates && call.number) void this.#ask(call.number);
    // Somebody may have chosen in another tab, or before this page was loaded; not before the journal has a row to write to.
    if (call.database_id && (candidates?.length ?? 0) > 1 && !this.#chosen.has(call.id)) void this.learn(call.id);
    const chosen = this.#chosen.get(call.id) ?? certain(candidates);
    const company = this.#companies.get(chosen?.account_id ?? "") ?? "";
    if (chosen?.account_id && !company) void this.#askCompany(chosen.account_id);
    return {
      name: chosen?.name || call.name,
      about: [chosen?.detail, company].filter(Boolean).join(" · "),
      photo: chosen?.photo_url ?? "",
      chosen,
      candidates,
    };
  }

  /** @param {string} callId @param {Candidate} candidate */
  choose(callId, candidate) {
    keep(this.#chosen, callId, candidate);
    this.#changed();
  }

  /** Reads whom a call is linked with: it may have become somebody else. @param {string} callId */
  async learn(callId) {
    if (!this.#chosen.has(callId)) keep(this.#chosen, callId, null);
    try {
      const person = personIn((await this.#history()?.annotation(callId))?.links);
      if (person) this.choose(callId, this.#candidate(person));
    } catch (error) {
      // The journal has no row yet, or does not answer: then nobody has chosen, as far as is known.
      if (!(error instanceof Error && error.name.startsWith("Api"))) throw error;
    }
  }

  /** A linked one with what is known of them. @param {Link} link @returns {Candidate} */
  #candidate({ kind, id, label = "" }) {
    const known = [...this.#chosen.values(), ...[...this.#found.values()].flat()].find((each) => each?.id === id && each.kind === kind);
    return known ?? { id, kind: /** @type {Candidate["kind"]} */ (kind), name: label, number: "" };
  }

  /** @param {string} number */
  async #ask(number) {
    const directory = this.#directory();
    if (!directory || this.#asked.has(number)) return;
    this.#asked.add(number);
    try {
      keep(this.#found, number, await directory.identify(number));
      this.#changed();
    } catch (error) {
      // Without the directory a call is still a call; it is asked again for the next one.
      if (!(error instanceof Error && error.name.startsWith("Api"))) throw error;
    } finally {
      this.#asked.delete(number);
    }
  }

  /** @param {string} id */
  async #askCompany(id) {
    const key = `account ${id}`;
    if (this.#asked.has(key)) return;
    this.#asked.add(key);
    try {
      keep(this.#companies, id, (await this.#directory()?.company(id)) ?? "");
      this.#changed();
    } catch (error) {
      if (!(error instanceof Error && error.name.startsWith("Api"))) throw error;
    }
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** @template T @param {Map<string, T>} map @param {string} key @param {T} value */
function keep(map, key, value) {
  map.delete(key);
  map.set(key, value);
  for (const oldest of map.keys()) {
    if (map.size <= MOST_KEPT) break;
    map.delete(oldest);
  }
}
