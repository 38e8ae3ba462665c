/** The Calls section: all rows that the user may see, by filters, how many there are, each with its path; and as a file. */

import { CallExport } from "./call-export.js";
import { CallFilters } from "./call-filters.js";
import { CallRow } from "./call-row.js";
import { attempt } from "./context.js";
import { button } from "./controls.js";
import { h, icon, setAttribute, setText } from "./dom.js";
import { fill } from "./messages.js";

/** @import {CallPage, CallRecord} from "../history.js" */
/** @import {Context} from "./context.js" */

const PAGE = 50;

export class CallsPage {
  #context;
  #filters;
  #body = h("ul", { class: "table-rows", role: "list" });
  #count = h("p", { class: "summary", role: "status" });
  #more;
  #notice = h("div", { class: "empty", hidden: true });
  #asking = new AbortController();
  /** @type {string|null} */ #next = null;
  /** By connection, in the order of the list. @type {Map<string, CallRow>} */ #rows = new Map();
  element;

  /** @param {Context} context */
  constructor(context) {
    const { m } = context;
    this.#context = context;
    this.#filters = new CallFilters(context, () => void this.#load(true));
    this.#more = button({ text: m.more, kind: "soft", press: () => void this.#load(false) });
    this.#body.addEventListener("keydown", (event) => this.#key(event));
    const file = new CallExport(context, () => this.#filters.values);
    const head = h("div", { class: "page-head" }, h("h2", { id: "calls-page-title" }, m.callsPage), this.#count, file.element);
    const table = h("div", { class: "table" }, this.#body, this.#notice, h("div", { class: "table-foot" }, this.#more));
    this.element = h("section", { class: "page calls-page", "aria-labelledby": "calls-page-title" }, head, this.#filters.element, table);
  }

  /** Shows the page as it is now. */
  open() {
    return this.#load(true);
  }

  close() {
    this.#asking.abort();
  }

  tick() {}

  /** @param {boolean} anew from the newest on; else what is older than what is listed */
  async #load(anew) {
    this.#asking.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    const focused = this.#more.matches(":focus");
    const history = this.#context.history();
    const cursor = anew ? null : this.#next;
    setAttribute(this.element, "aria-busy", "true");
    if (anew) void this.#tell(signal);
    const asked = history?.page({ ...this.#filters.values, cursor, limit: PAGE, signal });
    // With the names of whose calls they are, where they are known by then.
    const [page] = await Promise.all([attempt(this.#context, asked), this.#filters.show()]);
    if (signal.aborted) return;
    setAttribute(this.element, "aria-busy", null);
    this.#show(page, anew);
    if (focused) [...this.#rows.values()].at(-(page?.items.length || 1))?.focus();
  }

  /** How many there are; nothing where the journal does not say. @param {AbortSignal} signal */
  async #tell(signal) {
    const found = await this.#context.history()?.count({ ...this.#filters.values, signal }).catch(() => null);
    if (signal.aborted) return;
    const { m, language } = this.#context;
    const count = found ? new Intl.NumberFormat(language).format(found.count) : "";
    setText(this.#count, found ? fill(found.exact ? m.callsFound : m.callsFoundAtLeast, { count }) : "");
  }

  /** @param {CallPage|undefined} page undefined: it could not be read @param {boolean} anew */
  #show(page, anew) {
    if (anew) {
      this.#rows.clear();
      this.#body.replaceChildren();
    }
    for (const each of page?.items ?? []) this.#add(each);
    this.#filters.offerQueues((page?.items ?? []).map((each) => each.queue));
    // Where another list could not be read there is nothing to go on from.
    if (page || anew) this.#next = page?.next ?? null;
    this.#more.hidden = !this.#next;
    this.#notice.hidden = this.#rows.size > 0;
    if (!this.#notice.hidden) this.#say(Boolean(page));
  }

  /** A call that rang meanwhile moves no row to the next page: none is listed twice. @param {CallRecord} record */
  #add(record) {
    if (this.#rows.has(record.connection_id)) return;
    const user = (record.user && this.#filters.names.get(record.user)) || record.user || record.device;
    const row = new CallRow(record, this.#context, user);
    this.#rows.set(record.connection_id, row);
    this.#body.append(row.element);
  }

  /** @param {boolean} read whether there are none, or they could not be read */
  #say(read) {
    const { m } = this.#context;
    const again = button({ text: m.retry, kind: "soft small", press: () => void this.#load(true) });
    const words = read ? h("p", {}, m.noCallsFoundHint) : again;
    this.#notice.replaceChildren(icon(read ? "search" : "unplugged"), h("p", { class: "empty-title", role: "status" }, read ? m.noCallsFound : m.historyFailed), words);
  }

  /** Up and down the rows. @param {KeyboardEvent} event */
  #key(event) {
    if (!(event.target instanceof Element) || !event.target.matches("summary")) return;
    const rows = [...this.#rows.values()];
    const at = rows.findIndex((each) => each.element.contains(/** @type {Node} */ (event.target)));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    rows[to]?.focus();
  }
}
