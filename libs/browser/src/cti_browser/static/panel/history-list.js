/** The journal on the screen: two tabs, days, paging, and a refresh when a call has ended. */

import { h, icon, setAttribute } from "./dom.js";
import { HistoryRow } from "./history-row.js";
import { HistoryTabs } from "./history-tabs.js";
import { HistoryError } from "../history.js";

/** @import {CtiCall} from "../cti-call.js" */
/** @import {IconName} from "./dom.js" */
/** @import {CallHistory, CallRecord} from "../history.js" */
/** @import {Context} from "./context.js" */

// A call waits in menus and queues before it rings here.
const BEFORE_IT_RANG_MS = 3_600_000;
// The journal writes a finished call a moment after the browser hears of it.
const REFRESH_DELAYS_MS = Object.freeze([150, 500, 1000, 2000, 4000, 8000]);

export class HistoryList {
  #context;
  #m;
  /** @type {CallHistory|null} */ #history = null;
  /** @type {Map<string, CallRecord>} */ #records = new Map();
  /** @type {Map<string, HistoryRow>} */ #rows = new Map();
  /** @type {string|null} */ #next = null;
  #newest = new AbortController();
  #older = new AbortController();
  /** @type {Map<string, AbortController>} */ #awaited = new Map();
  #loaded = false;
  #body = h("div", { class: "days" });
  #more;
  #notice = h("div", { class: "empty", hidden: true });
  #tabs;
  #panel;
  element;

