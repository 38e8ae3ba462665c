/** The journal on the screen: two tabs, days, older calls on demand, and a refresh when a call has ended. */

import { h, icon, setAttribute } from "./dom.js";
import { HistoryFeed } from "./history-feed.js";
import { HistoryRow } from "./history-row.js";
import { HistoryTabs } from "./history-tabs.js";

/** @import {CtiCall} from "../cti-call.js" */
/** @import {IconName} from "./dom.js" */
/** @import {CallHistory, CallRecord} from "../history.js" */
/** @import {Context} from "./context.js" */

export class HistoryList {
  #context;
  #m;
  #feed;
  /** @type {CallHistory|null} */ #history = null;
  /** @type {Map<string, HistoryRow>} */ #rows = new Map();
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
    this.#tabs = new HistoryTabs(m, this.#panel, () => this.show(this.#history));
    this.#feed = new HistoryFeed({
      changed: () => this.#render(),
      busy: (busy) => setAttribute(this.#panel, "aria-busy", busy ? "true" : null),
      failed: () => this.#fail(),
    });
    this.element = h("div", { class: "history" }, this.#tabs.element, this.#panel);
  }

  /** Shows another journal from its beginning. @param {CallHistory|null} history */
  show(history) {
    this.#history = history;
    this.#feed.show(history, this.#tabs.filter);
  }

  /** Reads the newest page again and keeps what is below it. */
  refresh() {
    this.#feed.refresh();
  }

  /** Refreshes until the journal has the record of this call. @param {CtiCall} call */
  await(call) {
    return this.#feed.await(call);
  }

  /** Stops all that is going on; for an element that leaves the page. */
  stop() {
    this.#feed.stop();
  }

  async #loadMore() {
    const focused = this.#more.matches(":focus");
    const first = await this.#feed.loadMore();
    const row = first && this.#rows.get(first.connection_id);
    if (focused) (row ?? (this.#more.hidden ? this.#tabs : this.#more)).focus();
  }

  #render() {
    const { records, loaded, more } = this.#feed;
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
    this.#more.hidden = !more;
    if (!loaded) this.#say("clock", this.#m.loading, "");
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
