/**
 * One user's line in this tab as it is: what happens comes as CustomEvents under CtiModel's names, what is comes as
 * properties. `CtiModel` adds the commands.
 */

import { AgentColumns } from "./cti-agent.js";
import { CallFeaturesSet, CtiCall } from "./cti-call.js";
import { CtiConnection } from "./cti-connection.js";
import { KNOWN_EVENTS } from "./cti-events.js";

/** @import {ConnectionOptions, ConnectionStatus} from "./cti-connection.js" */
/** @import {CtiEventDetail, DisconnectedDetail, SnapshotDetail} from "./cti-events.js" */
/** @import {CallView, ErrorView, EventFrame, Extension, UpdateFrame, UserView, WelcomeFrame} from "./protocol.js" */

const TRANSFERRING = CallFeaturesSet.CAN_COMPLETE_TRANSFER | CallFeaturesSet.CAN_CANCEL_COMPLETE_TRANSFER;

/** CtiModel's words for a log-in that a PBX refuses. @param {ErrorView} error */
function faultOf(error) {
  return { errorType: "AUTHENTICATION", internalErrorCode: error.reason, data: error.message, source: error.device };
}

export class CtiLine extends EventTarget {
  /** @protected @readonly @type {CtiConnection} */ connection;
  /** @type {readonly CtiCall[]} */ #calls = [];
  /** @type {CtiCall|null} */ #current = null;
  /** @type {CtiCall|null} */ #last = null;
  /** @type {readonly ErrorView[]} */ #errors = [];
  #connected = false;
  #agents = new AgentColumns();
  #user = "";
  #tenant = "";
  #name = "";
  /** @type {readonly string[]} */ #roles = [];
  /** @type {readonly Extension[]} */ #extensions = [];

