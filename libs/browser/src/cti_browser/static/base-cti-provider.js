/**
 * An adapter for code that was written for providers of the BaseCtiProvider kind: the same methods, and events with
 * positional arguments. Calls are objects that live as long as the call and change in place, with CtiModel's numbers for
 * states and its ids for directions.
 *
 * What happened before a reconnect is not told again as if it happened now: after each connection comes
 * `activeCallSnapshot`.
 */

import { CtiModel } from "./cti-model.js";
import { ProviderCalls } from "./provider-calls.js";
import { CallFeaturesSet } from "./cti-call.js";

/** @import {CtiEventDetail, SnapshotDetail, DisconnectedDetail} from "./cti-events.js" */
/** @import {ConnectionOptions} from "./cti-connection.js" */
/** @import {ProviderCall} from "./provider-calls.js" */

/** CtiModel's bit mask of what an agent can. */
export const AgentFeaturesSet = Object.freeze({
  CAN_NOTHING: 0,
  CAN_WRAP_UP: 1,
  HAS_CALL_CENTRE_MODE: 2,
  CAN_GET_CALL_RECORDS: 4,
});

/** @typedef {(...parameters: any[]) => void} Handler */
/** @typedef {Handler|undefined|null} Callback */

/** Told with the call alone. */
const CALL_EVENTS = Object.freeze([
  "callStarted",
  "commutationStarted",
  "hold",
  "unhold",
  "callBusy",
  "callFinished",
  "currentCallChanged",
  "callInfoChanged",
  "callSaved",
]);

export class TrunklineCtiProvider {
  /** @type {CtiModel|null} */ #model = null;
  #calls = new ProviderCalls();
  /** @type {Map<string, {handler: Handler, scope: unknown}[]>} */ #handlers = new Map();

  /** The model below, once `init` was called. */
  get model() {
    if (!this.#model) throw new Error("The provider is not initialized: call init first");
    return this.#model;
  }

  /** Connects. @param {ConnectionOptions & {model?: CtiModel}} config `model`: one that the application has already */
  init({ model, ...options }) {
    this.#model = model ?? new CtiModel(options);
    this.#listen(this.#model);
    this.#model.connect();
  }

  /** @param {string} event @param {Handler} handler @param {unknown} [scope] */
  on(event, handler, scope) {
    this.#handlers.set(event, [...(this.#handlers.get(event) ?? []), { handler, scope }]);
  }

  /** @param {string} event @param {Handler} handler @param {unknown} [scope] */
  un(event, handler, scope) {
    const left = (this.#handlers.get(event) ?? []).filter((each) => each.handler !== handler || each.scope !== scope);
    this.#handlers.set(event, left);
  }

  /** Calls the handlers in order; what one throws becomes an `error` of type EVENT_HANDLER.
   * @param {string} event @param {...unknown} parameters */
  fireEvent(event, ...parameters) {
    for (const { handler, scope } of this.#handlers.get(event) ?? []) {
      try {
        handler.apply(scope ?? this, parameters);
      } catch (error) {
        if (event === "error") throw error;
        this.fireEvent("error", { errorType: "EVENT_HANDLER", internalErrorCode: null, data: String(error), source: event });
      }
    }
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

  queryLineState() {
    this.#lineState(this.#model?.currentCall ? this.#calls.of(this.#model.currentCall) : null);
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
    this.#agentState();
  }

  /** @param {boolean} isActive */
  changeCallCentreState(isActive) {
    this.#do(this.model.changeCallCentreState(isActive));
  }

  getCapabilities() {
    const F = CallFeaturesSet;
    const calls = [F.CAN_DIAL, F.CAN_ANSWER, F.CAN_DROP, F.CAN_HOLD, F.CAN_UNHOLD, F.CAN_COMPLETE_TRANSFER, F.CAN_MUTE];
    const more = [F.CAN_BLIND_TRANSFER, F.CAN_MAKE_CONSULT_CALL, F.CAN_DTMF, F.CAN_CANCEL_COMPLETE_TRANSFER];
    return {
      callCapabilities: [...calls, ...more].reduce((all, each) => all | each, 0),
      agentCapabilities: AgentFeaturesSet.CAN_WRAP_UP | AgentFeaturesSet.HAS_CALL_CENTRE_MODE,
    };
  }

  getAgentLogoutCode() {
    return "logged_out";
  }

  /** @param {CtiModel} model */
  #listen(model) {
    /** @param {string} name @param {(detail: any) => void} handler */
    const on = (name, handler) =>
      model.addEventListener(name, (event) => handler(/** @type {CustomEvent} */ (event).detail));
    on("rawMessage", ({ frame }) => this.fireEvent("rawMessage", frame));
    on("initialized", (detail) => this.fireEvent("initialized", detail));
    on("disconnected", (/** @type {DisconnectedDetail} */ { failureCode, ignoreTryReconnection }) =>
      this.fireEvent("disconnected", failureCode, { ignoreTryReconnection }));
    on("error", (detail) => this.fireEvent("error", detail));
    on("activeCallSnapshot", (/** @type {SnapshotDetail} */ { activeCalls, currentCall }) => {
      const snapshot = this.#calls.snapshot(activeCalls, currentCall);
      this.fireEvent("activeCallSnapshot", snapshot);
      this.#agentState();
    });
    on("dtmfEntered", (/** @type {CtiEventDetail} */ { digits, replay }) => !replay && this.fireEvent("dtmfEntered", digits));
    on("agentStateChanged", (/** @type {CtiEventDetail} */ { replay }) => !replay && this.#agentState());
    on("callCentreStateChanged", (/** @type {CtiEventDetail} */ { replay }) =>
      !replay && this.fireEvent("callCentreStateChanged", model.isCallCentreActive));
    on("lineStateChanged", (/** @type {CtiEventDetail} */ { call, replay }) =>
      !replay && this.#lineState(call && this.#calls.of(call)));
    for (const name of CALL_EVENTS) on(name, (detail) => this.#call(name, detail));
  }

  /** @param {string} name @param {CtiEventDetail} detail */
  #call(name, { call, replay }) {
    if (replay) return;
    const told = call && this.#calls.of(call);
    this.fireEvent(name, told);
    if (name === "callFinished" && call) {
      this.#calls.forget(call.id);
      if (!this.model.activeCalls.length) this.#lineState(null);
    }
  }

  /** @param {ProviderCall|null} call null: the line without a call */
  #lineState(call) {
    const callFeaturesSet = call ? call.callFeaturesSet : this.model.lineFeatures;
    this.fireEvent("lineStateChanged", call ? { callFeaturesSet, callId: call.id } : { callFeaturesSet });
  }

  #agentState() {
    const { agentState: userState, agentStateReason: userStateReasonCode } = this.model;
    if (userState) this.fireEvent("agentStateChanged", { userState, userStateReasonCode });
  }

  /** @param {ProviderCall} call */
  #of(call) {
    return this.model.activeCalls.find((each) => each.id === call.id);
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
