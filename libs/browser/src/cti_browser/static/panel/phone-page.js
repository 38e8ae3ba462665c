/** What an operator looks at all day: the calls that go on, and those of before. */

import { CallList } from "./call-list.js";
import { Dialer } from "./dialer.js";
import { h, icon, setText } from "./dom.js";
import { HistoryList } from "./history-list.js";
import { LogInNotice } from "./log-in-notice.js";

/** @import {Context} from "./context.js" */
/** @import {People} from "./people.js" */

export class PhonePage {
  #context;
  #dialer;
  #count = h("span", { class: "count" });
  calls;
  history;
  bannerText = h("p");
  logIns;
  banner;
  element;

  /** @param {Context} context @param {People} people @param {() => void} reconnect */
  constructor(context, people, reconnect) {
    const { m } = context;
    this.#context = context;
    this.#dialer = new Dialer(context);
    this.calls = new CallList(context, people);
    this.history = new HistoryList(context);
    this.logIns = new LogInNotice(m);
    const tryNow = h("button", { type: "button", class: "quiet" }, m.tryNow);
    tryNow.addEventListener("click", reconnect);
    this.banner = h("div", { class: "banner", hidden: true }, icon("unplugged"), this.bannerText, tryNow);
    const title = (/** @type {string} */ id, /** @type {(Node|string)[]} */ ...words) => h("h2", { id }, ...words);
    this.element = h(
      "div",
      { class: "columns" },
      h("section", { class: "column now", "aria-labelledby": "calls-title" }, title("calls-title", m.calls, this.#count), this.logIns.element, this.banner, this.#dialer.element, this.calls.element),
      h("section", { class: "column past", "aria-labelledby": "history-title" }, title("history-title", m.history), this.history.element),
    );
  }

  /** Brings the calls and what may be done to what the model knows. */
  show() {
    const { activeCalls = [], currentCall = null, user = "" } = this.#context.model() ?? {};
    this.calls.show(activeCalls, currentCall, user);
    setText(this.#count, this.calls.count ? String(this.calls.count) : "");
  }

  /** @param {boolean} online */
  showOnline(online) {
    this.#dialer.show(online);
  }

  open() {
    this.history.refresh();
  }

  close() {}

  tick() {}
}
