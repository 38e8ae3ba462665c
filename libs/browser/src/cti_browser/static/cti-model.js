/**
 * CtiModel: one user's line in this tab, under CtiModel's names. Events and columns come from `CtiLine`; here are the
 * commands.
 *
 * Every command gives a promise of its result, which rejects with a CtiError (cti-errors.js), and what it does is seen as
 * events, in every tab of the user. A command that a call does not allow now is not sent. One that fails raises `error`
 * (`errorType` COMMAND) besides.
 */

import { CtiCall } from "./cti-call.js";
import { CtiCommands } from "./cti-commands.js";
import { CtiError, CtiNotAllowed } from "./cti-errors.js";
import { CtiLine } from "./cti-line.js";
import { CtiPermissions } from "./cti-permissions.js";
import { CtiWatch } from "./cti-watch.js";

export { CallFeaturesSet, CtiCall, GeneralizedCallState } from "./cti-call.js";
export { CTI_EVENTS } from "./cti-events.js";
export * from "./cti-errors.js";

/** @import {CommandTimes, Request} from "./cti-commands.js" */
/** @import {ConnectionOptions} from "./cti-connection.js" */
/** @import {Extension, ResultFrame} from "./protocol.js" */

/** @import {LinePhone} from "./webphone/line-phone.js" */

/** @typedef {CtiCall|null|undefined} MaybeCall */

// Every PBX has a word of its own for it; this one means it to every connector.
const AVAILABLE = "available";
const READY_WORDS = Object.freeze(["ready", "active", "available", "onhook"]);

export class CtiModel extends CtiLine {
  #commands;
  /** Whose failures will be told: a double click's second half has the promise of the first. */
  #told = new WeakSet();
  /** @type {Extension|null} */ #device = null;
  /** What `changeCallCentreState(true)` joins when nothing is named. @type {readonly string[]} */ #queues = [];
  /** @type {LinePhone|null} */ #webPhone = null;
  /** What may be asked of the line now. */
  can = new CtiPermissions(this);
  /** The views of other users, for who may see them. */
  watching;

