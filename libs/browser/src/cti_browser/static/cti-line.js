/**
 * One user's line in this tab: what happens comes as CustomEvents under CtiModel's names, what is as `CtiColumns`.
 * `CtiModel` adds the commands.
 */

import { CtiColumns } from "./cti-columns.js";
import { CtiConnection } from "./cti-connection.js";
import { KNOWN_EVENTS } from "./cti-events.js";

/** @import {ConnectionOptions, ConnectionStatus} from "./cti-connection.js" */
/** @import {CtiEventDetail, DisconnectedDetail, SnapshotDetail} from "./cti-events.js" */
/** @import {ErrorView, EventFrame, UpdateFrame, WelcomeFrame} from "./protocol.js" */

/** CtiModel's words for a log-in that a PBX refuses. @param {ErrorView} error */
function faultOf(error) {
  return { errorType: "AUTHENTICATION", internalErrorCode: error.reason, data: error.message, source: error.device };
}

export class CtiLine extends CtiColumns {
  /** @protected @readonly @type {CtiConnection} */ connection;

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

  /** @param {WelcomeFrame} frame */
  #welcome(frame) {
    const before = this.currentCall?.id ?? "";
    this.takeWelcome(frame);
    this.raise("initialized", { user: frame.user, tenant: frame.tenant, recovered: frame.recovered });
    this.raise("connected", {});
    this.raise("activeCallSnapshot", this.#snapshot(frame.recovered));
    for (const each of this.errors) this.raise("error", faultOf(each));
    if ((this.currentCall?.id ?? "") !== before) {
      const at = { origin: "observed", occurredAt: frame.server_time };
      this.raise("currentCallChanged", { call: this.currentCall, digits: "", replay: true, ...at });
    }
  }

  /** @param {UpdateFrame} frame */
  #update(frame) {
    const replay = frame.replay ?? false;
    // The view of the welcome is newer than that of any replayed update.
    if (!replay) this.takeView(frame.view);
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
      call: event.call ? this.callOf(event.call) : null,
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
    return { activeCalls: this.activeCalls, currentCall: this.currentCall, recovered };
  }

  /** @param {ConnectionStatus} status */
  #status(status) {
    const gone = status.phase === "waiting" || status.phase === "offline" || status.phase === "idle";
    const refused = status.phase === "refused";
    const was = this.isConnected;
    if (status.phase !== "online") this.forget();
    this.raise("connectionStateChanged", status);
    if ((was && gone) || refused || (was && status.phase === "connecting")) {
      /** @type {DisconnectedDetail} */
      const detail = { failureCode: status.code, ignoreTryReconnection: refused || status.phase === "idle" };
      this.raise("disconnected", detail);
    }
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
