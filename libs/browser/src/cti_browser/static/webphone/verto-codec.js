/**
 * Verto's frames: JSON-RPC 2.0 over WebSocket text. Pure. As FreeSWITCH 1.10.12 speaks it (recorded).
 *
 * Both sides ask, and count their own ids, which therefore collide: an id says nothing without its direction.
 */

/** @typedef {{kind: "request", id: number|null, method: string, params: Record<string, any>}} VertoRequest */
/** @typedef {{kind: "result", id: number|null, result: any}} VertoResult */
/** @typedef {{kind: "error", id: number|null, code: number, message: string, about: Record<string, any>}} VertoFault */
/** @typedef {VertoRequest|VertoResult|VertoFault|{kind: "noise"}} VertoFrame `noise`: a bandwidth test, a batch, no JSON */

export const NEEDS_LOGIN = -32000;
export const LOGIN_REFUSED = -32001;

/** @param {string} text @returns {VertoFrame} never throws: a frame that nobody understands changes nothing */
export function parse(text) {
  const body = json(text);
  if (body === null || typeof body !== "object" || Array.isArray(body)) return { kind: "noise" };
  const id = typeof body.id === "number" ? body.id : null;
  if (typeof body.method === "string") return { kind: "request", id, method: body.method, params: object(body.params) };
  if (body.error !== undefined) {
    const about = object(body.error);
    // Some refusals have neither code nor message (recorded: a failed unsubscribe).
    return { kind: "error", id, code: typeof about.code === "number" ? about.code : 0, message: words(about.message), about };
  }
  return "result" in body ? { kind: "result", id, result: body.result } : { kind: "noise" };
}

/** @param {number} id @param {string} method @param {object} params */
export function request(id, method, params) {
  return JSON.stringify({ jsonrpc: "2.0", id, method, params });
}

/** Each request of the server wants one of these. @param {number|null} id @param {string} method */
export function reply(id, method) {
  return JSON.stringify({ jsonrpc: "2.0", id, result: { method } });
}

/** A text or number as text, empty for all else: a frame may hold anything in any place. @param {unknown} value @returns {string} */
export function words(value) {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** @param {string} text @returns {any} */
function json(text) {
  if (text.startsWith("#SP")) return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** @param {unknown} value @returns {Record<string, any>} */
function object(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? value : {};
}
