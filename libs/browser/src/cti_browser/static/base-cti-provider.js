/**
 * An adapter for code that was written for providers of the BaseCtiProvider kind: the same methods, and events with
 * positional arguments. Calls are objects that live as long as the call and change in place, with CtiModel's numbers for
 * states and its ids for directions.
 *
 * What happened before a reconnect is not told again as if it happened now: after each connection comes
 * `activeCallSnapshot`.
 */

import { CallFeaturesSet } from "./cti-call.js";
import { CtiModel } from "./cti-model.js";
import { ProviderCalls } from "./provider-calls.js";
import { ProviderEvents } from "./provider-events.js";
import { ProviderTelling } from "./provider-telling.js";

/** @import {ConnectionOptions} from "./cti-connection.js" */
/** @import {CallHistory} from "./history.js" */
/** @import {ProviderCall} from "./provider-calls.js" */

/** CtiModel's bit mask of what an agent can. */
export const AgentFeaturesSet = Object.freeze({
  CAN_NOTHING: 0,
  CAN_WRAP_UP: 1,
  HAS_CALL_CENTRE_MODE: 2,
  CAN_GET_CALL_RECORDS: 4,
});

/** @typedef {(() => void)|undefined|null} Callback */

export class TrunklineCtiProvider extends ProviderEvents {
  /** @type {CtiModel|null} */ #model = null;
  #calls = new ProviderCalls();
  /** @type {ProviderTelling|null} */ #telling = null;
  /** @type {CallHistory|null} */ #history = null;

