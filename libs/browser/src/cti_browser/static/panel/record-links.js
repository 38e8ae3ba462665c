/** Whom and what a row of the journal is about, and the way to say whom where nobody has. */

import { h } from "./dom.js";
import { Identification } from "./identification.js";
import { linksWith, personIn } from "./linking.js";

/** @import {CallRecord, Link} from "../history.js" */
/** @import {Candidate} from "../protocol.js" */
/** @import {Context} from "./context.js" */
/** @import {Subject} from "./identification.js" */
/** @import {Messages} from "./messages.js" */

/** @type {Readonly<Record<string, keyof Messages>>} */
const KIND = Object.freeze({ contact: "linkContact", employee: "linkEmployee", account: "linkAccount", activity: "linkActivity", case: "linkCase" });

export class RecordLinks {
  #context;
  #record;
  #links = h("ul", { class: "tags", role: "list", hidden: true });
  #identification;
  /** @type {Candidate|null} */ #chosen = null;
  /** @type {readonly Candidate[]|null} */ #candidates = null;
  #loaded = false;
  element;

  /** @param {CallRecord} record @param {Context} context */
  constructor(record, context) {
    this.#context = context;
    this.#record = record;
    this.#identification = new Identification(context, (_, candidate) => {
      this.#chosen = candidate;
      // The list brings it too, but not everywhere, and not at once.
      this.show({ ...this.#record, links: linksWith(this.#record.links, candidate) });
    });
    this.element = h("div", { class: "record-links" }, this.#links, this.#identification.element);
  }

  /** @param {CallRecord} record */
  show(record) {
    this.#record = record;
    const links = (record.links ?? []).map((each) => h("li", {}, wordsOf(each, this.#context.m)));
    this.#links.replaceChildren(...links);
    this.#links.hidden = !links.length;
    this.element.hidden = !links.length && (!this.#loaded || Boolean(this.#chosen));
    if (this.#loaded) this.#identification.show(this.#subject(), { chosen: this.#chosen, candidates: this.#candidates });
  }

  /** Looks for who may be behind the number, where nobody has said. */
  async load() {
    const directory = this.#context.directory();
    const { remote_number: number, internal, links } = this.#record;
    if (!directory || this.#loaded || !number || internal || personIn(links)) return;
    this.#loaded = true;
    this.#candidates = await directory.identify(number).catch(() => null);
    this.#loaded = this.#candidates !== null;
    const only = this.#candidates?.length === 1 ? this.#candidates[0] : null;
    this.#chosen = only ?? null;
    this.show(this.#record);
  }

  /** @returns {Subject} */
  #subject() {
    const { connection_id: id, remote_number: number, remote_name: name, internal } = this.#record;
    return { id, number, name, internal };
  }
}

/** @param {Link} link @param {Messages} m */
function wordsOf({ kind, id, label }, m) {
  const word = KIND[kind];
  return `${word ? m[word] : kind}: ${label || id}`;
}
