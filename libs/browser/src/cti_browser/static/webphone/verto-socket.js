/** The session with mod_verto: one socket, requests with their answers, and the same session again after the socket broke. */

import { PhoneError } from "./phone-errors.js";
import { LOGIN_REFUSED, parse, request } from "./verto-codec.js";

/** @import {VertoFault, VertoRequest, VertoResult} from "./verto-codec.js" */

const ANSWER_MS = 10_000;
const RETRY_FIRST_MS = 1000;
const RETRY_MOST_MS = 15_000;

/**
 * @typedef {object} SocketListener
 * @property {() => void} opening a connection is tried
 * @property {() => void} opened a socket is open: sign in
 * @property {(frame: VertoRequest) => void} asked the PBX wants something
 * @property {() => void} lost the socket broke; another one will be tried
 */

export class VertoSocket {
  #url;
  #session;
  #listener;
  /** @type {WebSocket|null} */ #socket = null;
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void, timer: ReturnType<typeof setTimeout>}>} */
  #asked = new Map();
  #lastId = 0;
  #retryMs = RETRY_FIRST_MS;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #retrying;

  /** @param {() => string} url @param {string} session who comes back with it finds its calls again @param {SocketListener} listener */
  constructor(url, session, listener) {
    this.#url = url;
    this.#session = session;
    this.#listener = listener;
  }

  /** Whether there is one, open or not yet. */
  get isWanted() {
    return this.#socket !== null;
  }

  open() {
    clearTimeout(this.#retrying);
    this.#listener.opening();
    const socket = new WebSocket(this.#url());
    this.#socket = socket;
    socket.onopen = () => this.#listener.opened();
    socket.onmessage = ({ data }) => socket === this.#socket && this.#take(String(data));
    socket.onclose = () => socket === this.#socket && this.#lost();
  }

  /** The PBX has let us in: the next attempt, should there be one, comes soon. */
  welcome() {
    this.#retryMs = RETRY_FIRST_MS;
  }

  /** Ends the connection, which is tried anew. */
  giveUp() {
    this.#socket?.close();
  }

  /** Lets go for good; what was asked fails. */
  drop() {
    clearTimeout(this.#retrying);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    for (const { reject, timer } of this.#asked.values()) {
      clearTimeout(timer);
      reject(new PhoneError("phone_unreachable", "The connection to the PBX broke"));
    }
    this.#asked.clear();
  }

  /** Says it, and waits for no answer. @param {string} method @param {object} params */
  say(method, params) {
    this.send(request(++this.#lastId, method, params));
  }

  /** @param {string} method @param {object} params @returns {Promise<any>} */
  ask(method, params) {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const late = () => {
        this.#asked.delete(id);
        reject(new PhoneError("phone_unreachable", `${method}: no answer came in time`));
      };
      if (!this.send(request(id, method, { sessid: this.#session, ...params }))) return late();
      this.#asked.set(id, { resolve, reject, timer: setTimeout(late, ANSWER_MS) });
    });
  }

  /** False when there is no open socket. @param {string} text */
  send(text) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(text);
    return true;
  }

  /** @param {string} text */
  #take(text) {
    const frame = parse(text);
    if (frame.kind === "request") this.#listener.asked(frame);
    else if (frame.kind !== "noise") this.#settle(frame);
  }

  /** @param {VertoResult|VertoFault} frame */
  #settle(frame) {
    const asked = frame.id === null ? undefined : this.#asked.get(frame.id);
    if (!asked || frame.id === null) return;
    this.#asked.delete(frame.id);
    clearTimeout(asked.timer);
    if (frame.kind === "result") asked.resolve(frame.result);
    else {
      const code = frame.code === LOGIN_REFUSED ? "phone_password" : "phone_refused";
      asked.reject(new PhoneError(code, String(frame.about.cause ?? frame.message)));
    }
  }

  #lost() {
    this.drop();
    this.#listener.lost();
    this.#retrying = setTimeout(() => this.open(), this.#retryMs * (0.5 + Math.random()));
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MOST_MS);
  }
}
