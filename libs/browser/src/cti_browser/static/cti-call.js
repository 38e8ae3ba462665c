/** A call as a browser application sees it: the server's fields, and the names that CtiModel gave to them. Pure. */

/** @import {CallView, Candidate, Outcome} from "./protocol.js" */

/** CtiModel's states of a call. */
export const GeneralizedCallState = Object.freeze({
  NONE: "NONE",
  ALERTING: "ALERTING",
  CONNECTED: "CONNECTED",
  HOLDED: "HOLDED",
  CONFERENCED: "CONFERENCED",
  UNKNOWN: "UNKNOWN",
  BUSY: "BUSY",
});

/** CtiModel's bit mask of what may be asked of a call or a line. */
export const CallFeaturesSet = Object.freeze({
  CAN_NOTHING: 0,
  CAN_RECALL: 0x1,
  CAN_DIAL: 0x2,
  CAN_ANSWER: 0x4,
  CAN_DROP: 0x8,
  CAN_HOLD: 0x10,
  CAN_UNHOLD: 0x20,
  CAN_SETUP_TRANSFER: 0x40,
  CAN_COMPLETE_TRANSFER: 0x80,
  CAN_BLIND_TRANSFER: 0x100,
  CAN_MAKE_CONSULT_CALL: 0x200,
  CAN_DTMF: 0x400,
  CAN_VIDEO: 0x800,
  CAN_MUTE: 0x1000,
  CAN_CANCEL_COMPLETE_TRANSFER: 0x2000,
});

/** @type {Readonly<Record<string, number>>} */
const FEATURE_OF_COMMAND = Object.freeze({
  answer: CallFeaturesSet.CAN_ANSWER,
  clear: CallFeaturesSet.CAN_DROP,
  hold: CallFeaturesSet.CAN_HOLD,
  retrieve: CallFeaturesSet.CAN_UNHOLD,
  consult: CallFeaturesSet.CAN_MAKE_CONSULT_CALL,
  complete_transfer: CallFeaturesSet.CAN_COMPLETE_TRANSFER,
  cancel_transfer: CallFeaturesSet.CAN_CANCEL_COMPLETE_TRANSFER,
  blind_transfer: CallFeaturesSet.CAN_BLIND_TRANSFER,
  send_digits: CallFeaturesSet.CAN_DTMF,
  mute: CallFeaturesSet.CAN_MUTE,
});

/** @type {Readonly<Record<string, keyof typeof GeneralizedCallState>>} */
const STATE = Object.freeze({
  initiated: "ALERTING",
  alerting: "ALERTING",
  queued: "ALERTING",
  connected: "CONNECTED",
  held: "HOLDED",
  null: "NONE",
});

/**
 * One call at one moment: it never changes, the next update brings another object with the same `id`.
 *
 * `state` is the name of a GeneralizedCallState; the server's own, finer word is `connection_state`.
 */
export class CtiCall {
  /** @param {CallView} view @param {CtiCall|null} [parentCall] */
  constructor(view, parentCall = null) {
    this.id = view.id;
    this.call_id = view.call_id;
    this.pbx = view.pbx;
    this.device = view.device;
    this.direction = view.direction;
    this.connection_state = view.state;
    this.started_at = view.started_at;
    this.state_since = view.state_since;
    this.number = view.number ?? "";
    // Several candidates are a question, not a name.
    this.name = view.name || certain(view.party?.candidates)?.name || "";
    this.internal = view.internal ?? false;
    this.queue = view.queue ?? "";
    this.held_by_remote = view.held_by_remote ?? false;
    this.answered_at = view.answered_at ?? null;
    this.ended_at = view.ended_at ?? null;
    this.ring_us = view.ring_us ?? 0;
    this.queue_us = view.queue_us ?? 0;
    this.talk_us = view.talk_us ?? 0;
    this.hold_us = view.hold_us ?? 0;
    /** @type {Outcome|null} */
    this.outcome = view.outcome ?? null;
    this.ended_by = view.ended_by ?? null;
    this.redirecting_id = view.redirecting_id ?? "";
    this.redirection_id = view.redirection_id ?? "";
    this.parent_id = view.parent_id ?? "";
    this.allowed = Object.freeze([...(view.allowed ?? [])]);
    /** Who may be at the other side: null until it was looked for. @type {readonly Candidate[]|null} */
    this.candidates = view.party ? Object.freeze([...(view.party.candidates ?? [])]) : null;
    /** Whether the journal has a row of it. */
    this.saved = view.saved ?? Boolean(view.database_id);
    this.database_id = view.database_id ?? "";
    /** The call that this one is a consultation of. */
    this.parentCall = parentCall;
    Object.freeze(this);
  }

  /** @returns {keyof typeof GeneralizedCallState} */
  get state() {
    if (this.outcome === "busy") return "BUSY";
    return STATE[this.connection_state] ?? "UNKNOWN";
  }

  get callerId() {
    return this.direction === "in" ? this.number : this.device;
  }

  get calledId() {
    return this.direction === "in" ? this.device : this.number;
  }

  get deviceId() {
    return this.device;
  }

  get databaseUId() {
    return this.database_id || this.call_id;
  }

  get redirectingId() {
    return this.redirecting_id;
  }

  get redirectionId() {
    return this.redirection_id;
  }

  get startTime() {
    return new Date(this.started_at);
  }

  get connectionStartTime() {
    return this.answered_at ? new Date(this.answered_at) : null;
  }

  get endTime() {
    return this.ended_at ? new Date(this.ended_at) : null;
  }

  /** Seconds, up to `state_since`. */
  get totalTalkDuration() {
    return this.talk_us / 1e6;
  }

  /** Seconds, up to `state_since`. */
  get totalHoldDuration() {
    return this.hold_us / 1e6;
  }

  get callFeaturesSet() {
    return this.allowed.reduce((mask, command) => mask | (FEATURE_OF_COMMAND[command] ?? 0), 0);
  }
}

/** The one whom a number means without doubt: the only one, or the only one of whom more than the last digits agree.
 * @param {readonly Candidate[]|null|undefined} candidates @returns {Candidate|null} */
export function certain(candidates) {
  if (!candidates?.length) return null;
  const sure = candidates.filter((each) => each.match !== "suffix");
  return candidates.length === 1 ? (candidates[0] ?? null) : sure.length === 1 ? (sure[0] ?? null) : null;
}