  /** @param {ConnectionOptions & {commands?: Partial<CommandTimes>}} options */
  constructor({ commands, ...options }) {
    super(options);
    this.#commands = new CtiCommands((frame) => this.connection.send(frame), commands);
    this.watching = new CtiWatch((frame) => this.connection.send(frame), this.raise.bind(this));
    this.hear("result", (frame) => this.#commands.settle(frame));
    this.hear("watched", (frame) => this.watching.take(frame));
    this.hear("watch_update", (frame) => this.watching.update(frame));
    this.hear("welcome", () => {
      this.#commands.resend();
      this.watching.resume();
    });
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

  /** Dials from the user's telephone. @param {string} targetAddress */
  makeCall(targetAddress) {
    return this.send({ verb: "make_call", to: numberOf(targetAddress), ...this.#phone() });
  }

  /**
   * CtiModel's one field for numbers: dials when there is no call, else consults about the current one, or with
   * `useBlindTransfer` hands it on.
   * @param {string} number @param {{useBlindTransfer?: boolean}} [how]
   */
  callByNumber(number, { useBlindTransfer = false } = {}) {
    if (!this.activeCalls.length) return this.makeCall(number);
    const blind = useBlindTransfer && this.currentCall?.allowed.includes("blind_transfer");
    return blind ? this.blindTransferCall(number) : this.makeConsultCall(number);
  }

  /** Takes a ringing call: the one given, else the current one if it rings, else the first that does. @param {MaybeCall} [call] */
  answerCall(call) {
    const ringing = [this.currentCall, ...this.activeCalls].find((each) => each && this.allows("answer", each));
    return this.#ask("answer", call ?? ringing);
  }

  /** @param {MaybeCall} [call] the current one by default, as for all that follow */
  dropCall(call = this.currentCall) {
    return this.#ask("clear", call);
  }

  /** Holds the call, or takes it back. @param {MaybeCall} [call] */
  holdOrUnholdCall(call = this.currentCall) {
    return this.#ask(call?.connection_state === "held" ? "retrieve" : "hold", call);
  }

  /** Calls somebody about a call, which waits. @param {string} targetAddress @param {MaybeCall} [call] */
  makeConsultCall(targetAddress, call = this.currentCall) {
    return this.#ask("consult", call, { to: numberOf(targetAddress) });
  }

  /** Brings the two others together and leaves. @param {MaybeCall} [consultation] */
  transferCall(consultation = this.consultCall) {
    return this.#ask("complete_transfer", consultation, other(consultation));
  }

  /** Ends the consultation and goes back to who waits. @param {MaybeCall} [consultation] */
  cancelTransfer(consultation = this.consultCall) {
    return this.#ask("cancel_transfer", consultation, other(consultation));
  }

  /** Everybody of both calls into one. @param {MaybeCall} [consultation] */
  conference(consultation = this.consultCall) {
    return this.#ask("conference", consultation, other(consultation));
  }

  /** Sends the other side to a number and leaves. @param {string} targetAddress @param {MaybeCall} [call] */
  blindTransferCall(targetAddress, call = this.currentCall) {
    return this.#ask("blind_transfer", call, { to: numberOf(targetAddress) });
  }

  /** @param {string} digits `0`–`9`, `A`–`D`, `*`, `#` @param {MaybeCall} [call] */
  sendDtmf(digits, call = this.currentCall) {
    return this.#ask("send_digits", call, { digits }, { repeatable: true });
  }

  /** @param {boolean} isMuted @param {MaybeCall} [call] */
  mute(isMuted = true, call = this.currentCall) {
    return this.#ask(isMuted ? "mute" : "unmute", call);
  }

  /** Parks the call; `details` of the result tell where. @param {MaybeCall} [call] */
  park(call = this.currentCall) {
    return this.#ask("park", call);
  }

  /** Takes what rings at another extension. @param {string} extension */
  pickup(extension) {
    return this.send({ verb: "pickup", to: numberOf(extension), ...this.#phone() });
  }

  /** @param {MaybeCall} [call] @param {string} [recordingId] names the recording and its file */
  startRecording(call = this.currentCall, recordingId) {
    return this.#ask("start_recording", call, recordingId ? { recording_id: recordingId } : {});
  }

  /** @param {MaybeCall} [call] */
  stopRecording(call = this.currentCall) {
    return this.#ask("stop_recording", call);
  }

  /** `ready` (also `Active`) takes calls; every other word is a state or reason not to. @param {string} code @param {string} [reason] */
  setAgentState(code, reason = "") {
    const state = READY_WORDS.includes(code.toLowerCase()) ? AVAILABLE : code;
    return this.send({ verb: "set_agent_state", agent_state: state, ...(reason && { reason }), ...this.#phone() });
  }

  /** After-call work begins or ends. @param {boolean} isWrapUpActive */
  setWrapUpUserState(isWrapUpActive) {
    return this.setAgentState(isWrapUpActive ? "after_call" : AVAILABLE);
  }

  /**
   * Signs in to queues, or out of all. By default those that the user was in last in this tab.
   * @param {boolean} isActive @param {readonly string[]} [queues]
   */
  async changeCallCentreState(isActive, queues) {
    const mine = this.agents.flatMap((agent) => (agent.queues ?? []).map((each) => each.queue));
    if (!isActive) this.#queues = mine;
    const wanted = queues ?? (isActive ? this.#queues : mine);
    if (!wanted.length) throw new CtiNotAllowed("queue_login", "no queue is named");
    return Promise.all(wanted.map((queue) => (isActive ? this.joinQueue(queue) : this.leaveQueue(queue))));
  }

  /** @param {string} queue */
  joinQueue(queue) {
    return this.send({ verb: "queue_login", queue, ...this.#phone() });
  }

  /** @param {string} queue */
  leaveQueue(queue) {
    return this.send({ verb: "queue_logout", queue, ...this.#phone() });
  }

  /** No calls of this queue, or of none. @param {string} queue @param {string} [reason] */
  pauseQueue(queue, reason = "") {
    return this.send({ verb: "queue_pause", queue, ...(reason && { reason }), ...this.#phone() });
  }

  /** @param {string} queue */
  unpauseQueue(queue) {
    return this.send({ verb: "queue_unpause", queue, ...this.#phone() });
  }

  /** A supervisor's: hear a call of another user; `whisper` to that user, or `barge` in. @param {{id: string, pbx: string}} call
   * @param {"listen"|"whisper"|"barge"} [how] */
  listen(call, how = "listen") {
    return this.send({ verb: how, connection_id: call.id, pbx: call.pbx, ...this.#phone() });
  }

  /** Tells the calls as they are known: raises `activeCallSnapshot` and gives it too. */
  queryActiveCallSnapshot() {
    return this.tellSnapshot();
  }

  /** Raises `lineStateChanged`. */
  queryLineState() {
    this.raise("lineStateChanged", { call: this.currentCall, digits: "", replay: false, origin: "observed", occurredAt: "" });
  }

  /** What the PBX itself says of the user's queues now: `memberships` of the result. */
  queryAgentState() {
    return this.send({ verb: "query_agent", ...this.#phone() });
  }

  /** What the user is doing in this tab, for those who need to know who is there. @param {"active"|"idle"} state */
  setPresence(state) {
    return this.connection.send({ type: "presence", state });
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

  /** @param {string} verb @param {MaybeCall} call @param {Partial<Request>} [fields] @param {{repeatable?: boolean, key?: string}} [how]
   * @returns {Promise<ResultFrame>} */
  #ask(verb, call, fields = {}, how) {
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

  #phone() {
    return this.#device ?? {};
  }

  /** @param {string} source @param {unknown} error */
  #failed(source, error) {
    if (!(error instanceof CtiError)) throw error;
    this.raise("error", { errorType: "COMMAND", internalErrorCode: error.code, data: error.message, source });
  }
}

/** The held call that a consultation is about, where it is known. @param {MaybeCall} consultation */
function other(consultation) {
  return consultation?.parent_id ? { other_connection_id: consultation.parent_id } : {};
}

/** What people write between digits is left out; what is no number stays, and is refused in words. @param {string} text */
export function numberOf(text) {
  return text.trim().replace(/[\s().-]/g, "");
}
