/** A web phone by Verto: FreeSWITCH's mod_verto, and Webitel's of the generation that has it. */

import { commandId } from "../cti-commands.js";
import { gathered } from "./media.js";
import { PhoneError } from "./phone-errors.js";
import { answered, dialled, ended, NO_CALLS, received } from "./verto-calls.js";
import { reply } from "./verto-codec.js";
import { VertoSocket } from "./verto-socket.js";
import { WebPhone } from "./web-phone.js";

/** @import {Deed, VertoCalls} from "./verto-calls.js" */
/** @import {VertoRequest} from "./verto-codec.js" */
/** @import {PhoneCallState} from "./web-phone.js" */

/** @type {Readonly<Record<string, PhoneCallState>>} */
const STATE = Object.freeze({ requesting: "calling", early: "early", ringing: "ringing", answering: "ringing", active: "active" });

export class VertoPhone extends WebPhone {
  #socket = new VertoSocket(() => this.settings.url, uuid(), {
    opening: () => this.become("connecting"),
    opened: () => void this.#login(),
    asked: (frame) => this.#obey(frame),
    lost: () => this.#lost(),
  });
  /** @type {VertoCalls} */ #verto = NO_CALLS;
  /** @type {Map<string, RTCPeerConnection>} */ #connections = new Map();
  /** @type {Map<string, string>} */ #offers = new Map();

  /** @override */
  start() {
    if (!this.#socket.isWanted) this.#socket.open();
  }

  /** @override */
  stop() {
    for (const call of this.calls) {
      this.#socket.say("verto.bye", { ...this.#about(call.id), cause: "NORMAL_CLEARING" });
      this.#end(call.id, "NORMAL_CLEARING");
    }
    this.#socket.drop();
    this.become("off");
  }

  /** @override @param {string} number */
  async call(number) {
    if (this.status !== "registered") throw new PhoneError("phone_unreachable", "The telephone is not signed in");
    const stream = await this.media.open();
    const id = uuid();
    const connection = this.#connect(id);
    this.#verto = dialled(this.#verto, id, number);
    this.begin({ id, direction: "out", state: "calling", number });
    try {
      for (const track of stream.getTracks()) connection.addTrack(track, stream);
      await connection.setLocalDescription(await connection.createOffer());
      await this.#socket.ask("verto.invite", { sdp: await gathered(connection), ...this.#about(id, { destination_number: number }) });
    } catch (error) {
      this.#end(id, "");
      throw error;
    }
    return id;
  }

  /** @override @param {string} id */
  async answer(id) {
    const offer = this.#offers.get(id);
    if (offer === undefined) throw this.gone(id);
    this.#offers.delete(id);
    try {
      await this.#accept(id, "verto.answer", offer);
    } catch (error) {
      // Another try is possible when only the microphone was refused.
      if (this.#verto.has(id)) this.#offers.set(id, offer);
      throw error;
    }
    this.#verto = answered(this.#verto, id, "active");
    this.#show(id);
  }

  /** @override @param {string} id */
  async hangup(id) {
    const call = this.#verto.get(id);
    if (!call) throw this.gone(id);
    const cause = call.state === "ringing" ? "USER_BUSY" : "NORMAL_CLEARING";
    const done = this.#socket.ask("verto.bye", { ...this.#about(id), cause });
    this.#end(id, "NORMAL_CLEARING");
    await done.catch((error) => {
      // It may have ended by itself in the same moment.
      if (!(error instanceof PhoneError)) throw error;
    });
  }

  /** @override @param {string} id @param {boolean} held */
  async hold(id, held) {
    if (!this.#verto.has(id)) throw this.gone(id);
    const result = await this.#socket.ask("verto.modify", { action: held ? "hold" : "unhold", ...this.#about(id) });
    // A call whose audio is not up yet is not held, and no error says so: the state in the answer is the truth.
    const now = result?.holdState === "held";
    this.change(id, { held: now });
    if (now !== held) throw new PhoneError("phone_refused", `The PBX left the call ${result?.holdState}`);
  }

  /** @override @param {string} id @param {string} digits */
  async dtmf(id, digits) {
    if (!this.#verto.has(id)) throw this.gone(id);
    await this.#socket.ask("verto.info", { dtmf: digits, ...this.#about(id) });
  }

  /** @override @param {string} id */
  connectionOf(id) {
    return this.#connections.get(id) ?? null;
  }

  async #login() {
    const { uri, login, secret } = this.settings;
    const passwd = secret;
    try {
      await this.#socket.ask("login", { login: login || uri.replace(/^sip:/, ""), passwd, loginParams: {}, userVariables: {} });
      this.#socket.welcome();
      this.become("registered");
    } catch (error) {
      if (!(error instanceof PhoneError)) throw error;
      if (error.code === "phone_password") {
        this.#socket.drop();
        this.become("refused", "phone_password", error.message);
      } else this.#socket.giveUp();
    }
  }

  /** @param {VertoRequest} frame */
  #obey(frame) {
    this.#socket.send(reply(frame.id, frame.method));
    const { calls, deeds } = received(this.#verto, frame);
    this.#verto = calls;
    for (const deed of deeds) void this.#do(deed).catch((error) => this.#failed(error));
  }

  /** @param {Deed} deed */
  async #do(deed) {
    if (deed.do === "ring") {
      this.#offers.set(deed.id, deed.sdp);
      const { number = "", name = "" } = this.#verto.get(deed.id) ?? {};
      this.begin({ id: deed.id, direction: "in", state: "ringing", number, name });
    } else if (deed.do === "attach") await this.#attach(deed.id, deed.sdp);
    else if (deed.do === "remote") {
      await this.#connections.get(deed.id)?.setRemoteDescription({ type: "answer", sdp: deed.sdp });
    } else if (deed.do === "show") this.#show(deed.id);
    else if (deed.do === "end") this.#end(deed.id, deed.cause);
    else if (deed.do === "ready") {
      for (const call of this.calls) if (!deed.ids.includes(call.id)) this.#end(call.id, "RECOVERY_ON_TIMER_EXPIRE");
    } else {
      for (const call of this.calls) this.#end(call.id, "");
      this.#socket.drop();
      this.become("elsewhere", "phone_elsewhere", "The telephone was opened elsewhere");
    }
  }

  /** A call of before the socket broke: other audio, the same call. @param {string} id @param {string} offer */
  async #attach(id, offer) {
    const { muted = false } = this.calls.find((each) => each.id === id) ?? {};
    if (!this.calls.some((each) => each.id === id)) {
      const call = this.#verto.get(id);
      this.begin({ id, direction: call?.direction ?? "in", state: "active", number: call?.number ?? "", name: call?.name ?? "" });
    }
    await this.#accept(id, "verto.attach", offer);
    if (muted) await this.mute(id, true);
  }

  /** Answers an offer with our audio. @param {string} id @param {"verto.answer"|"verto.attach"} method @param {string} offer */
  async #accept(id, method, offer) {
    const stream = await this.media.open();
    const connection = this.#connect(id);
    for (const track of stream.getTracks()) connection.addTrack(track, stream);
    await connection.setRemoteDescription({ type: "offer", sdp: offer });
    await connection.setLocalDescription(await connection.createAnswer());
    await this.#socket.ask(method, { sdp: await gathered(connection), ...this.#about(id) });
  }

  /** @param {string} id */
  #connect(id) {
    const before = this.#connections.get(id);
    this.media.end(id, before);
    before?.close();
    const connection = new RTCPeerConnection(this.rtc);
    connection.addEventListener("track", (event) => {
      this.media.play(id, connection);
      this.watch(id, event);
    });
    this.#connections.set(id, connection);
    return connection;
  }

  /** @param {string} id */
  #show(id) {
    const call = this.#verto.get(id);
    if (call) this.change(id, { state: STATE[call.state] ?? "active", number: call.number, name: call.name });
  }

  /** @param {string} id @param {string} cause */
  #end(id, cause) {
    this.#verto = ended(this.#verto, id, cause).calls;
    this.finish(id, cause);
    this.#offers.delete(id);
    this.#connections.get(id)?.close();
    this.#connections.delete(id);
  }

  /** The socket broke. The answered calls wait at the PBX for us to come back with the same session; ringing ones do not. */
  #lost() {
    for (const call of this.calls) if (call.state !== "active") this.#end(call.id, "");
    this.become("unreachable", "phone_unreachable", `No connection to ${this.settings.url}`);
  }

  /** @param {string} id @param {object} [more] */
  #about(id, more = {}) {
    const login = this.settings.login || this.settings.uri.replace(/^sip:/, "");
    const number = login.split("@")[0] ?? "";
    return { dialogParams: { callID: id, login, caller_id_name: this.settings.display_name || number, caller_id_number: number,
      useVideo: false, useStereo: false, userVariables: {}, ...more } };
  }

  /** @param {unknown} error */
  #failed(error) {
    if (error instanceof PhoneError) return this.tell("error", { error });
    if (error instanceof DOMException) return this.tell("error", { error: new PhoneError("phone_media", error.message) });
    throw error;
  }
}

/** mod_verto wants ids as UUIDs: the call's becomes the channel's. */
function uuid() {
  return commandId().replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/, "$1-$2-4$3-8$4-$5");
}
