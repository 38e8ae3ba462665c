/**
 * The HTTP API beside the stream: the journal and the directory.
 *
 * Errors:
 *   ApiError            any answer that is not what was asked for; `status` 0: no answer at all
 *   └── ApiRefused      401 or 403: another token is needed
 */

export class ApiError extends Error {
  /** @param {string} message @param {number} status */
  constructor(message, status) {
    super(message);
    this.name = new.target.name;
    this.status = status;
  }
}

export class ApiRefused extends ApiError {}

/** @typedef {{token: string|(() => string), base?: string}} ApiOptions `base`: the API's origin, this page's by default */
/** @typedef {{method?: string, body?: unknown, headers?: Record<string, string>, signal?: AbortSignal}} ApiRequest */

export class Api {
  #base;
  #token;

  /** @param {ApiOptions} options */
  constructor({ token, base = "" }) {
    this.#base = base;
    this.#token = token;
  }

  /** The whole address of a path. @param {string} path */
  address(path) {
    return `${this.#base}${path}`;
  }

  /** The answer, if it is a good one. @param {string} path @param {ApiRequest} [request] */
  async ask(path, { method = "GET", body, headers = {}, signal } = {}) {
    const token = typeof this.#token === "string" ? this.#token : this.#token();
    /** @type {Record<string, string>} */
    const all = { Authorization: `Bearer ${token}`, Accept: "application/json", ...headers };
    if (body !== undefined) all["Content-Type"] = "application/json";
    const answer = await this.#fetched(path, {
      method,
      headers: all,
      body: body === undefined ? null : JSON.stringify(body),
      signal: signal ?? null,
      cache: "no-store",
    });
    if (answer.status === 401 || answer.status === 403) throw new ApiRefused("The token is refused", answer.status);
    if (!answer.ok) throw new ApiError(`The service answered ${answer.status}`, answer.status);
    return answer;
  }

  /** @param {string} path @param {ApiRequest} [request] @returns {Promise<any>} */
  async json(path, request) {
    const answer = await this.ask(path, request);
    try {
      return await answer.json();
    } catch (error) {
      if (error instanceof SyntaxError) throw new ApiError("The answer is no JSON", answer.status);
      throw error;
    }
  }

  /** @param {string} path @param {RequestInit} init */
  async #fetched(path, init) {
    try {
      return await fetch(this.address(path), init);
    } catch (error) {
      if (error instanceof TypeError) throw new ApiError("The service does not answer", 0);
      throw error;
    }
  }
}
