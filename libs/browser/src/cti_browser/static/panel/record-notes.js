/** What users wrote about a row: a note, and what came of the call; read when somebody looks. */

import { ApiError } from "../api.js";
import { attempt } from "./context.js";
import { uniqueId, whileBusy } from "./controls.js";
import { h } from "./dom.js";
import { fill } from "./messages.js";

/** @import {Annotation, CallRecord} from "../history.js" */
/** @import {Context} from "./context.js" */

/** @typedef {"note"|"result"} Field */

const STALE = 412;

export class RecordNotes {
  #record;
  #context;
  #version = 0;
  #loaded = false;
  /** What stands in the journal, as far as it is known. @type {Record<Field, string>} */ #written;
  /** @type {Record<Field, HTMLTextAreaElement|HTMLInputElement>} */ #inputs;
  #results = h("datalist", { id: uniqueId("results") });
  #save;
  element;

  /** @param {CallRecord} record @param {Context} context */
  constructor(record, context) {
    const { m } = context;
    this.#record = record;
    this.#context = context;
    this.#written = { note: record.note ?? "", result: record.result ?? "" };
    this.#inputs = {
      note: h("textarea", { rows: "2", maxlength: "10000", id: uniqueId("note") }),
      result: h("input", { type: "text", maxlength: "200", id: uniqueId("result"), list: this.#results.id, autocomplete: "off" }),
    };
    this.#save = h("button", { type: "submit", class: "button soft small" }, m.save);
    const field = (/** @type {Field} */ name, /** @type {string} */ label) => [h("label", { for: this.#inputs[name].id }, label), this.#inputs[name]];
    this.element = h("form", { class: "note" }, ...field("note", m.note), ...field("result", m.result), this.#results, this.#save);
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      void whileBusy(this.#save, this.#write());
    });
    for (const [name, input] of this.#each()) input.value = this.#written[name];
  }

  /** Somebody may have written about it: reads it again where somebody has looked. */
  again() {
    if (!this.#loaded) return;
    this.#loaded = false;
    void this.load();
  }

  /** Reads it once; what cannot be read is left as it was. */
  async load() {
    const history = this.#context.history();
    if (!history || this.#loaded) return;
    this.#loaded = true;
    this.#results.replaceChildren(...this.#context.results().map((each) => h("option", { value: each })));
    const found = await history.annotation(this.#record.connection_id).catch(() => null);
    this.#loaded = found !== null;
    if (found) this.#take(found);
  }

  /** Takes what stands there; what the user has begun to write stays. @param {Annotation} annotation */
  #take(annotation) {
    this.#version = annotation.version ?? 0;
    for (const [name, input] of this.#each()) {
      const text = annotation[name] ?? "";
      if (input.value === this.#written[name]) input.value = text;
      this.#written[name] = text;
    }
  }

  async #write() {
    const { m, toasts, history } = this.#context;
    for (const [name, input] of this.#each()) {
      if (input.value === this.#written[name]) continue;
      const writing = history()?.write(this.#record.connection_id, name, input.value, this.#version);
      try {
        const written = await writing;
        this.#version = written?.version ?? this.#version;
        this.#written[name] = input.value;
      } catch (error) {
        if (!(error instanceof ApiError && error.status === STALE)) return void (await attempt(this.#context, writing));
        return this.#stale(name);
      }
    }
    toasts.show(m.noteSaved, "good");
  }

  /** Somebody else wrote meanwhile: nothing is overwritten, and the next try is about what stands there now. @param {Field} name */
  async #stale(name) {
    const { m, toasts, history } = this.#context;
    const now = await attempt(this.#context, history()?.annotation(this.#record.connection_id));
    if (!now) return;
    this.#take(now);
    toasts.show(fill(m.noteStale, { note: now[name] ?? "" }), "warn");
  }

  #each() {
    return /** @type {[Field, HTMLTextAreaElement|HTMLInputElement][]} */ (Object.entries(this.#inputs));
  }
}