  /** @param {Context} context */
  constructor(context) {
    const { m } = context;
    this.#context = context;
    this.#m = m;
    this.#more = h("button", { type: "button", class: "more", hidden: true }, m.more);
    this.#more.addEventListener("click", () => void this.#loadMore());
    this.#panel = h("div", { role: "tabpanel", id: "records" }, this.#notice, this.#body, this.#more);
    this.#tabs = new HistoryTabs(m, this.#panel, () => this.#reset());
    this.element = h("div", { class: "history" }, this.#tabs.element, this.#panel);
  }

  /** Shows another journal from its beginning. @param {CallHistory|null} history */
  show(history) {
    this.#history = history;
    this.#reset();
  }

  /** Reads the newest page again and keeps what is below it. */
  refresh() {
    if (this.#history) void this.#loadFirst();
  }

  /** Refreshes until the journal has the record of this call. @param {CtiCall} call */
  async await(call) {
    // A talk may be the call back of one that was missed.
    if (!this.#history || (this.#tabs.filter === "missed" && call.outcome !== "missed" && call.outcome !== "answered")) return;
    this.#awaited.get(call.id)?.abort();
    const giveUp = new AbortController();
    this.#awaited.set(call.id, giveUp);
    for (const delay of REFRESH_DELAYS_MS) {
      await pause(delay);
      if (giveUp.signal.aborted) return;
      const seen = await this.#loadFirst();
      if (seen?.has(call.id)) break;
    }
    this.#awaited.delete(call.id);
  }

  /** Stops all that is going on; for an element that leaves the page. */
  stop() {
    this.#newest.abort();
    this.#older.abort();
    for (const each of this.#awaited.values()) each.abort();
    this.#awaited.clear();
  }

  #reset() {
    this.stop();
    this.#records.clear();
    this.#next = null;
    this.#loaded = false;
    this.#render();
    if (this.#history) void this.#loadFirst();
  }

  /** A page, or undefined when it failed (which is shown) or nobody wants it any more.
   * @param {string|null} cursor @param {AbortSignal} signal */
  async #page(cursor, signal) {
    const outcome = this.#tabs.filter === "missed" ? "missed" : undefined;
    setAttribute(this.#panel, "aria-busy", "true");
    try {
      const page = await this.#history?.page({ outcome, cursor, signal });
      if (page && outcome) page.items = await this.#withCallsBack(page.items, signal);
      return signal.aborted ? undefined : page;
    } catch (error) {
      if (signal.aborted) return undefined;
      if (!(error instanceof HistoryError)) throw error;
      this.#fail();
      return undefined;
    } finally {
      if (!signal.aborted) setAttribute(this.#panel, "aria-busy", null);
    }
  }

  /** Missed calls with who spoke with the caller since; without it where the journal does not say. @param {CallRecord[]} items
   * @param {AbortSignal} signal @returns {Promise<CallRecord[]>} */
  async #withCallsBack(items, signal) {
    const oldest = items.at(-1);
    if (!oldest) return items;
    const from = new Date(Date.parse(oldest.started_at) - BEFORE_IT_RANG_MS).toISOString();
    const back = await this.#history?.calledBack({ from, signal }).catch(() => null);
    return items.map((each) => ({ ...each, called_back: back?.get(each.call_id) }));
  }

  /** @returns {Promise<Set<string>|undefined>} the ids on the newest page */
  async #loadFirst() {
    // The newest answer counts: an older one could show a finished call as alive.
    this.#newest.abort();
    this.#newest = new AbortController();
    const page = await this.#page(null, this.#newest.signal);
    if (!page) return undefined;
    const ids = new Set(page.items.map((each) => each.connection_id));
    const overlap = page.items.some((each) => this.#records.has(each.connection_id));
    if (!overlap) {
      this.#records.clear();
      this.#next = page.next;
    }
    this.#take(page.items);
    return ids;
  }

  async #loadMore() {
    const focused = this.#more.matches(":focus");
    this.#older.abort();
    this.#older = new AbortController();
    const page = await this.#page(this.#next, this.#older.signal);
    if (!page) return;
    this.#next = page.next;
    const first = page.items.find((each) => !this.#records.has(each.connection_id));
    this.#take(page.items);
    const row = first && this.#rows.get(first.connection_id);
    if (focused) (row ?? this.#tabs).focus();
  }

  /** @param {CallRecord[]} items */
  #take(items) {
    this.#loaded = true;
    for (const each of items) this.#records.set(each.connection_id, each);
    this.#render();
  }

  #render() {
    const records = [...this.#records.values()].sort((a, b) => b.started_at.localeCompare(a.started_at));
    /** @type {Map<string, HTMLElement[]>} */
    const days = new Map();
    const now = new Date();
    for (const record of records) {
      const day = this.#context.times.day(new Date(record.started_at), now);
      days.set(day, [...(days.get(day) ?? []), this.#row(record)]);
    }
    const shown = new Set(records.map((each) => each.connection_id));
    for (const id of [...this.#rows.keys()]) if (!shown.has(id)) this.#rows.delete(id);
    this.#showDays(days);
    this.#more.hidden = !this.#next;
    if (!this.#loaded) this.#say("clock", this.#m.loading, "");
    else if (records.length) this.#notice.hidden = true;
    else if (this.#tabs.filter === "missed") this.#say("missed", this.#m.noMissed, this.#m.noMissedHint);
    else this.#say("inbox", this.#m.noHistory, this.#m.noHistoryHint);
  }

  /** Puts the days in place; what has the focus keeps it. @param {Map<string, HTMLElement[]>} days */
  #showDays(days) {
    const root = /** @type {Document|ShadowRoot} */ (this.#body.getRootNode());
    const focused = "activeElement" in root ? root.activeElement : null;
    this.#body.replaceChildren(
      ...[...days].map(([day, rows]) => h("section", {}, h("h3", { class: "day" }, day), h("ul", { role: "list" }, ...rows))),
    );
    if (focused instanceof HTMLElement && this.#body.contains(focused)) focused.focus({ preventScroll: true });
  }

  /** @param {CallRecord} record */
  #row(record) {
    const row = this.#rows.get(record.connection_id) ?? new HistoryRow(record, this.#context);
    this.#rows.set(record.connection_id, row);
    row.show(record);
    return row.element;
  }

  #fail() {
    const again = h("button", { type: "button", class: "more" }, this.#m.retry);
    again.addEventListener("click", () => this.refresh());
    this.#say("unplugged", this.#m.historyFailed, "");
    this.#notice.append(again);
  }

  /** @param {IconName} name @param {string} title @param {string} hint */
  #say(name, title, hint) {
    this.#notice.hidden = false;
    this.#notice.replaceChildren(icon(name), h("p", { class: "empty-title" }, title), h("p", {}, hint));
  }
}

/** @param {number} ms */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
