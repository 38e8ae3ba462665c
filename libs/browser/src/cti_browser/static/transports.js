/**
 * Two ways to the server: a WebSocket, and server-sent events with commands by POST where a proxy lets no WebSocket
 * through. Both tell frames as text and one close code (docs/protocol.md); after `close` they tell nothing more.
 */

import { CLOSE_CODE_OF, CloseCode } from "./protocol.js";
import { SseParser } from "./sse.js";

/** @import {Cursor} from "./protocol.js" */

/**
 * @typedef {object} Heard
 * @property {(text: string) => void} frame
 * @property {(code: number) => void} closed once
 */

/**
 * @typedef {object} Transport
 * @property {"websocket"|"sse"} name
 * @property {(frame: object) => boolean} send false when it cannot be sent now
 * @property {(code: number, reason: string) => void} close
 */

/** @typedef {{url: string, token: string, cursor: Cursor|null}} Session */

/** @param {Session} session @param {Heard} heard @returns {Transport} */
export function openWebSocket({ url, token, cursor }, heard) {
  const socket = new WebSocket(url);
  socket.onopen = () => socket.send(JSON.stringify({ type: "hello", token, ...(cursor && { cursor }) }));
  socket.onmessage = (message) => heard.frame(String(message.data));
  socket.onclose = (event) => heard.closed(event.code);
  return {
    name: "websocket",
    send(frame) {
      if (socket.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(frame));
      return true;
    },
    close(code, reason) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(code, reason);
    },
  };
}

/** @type {Readonly<Record<number, number>>} */
const CODE_OF_STATUS = Object.freeze({ 401: CloseCode.UNAUTHORIZED, 403: CloseCode.FORBIDDEN });

/** @param {Session} session @param {Heard} heard @returns {Transport} */
export function openSse({ url, token, cursor }, heard) {
  const leaving = new AbortController();
  const headers = { Authorization: `Bearer ${token}` };
  const base = httpOf(url);
  /** @type {number} */ let code = CloseCode.UNAVAILABLE;
  /** @param {string} data */
  const hear = (data) => {
    const frame = /** @type {any} */ (safely(data));
    if (frame?.type === "error") code = CLOSE_CODE_OF[frame.code] ?? code;
    if (!leaving.signal.aborted) heard.frame(data);
  };
  const streaming = async () => {
    /** @type {Record<string, string>} */
    const last = cursor ? { "Last-Event-ID": `${cursor.epoch}:${cursor.version}` } : {};
    const answer = await fetch(`${base}/events`, {
      headers: { ...headers, ...last, Accept: "text/event-stream" },
      cache: "no-store",
      signal: leaving.signal,
    });
    if (!answer.ok || !answer.body) return void (code = CODE_OF_STATUS[answer.status] ?? code);
    const parser = new SseParser();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      for (const event of parser.take(part.value)) hear(event.data);
    }
  };
  void streaming()
    .catch((error) => {
      // A network that is away is a close like any other; what is wrong with our own code is not.
      if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
    })
    .finally(() => !leaving.signal.aborted && heard.closed(code));
  return {
    name: "sse",
    send(frame) {
      const posted = /** @type {{type: string}} */ (frame);
      if (posted.type !== "command" && posted.type !== "presence") return posted.type === "pong";
      void post(`${base}/${posted.type === "command" ? "commands" : "presence"}`, posted, headers, leaving.signal, hear);
      return true;
    },
    close: () => leaving.abort(),
  };
}

/**
 * Posts a frame; a command's result comes as if it had come by the stream. Without an answer nothing is told: the
 * command stays pending, and is asked again after a reconnect.
 * @param {string} url @param {{type: string, id?: string, verb?: string}} frame @param {Record<string, string>} headers
 * @param {AbortSignal} signal @param {(data: string) => void} hear
 */
async function post(url, { type, ...body }, headers, signal, hear) {
  try {
    const answer = await fetch(url, {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal,
    });
    if (type !== "command") return;
    const said = safely(await answer.text()) ?? {};
    const { id, verb } = body;
    if (answer.ok) return hear(JSON.stringify({ id, verb, ...said, type: "result" }));
    const error = { 400: "bad_request", 403: "forbidden", 409: "wrong_state", 429: "busy" }[answer.status] ?? "unavailable";
    hear(JSON.stringify({ type: "result", id, verb, outcome: "failed", error, message: said.detail ?? "" }));
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
  }
}

/** `wss://host/v1/stream` is `https://host/v1` for what goes by HTTP. @param {string} url */
export function httpOf(url) {
  return url.replace(/^ws/, "http").replace(/\/stream\/?$/, "");
}

/** @param {string} text @returns {any} the value, or null for what is no JSON object */
export function safely(text) {
  try {
    const value = JSON.parse(text);
    return value && typeof value === "object" ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
