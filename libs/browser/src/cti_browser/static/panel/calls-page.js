/**
 * The Calls section: all rows that the user may see, by filters, how many there are, each with its path; and as a file. New rows
 * come by themselves: at the top for who looks at the top, else when they say so, so that nothing moves under their hand.
 */

import { CallExport } from "./call-export.js";
import { CallFilters } from "./call-filters.js";
import { CallNews } from "./call-news.js";
import { CallRows } from "./call-rows.js";
import { attempt } from "./context.js";
import { button } from "./controls.js";
import { h, icon, setAttribute, setText } from "./dom.js";
import { mayBeListed } from "./listable.js";
import { LiveCalls } from "./live-calls.js";
import { RareCount } from "./rare-count.js";
import { foundWords } from "./words.js";

/** @import {IconName} from "./dom.js" */
/** @import {CallPage} from "../history.js" */
/** @import {EndedCall} from "./call-news.js" */
/** @import {Context} from "./context.js" */
/** @import {Count} from "./rare-count.js" */

const PAGE = 50;

export class CallsPage {
  #context;
  #filters;
  #rows;
  #news;
  #live;
  #count;
  #summary = h("p", { class: "summary", role: "status" });
  #more;
  #notice = h("div", { class: "empty", hidden: true });
  #asking = new AbortController();
  /** @type {string|null} */ #next = null;
  /** Whether older ones were asked for. */
  #older = false;
  /** When the last of the newest page began, where there are older ones: a call from before is not on it. */
  #floor = -Infinity;
  /** @type {HTMLElement} */ element;

  /** @param {Context} context */
  constructor(context) {
    const { m } = context;
    this.#context = context;
    this.#filters = new CallFilters(context, () => void this.#load(true));
    this.#more = button({ text: m.more, kind: "soft", press: () => void this.#load(false) });
    this.#more.hidden = true;
    this.#rows = new CallRows(context, (record) => (record.user && (this.#filters.nameOf(record.user) || record.user)) || record.device);
    this.#count = new RareCount(
      async (signal) => (await context.history()?.count({ ...this.#filters.values, signal }).catch(() => null)) ?? null,
      (found) => this.#tell(found),
    );
    this.#news = new CallNews(context, {
      look: (changed) => this.#look(changed),
      concerns: (call, user) => this.#concerns(call, user),
      has: (row) => this.#live.has(row),
    });
    this.#live = new LiveCalls(context, this.#rows, {
      newest: (signal) => this.#newest(signal),
      begin: (page) => {
        void this.#count.anew();
        this.#show(page, true);
      },
      isRead: () => this.#older || this.#rows.inUse || this.element.getBoundingClientRect().top < 0,
    });
    const file = new CallExport(context, () => this.#filters.values);
    const head = h("div", { class: "page-head" }, h("h2", { id: "calls-page-title" }, m.callsPage), this.#summary, file.element);
    const table = h("div", { class: "table" }, this.#live.element, this.#rows.element, this.#notice, h("div", { class: "table-foot" }, this.#more));
    this.element = h("section", { class: "page calls-page", "aria-labelledby": "calls-page-title" }, head, this.#filters.element, table);
  }

  /** Shows the page as it is now. */
  open() {
    this.#news.start(this.#filters.seesAll);
    return this.#load(true);
  }

  close() {
    this.#news.stop();
    this.#count.stop();
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
    if (anew) {
      this.#news.anew();
      void this.#count.anew();
    }
    if (anew && !this.#rows.size) this.#notify("clock", this.#context.m.loading);
    const asked = history?.page({ ...this.#filters.values, cursor, limit: PAGE, signal });
    // With the names of whose calls they are, where they are known by then.
    const [page] = await Promise.all([attempt(this.#context, asked), this.#filters.show()]);
    if (signal.aborted) return;
    setAttribute(this.element, "aria-busy", null);
    const first = this.#show(page, anew);
    if (focused) first?.focus();
  }

  /** Whether the row of a call that has ended would come in at the top. @param {EndedCall} call @param {string} user */
  #concerns(call, user) {
    if (!mayBeListed(this.#filters.values, call, user)) return false;
    if (Date.parse(call.started_at) >= this.#floor) return true;
    this.#count.stale();
    return false;
  }

  /** @param {AbortSignal} signal */
  async #newest(signal) {
    const page = await this.#context.history()?.page({ ...this.#filters.values, limit: PAGE, signal });
    if (page && !signal.aborted) this.#floor = floorOf(page);
    return page;
  }

  /** What is listed may be old. @param {Set<string>} changed rows by connection */
  async #look(changed) {
    const { signal } = this.#asking;
    const seen = await this.#live.look(changed, signal);
    if (seen && !signal.aborted) this.#count.seen(seen);
    return seen;
  }

  /** How many there are; nothing where the journal does not say. @param {Count|null} found */
  #tell(found) {
    const { m, language } = this.#context;
    setText(this.#summary, found ? foundWords(found, m, language) : "");
  }

  /** @param {CallPage|undefined} page undefined: it could not be read @param {boolean} anew */
  #show(page, anew) {
    if (anew) {
      this.#rows.clear();
      this.#live.forget();
    }
    if (anew) this.#floor = page ? floorOf(page) : -Infinity;
    this.#older = !anew;
    const first = this.#rows.append(page?.items ?? []);
    this.#count.counted((page?.items ?? []).map((each) => each.connection_id));
    this.#filters.offerQueues((page?.items ?? []).map((each) => each.queue));
    // Where another list could not be read there is nothing to go on from.
    if (page || anew) this.#next = page?.next ?? null;
    this.#more.hidden = !this.#next;
    const { m } = this.#context;
    if (this.#rows.size) this.#notice.hidden = true;
    else if (page) this.#notify("search", m.noCallsFound, h("p", {}, m.noCallsFoundHint));
    else this.#notify("unplugged", m.historyFailed, button({ text: m.retry, kind: "soft small", press: () => void this.#load(true) }));
    return first;
  }

  /** Why there are no rows. @param {IconName} name @param {string} title @param {HTMLElement[]} more */
  #notify(name, title, ...more) {
    this.#notice.hidden = false;
    this.#notice.replaceChildren(icon(name), h("p", { class: "empty-title", role: "status" }, title), ...more);
  }
}

/** @param {CallPage} newest */
function floorOf({ items, next }) {
  return next === null ? -Infinity : Date.parse(items.at(-1)?.started_at ?? "");
}
