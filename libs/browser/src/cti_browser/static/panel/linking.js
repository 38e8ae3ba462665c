/** Linking a row of the journal with whom it is about: it is written there, and so every tab, report and program knows it. */

import { ApiError } from "../api.js";

/** @import {Annotation, CallHistory, Link} from "../history.js" */
/** @import {Candidate} from "../protocol.js" */

/** Links that say who it was, the most particular first. */
const PEOPLE = Object.freeze(["contact", "employee", "account"]);
const NOT_THERE = 404;
const STALE = 412;
// The journal has the row of a new call a moment after the browser hears of it.
const PATIENCE_MS = Object.freeze([200, 400, 800, 1600, 3200]);

/** Who a row is linked with; null: nobody. Pure. @param {readonly Link[]|undefined} links @returns {Link|null} */
export function personIn(links) {
  for (const kind of PEOPLE) {
    const found = links?.find((each) => each.kind === kind);
    if (found) return found;
  }
  return null;
}

/**
 * The links of a row when it is about this one: whoever it was about before goes, cases and activities stay. Pure.
 * @param {readonly Link[]|undefined} links @param {Candidate} candidate @param {string} [company] the name of its account
 * @returns {Link[]}
 */
export function linksWith(links, { id, kind, name, account_id }, company = "") {
  const others = (links ?? []).filter((each) => !PEOPLE.includes(each.kind));
  const account = account_id && kind !== "account" ? [{ kind: "account", id: account_id, label: company }] : [];
  return [{ kind, id, label: name }, ...account, ...others];
}

/**
 * Writes whom a row is about. Raises what the journal answers in the end.
 * @param {CallHistory} history @param {string} connectionId @param {Candidate} candidate @param {string} [company]
 * @returns {Promise<Annotation>}
 */
export async function link(history, connectionId, candidate, company) {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const { links, version = 0 } = await history.annotation(connectionId);
      return await history.write(connectionId, "links", linksWith(links, candidate, company), version);
    } catch (error) {
      const again = error instanceof ApiError && (error.status === NOT_THERE || error.status === STALE);
      const delay = PATIENCE_MS[attempt];
      if (!again || delay === undefined) throw error;
      await new Promise((resolve) => setTimeout(resolve, delay));
    }
  }
}
