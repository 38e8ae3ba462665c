/** What the parts of the panel share: words, times, and what they may ask for. */

import { CtiCommandUnknown, CtiError } from "../cti-errors.js";
import { ApiError, ApiRefused } from "../api.js";
import { fill } from "./messages.js";

/** @import {CtiModel} from "../cti-model.js" */
/** @import {Directory} from "../directory.js" */
/** @import {CallHistory} from "../history.js" */
/** @import {Times} from "./format.js" */
/** @import {Messages} from "./messages.js" */
/** @import {TabPhone} from "../webphone/tab-phone.js" */
/** @import {Toasts} from "./toasts.js" */

/**
 * @typedef {object} Context
 * @property {Messages} m
 * @property {string} language
 * @property {Times} times
 * @property {() => number} now the server's clock, ms
 * @property {Toasts} toasts
 * @property {TabPhone} tabPhone the telephone of this tab
 * @property {() => CtiModel|null} model
 * @property {() => CallHistory|null} history
 * @property {() => Directory|null} directory
 * @property {() => string[]} results what calls come to, in the company's own words
 * @property {() => boolean} createsContacts whether to offer it: to who may, and where the application does it
 * @property {(name: string, detail: object) => boolean} tell raises an event of the element; false: the page does it itself
 */

/** @type {Readonly<Record<string, keyof Messages>>} */
const WORDS = Object.freeze({
  bad_request: "errorBadRequest",
  not_supported: "errorNotSupported",
  forbidden: "errorForbidden",
  not_found: "errorNotFound",
  wrong_state: "errorWrongState",
  busy: "errorBusy",
  not_connected: "errorNotConnected",
  refused: "errorRefused",
  no_effect: "errorRefused",
  unavailable: "errorUnavailable",
  microphone_refused: "errorMicrophoneRefused",
  microphone_missing: "errorMicrophoneMissing",
  microphone_busy: "errorMicrophoneBusy",
  phone_unreachable: "errorPhoneUnreachable",
  phone_no_call: "errorWrongState",
  phone_password: "errorPhonePassword",
  phone_elsewhere: "errorPhoneElsewhere",
  phone_media: "errorPhoneMedia",
  phone_call_failed: "errorPhoneCallFailed",
});

/**
 * Waits for what was asked for; what fails is shown. Gives undefined then.
 * @template T
 * @param {Context} context @param {Promise<T>|undefined} asked
 * @returns {Promise<T|undefined>}
 */
export async function attempt({ m, toasts }, asked) {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof CtiError) toasts.show(wordsOf(error, m), error instanceof CtiCommandUnknown ? "warn" : "bad");
    else if (error instanceof ApiError) toasts.show(error instanceof ApiRefused ? m.errorForbidden : m.errorUnavailable, "bad");
    else if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
    return undefined;
  }
}

/** @param {CtiError} error @param {Messages} m */
function wordsOf(error, m) {
  if (error instanceof CtiCommandUnknown) return m.errorUnknown;
  const word = WORDS[error.code];
  // What the PBX itself said is the best that there is.
  return error.code === "refused" && error.message ? fill(m.errorRefusedBecause, { why: error.message }) : fill(m[word ?? "errorRefused"], { why: error.message });
}
