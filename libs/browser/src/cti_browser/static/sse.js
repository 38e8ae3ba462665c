/** Server-sent events as text: from chunks to events. Pure; the grammar of the HTML standard, as far as it is needed. */

/** @typedef {{event: string, data: string, id: string}} SseEvent */

export class SseParser {
  #rest = "";
  #event = "";
  /** @type {string[]} */ #data = [];
  #id = "";

  /** The events that this chunk completes. @param {string} chunk @returns {SseEvent[]} */
  take(chunk) {
    /** @type {SseEvent[]} */
    const events = [];
    const lines = (this.#rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const event = this.#line(line);
      if (event) events.push(event);
    }
    return events;
  }

  /** @param {string} line @returns {SseEvent|null} */
  #line(line) {
    if (line === "") return this.#dispatch();
    const [, field = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "event") this.#event = value;
    if (field === "data") this.#data.push(value);
    if (field === "id") this.#id = value;
    return null;
  }

  #dispatch() {
    const event = this.#data.length ? { event: this.#event || "message", data: this.#data.join("\n"), id: this.#id } : null;
    this.#event = "";
    this.#data = [];
    return event;
  }
}
