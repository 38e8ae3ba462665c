/**
 * A telephone in the browser: one registration at one PBX, audio by WebRTC. `SipPhone` and `VertoPhone` are the two kinds;
 * an application sees this class alone.
 *
 * Events (CustomEvent): `status` {status, error}: whether it is registered; `registered`: it is now; `incoming` {call}: it
 * rings; `started` {call}: both sides hear each other from here on; `changed` {call}: held, muted, another party, ringing
 * at the other side; `video` {call, stream}: the other side shows something; `ended` {call, cause}; `error` {error: PhoneError}: what nobody waits for a promise of.
 * Methods that concern a call reject with a PhoneError.
 */

import { PhoneMedia, silence } from "./media.js";
import { PhoneError } from "./phone-errors.js";

/** @import {Devices} from "./media.js" */
/** @import {PhoneErrorCode} from "./phone-errors.js" */

/** @typedef {"off"|"connecting"|"registered"|"refused"|"unreachable"|"elsewhere"} PhoneStatus */
/** @typedef {"calling"|"early"|"ringing"|"active"|"ended"} PhoneCallState `early`: it rings at the other side */

/**
 * How a user's web phone signs in (`GET /v1/web-phone`).
 * @typedef {object} PhoneSettings
 * @property {"sip"|"verto"} kind
 * @property {string} pbx
 * @property {string} url `wss://…`
 * @property {string} uri `sip:101@pbx.example`; with Verto `101@pbx.example`
 * @property {string} [login] where it is not the user part of `uri`
 * @property {string} secret
 * @property {string} [display_name]
 * @property {readonly string[]} [stun] `stun:host:port`
 */

/**
 * One call at one moment.
 * @typedef {object} PhoneCall
 * @property {string} id SIP's Call-ID, Verto's callID: with FreeSWITCH the channel's Unique-ID
 * @property {"in"|"out"} direction
 * @property {string} number of the other side
 * @property {string} name
 * @property {PhoneCallState} state
 * @property {boolean} held by us
 * @property {boolean} muted
 * @property {boolean} auto the PBX asks that it be answered by itself
 */

export class WebPhone extends EventTarget {
  /** @protected @readonly @type {PhoneSettings} */ settings;
  /** @protected @readonly */ media = new PhoneMedia();
  /** @type {Map<string, PhoneCall>} */ #calls = new Map();
  /** @type {PhoneStatus} */ #status = "off";

  /** @param {PhoneSettings} settings */
  constructor(settings) {
    super();
    this.settings = settings;
  }

  get status() {
    return this.#status;
  }

  get pbx() {
    return this.settings.pbx;
  }

  /** The calls that have not ended, oldest first. @returns {readonly PhoneCall[]} */
  get calls() {
    return [...this.#calls.values()];
  }

  /** Registers, and stays registered. */
  start() {}

  /** Ends its calls and the registration. */
  stop() {}

  /** Dials. @param {string} _number @returns {Promise<string>} the call's id */
  async call(_number) {
    throw new TypeError("not a telephone");
  }

  /** @param {string} _id */
  async answer(_id) {}

  /** Ends the call, declines it, or takes it back. @param {string} _id */
  async hangup(_id) {}

  /** @param {string} _id @param {boolean} _held */
  async hold(_id, _held) {}

  /** @param {string} _id @param {string} _digits */
  async dtmf(_id, _digits) {}

  /** The other side hears nothing, or hears again. @param {string} id @param {boolean} muted */
  async mute(id, muted) {
    const connection = this.connectionOf(id);
    if (!connection) throw this.gone(id);
    silence(connection, muted);
    this.change(id, { muted });
  }

  /** Microphone and loudspeaker, for calls that go on too. @param {Devices} devices */
  async setDevices(devices) {
    const connections = this.calls.map((each) => this.connectionOf(each.id)).filter((each) => each !== null);
    await this.media.setDevices(devices, connections);
  }

  /** The audio of a call; null: there is none yet. @param {string} _id @returns {RTCPeerConnection|null} */
  connectionOf(_id) {
    return null;
  }

  /** @protected @returns {RTCConfiguration} */
  get rtc() {
    const { stun = [] } = this.settings;
    return { iceServers: stun.length ? [{ urls: [...stun] }] : [], bundlePolicy: "max-bundle" };
  }

  /** @protected @param {PhoneStatus} status @param {PhoneErrorCode} [code] @param {string} [message] */
  become(status, code, message = "") {
    if (status === this.#status) return;
    this.#status = status;
    const error = code ? new PhoneError(code, message) : null;
    this.tell("status", { status, error });
    if (status === "registered") this.tell("registered", {});
    if (error) this.tell("error", { error });
  }

  /** @protected @param {Pick<PhoneCall, "id"|"direction"|"state"> & Partial<PhoneCall>} call */
  begin(call) {
    const made = Object.freeze({ number: "", name: "", held: false, muted: false, auto: false, ...call });
    this.#calls.set(made.id, made);
    if (made.state === "ringing") this.tell("incoming", { call: made });
    else this.tell("changed", { call: made });
  }

  /** @protected @param {string} id @param {Partial<PhoneCall>} changes */
  change(id, changes) {
    const before = this.#calls.get(id);
    if (!before) return;
    const call = Object.freeze({ ...before, ...changes });
    this.#calls.set(id, call);
    this.tell(call.state === "active" && before.state !== "active" ? "started" : "changed", { call });
  }

  /** @protected @param {string} id @param {string} cause in the PBX's words */
  finish(id, cause) {
    const before = this.#calls.get(id);
    if (!before) return;
    this.#calls.delete(id);
    this.media.end(id, this.connectionOf(id));
    this.tell("ended", { call: Object.freeze({ ...before, state: /** @type {const} */ ("ended") }), cause });
    const failed = before.direction === "out" && before.state !== "active" && cause && !OWN_DEED.test(cause);
    if (failed) this.tell("error", { error: new PhoneError("phone_call_failed", cause) });
  }

  /** Tells of video when it comes, not when it was agreed on. @protected @param {string} id @param {RTCTrackEvent} event */
  watch(id, { track, streams }) {
    if (track.kind !== "video") return;
    const told = () => {
      const call = this.#calls.get(id);
      if (call) this.tell("video", { call, stream: streams[0] ?? new MediaStream([track]) });
    };
    track.addEventListener("unmute", told, { once: true });
  }

  /** @protected @param {string} id */
  gone(id) {
    return new PhoneError("phone_no_call", `There is no call ${id} here`);
  }

  /** @protected @param {string} name @param {object} detail */
  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

// Nobody needs to be told of what they did themselves.
const OWN_DEED = /^(canceled|terminated|normal_clearing|originator_cancel)$/i;
