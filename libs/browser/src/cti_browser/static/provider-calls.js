/** Calls in the shape that code for BaseCtiProvider knows: one object for each call, changed in place. Pure. */

/** @import {CtiCall} from "./cti-call.js" */

/** CtiModel's states as numbers. */
export const CallStateNumber = Object.freeze({
  NONE: 0,
  ALERTING: 1,
  CONNECTED: 2,
  HOLDED: 3,
  CONFERENCED: 4,
  UNKNOWN: 5,
  BUSY: 6,
});

/** CtiModel's ids of directions. */
export const CallDirection = Object.freeze({
  UNKNOWN: "c072be2c-3d82-4468-9d4a-6db47d1f4cca",
  OUT: "53f71b5f-7e17-4cf5-bf14-6a59212db422",
  IN: "1d96a65f-2131-4916-8825-2d142b1000b2",
});

/**
 * @typedef {object} ProviderCall
 * @property {string} id
 * @property {string} databaseUId
 * @property {string} deviceId
 * @property {string} callerId
 * @property {string} calledId
 * @property {string} direction
 * @property {number} state
 * @property {number} oldState
 * @property {string} redirectingId
 * @property {string} redirectionId
 * @property {number} callFeaturesSet
 * @property {ProviderCall|null} parentCall
 * @property {Date} startTime
 * @property {Date|null} connectionStartTime
 * @property {Date|null} endTime
 * @property {number} totalTalkDuration seconds
 * @property {number} totalHoldDuration seconds
 * @property {boolean} [isMuted]
 */

export class ProviderCalls {
  /** @type {Map<string, ProviderCall>} */ #calls = new Map();

  /** The object of a call, brought up to date. @param {CtiCall} call @returns {ProviderCall} */
  of(call) {
    const known = this.#calls.get(call.id);
    const oldState = known?.state ?? CallStateNumber.NONE;
    const now = Object.assign(known ?? {}, {
      id: call.id,
      databaseUId: call.databaseUId,
      deviceId: call.deviceId,
      callerId: call.callerId,
      calledId: call.calledId,
      direction: call.direction === "in" ? CallDirection.IN : CallDirection.OUT,
      state: CallStateNumber[call.state],
      oldState: CallStateNumber[call.state] === oldState ? (known?.oldState ?? oldState) : oldState,
      redirectingId: call.redirectingId,
      redirectionId: call.redirectionId,
      callFeaturesSet: call.callFeaturesSet,
      parentCall: call.parentCall ? this.of(call.parentCall) : null,
      startTime: call.startTime,
      connectionStartTime: call.connectionStartTime,
      endTime: call.endTime,
      totalTalkDuration: call.totalTalkDuration,
      totalHoldDuration: call.totalHoldDuration,
    });
    this.#calls.set(call.id, now);
    return now;
  }

  /** @param {readonly CtiCall[]} calls @param {CtiCall|null} current */
  snapshot(calls, current) {
    const alive = new Set(calls.map((each) => each.id));
    for (const id of [...this.#calls.keys()]) if (!alive.has(id)) this.#calls.delete(id);
    return { ActiveCalls: calls.map((each) => this.of(each)), CurrentCall: current && this.of(current) };
  }

  /** @param {string} id */
  forget(id) {
    this.#calls.delete(id);
  }
}
