/**
 * A web phone as one of the telephones of a CtiModel's line: which call of the phone is which call of the line, and
 * CtiModel's events for it.
 *
 * `webRtcStarted` {sessionId, call}, `webRtcVideoStarted` {sessionId, call, stream} (what the other side shows; nothing is
 * shown to it), `webRtcDestroyed` {sessionId, call} are raised at the model; `call` is null where the line knows no such call.
 */

import { PhoneError } from "./phone-errors.js";

/** @import {CtiCall} from "../cti-call.js" */
/** @import {PhoneCall, WebPhone} from "./web-phone.js" */
/** @typedef {EventTarget & {activeCalls: readonly CtiCall[], queryLineState: () => void}} Line a CtiModel */

const LINE_EVENTS = Object.freeze(["callStarted", "callInfoChanged", "activeCallSnapshot", "currentCallChanged", "lineStateChanged"]);
const RINGS = Object.freeze(["alerting", "initiated"]);

export class LinePhone {
  #line;
  #phone;
  /** @type {Map<string, CtiCall>} */ #started = new Map();
  /** Calls that are being answered by themselves. @type {Set<string>} */ #answering = new Set();
  /** Calls whose audio began: only they are destroyed. @type {Set<string>} */ #heard = new Set();
  #listening = new AbortController();

  /** @param {Line} line @param {WebPhone} phone */
  constructor(line, phone) {
    this.#line = line;
    this.#phone = phone;
    const { signal } = this.#listening;
    for (const name of LINE_EVENTS) line.addEventListener(name, () => this.#answerOwn(), { signal });
    // What the line allows has changed: whoever shows buttons looks again. Click-to-call is answered by that too.
    for (const name of ["incoming", "changed", "started", "ended"]) phone.addEventListener(name, () => line.queryLineState(), { signal });
    phone.addEventListener("started", (event) => this.#tell("webRtcStarted", event), { signal });
    phone.addEventListener("video", (event) => this.#tell("webRtcVideoStarted", event), { signal });
    phone.addEventListener("ended", (event) => this.#tell("webRtcDestroyed", event), { signal });
  }

  /** Lets go of both. */
  close() {
    this.#listening.abort();
  }

  /** The phone's call behind a call of the line; null: another telephone has it. @param {CtiCall} call */
  phoneCallOf(call) {
    return phoneCallOf(call, this.#phone.calls, this.#phone.pbx, this.#line.activeCalls);
  }

  /** Whether the phone itself can do it now. @param {string} verb @param {CtiCall} call */
  allows(verb, call) {
    const found = this.phoneCallOf(call);
    return found !== null && allowed(found).includes(verb);
  }

  /** Does it at the phone. @param {string} verb @param {CtiCall} call @param {{digits?: string}} [fields] */
  async act(verb, call, { digits = "" } = {}) {
    const found = this.phoneCallOf(call);
    if (!found || !allowed(found).includes(verb)) throw new PhoneError("phone_no_call", `${verb}: not at this telephone now`);
    if (verb === "answer") await this.#phone.answer(found.id);
    else if (verb === "clear") await this.#phone.hangup(found.id);
    else if (verb === "hold" || verb === "retrieve") await this.#phone.hold(found.id, verb === "hold");
    else if (verb === "mute" || verb === "unmute") await this.#phone.mute(found.id, verb === "mute");
    else await this.#phone.dtmf(found.id, digits);
  }

  /** Click-to-call: the PBX rings the user's own telephone first, and the user has said already that they want to talk. */
  #answerOwn() {
    for (const call of this.#phone.calls) {
      if (call.state !== "ringing" || this.#answering.has(call.id)) continue;
      const own = this.#line.activeCalls.some((each) => isOwnDialling(each) && this.phoneCallOf(each)?.id === call.id);
      if (!own && !call.auto) continue;
      this.#answering.add(call.id);
      this.#phone.answer(call.id).catch((error) => {
        if (!(error instanceof PhoneError)) throw error;
        this.#phone.dispatchEvent(new CustomEvent("error", { detail: { error } }));
      });
    }
  }

  /** @param {string} name @param {Event} event */
  #tell(name, event) {
    const { call: phoneCall, stream } = /** @type {CustomEvent<{call: PhoneCall, stream?: MediaStream}>} */ (event).detail;
    const call = this.#line.activeCalls.find((each) => this.phoneCallOf(each)?.id === phoneCall.id) ?? this.#started.get(phoneCall.id) ?? null;
    if (name === "webRtcStarted" && call) this.#started.set(phoneCall.id, call);
    if (name === "webRtcDestroyed") {
      const audible = this.#heard.delete(phoneCall.id);
      this.#answering.delete(phoneCall.id);
      this.#started.delete(phoneCall.id);
      if (!audible) return;
    } else this.#heard.add(phoneCall.id);
    this.#line.dispatchEvent(new CustomEvent(name, { detail: { sessionId: phoneCall.id, call, ...(stream && { stream }) } }));
  }
}

/** What a web phone can do with its call. @param {PhoneCall} call @returns {readonly string[]} */
export function allowed({ state, held, muted }) {
  if (state === "ringing") return ["answer", "clear"];
  if (state !== "active") return ["clear"];
  return ["clear", held ? "retrieve" : "hold", muted ? "unmute" : "mute", "send_digits"];
}

/**
 * Which of the phone's calls a call of the line is. Pure. PBXs give no id that both know, so: the same PBX and phase; then
 * the same number; else, when there is only one of each, that one. Doubt is null: no button does something to another call.
 * @param {CtiCall} call @param {readonly PhoneCall[]} phoneCalls @param {string} pbx @param {readonly CtiCall[]} lineCalls
 */
export function phoneCallOf(call, phoneCalls, pbx, lineCalls) {
  if (call.pbx !== pbx || call.ended_at) return null;
  const alike = phoneCalls.filter((each) => samePhase(call, each));
  const numbered = alike.filter((each) => sameNumber(each.number, call.number));
  if (numbered.length === 1) return numbered[0] ?? null;
  const rivals = lineCalls.filter((each) => each.pbx === pbx && alike.some((phoneCall) => samePhase(each, phoneCall)));
  return alike.length === 1 && rivals.length === 1 ? (alike[0] ?? null) : null;
}

/** @param {CtiCall} call @param {PhoneCall} phoneCall */
function samePhase(call, phoneCall) {
  if (phoneCall.state !== "ringing") return phoneCall.state === "active" ? true : call.direction === "out";
  return RINGS.includes(call.connection_state) && !call.answered_at;
}

/** @param {string} one @param {string} other */
function sameNumber(one, other) {
  const [a, b] = [one.replace(/\D/g, ""), other.replace(/\D/g, "")];
  // The last seven digits tell a subscriber; what stands before them differs by who writes it.
  return a !== "" && b !== "" && (a === b || (a.length >= 7 && b.length >= 7 && a.slice(-7) === b.slice(-7)));
}

/** @param {CtiCall} call */
function isOwnDialling(call) {
  return call.direction === "out" && !call.answered_at && RINGS.includes(call.connection_state);
}
