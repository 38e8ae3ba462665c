/** Whom a call is with, when that is not clear: several to choose from, or nobody and a contact to be made. */

import { attempt } from "./context.js";
import { button, labelled, whileBusy } from "./controls.js";
import { h, icon } from "./dom.js";
import { phone } from "./format.js";
import { fill } from "./messages.js";

/** @import {CtiCall} from "../cti-call.js" */
/** @import {Candidate} from "../protocol.js" */
/** @import {Context} from "./context.js" */
/** @import {IconName} from "./dom.js" */
/** @import {People, Person} from "./people.js" */

/** @type {Readonly<Record<string, IconName>>} */
const ICON = Object.freeze({ contact: "person", account: "people", employee: "phone" });

export class Identification {
  #context;
  #people;
  /** @type {CtiCall|null} */ #call = null;
  #shown = "";
  element = h("div", { class: "identification", hidden: true });

  /** @param {Context} context @param {People} people */
  constructor(context, people) {
    this.#context = context;
    this.#people = people;
  }

  /** @param {CtiCall} call @param {Person} person */
  show(call, person) {
    this.#call = call;
    const mayCreate = this.#context.createsContacts();
    const nobody = Boolean(person.candidates && !person.candidates.length && !call.internal && call.number && mayCreate);
    const several = !person.chosen && (person.candidates?.length ?? 0) > 1;
    const key = nobody ? `nobody ${call.number}` : several ? JSON.stringify(person.candidates) : "";
    if (key === this.#shown) return;
    this.#shown = key;
    this.element.hidden = !key;
    this.element.replaceChildren(...(several ? this.#choice(person.candidates ?? []) : nobody ? [this.#nobody()] : []));
  }

  /** @param {readonly Candidate[]} candidates */
  #choice(candidates) {
    const { m } = this.#context;
    const each = (/** @type {Candidate} */ candidate) => {
      const about = [candidate.detail, candidate.number && phone(candidate.number)].filter(Boolean).join(" · ");
      const element = h("button", { type: "button", class: "candidate" }, icon(ICON[candidate.kind] ?? "person"), h("span", {}, candidate.name), h("span", { class: "about" }, about));
      element.addEventListener("click", () => this.#choose(candidate));
      return h("li", {}, element);
    };
    return [h("p", {}, fill(m.whoIsIt, { count: String(candidates.length) })), h("ul", { role: "list" }, ...candidates.map(each))];
  }

  /** @param {Candidate} candidate */
  #choose(candidate) {
    if (!this.#call) return;
    this.#people.choose(this.#call.number, candidate);
    this.#context.tell("linkcontact", { call: this.#call, candidate });
  }

  #nobody() {
    const { m } = this.#context;
    const create = button({ icon: "add", text: m.createContact, kind: "soft small", press: () => this.#create() });
    return h("div", { class: "nobody" }, h("p", {}, m.notInContacts), create);
  }

  #create() {
    const call = this.#call;
    // An application with contacts of its own opens its own page.
    if (!call || !this.#context.tell("createcontact", { call, number: call.number })) return;
    const { m } = this.#context;
    const name = h("input", { type: "text", required: true, maxlength: "200", autocomplete: "off" });
    name.value = call.name;
    const save = h("button", { type: "submit", class: "button calm" }, m.save);
    const cancel = button({ text: m.cancel, kind: "soft", press: () => this.element.replaceChildren(this.#nobody()) });
    const form = h("form", { class: "create" }, labelled(m.contactName, name), h("div", { class: "buttons" }, save, cancel));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#save(save, name.value.trim(), call);
    });
    this.element.replaceChildren(form);
    name.focus();
  }

  /** @param {HTMLButtonElement} save @param {string} name @param {CtiCall} call */
  async #save(save, name, call) {
    const { directory, toasts, m } = this.#context;
    const made = await whileBusy(save, attempt(this.#context, directory()?.createContact({ name, number: call.number })));
    if (!made) return;
    toasts.show(fill(m.contactCreated, { name: made.name }), "good");
    this.#choose({ id: made.id, kind: "contact", name: made.name, number: call.number });
  }
}
