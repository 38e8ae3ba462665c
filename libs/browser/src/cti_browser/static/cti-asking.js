/**
 * How a command of one user's line goes out: once, to the PBX or to the telephone in this tab. Which commands there are:
 * `CtiCallCommands` and `CtiModel`.
 *
 * Every command gives a promise of its result, which rejects with a CtiError (cti-errors.js). A command that a call does not
 * allow now is not sent. One that fails raises `error` (`errorType` COMMAND) besides.
 */

import { CtiCommands } from "./cti-commands.js";
import { CtiError, CtiNotAllowed } from "./cti-errors.js";
import { CtiLine } from "./cti-line.js";

/** @import {CtiCall} from "./cti-call.js" */
/** @import {CommandTimes, Request} from "./cti-commands.js" */
/** @import {ConnectionOptions} from "./cti-connection.js" */
/** @import {Extension, ResultFrame} from "./protocol.js" */
/** @import {LinePhone} from "./webphone/line-phone.js" */

/** @typedef {CtiCall|null|undefined} MaybeCall */

export class CtiAsking extends CtiLine {
  #commands;
  /** Whose failures will be told: a double click's second half has the promise of the first. */
  #told = new WeakSet();
  /** @type {Extension|null} */ #device = null;
  /** @type {LinePhone|null} */ #webPhone = null;

  /** @param {ConnectionOptions & {commands?: Partial<CommandTimes>}} options */
  constructor({ commands, ...options }) {
    super(options);
    this.#commands = new CtiCommands((frame) => this.connection.send(frame), commands);
    this.hear("result", (frame) => this.#commands.settle(frame));
    this.hear("welcome", () => this.#commands.resend());
  }

  /** @override */
  closeConnection() {
    this.#commands.abandon();
    super.closeConnection();
  }

  /** @override @param {string} token */
  signIn(token) {
    this.#commands.abandon();
    super.signIn(token);
  }

  /** The telephone that dials, of `extensions`; null: the user's first. @param {Extension|null} extension */
  useDevice(extension) {
    this.#device = extension;
  }

  /** The telephone in this tab, which then does itself what it can do; null: there is none any more. @param {LinePhone|null} phone */
  useWebPhone(phone) {
    this.#webPhone?.close();
    this.#webPhone = phone;
  }

  /** Whether a command may be asked of a call now, of the PBX or of the telephone in this tab.
   * @param {string} verb @param {CtiCall} call */
  allows(verb, call) {
    return call.allowed.includes(verb) || Boolean(this.#webPhone?.allows(verb, call));
  }

  /**
   * Any command of the protocol.
   * @param {Request} request @param {{repeatable?: boolean, key?: string}} [how]
   * @returns {Promise<ResultFrame>}
   */
  send(request, how) {
    const promise = this.#commands.ask(request, how);
    if (!this.#told.has(promise)) promise.catch((error) => this.#failed(request.verb, error));
    this.#told.add(promise);
    return promise;
  }

  /** A command about a call, if the call allows it now.
   * @protected @param {string} verb @param {MaybeCall} call @param {Partial<Request>} [fields] @param {{repeatable?: boolean, key?: string}} [how]
   * @returns {Promise<ResultFrame>} */
  ask(verb, call, fields = {}, how) {
    const known = call && (this.activeCalls.find((each) => each.id === call.id) ?? call);
    if (known && this.#webPhone?.allows(verb, known)) return this.#atPhone(this.#webPhone, verb, known, fields);
    if (!known || !known.allowed.includes(verb)) {
      const refused = Promise.reject(new CtiNotAllowed(verb, known ? "the call does not allow it now" : "there is no call"));
      refused.catch((error) => this.#failed(verb, error));
      return refused;
    }
    return this.send({ verb, connection_id: known.id, ...fields }, how);
  }

  /** @param {LinePhone} phone @param {string} verb @param {CtiCall} call @param {Partial<Request>} fields @returns {Promise<ResultFrame>} */
  async #atPhone(phone, verb, call, fields) {
    try {
      await phone.act(verb, call, fields);
    } catch (error) {
      this.#failed(verb, error);
      throw error;
    }
    return { type: "result", id: "", verb, outcome: "observed", connection_id: call.id };
  }

  /** The telephone that dials; nothing: the user's first. @protected @returns {Extension|{}} */
  telephone() {
    return this.#device ?? {};
  }

  /** @param {string} source @param {unknown} error */
  #failed(source, error) {
    if (!(error instanceof CtiError)) throw error;
    this.raise("error", { errorType: "COMMAND", internalErrorCode: error.code, data: error.message, source });
  }
}
