/**
 * The client of the push protocol: one connection kept alive, resumed and in order.
 *
 * It raises `frame` and then an event of the frame's own name (`welcome`, `update`, `result`, `watched`, `watch_update`, `queues`,
 * `error`) in the order of arrival, each `update` exactly once per (epoch, version): repeats are dropped, a gap closes the
 * connection (4900) and resumes. `state` tells what it is doing.
 */

import { watchPageLife } from "./connecting/page-life.js";
import { Retries } from "./connecting/retries.js";
import { Session } from "./connecting/session.js";
import { TokenRenewal } from "./connecting/token-renewal.js";
import { UpdateOrder } from "./connecting/update-order.js";
import { CloseCode, mayReconnect } from "./protocol.js";
import { ServerClock } from "./server-clock.js";

/** @import {MovingFrame, WelcomeFrame} from "./protocol.js" */

/**
 * idle: not started, or stopped. waiting: will try again at `retryAt`. offline: the same, and the browser says that
 * there is no network. refused: will not try again until `signIn`.
 * @typedef {"idle"|"connecting"|"online"|"waiting"|"offline"|"refused"} ConnectionPhase
 * @typedef {{phase: ConnectionPhase, code: number, retryAt: number}} ConnectionStatus
 */

/**
 * @typedef {object} ConnectionOptions
 * @property {string} url `ws(s)://host:port/v1/stream`
 * @property {string} [token]
 * @property {() => Promise<string>} [renewToken] gives another token: when this one is about to expire, and once when it
 *   is refused
 * @property {"auto"|"websocket"|"sse"} [transport] auto: a WebSocket, or server-sent events where none ever opens
 * @property {number} [minDelayMs] the first reconnect comes within this time
 * @property {number} [maxDelayMs] how rare attempts become
 * @property {number} [welcomeMs] how long to wait for `welcome` (the server itself gives `hello` 5 s)
 * @property {number} [stableMs] a connection that lived so long makes the next delay short again
 */

export class CtiConnection extends EventTarget {
  #url;
  #welcomeMs;
  #retries;
  #renewal;
  #clock = new ServerClock();
  #order = new UpdateOrder();
  /** @type {Session|null} */ #session = null;
  /** @type {ConnectionStatus} */ #status = { phase: "idle", code: 0, retryAt: 0 };
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #next;
  /** @type {AbortController|null} */ #listening = null;