  /** The model below, once `init` was called. */
  get model() {
    if (!this.#model) throw new Error("The provider is not initialized: call init first");
    return this.#model;
  }

  /** Connects. @param {ConnectionOptions & {model?: CtiModel, history?: CallHistory}} config `model`: one that the application has
   * already; `history`: where recordings are asked for */
  init({ model, history, ...options }) {
    this.#history = history ?? null;
    this.#telling?.stop(); // of an `init` before, or everything would be told twice
    this.#model = model ?? new CtiModel(options);
    this.#telling = new ProviderTelling(this.#model, this.#calls, (event, ...told) => this.fireEvent(event, ...told));
    this.#model.connect();
  }

  reConnect() {
    this.model.reConnect();
  }

  closeConnection() {
    this.model.closeConnection();
  }

  /** @param {string} targetAddress */
  makeCall(targetAddress) {
    this.#do(this.model.makeCall(targetAddress));
  }

  /** Answers what rings. */
  hookup() {
    this.#do(this.model.answerCall());
  }

  /** @param {ProviderCall} call */
  answerCall(call) {
    this.#do(this.model.answerCall(this.#of(call)));
  }

  /** @param {ProviderCall} call */
  dropCall(call) {
    this.#do(this.model.dropCall(this.#of(call)));
  }

  /** Holds, or takes back. @param {ProviderCall} call */
  holdCall(call) {
    this.#do(this.model.holdOrUnholdCall(this.#of(call)));
  }

  /** Puts a call on hold before it is passed on. @param {ProviderCall} call */
  setupTransferCall(call) {
    const known = this.#of(call);
    if (known?.connection_state !== "held") this.#do(this.model.holdOrUnholdCall(known));
  }

  /** @param {ProviderCall} call @param {string} targetAddress */
  makeConsultCall(call, targetAddress) {
    this.#do(this.model.makeConsultCall(targetAddress, this.#of(call)));
  }

  /** @param {ProviderCall} _currentCall @param {ProviderCall} consultCall */
  cancelTransfer(_currentCall, consultCall) {
    this.#do(this.model.cancelTransfer(this.#of(consultCall)));
  }

  /** @param {ProviderCall} _call @param {ProviderCall} consultationCall */
  transferCall(_call, consultationCall) {
    this.#do(this.model.transferCall(this.#of(consultationCall)));
  }

  /** @param {ProviderCall} call @param {string} targetAddress */
  blindTransferCall(call, targetAddress) {
    this.#do(this.model.blindTransferCall(targetAddress, this.#of(call)));
  }

  /** @param {ProviderCall} call @param {string} digits */
  sendDtmf(call, digits) {
    this.#do(this.model.sendDtmf(digits, this.#of(call)));
  }

  /** Mutes, or unmutes what it has muted. @param {ProviderCall} call */
  mute(call) {
    const muted = !call.isMuted;
    this.#do(this.model.mute(muted, this.#of(call)).then(() => void (call.isMuted = muted)));
  }

  /** No PBX here has it: tells an `error`. */
  setDnd() {
    this.#unsupported("setDnd");
  }

  /** Calls have no picture here: tells an `error`. @param {ProviderCall} _call @param {boolean} _isVideoActive @param {Callback} [_callback] */
  setVideoState(_call, _isVideoActive, _callback) {
    this.#unsupported("setVideoState");
  }

  /**
   * The addresses at which a player hears a call's recordings for some minutes, newest first. Needs `history`.
   * @param {string} callId `id` of a call that goes on, or the `databaseUId` of any @param {(urls: string[]) => void} callback
   */
  queryCallRecords(callId, callback) {
    if (!this.#history) return this.#unsupported("queryCallRecords");
    const id = this.model.activeCalls.find((each) => each.id === callId)?.databaseUId ?? callId;
    this.#sounds(this.#history, id).then(callback, (error) => this.#failed("queryCallRecords", "failed", String(error)));
  }

  queryLineState() {
    const { currentCall } = this.model;
    this.#telling?.lineState(currentCall && this.#calls.of(currentCall));
  }

  queryActiveCallSnapshot() {
    this.model.queryActiveCallSnapshot();
  }

  /** @param {string} code @param {string|null} [reason] @param {Callback} [callback] without arguments, when it is done */
  setUserState(code, reason, callback) {
    this.#do(this.model.setAgentState(code, reason ?? ""), callback);
  }

  /** @param {boolean} isWrapUpActive @param {Callback} [callback] */
  setWrapUpUserState(isWrapUpActive, callback) {
    this.#do(this.model.setWrapUpUserState(isWrapUpActive), callback);
  }

  queryUserState() {
    this.#telling?.agentState();
  }

  /** @param {boolean} isActive */
  changeCallCentreState(isActive) {
    this.#do(this.model.changeCallCentreState(isActive));
  }

  getCapabilities() {
    const F = CallFeaturesSet;
    const calls = [F.CAN_DIAL, F.CAN_ANSWER, F.CAN_DROP, F.CAN_HOLD, F.CAN_UNHOLD, F.CAN_COMPLETE_TRANSFER, F.CAN_MUTE];
    const more = [F.CAN_BLIND_TRANSFER, F.CAN_MAKE_CONSULT_CALL, F.CAN_DTMF, F.CAN_CANCEL_COMPLETE_TRANSFER];
    const records = this.#history ? AgentFeaturesSet.CAN_GET_CALL_RECORDS : 0;
    return {
      callCapabilities: [...calls, ...more].reduce((all, each) => all | each, 0),
      agentCapabilities: AgentFeaturesSet.CAN_WRAP_UP | AgentFeaturesSet.HAS_CALL_CENTRE_MODE | records,
    };
  }

  getAgentLogoutCode() {
    return "logged_out";
  }

  /** @param {ProviderCall} call */
  #of(call) {
    return this.model.activeCalls.find((each) => each.id === call.id);
  }

  /** @param {CallHistory} history @param {string} callId */
  async #sounds(history, callId) {
    const audible = (await history.recordings(callId)).filter((each) => each.audible);
    return Promise.all(audible.map((each) => history.soundOf(each.id)));
  }

  /** @param {string} source */
  #unsupported(source) {
    this.#failed(source, "not_supported", `${source} is not supported`);
  }

  /** @param {string} source @param {string} code @param {string} text */
  #failed(source, code, text) {
    this.fireEvent("error", { errorType: "COMMAND", internalErrorCode: code, data: text, source });
  }

  /** The model raises `error` for what fails. @param {Promise<unknown>} command @param {Callback} [callback] */
  #do(command, callback) {
    command.then(
      (result) => {
        this.fireEvent("commandExecuted", result);
        callback?.();
      },
      () => undefined,
    );
  }
}
