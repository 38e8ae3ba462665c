/** Handlers of a provider of the BaseCtiProvider kind: by name, with a scope and positional arguments. */

/** @typedef {(...parameters: any[]) => void} Handler */

export class ProviderEvents {
  /** @type {Map<string, {handler: Handler, scope: unknown}[]>} */ #handlers = new Map();

  /** @param {string} event @param {Handler} handler @param {unknown} [scope] */
  on(event, handler, scope) {
    this.#handlers.set(event, [...(this.#handlers.get(event) ?? []), { handler, scope }]);
  }

  /** @param {string} event @param {Handler} handler @param {unknown} [scope] */
  un(event, handler, scope) {
    const left = (this.#handlers.get(event) ?? []).filter((each) => each.handler !== handler || each.scope !== scope);
    this.#handlers.set(event, left);
  }

  /** Calls the handlers in order; what one throws becomes an `error` of type EVENT_HANDLER.
   * @param {string} event @param {...unknown} parameters */
  fireEvent(event, ...parameters) {
    for (const { handler, scope } of this.#handlers.get(event) ?? []) {
      try {
        handler.apply(scope ?? this, parameters);
      } catch (error) {
        if (event === "error") throw error;
        this.fireEvent("error", { errorType: "EVENT_HANDLER", internalErrorCode: null, data: String(error), source: event });
      }
    }
  }
}