  /** @param {ConnectionOptions} options */
  constructor({ url, token = "", renewToken, transport = "auto", welcomeMs = 10_000, ...delays }) {
    super();
    this.#url = url;
    this.#welcomeMs = welcomeMs;
    const { minDelayMs = 500, maxDelayMs = 30_000, stableMs = 10_000 } = delays;
    this.#retries = new Retries({ transport, minDelayMs, maxDelayMs, stableMs });
    this.#renewal = new TokenRenewal(token, renewToken, {
      wanted: () => this.#listening !== null,
      show: (renewed) => this.#show(renewed),
      failed: (error) => this.#withoutToken(error),
    });
  }

  get status() {
    return this.#status;
  }

  /** How the server is reached now; null: not. */
  get transport() {
    return this.#session?.welcomeSince ? this.#session.transport : null;
  }

  /** The last update that was handed on; null before the first `welcome`. */
  get cursor() {
    return this.#order.cursor;
  }

  /** The server's clock, in milliseconds since 1970; this machine's own until the server has told. */
  serverNow() {
    return this.#clock.now();
  }

  /** Connects and stays connected until `stop` or a refusal. A repeat changes nothing. */
  start() {
    if (this.#listening) return;
    this.#listening = new AbortController();
    const lost = () => this.#session?.abandon(CloseCode.SILENT, "offline");
    watchPageLife({ back: () => this.#wake(), lost }, this.#listening.signal);
    this.#open();
  }

  /** Closes for good; the cursor stays, so that a later `start` resumes. */
  stop() {
    this.#listening?.abort();
    this.#listening = null;
    this.#drop();
    this.#become("idle", 0, 0);
  }

  /**
   * Takes another token and connects anew. The cursor is forgotten: the token may be another user's.
   * @param {string} token
   */
  signIn(token) {
    this.#renewal.replace(token);
    this.#order.forget();
    this.#retries.reset();
    if (!this.#listening) return this.start();
    this.#open();
  }

  /** Does not wait for the next attempt. Without effect while connected, connecting or refused. */
  retryNow() {
    if (this.#status.phase === "waiting" || this.#status.phase === "offline") this.#open();
  }

  /** Sends a frame; false when there is no connection that is welcome. @param {object} frame */
  send(frame) {
    return this.#session?.send(frame) ?? false;
  }

  #open() {
    this.#drop();
    this.#retries.settle();
    this.#become("connecting", this.#status.code, 0);
    const how = { url: this.#url, token: this.#renewal.token, sse: this.#retries.usesSse, welcomeMs: this.#welcomeMs };
    this.#session = new Session(how, this.#order, this.#clock, {
      frame: (frame) => this.#tell("frame", frame),
      welcome: (frame) => this.#welcome(frame),
      update: (frame) => this.#tell("update", frame),
      other: (frame) => this.#tell(frame.type, frame),
      expiring: () => void this.#renewal.renew(),
      moving: (frame) => this.#move(frame),
      closed: (code) => this.#closed(code),
    });
  }

  /** @param {WelcomeFrame} frame */
  #welcome(frame) {
    this.#retries.welcome(this.#session?.transport);
    this.#renewal.welcome();
    this.#become("online", 0, 0);
    this.#tell("welcome", frame);
  }

  /** The server will go away: leaves when it says, so that its clients do not all come at once to another one.
   * @param {MovingFrame} frame */
  #move(frame) {
    const delay = Math.max(0, frame.after_ms);
    this.#retries.move(delay);
    clearTimeout(this.#next);
    this.#next = setTimeout(() => this.#open(), delay);
  }

  /** A new token, to the server; without a connection that is welcome, with a new one. @param {string} token */
  #show(token) {
    if (this.send({ type: "renew", token })) return true;
    this.#open();
    return false;
  }

  /** There is no other token; while the old one still holds there will be another occasion. @param {unknown} error */
  #withoutToken(error) {
    this.#tell("error", { type: "error", code: "no_token", message: String(error) });
    const holds = Boolean(this.#session?.welcomeSince);
    if (!holds) this.#become("refused", CloseCode.UNAUTHORIZED, 0);
    return holds;
  }

  /** The page is seen again, or the network is back: try at once, or see whether the socket outlived it. */
  #wake() {
    if (this.#session?.stale) this.#session.abandon(CloseCode.SILENT, "stale");
    else this.retryNow();
  }

  /** @param {number} code */
  #closed(code) {
    const since = this.#session?.welcomeSince ?? 0;
    this.#drop();
    if (!mayReconnect(code)) return this.#refused(code);
    const delay = this.#retries.closed(since);
    this.#next = setTimeout(() => this.#open(), delay);
    // Attempts go on without a network too: the browser may be wrong, and the server may be this machine.
    this.#become(navigator.onLine ? "waiting" : "offline", code, Date.now() + delay);
  }

  /** @param {number} code */
  #refused(code) {
    this.#retries.settle();
    const renews = code === CloseCode.UNAUTHORIZED && this.#renewal.possible;
    this.#become(renews ? "connecting" : "refused", code, 0);
    if (renews) void this.#renewal.renew();
  }

  #drop() {
    clearTimeout(this.#next);
    this.#session?.close();
    this.#session = null;
  }

  /** @param {ConnectionPhase} phase @param {number} code @param {number} retryAt */
  #become(phase, code, retryAt) {
    this.#status = { phase, code, retryAt };
    this.#tell("state", this.#status);
  }

  /** @param {string} name @param {unknown} detail */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
