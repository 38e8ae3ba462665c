/** One call on the screen. The element stays the same while its call changes, so that focus and animations stay. */

import { Avatar } from "./avatar.js";
import { CallActions } from "./call-actions.js";
import { h, icon, setAttribute, setIcon, setText } from "./dom.js";
import { clock, isoDuration, phone } from "./format.js";
import { Identification } from "./identification.js";
import { fill } from "./messages.js";
import { stateWords, tone, toneIcon, transferWords, who } from "./words.js";

/** @import {CtiCall} from "../cti-call.js" */
/** @import {Context} from "./context.js" */
/** @import {People} from "./people.js" */

export class CallCard {
  #call;
  #m;
  #people;
  #actions;
  #identification;
  #about = h("p", { class: "company" });
  #avatar = new Avatar();
  #name = h("h3", { class: "name" });
  #number = h("p", { class: "number" });
  #timer = h("time", { role: "timer", class: "timer" });
  #stateIcon = h("span", { class: "place" });
  #state = h("span");
  #since = h("time", { class: "since" });
  #tags = h("ul", { class: "tags" });
  #relation = h("p", { class: "relation" });
  /** Where the cards of this call's consultations go. */
  consultations = h("ul", { class: "consultations", role: "list" });
  element;
  #article;

  /** @param {CtiCall} call @param {Context} context @param {People} people */
  constructor(call, context, people) {
    const { m } = context;
    this.#call = call;
    this.#m = m;
    this.#people = people;
    this.#actions = new CallActions(context);
    this.#identification = new Identification(context, ({ id }, candidate) => people.choose(id, candidate));
    setAttribute(this.#timer, "aria-label", m.duration);
    const state = h("p", { class: "state" }, this.#stateIcon, this.#state, this.#since);
    const top = h("div", { class: "top" }, this.#avatar.element, h("div", { class: "names" }, this.#name, this.#about, this.#number), this.#timer);
    const below = h("div", { class: "below" }, state, this.#tags);
    const article = h("article", { class: "card" }, this.#relation, top, below, this.#identification.element, this.#actions.element);
    this.element = h("li", { class: "call" }, article, this.consultations);
    this.#article = article;
  }

  get call() {
    return this.#call;
  }

  /** @param {CtiCall} call @param {{current: boolean, user: string}} about */
  show(call, { current, user }) {
    const m = this.#m;
    this.#call = call;
    const known = this.#people.of(call);
    const person = known.name || who(call, m);
    setAttribute(this.#article, "data-tone", tone(call));
    setAttribute(this.#article, "data-missed", Boolean(call.ended_at) && call.outcome === "missed");
    setAttribute(this.#article, "data-call", call.id);
    setAttribute(this.#article, "aria-label", `${person}. ${stateWords(call, m)}`);
    setAttribute(this.#article, "aria-current", current ? "true" : null);
    this.#avatar.show({ name: known.name, photo: known.photo, key: call.number || person });
    setText(this.#name, person);
    setText(this.#about, known.about);
    const number = known.name ? phone(call.number) : "";
    setText(this.#number, [number, call.internal ? m.internal : ""].filter(Boolean).join(" · "));
    setIcon(this.#stateIcon, toneIcon(call));
    setText(this.#state, stateWords(call, m));
    this.#showRelation(call);
    this.#showTags(call, user);
    this.#identification.show(call, known);
    this.#actions.show(call);
  }

  /** To its first button. */
  focus() {
    this.#actions.focus();
  }

  /** Moves the timers. @param {number} now the server's clock, ms */
  tick(now) {
    const call = this.#call;
    const end = call.ended_at ? Date.parse(call.ended_at) : now;
    const seconds = (end - Date.parse(call.answered_at ?? call.started_at)) / 1000;
    setText(this.#timer, clock(seconds));
    setAttribute(this.#timer, "datetime", isoDuration(seconds));
    const held = call.connection_state === "held" ? (now - Date.parse(call.state_since)) / 1000 : -1;
    setText(this.#since, held < 0 ? "" : clock(held));
    setAttribute(this.#since, "datetime", held < 0 ? null : isoDuration(held));
  }

  /** @param {CtiCall} call */
  #showRelation(call) {
    const parent = call.parentCall;
    this.#relation.hidden = !parent;
    setText(this.#relation, parent ? fill(this.#m.consultationWith, { name: this.#people.of(parent).name || who(parent, this.#m) }) : "");
  }

  /** What the state does not say already. @param {CtiCall} call @param {string} user */
  #showTags(call, user) {
    const m = this.#m;
    const incoming = call.direction === "in";
    const ringing = tone(call) === "ringing";
    const transfer = transferWords(call, m);
    const key = [call.direction, ringing, call.queue, transfer, call.device, user].join("\n");
    if (this.#tags.dataset.key === key) return;
    this.#tags.dataset.key = key;
    this.#tags.replaceChildren(
      ...(ringing ? [] : [h("li", {}, icon(incoming ? "incoming" : "outgoing"), incoming ? m.incoming : m.outgoing)]),
      ...(call.queue ? [h("li", {}, icon("people"), fill(m.queue, { queue: call.queue }))] : []),
      ...(transfer ? [h("li", {}, icon("transfer"), transfer)] : []),
      ...(call.device === user ? [] : [h("li", {}, icon("phone"), fill(m.device, { device: call.device }))]),
    );
  }
}
