/** What is said about calls and records: from states and outcomes to words, tones and icons. Pure. */

import { phone } from "./format.js";
import { fill } from "./messages.js";

/** @import {CtiCall} from "../cti-call.js" */
/** @import {IconName} from "./dom.js" */
/** @import {CallRecord} from "../history.js" */
/** @import {Messages} from "./messages.js" */
/** @import {Outcome} from "../protocol.js" */

/** @typedef {"ringing"|"dialling"|"talking"|"held"|"queued"|"failed"|"ended"} Tone */

/** @type {Readonly<Record<Outcome, keyof Messages>>} */
const OUTCOME = Object.freeze({
  answered: "outcomeAnswered",
  missed: "outcomeMissed",
  busy: "outcomeBusy",
  no_answer: "outcomeNoAnswer",
  rejected: "outcomeRejected",
  cancelled: "outcomeCancelled",
  failed: "outcomeFailed",
  answered_elsewhere: "outcomeAnsweredElsewhere",
  abandoned: "outcomeAbandoned",
});

/** @type {Readonly<Record<Tone, IconName>>} */
const TONE_ICON = Object.freeze({
  ringing: "phone",
  dialling: "phone",
  talking: "talking",
  held: "hold",
  queued: "people",
  failed: "cross",
  ended: "cross",
});

/** @param {Outcome|null} outcome @param {Messages} m */
export function outcomeWords(outcome, m) {
  return m[outcome ? (OUTCOME[outcome] ?? "outcomeEnded") : "outcomeEnded"];
}

/**
 * How many calls were found; beyond what the journal counts about how many, in two figures: its estimate says no more.
 * @param {{count: number, exact: boolean, estimate: number|null}} found @param {Messages} m @param {string} language
 */
export function foundWords({ count, exact, estimate }, m, language) {
  const about = new Intl.NumberFormat(language, { maximumSignificantDigits: 2 });
  if (exact) return fill(m.callsFound, { count: new Intl.NumberFormat(language).format(count) });
  return fill(m.callsFoundAbout, { count: about.format(estimate ?? count) });
}

/** Who a call is with: a name, else a number. @param {CtiCall} call @param {Messages} m */
export function who(call, m) {
  return call.name || phone(call.number) || m.unknownCaller;
}

/** @param {CtiCall} call @returns {Tone} */
export function tone(call) {
  if (call.ended_at) return "ended";
  switch (call.connection_state) {
    case "alerting":
      return call.direction === "in" ? "ringing" : "dialling";
    case "connected":
      return call.held_by_remote ? "held" : "talking";
    case "held":
      return "held";
    case "queued":
      return "queued";
    case "failed":
      return "failed";
    default:
      return "dialling";
  }
}

/** @param {CtiCall} call @returns {IconName} */
export function toneIcon(call) {
  return TONE_ICON[tone(call)];
}

/** The state in words, and by whom the call is held. @param {CtiCall} call @param {Messages} m */
export function stateWords(call, m) {
  if (call.ended_at) return call.outcome === "answered" ? m.callEnded : outcomeWords(call.outcome, m);
  const held = call.connection_state === "held";
  if (held && call.held_by_remote) return m.stateHeldByBoth;
  if (held) return m.stateHeldByMe;
  if (call.held_by_remote) return fill(m.stateHeldByRemote, { name: call.name || phone(call.number) || m.theOtherSide });
  switch (call.connection_state) {
    case "alerting":
      return call.direction === "in" ? m.stateRingingIn : m.stateRingingOut;
    case "connected":
      return m.stateTalking;
    case "queued":
      return m.stateQueued;
    case "failed":
      return m.stateFailed;
    default:
      return m.stateDialling;
  }
}

/** The state of somebody else's call: who holds it is not "you". @param {CtiCall} call @param {Messages} m */
export function stateOfOther(call, m) {
  if (call.ended_at || call.connection_state !== "held") return stateWords(call, m);
  return call.held_by_remote ? m.stateHeldByBoth : m.stateHeld;
}

/** @type {Readonly<Record<string, keyof Messages>>} */
const AGENT = Object.freeze({
  logged_out: "agentLoggedOut",
  ready: "agentReady",
  not_ready: "agentNotReady",
  busy: "agentBusy",
  after_call: "agentAfterCall",
  unavailable: "agentUnavailable",
});

/** @type {Readonly<Record<string, keyof Messages>>} */
const REASON = Object.freeze({
  break: "reasonBreak",
  lunch: "reasonLunch",
  meeting: "reasonMeeting",
  training: "reasonTraining",
  other_work: "reasonOtherWork",
  after_call: "agentAfterCall",
});

/** @param {string|undefined} state @returns {"good"|"warn"|"bad"|"calm"|"neutral"} */
export function agentTone(state) {
  if (state === "ready") return "good";
  if (state === "busy") return "calm";
  if (state === "not_ready" || state === "after_call") return "warn";
  return state === "unavailable" ? "bad" : "neutral";
}

/** An agent's state, with the reason for a pause. @param {{state: string, reason?: string}} agent @param {Messages} m */
export function agentWords({ state, reason = "" }, m) {
  const why = REASON[reason];
  if (state === "not_ready" && reason) return why ? m[why] : reason;
  return m[AGENT[state] ?? "agentLoggedOut"];
}

/** Who passed the call on to this phone, or to whom it was passed on from here; empty: nobody.
 * @param {CtiCall} call @param {Messages} m */
export function transferWords(call, m) {
  const { device, redirecting_id: by, redirection_id: to } = call;
  if (by && by !== device) return fill(m.transferredBy, { number: phone(by) });
  return to && to !== device ? fill(m.transferredTo, { number: phone(to) }) : "";
}

/** Whether somebody at this phone should have answered and did not. @param {CallRecord} record */
export function isMissed(record) {
  return record.outcome === "missed";
}

/** @param {CallRecord} record @returns {IconName} */
export function recordIcon(record) {
  if (isMissed(record)) return "missed";
  return record.direction === "in" ? "incoming" : "outgoing";
}

/** @param {CallRecord} record @returns {"good"|"bad"|"neutral"} */
export function recordTone(record) {
  if (record.outcome === "answered") return "good";
  if (record.outcome === "answered_elsewhere" || record.outcome === "cancelled") return "neutral";
  return "bad";
}
