/** A web phone by SIP over WebSocket (RFC 7118), on JsSIP: Asterisk with PJSIP, and whatever else speaks it. */

import JsSIP from "../vendor/jssip.js";
import { PhoneError } from "./phone-errors.js";
import { WebPhone } from "./web-phone.js";

/** @import {SipSession, UserAgent} from "../vendor/jssip.js" */

// Asterisk's own default for contacts of telephones behind NAT would be an hour: too long to be missed for.
const REGISTER_S = 300;
// With an unreachable STUN server Chromium gathers for 40 s; by then the caller has gone.
const ICE_GATHERING_MS = 2000;
const AUTO_ANSWER = /answer-after\s*=\s*0|alert-autoanswer|auto\s*answer/i;

export class SipPhone extends WebPhone {
  /** @type {UserAgent|null} */ #agent = null;
  /** @type {Map<string, SipSession>} */ #sessions = new Map();

  /** @override */
  start() {
    if (this.#agent) return;
    const { uri, url, login, secret, display_name: name } = this.settings;
    this.become("connecting");
    const agent = new JsSIP.UA({
      uri: uri.startsWith("sip:") ? uri : `sip:${uri}`,
      sockets: [new JsSIP.WebSocketInterface(url)],
      password: secret,
      register_expires: REGISTER_S,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 15,
      user_agent: "Trunkline",
      ...(login && { authorization_user: login }),
      ...(name && { display_name: name }),
    });
    this.#agent = agent;
    agent.on("registered", () => this.become("registered"));
    agent.on("unregistered", () => this.#agent && this.status === "registered" && this.become("connecting"));
    agent.on("registrationFailed", ({ response, cause }) => this.#refused(response?.status_code ?? 0, String(cause)));
    agent.on("disconnected", () => this.#agent && this.become("unreachable", "phone_unreachable", `No connection to ${url}`));
    agent.on("newRTCSession", ({ session, request }) => this.#begun(session, request));
    agent.start();
  }

  /** @override */
  stop() {
    const agent = this.#agent;
    this.#agent = null;
    agent?.stop();
    this.become("off");
  }

  /** @override @param {string} number */
  async call(number) {
    if (!this.#agent || this.status !== "registered") throw new PhoneError("phone_unreachable", "The telephone is not registered");
    const mediaStream = await this.media.open();
    /** @type {string} */ let id = "";
    const began = (/** @type {Event} */ event) => (id ||= /** @type {CustomEvent} */ (event).detail.call.id);
    this.addEventListener("changed", began);
    try {
      this.#agent.call(number, { mediaStream, pcConfig: this.rtc });
    } finally {
      this.removeEventListener("changed", began);
    }
    return id;
  }

  /** @override @param {string} id */
  async answer(id) {
    const session = this.#of(id);
    const mediaStream = await this.media.open();
    // The caller may have gone while the user was asked about the microphone.
    if (session.isEnded()) {
      for (const track of mediaStream.getTracks()) track.stop();
      throw this.gone(id);
    }
    session.answer({ mediaStream, pcConfig: this.rtc });
  }

  /** @override @param {string} id */
  async hangup(id) {
    const ringing = this.calls.find((each) => each.id === id)?.state === "ringing";
    this.#of(id).terminate(ringing ? { status_code: 486, reason_phrase: "Busy Here" } : {});
  }

  /** @override @param {string} id @param {boolean} held */
  async hold(id, held) {
    const session = this.#of(id);
    await new Promise((resolve, reject) => {
      const refused = () => reject(new PhoneError("phone_refused", "The PBX did not take the hold"));
      session.on("ended", refused);
      const asked = held ? session.hold({}, () => resolve(undefined)) : session.unhold({}, () => resolve(undefined));
      if (!asked) refused();
    });
    this.change(id, { held });
  }

  /** @override @param {string} id @param {string} digits */
  async dtmf(id, digits) {
    // As RTP events where the audio allows it (RFC 4733): what Asterisk's default `dtmf_mode=rfc4733` listens to.
    const sender = this.connectionOf(id)?.getSenders().find((each) => each.dtmf?.canInsertDTMF);
    this.#of(id).sendDTMF(digits, { transportType: sender ? "RFC2833" : "INFO" });
  }

  /** @override @param {string} id */
  connectionOf(id) {
    return this.#sessions.get(id)?.connection ?? null;
  }

  /** @param {SipSession} session @param {any} request */
  #begun(session, request) {
    const id = String(request.call_id);
    const incoming = session.direction === "incoming";
    this.#sessions.set(id, session);
    const audio = () => session.connection && this.media.play(id, session.connection);
    let gathering = /** @type {ReturnType<typeof setTimeout>|undefined} */ (undefined);
    session.on("icecandidate", ({ ready }) => (gathering ??= setTimeout(ready, ICE_GATHERING_MS)));
    session.on("progress", () => !incoming && this.change(id, { state: "early" }));
    session.on("confirmed", () => {
      audio();
      this.change(id, { state: "active" });
    });
    session.on("peerconnection", ({ peerconnection }) => {
      peerconnection.addEventListener("track", audio);
      peerconnection.addEventListener("track", (/** @type {RTCTrackEvent} */ event) => this.watch(id, event));
    });
    const over = (/** @type {{cause: string}} */ { cause }) => {
      clearTimeout(gathering);
      this.finish(id, String(cause));
      this.#sessions.delete(id);
    };
    session.on("ended", over);
    session.on("failed", over);
    const { display_name: name = "", uri } = session.remote_identity;
    const auto = incoming && ["Call-Info", "Alert-Info"].some((each) => AUTO_ANSWER.test(request.getHeader(each) ?? ""));
    const state = incoming ? "ringing" : "calling";
    this.begin({ id, direction: incoming ? "in" : "out", state, number: uri.user ?? "", name: name ?? "", auto });
  }

  /** @param {number} status @param {string} cause */
  #refused(status, cause) {
    if (![401, 403, 404, 407].includes(status)) return this.become("unreachable", "phone_unreachable", cause);
    // Again and again with the same password would only lock the account.
    const agent = this.#agent;
    this.#agent = null;
    agent?.stop();
    this.become("refused", "phone_password", cause);
  }

  /** @param {string} id */
  #of(id) {
    const session = this.#sessions.get(id);
    if (!session) throw this.gone(id);
    return session;
  }
}
