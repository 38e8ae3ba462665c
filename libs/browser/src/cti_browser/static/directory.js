/** The directory: who is behind a number, who is called so, who works here. Answers are kept for a while. */

import { Api, ApiError } from "./api.js";

/** @import {ApiOptions} from "./api.js" */
/** @import {Candidate} from "./protocol.js" */
/** @import {PhoneSettings} from "./webphone/web-phone.js" */

/**
 * Somebody found: by name without a number, which `numbersOf` gives; by number with one.
 * @typedef {{id: string, kind: "contact"|"account"|"employee", name: string, detail: string, number: string,
 *   account_id?: string|null, photo_url?: string}} Found
 */

/** One who works with telephones here. @typedef {{id: string, name: string, photo: string}} User */

// The API's largest page; and no list on a page is for more people than that.
const USERS_A_PAGE = 200;
const MOST_USERS = 10_000;
// A contact that changes meanwhile shows at the next call but one.
const KEPT_MS = 60_000;

export class Directory {
  #api;
  /** @type {Map<string, {until: number, value: Promise<any>}>} */ #kept = new Map();

  /** @param {ApiOptions} options */
  constructor(options) {
    this.#api = new Api(options);
  }

  /** By three letters of a name, or by a number. @param {string} text @param {AbortSignal} [signal] @returns {Promise<Found[]>} */
  async search(text, signal) {
    const body = await this.#api.json(`/v1/search?${new URLSearchParams({ name: text })}`, { signal });
    const byName = (body.by_name ?? []).map((/** @type {any} */ each) => ({
      ...each,
      detail: each.job || each.department || each.city || each.type || "",
      number: "",
    }));
    return [...(body.by_number ?? []).map((/** @type {any} */ each) => ({ detail: "", ...each })), ...byName];
  }

  /** The telephone numbers of somebody. @param {{id: string, kind: string}} who @returns {Promise<{value: string, label: string}[]>} */
  async numbersOf({ id, kind }) {
    const body = await this.#keep(`/v1/${kind}s/${encodeURIComponent(id)}`);
    return (body.communications ?? []).filter((/** @type {any} */ each) => (each.kind ?? "phone") === "phone");
  }

  /** Who may be behind a number, the likeliest first. @param {string} number @returns {Promise<Candidate[]>} */
  async identify(number) {
    return (await this.#keep(`/v1/identify?${new URLSearchParams({ number })}`)).candidates ?? [];
  }

  /** The name of a company; empty where there is none. @param {string|null|undefined} accountId @returns {Promise<string>} */
  async company(accountId) {
    return accountId ? ((await this.#keep(`/v1/accounts/${encodeURIComponent(accountId)}`)).name ?? "") : "";
  }

  /** Everybody who works with telephones here, by id: the first 10 000. @returns {Promise<Map<string, User>>} */
  async users() {
    /** @type {Map<string, User>} */
    const users = new Map();
    /** @type {string|null} */
    let cursor = null;
    do {
      const query = new URLSearchParams({ limit: String(USERS_A_PAGE), ...(cursor && { cursor }) });
      const { items = [], next = null } = await this.#keep(`/v1/users?${query}`);
      for (const each of items.map(userOf)) users.set(each.id, each);
      cursor = items.length ? next : null;
    } while (cursor && users.size < MOST_USERS);
    return users;
  }

  /** Users by a part of their name, or by their id: some of them. @param {string} text @param {AbortSignal} [signal] @returns {Promise<User[]>} */
  async findUsers(text, signal) {
    const { items = [] } = await this.#api.json(`/v1/users?${new URLSearchParams({ text, limit: "20" })}`, { signal });
    return items.map(userOf);
  }

  /** Makes a contact with one number. @param {{name: string, number: string}} contact @returns {Promise<{id: string, name: string}>} */
  async createContact({ name, number }) {
    this.#kept.clear();
    const body = { name, communications: [{ value: number, kind: "phone" }] };
    return this.#api.json("/v1/contacts", { method: "POST", body });
  }

  /** The user's own web phone, with its secret: asked for anew each time; null: none is set up. @returns {Promise<PhoneSettings|null>} */
  async webPhone() {
    try {
      return await this.#api.json("/v1/web-phone");
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  }

  /** @param {string} path @returns {Promise<any>} */
  #keep(path) {
    const kept = this.#kept.get(path);
    if (kept && kept.until > Date.now()) return kept.value;
    const value = this.#api.json(path);
    this.#kept.set(path, { until: Date.now() + KEPT_MS, value });
    value.catch(() => this.#kept.delete(path));
    return value;
  }
}

/** @param {any} item @returns {User} */
function userOf({ id, name, photo_url: photo = "" }) {
  return { id, name, photo };
}