  /** @param {ConnectionOptions} options */
  constructor(options) {
    super();
    const connection = new CtiConnection(options);
    this.connection = connection;
    const on = this.hear.bind(this);
    on("frame", (frame) => this.raise("rawMessage", { frame }));
    on("error", (frame) => this.raise("error", { errorType: "GENERAL", internalErrorCode: frame.code, data: frame.message, source: "" }));
    on("welcome", (frame) => this.#welcome(frame));
    on("update", (frame) => this.#update(frame));
    on("state", (status) => this.#status(status));
  }

  /** Connects and stays connected. */
  connect() {
    this.connection.start();
  }

  /** Disconnects for good, or until `connect`. */
  closeConnection() {
    this.connection.stop();
  }

  /** Tries at once instead of waiting for the next attempt. */
  reConnect() {
    this.connection.retryNow();
  }

  /** Takes another token, after a refusal or for another user. @param {string} token */
  signIn(token) {
    this.connection.signIn(token);
  }

  /** The server's clock, in milliseconds since 1970: what timers count by. */
  serverNow() {
    return this.connection.serverNow();
  }

  /** @returns {ConnectionStatus} */
  get connectionStatus() {
    return this.connection.status;
  }

  get isConnected() {
    return this.#connected;
  }

  get user() {
    return this.#user;
  }

  get tenant() {
    return this.#tenant;
  }

  /** The user's name, where the directory knows it; else empty. */
  get userName() {
    return this.#name;
  }

  get roles() {
    return this.#roles;
  }

  /** The user's telephones. */
  get extensions() {
    return this.#extensions;
  }

  /** The user as agent, at each device that a call centre told of; empty for who is none. */
  get agents() {
    return this.#agents.all;
  }

  /** CtiModel's AgentState: the state at the first device, empty for who is no agent. */
  get agentState() {
    return this.#agents.state;
  }

  get agentStateReason() {
    return this.#agents.reason;
  }

  /** Whether the user is signed in to any queue. */
  get isCallCentreActive() {
    return this.#agents.isCallCentreActive;
  }

  /** The calls that have not ended, oldest first. Empty while disconnected, as nothing is known then. */
  get activeCalls() {
    return this.#calls;
  }

  /** What is wrong now: PBXs that do not let the user in, each with its reason. */
  get errors() {
    return this.#errors;
  }

  get currentCall() {
    return this.#current;
  }

  /** The call that was current last: also when it has ended. */
  get lastCall() {
    return this.#last;
  }

  get currentCallNumber() {
    return this.#current?.number ?? "";
  }

  /** The consultation of the current call. A second incoming call is none. */
  get consultCall() {
    const parent = this.#current?.id;
    return (parent && this.#calls.find((each) => each.parent_id === parent)) || null;
  }

  get consultCallNumber() {
    return this.consultCall?.number ?? "";
  }

  get isConsulting() {
    return this.consultCall !== null;
  }

  /** CtiModel's LineFeatures: what may be asked of the current call, with its consultation; to dial without a call. */
  get lineFeatures() {
    if (!this.#connected) return CallFeaturesSet.CAN_NOTHING;
    if (!this.#calls.length) return CallFeaturesSet.CAN_DIAL;
    return (this.#current?.callFeaturesSet ?? 0) | ((this.consultCall?.callFeaturesSet ?? 0) & TRANSFERRING);
  }

  /** @param {WelcomeFrame} frame */
  #welcome(frame) {
    const before = this.#current?.id ?? "";
    this.#user = frame.user;
    this.#tenant = frame.tenant;
    this.#name = frame.name ?? "";
    this.#roles = Object.freeze([...(frame.roles ?? [])]);
    this.#extensions = Object.freeze([...(frame.extensions ?? [])]);
    this.#connected = true;
    this.#take(frame.view);
    this.raise("initialized", { user: frame.user, tenant: frame.tenant, recovered: frame.recovered });
    this.raise("connected", {});
    this.raise("activeCallSnapshot", this.#snapshot(frame.recovered));
    for (const each of this.#errors) this.raise("error", faultOf(each));
    if ((this.#current?.id ?? "") !== before) {
      const at = { origin: "observed", occurredAt: frame.server_time };
      this.raise("currentCallChanged", { call: this.#current, digits: "", replay: true, ...at });
    }
  }

  /** @param {UpdateFrame} frame */
  #update(frame) {
    const replay = frame.replay ?? false;
    // The view of the welcome is newer than that of any replayed update.
    if (!replay) this.#take(frame.view);
    for (const event of frame.events) {
      if (!KNOWN_EVENTS.has(event.name)) continue;
      if (event.error) {
        if (!replay) this.raise("error", faultOf(event.error));
        continue;
      }
      const snapshot = event.name === "activeCallSnapshot" ? this.#snapshot(true) : null;
      this.raise(event.name, { ...this.#detail(event, frame, replay), ...snapshot });
    }
  }

  /** @param {EventFrame} event @param {UpdateFrame} frame @param {boolean} replay @returns {CtiEventDetail} */
  #detail(event, frame, replay) {
    return {
      call: event.call ? this.#callOf(event.call) : null,
      digits: event.digits ?? "",
      agent: event.agent ?? null,
      previous: event.previous ?? null,
      databaseId: event.database_id ?? event.call?.database_id ?? "",
      replay,
      origin: frame.origin,
      occurredAt: frame.occurred_at,
    };
  }

  /** Tells again what is known, as CtiModel's queries do. @protected */
  tellSnapshot() {
    const snapshot = this.#snapshot(true);
    this.raise("activeCallSnapshot", snapshot);
    return snapshot;
  }

  /** @param {boolean} recovered @returns {SnapshotDetail} */
  #snapshot(recovered) {
    return { activeCalls: this.#calls, currentCall: this.#current, recovered };
  }

  /** @param {ConnectionStatus} status */
  #status(status) {
    const gone = status.phase === "waiting" || status.phase === "offline" || status.phase === "idle";
    const refused = status.phase === "refused";
    const was = this.#connected;
    if (status.phase !== "online") {
      this.#connected = false;
      this.#calls = [];
      this.#agents.take([]);
      this.#errors = [];
      this.#current = null;
    }
    this.raise("connectionStateChanged", status);
    if ((was && gone) || refused || (was && status.phase === "connecting")) {
      /** @type {DisconnectedDetail} */
      const detail = { failureCode: status.code, ignoreTryReconnection: refused || status.phase === "idle" };
      this.raise("disconnected", detail);
    }
  }

  /** @param {UserView} view */
  #take(view) {
    /** @type {Map<string, CtiCall>} */
    const calls = new Map();
    // Parents are older than their consultations, and the view is in order of age.
    for (const each of view.calls ?? []) calls.set(each.id, new CtiCall(each, calls.get(each.parent_id ?? "") ?? null));
    this.#calls = Object.freeze([...calls.values()]);
    this.#current = calls.get(view.current_call ?? "") ?? null;
    this.#last = this.#current ?? this.#last;
    this.#agents.take(view.agents ?? []);
    this.#errors = Object.freeze([...(view.errors ?? [])]);
  }

  /** The call of an event: the one in the list when it still lives. @param {CallView} view */
  #callOf(view) {
    const live = this.#calls.find((each) => each.id === view.id);
    if (live && live.state_since === view.state_since && !view.ended_at) return live;
    const call = new CtiCall(view, this.#calls.find((each) => each.id === view.parent_id) ?? null);
    if (call.ended_at && call.id === this.#last?.id) this.#last = call;
    return call;
  }

  /** Handles what the connection tells. @protected @param {string} name @param {(detail: any) => void} handler */
  hear(name, handler) {
    this.connection.addEventListener(name, (event) => handler(/** @type {CustomEvent} */ (event).detail));
  }

  /** @protected @param {string} name @param {object} detail */
  raise(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
