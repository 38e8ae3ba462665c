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
import { ProviderCommands } from "./provider-commands.js";
import { ProviderTelling } from "./provider-telling.js";

/** @import {ConnectionOptions} from "./cti-connection.js" */
/** @import {CallHistory} from "./history.js" */
/** @import {Callback} from "./provider-commands.js" */

/** CtiModel's bit mask of what an agent can. */
export const AgentFeaturesSet = Object.freeze({
  CAN_NOTHING: 0,
  CAN_WRAP_UP: 1,
  HAS_CALL_CENTRE_MODE: 2,
  CAN_GET_CALL_RECORDS: 4,
});

export class TrunklineCtiProvider extends ProviderCommands {
  #calls = new ProviderCalls();
  /** @type {ProviderTelling|null} */ #telling = null;
  /** @type {CallHistory|null} */ #history = null;

  /** Connects. @param {ConnectionOptions & {model?: CtiModel, history?: CallHistory}} config `model`: one that the application has
   * already; `history`: where recordings are asked for */
  init({ model, history, ...options }) {
    this.#history = history ?? null;
    this.#telling?.stop(); // of an `init` before, or everything would be told twice
    this.use(model ?? new CtiModel(options));
    this.#telling = new ProviderTelling(this.model, this.#calls, (event, ...told) => this.fireEvent(event, ...told));
    this.model.connect();
  }

  reConnect() {
    this.model.reConnect();
  }

  closeConnection() {
    this.model.closeConnection();
  }

  /**
   * The addresses at which a player hears a call's recordings for some minutes, newest first. Needs `history`.
   * @param {string} callId `id` of a call that goes on, or the `databaseUId` of any @param {(urls: string[]) => void} callback
   */
  queryCallRecords(callId, callback) {
    if (!this.#history) return this.unsupported("queryCallRecords");
    const id = this.model.activeCalls.find((each) => each.id === callId)?.databaseUId ?? callId;
    this.#sounds(this.#history, id).then(callback, (error) => this.failed("queryCallRecords", "failed", String(error)));
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
    this.obey(this.model.setAgentState(code, reason ?? ""), callback);
  }

  /** @param {boolean} isWrapUpActive @param {Callback} [callback] */
  setWrapUpUserState(isWrapUpActive, callback) {
    this.obey(this.model.setWrapUpUserState(isWrapUpActive), callback);
  }

  queryUserState() {
    this.#telling?.agentState();
  }

  /** @param {boolean} isActive */
  changeCallCentreState(isActive) {
    this.obey(this.model.changeCallCentreState(isActive));
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

  /** @param {CallHistory} history @param {string} callId */
  async #sounds(history, callId) {
    const audible = (await history.recordings(callId)).filter((each) => each.audible);
    return Promise.all(audible.map((each) => history.soundOf(each.id)));
  }
}
