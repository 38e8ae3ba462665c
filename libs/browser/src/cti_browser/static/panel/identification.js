/**
 * Whom a call or a row of the journal is with, when that is not clear: several to choose from, or nobody, and then a contact
 * to be made or found by name. What is chosen is linked, which the journal keeps.
 */

import { attempt } from "./context.js";
import { button, labelled, whileBusy } from "./controls.js";
import { h, icon } from "./dom.js";
import { phone } from "./format.js";
import { link } from "./linking.js";
import { fill } from "./messages.js";
import { PersonSearch } from "./person-search.js";

/** @import {Candidate} from "../protocol.js" */
/** @import {Context} from "./context.js" */
/** @import {IconName} from "./dom.js" */

/** A call, or a row of the journal; `id` of the connection. @typedef {{id: string, number: string, name: string, internal: boolean}} Subject */
/** `candidates` null: not known yet. @typedef {{chosen: Candidate|null, candidates: readonly Candidate[]|null}} Known */

/** @type {Readonly<Record<string, IconName>>} */
const ICON = Object.freeze({ contact: "person", account: "people", employee: "phone" });

export class Identification {
  #context;
  #chosen;
  /** @type {Subject|null} */ #subject = null;
  #shown = "";
  element = h("div", { class: "identification", hidden: true });

  /** @param {Context} context @param {(subject: Subject, candidate: Candidate) => void} chosen */
  constructor(context, chosen) {
    this.#context = context;
    this.#chosen = chosen;
  }

  /** @param {Subject} subject @param {Known} known */
  show(subject, { chosen, candidates }) {
    this.#subject = subject;
    const unknown = !chosen && Boolean(candidates) && Boolean(subject.number) && !subject.internal;
    const several = !chosen && (candidates?.length ?? 0) > 1;
    const nobody = unknown && !candidates?.length && (this.#context.createsContacts() || this.#links());
    const key = several ? JSON.stringify(candidates) : nobody ? `nobody ${subject.number}` : "";
    if (key === this.#shown) return;
    this.#shown = key;
    this.element.hidden = !key;
    this.element.replaceChildren(...(several ? this.#choice(candidates ?? []) : nobody ? [this.#nobody()] : []));
  }

  #links() {
    return Boolean(this.#context.history() && this.#context.directory());
  }

  /** @param {readonly Candidate[]} candidates */
  #choice(candidates) {
    const { m } = this.#context;
    const items = candidates.map((each) => h("li", {}, candidateButton(each, () => this.#choose(each))));
    return [h("p", {}, fill(m.whoIsIt, { count: String(candidates.length) })), h("ul", { role: "list" }, ...items)];
  }

  /** @param {Candidate} candidate */
  #choose(candidate) {
    const subject = this.#subject;
    if (!subject) return;
    this.#chosen(subject, candidate);
    // An application with calls of its own writes it there.
    if (this.#context.tell("linkcontact", { call: subject, candidate })) void this.#link(subject, candidate);
  }

  /** @param {Subject} subject @param {Candidate} candidate */
  async #link(subject, candidate) {
    const { m, toasts } = this.#context;
    const history = this.#context.history();
    if (!history) return;
    const company = await this.#context.directory()?.company(candidate.account_id).catch(() => "");
    const linked = await attempt(this.#context, link(history, subject.id, candidate, company));
    if (linked) toasts.show(fill(m.linkedWith, { name: candidate.name }), "good");
  }

  #nobody() {
    const { m } = this.#context;
    const find = this.#links() ? button({ icon: "search", text: m.findContact, kind: "soft small", press: () => this.#find() }) : null;
    const makes = this.#context.createsContacts();
    const create = makes ? button({ icon: "add", text: m.createContact, kind: "soft small", press: () => this.#create() }) : null;
    return h("div", { class: "nobody" }, h("p", {}, m.notInContacts), h("div", { class: "buttons" }, find, create));
  }

  #back() {
    this.element.replaceChildren(this.#nobody());
    this.element.querySelector("button")?.focus();
  }

  #find() {
    const search = new PersonSearch(this.#context, (candidate) => candidateButton(candidate, () => this.#choose(candidate)));
    const cancel = button({ text: this.#context.m.cancel, kind: "soft small", press: () => this.#back() });
    this.element.replaceChildren(h("div", { class: "create" }, search.element, h("div", { class: "buttons" }, cancel)));
    search.focus();
  }

  #create() {
    const subject = this.#subject;
    // An application with contacts of its own opens its own page.
    if (!subject || !this.#context.tell("createcontact", { call: subject, number: subject.number })) return;
    const { m } = this.#context;
    const name = h("input", { type: "text", required: true, maxlength: "200", autocomplete: "off" });
    name.value = subject.name;
    const save = h("button", { type: "submit", class: "button calm" }, m.save);
    const cancel = button({ text: m.cancel, kind: "soft", press: () => this.#back() });
    const form = h("form", { class: "create" }, labelled(m.contactName, name), h("div", { class: "buttons" }, save, cancel));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#save(save, name.value.trim(), subject);
    });
    this.element.replaceChildren(form);
    name.focus();
  }

  /** @param {HTMLButtonElement} save @param {string} name @param {Subject} subject */
  async #save(save, name, subject) {
    const { directory, toasts, m } = this.#context;
    const made = await whileBusy(save, attempt(this.#context, directory()?.createContact({ name, number: subject.number })));
    if (!made) return;
    toasts.show(fill(m.contactCreated, { name: made.name }), "good");
    this.#choose({ id: made.id, kind: "contact", name: made.name, number: subject.number });
  }
}

/** @param {Candidate} candidate @param {() => void} press */
function candidateButton(candidate, press) {
  const about = [candidate.detail, candidate.number && phone(candidate.number)].filter(Boolean).join(" · ");
  const element = h("button", { type: "button", class: "candidate" }, icon(ICON[candidate.kind] ?? "person"), h("span", {}, candidate.name), h("span", { class: "about" }, about));
  element.addEventListener("click", press);
  return element;
}
