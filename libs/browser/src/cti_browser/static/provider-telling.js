/** CtiModel's events as those of a provider: positional arguments, one object for each call, nothing that is replayed. */

/** @import {CtiEventDetail, SnapshotDetail, DisconnectedDetail} from "./cti-events.js" */
/** @import {CtiModel} from "./cti-model.js" */
/** @import {ProviderCall, ProviderCalls} from "./provider-calls.js" */

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

export class ProviderTelling {
  #model;
  #calls;
  #fire;
  #over = new AbortController();

  /** @param {CtiModel} model @param {ProviderCalls} calls @param {(event: string, ...parameters: unknown[]) => void} fire */
  constructor(model, calls, fire) {
    this.#model = model;
    this.#calls = calls;
    this.#fire = fire;
    this.#listen();
  }

  /** Tells nothing more. */
  stop() {
    this.#over.abort();
  }

  #listen() {
    const model = this.#model;
    /** @param {string} name @param {(detail: any) => void} handler */
    const on = (name, handler) =>
      model.addEventListener(name, (event) => handler(/** @type {CustomEvent} */ (event).detail), { signal: this.#over.signal });
    on("rawMessage", ({ frame }) => this.#fire("rawMessage", frame));
    on("initialized", (detail) => this.#fire("initialized", detail));
    on("disconnected", (/** @type {DisconnectedDetail} */ { failureCode, ignoreTryReconnection }) =>
      this.#fire("disconnected", failureCode, { ignoreTryReconnection }));
    on("error", (detail) => this.#fire("error", detail));
    on("activeCallSnapshot", (/** @type {SnapshotDetail} */ { activeCalls, currentCall }) => {
      const snapshot = this.#calls.snapshot(activeCalls, currentCall);
      this.#fire("activeCallSnapshot", snapshot);
      this.agentState();
    });
    on("dtmfEntered", (/** @type {CtiEventDetail} */ { digits, replay }) => !replay && this.#fire("dtmfEntered", digits));
    on("agentStateChanged", (/** @type {CtiEventDetail} */ { replay }) => !replay && this.agentState());
    on("callCentreStateChanged", (/** @type {CtiEventDetail} */ { replay }) =>
      !replay && this.#fire("callCentreStateChanged", model.isCallCentreActive));
    on("lineStateChanged", (/** @type {CtiEventDetail} */ { call, replay }) =>
      !replay && this.lineState(call && this.#calls.of(call)));
    for (const name of CALL_EVENTS) on(name, (detail) => this.#call(name, detail));
  }

  /** @param {string} name @param {CtiEventDetail} detail */
  #call(name, { call, replay }) {
    if (replay) return;
    const told = call && this.#calls.of(call);
    this.#fire(name, told);
    if (name === "callFinished" && call) {
      this.#calls.forget(call.id);
      if (!this.#model.activeCalls.length) this.lineState(null);
    }
  }

  /** What may be asked. @param {ProviderCall|null} call null: the line without a call */
  lineState(call) {
    const callFeaturesSet = call ? call.callFeaturesSet : this.#model.lineFeatures;
    this.#fire("lineStateChanged", call ? { callFeaturesSet, callId: call.id } : { callFeaturesSet });
  }

  /** The agent's state, when there is one. */
  agentState() {
    const { agentState: userState, agentStateReason: userStateReasonCode } = this.#model;
    if (userState) this.#fire("agentStateChanged", { userState, userStateReasonCode });
  }
}
