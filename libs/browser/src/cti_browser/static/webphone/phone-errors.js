/**
 * What a web phone may fail with. `code` is one of PHONE_ERRORS; the message is for a log.
 */

import { CtiError } from "../cti-errors.js";

export const PHONE_ERRORS = Object.freeze(/** @type {const} */ ([
  "microphone_refused", // the user or a policy said no
  "microphone_missing", // there is none, or not the chosen one
  "microphone_busy", // another program has it
  "phone_password", // the PBX refuses login or password
  "phone_unreachable", // no WebSocket to the PBX; tried again by itself
  "phone_elsewhere", // the same session was opened elsewhere
  "phone_no_call", // the call is over, or was never here
  "phone_media", // no audio can be agreed on
  "phone_call_failed", // the PBX ended the call before it was answered; the message says why
  "phone_refused", // the PBX refused what was asked for during a call
]));

/** @typedef {typeof PHONE_ERRORS[number]} PhoneErrorCode */

export class PhoneError extends CtiError {
  /** @param {PhoneErrorCode} code @param {string} message */
  constructor(code, message) {
    super(code, message);
  }
}

/** @type {Readonly<Record<string, PhoneErrorCode>>} */
const OF_BROWSER = Object.freeze({
  NotAllowedError: "microphone_refused",
  SecurityError: "microphone_refused",
  NotFoundError: "microphone_missing",
  OverconstrainedError: "microphone_missing",
  NotReadableError: "microphone_busy",
  AbortError: "microphone_busy",
});

/** What `getUserMedia` failed with, as an error of ours. @param {unknown} error */
export function microphoneError(error) {
  const code = error instanceof DOMException ? OF_BROWSER[error.name] : undefined;
  if (code) return new PhoneError(code, /** @type {DOMException} */ (error).message);
  // Without a secure context there are no media devices at all.
  if (error instanceof TypeError) return new PhoneError("microphone_refused", error.message);
  throw error;
}
