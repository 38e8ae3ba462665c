/** What happened in a call, in one line, and what users wrote about it; read when somebody looks. */

import { ApiError } from "../api.js";
import { attempt } from "./context.js";
import { uniqueId, whileBusy } from "./controls.js";
import { h, setText } from "./dom.js";

/** @import {CallRecord} from "../history.js" */
/** @import {Context} from "./context.js" */

const STALE = 412;

export class RecordNotes {
  #record;
  #context;
  #version = 0;
  #loaded = false;
  #story = h("p", { class: "story" });
  #note;
  #save;
  element;

  /** @param {CallRecord} record @param {Context} context */
  constructor(record, context) {
    const { m } = context;
    this.#record = record;
    this.#context = context;
    this.#note = h("textarea", { rows: "2", maxlength: "10000", id: uniqueId("note") });
    this.#save = h("button", { type: "submit", class: "button soft small" }, m.save);
    const form = h("form", { class: "note" }, h("label", { for: this.#note.id }, m.note), this.#note, this.#save);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void whileBusy(this.#save, this.#write());
    });
    this.#note.value = record.note ?? "";
    this.element = h("div", { class: "notes" }, this.#story, form);
  }

  /** Reads both; what cannot be read is left as it was. */
  async load() {
    const history = this.#context.history();
    if (!history || this.#loaded) return;
    this.#loaded = true;
    const [call, annotation] = await Promise.allSettled([
      history.call(this.#record.call_id, this.#context.language),
      history.annotation(this.#record.connection_id),
    ]);
    if (call.status === "fulfilled") setText(this.#story, call.value.story ?? "");
    if (annotation.status === "fulfilled") {
      this.#version = annotation.value.version ?? 0;
      if (!this.#note.value) this.#note.value = annotation.value.note ?? "";
    }
    this.#loaded = call.status === "fulfilled" && annotation.status === "fulfilled";
  }

  async #write() {
    const { m, toasts, history } = this.#context;
    const writing = history()?.writeNote(this.#record.connection_id, this.#note.value, this.#version);
    try {
      const written = await writing;
      this.#version = written?.version ?? this.#version;
      toasts.show(m.noteSaved, "good");
    } catch (error) {
      if (!(error instanceof ApiError && error.status === STALE)) return void (await attempt(this.#context, writing));
      // Somebody else wrote meanwhile: nothing is overwritten, and the next try is about what stands there now.
      const now = await attempt(this.#context, history()?.annotation(this.#record.connection_id));
      this.#version = now?.version ?? this.#version;
      toasts.show(m.noteStale.replace("{note}", now?.note ?? ""), "warn");
    }
  }
}
