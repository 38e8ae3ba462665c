/**
 * What a command may fail with.
 *
 *   CtiError                    `code` for programs, the message for people
 *   ├── CtiNotConnected         there is no connection now: nothing was sent
 *   ├── CtiNotAllowed           the call does not allow it now, or there is no call: nothing was sent
 *   └── CtiCommandFailed        the server's answer: it had no effect
 *       └── CtiCommandUnknown   it was sent and nobody saw what came of it; whether to ask anew a person decides
 */

/** @import {ResultFrame} from "./protocol.js" */

export class CtiError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.name = new.target.name;
    this.code = code;
  }
}

export class CtiNotConnected extends CtiError {
  constructor() {
    super("not_connected", "There is no connection to the server now; nothing was sent");
  }
}

export class CtiNotAllowed extends CtiError {
  /** @param {string} verb @param {string} why */
  constructor(verb, why) {
    super("wrong_state", `${verb}: ${why}`);
    this.verb = verb;
  }
}

export class CtiCommandFailed extends CtiError {
  /** @param {ResultFrame} result */
  constructor(result) {
    super(result.error || "failed", result.message || `${result.verb} had no effect`);
    this.verb = result.verb;
    this.result = result;
  }
}

export class CtiCommandUnknown extends CtiCommandFailed {}

/** The error that a result means, or null for one that was seen to work. @param {ResultFrame} result */
export function errorOf(result) {
  if (result.outcome === "observed") return null;
  return result.outcome === "unknown" ? new CtiCommandUnknown(result) : new CtiCommandFailed(result);
}
