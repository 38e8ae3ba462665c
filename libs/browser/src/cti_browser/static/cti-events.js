/** The events of CtiModel: their names, and what each carries as `detail`. */

/** @import {CtiCall} from "./cti-call.js" */
/** @import {AgentStateName, AgentView} from "./protocol.js" */

/**
 * The 21 events of CtiModel. Besides them the model raises `connected` (after `initialized`), and
 * `connectionStateChanged` (detail: ConnectionStatus) for those who show it.
 */
export const CTI_EVENTS = Object.freeze(/** @type {const} */ ([
  "initialized",
  "disconnected",
  "callStarted",
  "callFinished",
  "commutationStarted",
  "callBusy",
  "hold",
  "unhold",
  "error",
  "lineStateChanged",
  "agentStateChanged",
  "activeCallSnapshot",
  "callSaved",
  "rawMessage",
  "currentCallChanged",
  "callCentreStateChanged",
  "callInfoChanged",
  "dtmfEntered",
  "webRtcStarted",
  "webRtcVideoStarted",
  "webRtcDestroyed",
]));

export const KNOWN_EVENTS = new Set(/** @type {readonly string[]} */ (CTI_EVENTS));

/**
 * The detail of an event that the server told. With `replay` it happened before this connection: it brings lists up to
 * date and must not ring, pop up or notify; the properties are then already newer than the event.
 * @typedef {object} CtiEventDetail
 * @property {CtiCall|null} call the call after the event, also a finished one
 * @property {string} digits with dtmfEntered
 * @property {AgentView|null} agent with agentStateChanged and callCentreStateChanged: the agent after it
 * @property {AgentStateName|null} previous with them: the state before
 * @property {string} databaseId the row of the Calls section: with callSaved, and with callInfoChanged when somebody
 *   wrote about it
 * @property {boolean} replay
 * @property {"observed"|"reconciled"|"replayed"} origin
 * @property {string} occurredAt
 */

/**
 * @typedef {object} SnapshotDetail
 * @property {readonly CtiCall[]} activeCalls
 * @property {CtiCall|null} currentCall
 * @property {boolean} recovered false: what was shown before must be forgotten
 */

/** @typedef {{failureCode: number, ignoreTryReconnection: boolean}} DisconnectedDetail */
