/**
 * What a server's request means for the calls of a Verto client. Pure: (calls, request) → (calls, deeds). A deed is what the
 * shell around it does: to the audio, or to the user.
 *
 * The order is not relied on: a bye ends a call from every state, an answer may come without media before, and a call that
 * nobody knows is left alone.
 */

import { words } from "./verto-codec.js";

/** @import {VertoRequest} from "./verto-codec.js" */

/** @typedef {"requesting"|"early"|"ringing"|"answering"|"active"} VertoState */
/** @typedef {{id: string, direction: "in"|"out", state: VertoState, number: string, name: string}} VertoCall */
/** @typedef {ReadonlyMap<string, VertoCall>} VertoCalls */

/**
 * `ring`: somebody calls, with this offer. `attach`: a call of before the reconnect goes on, with this offer. `remote`: the
 * other side's audio. `show`: the call looks otherwise. `end`: it is over. `punted`: the session was opened elsewhere.
 * `ready`: only these calls of before are alive.
 * @typedef {{do: "ring"|"attach"|"remote", id: string, sdp: string}
 *   | {do: "show", id: string} | {do: "end", id: string, cause: string} | {do: "punted"} | {do: "ready", ids: string[]}} Deed
 */

/** @type {VertoCalls} */
export const NO_CALLS = new Map();

/** @param {VertoCalls} calls @param {VertoRequest} request @returns {{calls: VertoCalls, deeds: Deed[]}} */
export function received(calls, { method, params }) {
  // Own ones only: `toString` is no request.
  const handler = Object.hasOwn(HANDLERS, method) ? HANDLERS[method] : undefined;
  return handler ? handler(calls, params, words(params.callID)) : { calls, deeds: [] };
}

/** @typedef {(calls: VertoCalls, params: Record<string, any>, id: string) => {calls: VertoCalls, deeds: Deed[]}} Handler */

/** @type {Readonly<Record<string, Handler>>} */
const HANDLERS = {
  "verto.invite": (calls, params, id) => {
    if (!id || calls.has(id)) return { calls, deeds: [] };
    const call = { id, direction: /** @type {const} */ ("in"), state: /** @type {const} */ ("ringing"), ...caller(params) };
    return { calls: withCall(calls, call), deeds: [{ do: "ring", id, sdp: words(params.sdp) }] };
  },
  "verto.attach": (calls, params, id) => {
    if (!id) return { calls, deeds: [] };
    // `display_direction` is the channel's: a channel that FreeSWITCH dialled out is a call that came in.
    const direction = params.display_direction === "inbound" ? "out" : "in";
    const call = calls.get(id) ?? { id, direction: /** @type {"in"|"out"} */ (direction), ...caller(params) };
    return { calls: withCall(calls, { ...call, state: "active" }), deeds: [{ do: "attach", id, sdp: words(params.sdp) }] };
  },
  "verto.media": (calls, params, id) => progress(calls, params, id, "early"),
  "verto.answer": (calls, params, id) => progress(calls, params, id, "active"),
  "verto.display": (calls, params, id) => {
    const call = calls.get(id);
    if (!call) return { calls, deeds: [] };
    const number = words(params.display_number) || call.number;
    return { calls: withCall(calls, { ...call, number, name: words(params.display_name) || call.name }), deeds: [{ do: "show", id }] };
  },
  "verto.bye": (calls, params, id) => ended(calls, id, words(params.cause)),
  "verto.punt": () => ({ calls: NO_CALLS, deeds: [{ do: "punted" }] }),
  "verto.clientReady": (calls, params) => {
    const ids = Array.isArray(params.reattached_sessions) ? params.reattached_sessions.map(words) : [];
    return { calls, deeds: [{ do: "ready", ids }] };
  },
};

/** We dial. @param {VertoCalls} calls @param {string} id @param {string} number @returns {VertoCalls} */
export function dialled(calls, id, number) {
  return withCall(calls, { id, direction: "out", state: "requesting", number, name: "" });
}

/** We take what rings. @param {VertoCalls} calls @param {string} id @param {"answering"|"active"} state @returns {VertoCalls} */
export function answered(calls, id, state) {
  const call = calls.get(id);
  return call ? withCall(calls, { ...call, state }) : calls;
}

/** @param {VertoCalls} calls @param {string} id @param {string} cause @returns {{calls: VertoCalls, deeds: Deed[]}} */
export function ended(calls, id, cause) {
  if (!calls.has(id)) return { calls, deeds: [] };
  return { calls: new Map([...calls].filter(([each]) => each !== id)), deeds: [{ do: "end", id, cause }] };
}

/** @param {VertoCalls} calls @param {Record<string, any>} params @param {string} id @param {"early"|"active"} state */
function progress(calls, params, id, state) {
  const call = calls.get(id);
  if (!call) return { calls, deeds: [] };
  // Media that is late must not make an answered call ring again.
  const next = call.state === "active" ? call : { ...call, state };
  /** @type {Deed[]} */
  const deeds = params.sdp ? [{ do: "remote", id, sdp: words(params.sdp) }] : [];
  return { calls: withCall(calls, next), deeds: [...deeds, /** @type {Deed} */ ({ do: "show", id })] };
}

/** @param {Record<string, any>} params */
function caller(params) {
  return { number: words(params.caller_id_number), name: words(params.caller_id_name) };
}

/** @param {VertoCalls} calls @param {VertoCall} call @returns {VertoCalls} */
function withCall(calls, call) {
  return new Map([...calls, [call.id, call]]);
}
