/** The Calls section: all rows that the user may see, by filters, each with its path; and as a file. */

import { attempt } from "./context.js";
import { callPath } from "./call-path.js";
import { CallFilters } from "./call-filters.js";
import { button, whileBusy } from "./controls.js";
import { h, icon, setAttribute } from "./dom.js";
import { clock, phone } from "./format.js";
import { RecordMore } from "./record-more.js";
import { isMissed, outcomeWords, recordIcon, recordTone } from "./words.js";

/** @import {CallRecord} from "../history.js" */
/** @import {Context} from "./context.js" */

const PAGE = 50;

export class CallsPage {
  #context;
  #filters;
  #body = h("ul", { class: "table-rows", role: "list" });
  #more;
  #notice = h("p", { class: "empty", role: "status", hidden: true });
  #asking = new AbortController();
  /** @type {string|null} */ #next = null;
  element;

  /** @param {Context} context */
  constructor(context) {
    const { m } = context;
    this.#context = context;
    this.#filters = new CallFilters(context, () => void this.#load(true));
    const save = button({ icon: "download", text: m.exportCalls, kind: "soft", press: () => void whileBusy(save, this.#export()) });
    this.#more = button({ text: m.more, kind: "soft", press: () => void this.#load(false) });
    const head = h("div", { class: "page-head" }, h("h2", { id: "calls-page-title" }, m.callsPage), save);
    const table = h("div", { class: "table" }, this.#body, this.#notice, h("div", { class: "table-foot" }, this.#more));
    this.element = h("section", { class: "page calls-page", "aria-labelledby": "calls-page-title" }, head, this.#filters.element, table);
  }

  /** Shows the page as it is now. */
  open() {
    this.#filters.show();
    void this.#load(true);
  }

  close() {
    this.#asking.abort();
  }

  tick() {}

  /** @param {boolean} anew */
  async #load(anew) {
    this.#asking.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    setAttribute(this.element, "aria-busy", "true");
    const cursor = anew ? null : this.#next;
    const page = await attempt(this.#context, this.#context.history()?.page({ ...this.#filters.values, user: this.#user(), cursor, limit: PAGE, signal }));
    if (signal.aborted) return;
    setAttribute(this.element, "aria-busy", null);
    if (anew) this.#body.replaceChildren();
    const items = page?.items ?? [];
    this.#body.append(...items.map((each) => this.#row(each)));
    this.#next = page?.next ?? null;
    this.#more.hidden = !this.#next;
    this.#notice.hidden = this.#body.children.length > 0;
    this.#notice.textContent = page ? this.#context.m.noCallsFound : this.#context.m.historyFailed;
  }

  /** Who sees everybody's calls chooses; others see their own. */
  #user() {
    const model = this.#context.model();
    const chosen = this.#filters.values.user;
    return model?.roles.includes("supervisor") || model?.roles.includes("admin") ? (chosen ?? "") : (model?.user ?? "");
  }

  /** @param {CallRecord} record */
  #row(record) {
    const { m, times } = this.#context;
    const started = new Date(record.started_at);
    const cell = (/** @type {string} */ kind, /** @type {(Node|string|null)[]} */ ...children) => h("span", { class: `cell ${kind}` }, ...children);
    const name = record.remote_name || phone(record.remote_number) || m.unknownCaller;
    const about = [record.remote_name && phone(record.remote_number), record.queue].filter(Boolean).join(" · ");
    const summary = h(
      "summary",
      { class: "table-row" },
      h("span", { class: "mark", "data-tone": recordTone(record) }, icon(recordIcon(record))),
      cell("who", h("span", { class: "title", "data-missed": isMissed(record) }, name), h("span", { class: "about" }, about)),
      cell("outcome", outcomeWords(record.outcome, m)),
      cell("user", record.user ?? record.device),
      cell("talk", ...(record.answered_at ? [h("time", {}, clock(record.talk_s)), h("span", { class: "visually-hidden" }, ` ${m.talked}`)] : [])),
      cell("at", h("span", {}, times.day(started, new Date())), " ", h("time", { datetime: record.started_at }, times.time(started))),
      h("span", { class: "opener" }, icon("chevron")),
    );
    const path = h("div", { class: "row-path" });
    const more = new RecordMore(record, this.#context);
    const row = h("details", { "data-record": record.connection_id }, summary, path, more.element);
    row.addEventListener("toggle", () => {
      if (!row.open) return;
      more.load();
      if (!path.children.length) void this.#path(record, path);
    });
    return h("li", {}, row);
  }

  /** @param {CallRecord} record @param {HTMLElement} place */
  async #path(record, place) {
    const detail = await attempt(this.#context, this.#context.history()?.call(record.call_id, this.#context.language));
    if (detail) place.replaceChildren(callPath(detail, this.#context));
  }

  async #export() {
    const file = await attempt(this.#context, this.#context.history()?.csv({ ...this.#filters.values, user: this.#user() }));
    if (!file) return;
    const url = URL.createObjectURL(file);
    const link = h("a", { href: url, download: "calls.csv" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
}
