/**
 * The client of the push protocol: one connection kept alive, resumed and in order.
 *
 * It raises `frame` and then an event of the frame's own name (`welcome`, `update`, `result`, `watched`, `watch_update`,
 * `error`) in the order of arrival, each `update` exactly once per (epoch, version): repeats are dropped, a gap closes the
 * connection (4900) and resumes. `state` tells what it is doing.
 */

import { backoff, CloseCode, mayReconnect } from "./protocol.js";
import { ServerClock } from "./server-clock.js";
import { openSse, openWebSocket, safely } from "./transports.js";

/** @import {Cursor, Frame, MovingFrame, UpdateFrame, WelcomeFrame} from "./protocol.js" */
/** @import {Transport} from "./transports.js" */

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

// A frame is due every ping_s; two lost pings and a half are not a hiccup any more.
const SILENT_PINGS = 2.5;
// After a sleep or a change of network there is no reason to wait for the whole deadline.
const STALE_PINGS = 1.25;
// So often a WebSocket may fail to open before the other way is tried, in turn with it.
const BLOCKED_AFTER = 2;

export class CtiConnection extends EventTarget {
  /** @type {Required<Omit<ConnectionOptions, "renewToken">> & Pick<ConnectionOptions, "renewToken">} */ #options;
  /** @type {Transport|null} */ #transport = null;
  /** @type {Cursor|null} */ #cursor = null;
  /** @type {ConnectionStatus} */ #status = { phase: "idle", code: 0, retryAt: 0 };
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #moving;
  #clock = new ServerClock();
  /** @type {AbortController|null} */ #listening = null;
  #attempt = 0;
  #failedToOpen = 0;
  #socketsWork = false;
  #renewing = false;
  #movesAt = 0;
  #onlineSince = 0;
  #lastFrameAt = 0;
  #pingMs = 20_000;

  /** @param {ConnectionOptions} options */
  constructor(options) {
    super();
    const defaults = { minDelayMs: 500, maxDelayMs: 30_000, welcomeMs: 10_000, stableMs: 10_000 };
    this.#options = { token: "", transport: "auto", ...defaults, ...options };
  }

  get status() {
    return this.#status;
  }

  /** How the server is reached now; null: not. */
  get transport() {
    return this.#onlineSince ? (this.#transport?.name ?? null) : null;
  }

  /** The last update that was handed on; null before the first `welcome`. */
  get cursor() {
    return this.#cursor;
  }

  /** The server's clock, in milliseconds since 1970; this machine's own until the server has told. */
  serverNow() {
    return this.#clock.now();
  }

  /** Connects and stays connected until `stop` or a refusal. A repeat changes nothing. */
  start() {
    if (this.#listening) return;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    addEventListener("online", () => this.#wake(), { signal });
    addEventListener("offline", () => this.#transport && this.#abandon(CloseCode.SILENT, "offline"), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.#wake(), { signal });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#wake(), { signal });
    this.#open();
  }

  /** Closes for good; the cursor stays, so that a later `start` resumes. */
  stop() {
    this.#listening?.abort();
    this.#listening = null;
    this.#drop(1000, "");
    this.#become("idle", 0, 0);
  }

  /**
   * Takes another token and connects anew. The cursor is forgotten: the token may be another user's.
   * @param {string} token
   */
  signIn(token) {
    this.#options.token = token;
    this.#cursor = null;
    this.#attempt = this.#failedToOpen = this.#movesAt = 0;
    this.#renewing = false;
    if (!this.#listening) return this.start();
    this.#drop(1000, "");
    this.#open();
  }

  /** Does not wait for the next attempt. Without effect while connected, connecting or refused. */
  retryNow() {
    if (this.#status.phase === "waiting" || this.#status.phase === "offline") this.#open();
  }

  /** Sends a frame; false when there is no connection that is welcome. @param {object} frame */
  send(frame) {
    return this.#onlineSince > 0 && (this.#transport?.send(frame) ?? false);
  }

  #open() {
    this.#drop(1000, "");
    this.#onlineSince = this.#movesAt = 0;
    this.#become("connecting", this.#status.code, 0);
    const session = { url: this.#options.url, token: this.#options.token, cursor: this.#cursor };
    const heard = {
      frame: (/** @type {string} */ text) => this.#receive(text),
      closed: (/** @type {number} */ code) => this.#closed(code),
    };
    this.#transport = this.#usesSse() ? openSse(session, heard) : openWebSocket(session, heard);
    this.#timer = setTimeout(() => this.#abandon(CloseCode.SILENT, "no welcome"), this.#options.welcomeMs);
  }

  #usesSse() {
    const { transport } = this.#options;
    if (transport !== "auto") return transport === "sse";
    return !this.#socketsWork && this.#failedToOpen >= BLOCKED_AFTER && this.#failedToOpen % 2 === 0;
  }

  /** @param {string} data */
  #receive(data) {
    const frame = /** @type {Frame|null} */ (safely(data));
    this.#lastFrameAt = Date.now();
    if (this.#onlineSince) this.#watch();
    if (typeof frame?.type !== "string") return;
    this.#tell("frame", frame);
    switch (frame.type) {
      case "welcome":
        return this.#welcome(frame);
      case "update":
        return this.#update(frame);
      case "ping":
        this.#clock.sample(frame.server_time);
        return void this.#transport?.send({ type: "pong" });
      case "expiring":
        return void this.#renew();
      case "moving":
        return this.#move(frame);
      case "result":
      case "watched":
      case "watch_update":
      case "error":
        return this.#tell(frame.type, frame);
    }
  }

  /** @param {WelcomeFrame} frame */
  #welcome(frame) {
    if (this.#onlineSince) return;
    this.#onlineSince = Date.now();
    this.#failedToOpen = 0;
    this.#renewing = false;
    this.#socketsWork ||= this.#transport?.name === "websocket";
    this.#pingMs = frame.ping_s * 1000;
    this.#clock.sample(frame.server_time);
    this.#watch();
    // With a whole recovery the replayed updates follow: the cursor moves with them, so that a break in the
    // middle of them loses none.
    if (!frame.recovered || !this.#cursor) this.#cursor = { epoch: frame.epoch, version: frame.version };
    this.#become("online", 0, 0);
    this.#tell("welcome", frame);
  }

  /** @param {UpdateFrame} frame */
  #update(frame) {
    if (!this.#onlineSince || !this.#cursor) return;
    const { epoch, version } = this.#cursor;
    if (frame.epoch === epoch && frame.version <= version) return;
    if (frame.epoch !== epoch || frame.version !== version + 1) return this.#abandon(CloseCode.GAP, "gap");
    this.#cursor = { epoch, version: frame.version };
    this.#tell("update", frame);
  }

  #watch() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#abandon(CloseCode.SILENT, "silent"), this.#pingMs * SILENT_PINGS);
  }

  /** The server will go away: leaves when it says, so that its clients do not all come at once to another one.
   * @param {MovingFrame} frame */
  #move(frame) {
    const delay = Math.max(0, frame.after_ms);
    this.#movesAt = Date.now() + delay;
    clearTimeout(this.#moving);
    this.#moving = setTimeout(() => this.#open(), delay);
  }

  /** Asks for another token and shows it to the server; for a refused one, connects anew with it. */
  async #renew() {
    const { renewToken } = this.#options;
    if (!renewToken || this.#renewing) return;
    this.#renewing = true;
    const before = this.#options.token;
    try {
      const token = await renewToken();
      // Somebody signed in meanwhile, or it was stopped.
      if (this.#options.token !== before || !this.#listening) return;
      this.#options.token = token;
      if (!this.#onlineSince || !this.send({ type: "renew", token })) this.#open();
      else this.#renewing = false;
    } catch (error) {
      this.#tell("error", { type: "error", code: "no_token", message: String(error) });
      // While the old one still holds there will be another occasion.
      if (this.#onlineSince) this.#renewing = false;
      else this.#become("refused", CloseCode.UNAUTHORIZED, 0);
    }
  }

  /** The page is seen again, or the network is back: try at once, or see whether the socket outlived it. */
  #wake() {
    if (this.#onlineSince && Date.now() - this.#lastFrameAt > this.#pingMs * STALE_PINGS) {
      return this.#abandon(CloseCode.SILENT, "stale");
    }
    this.retryNow();
  }

  /** @param {number} code @param {string} reason */
  #abandon(code, reason) {
    this.#drop(code, reason);
    this.#closed(code);
  }

  /** @param {number} code */
  #closed(code) {
    this.#drop(1000, "");
    if (!mayReconnect(code)) return this.#refused(code);
    const { minDelayMs: minMs, maxDelayMs: maxMs, stableMs } = this.#options;
    if (this.#onlineSince && Date.now() - this.#onlineSince >= stableMs) this.#attempt = 0;
    if (!this.#onlineSince) this.#failedToOpen += 1;
    this.#onlineSince = 0;
    // A server that moves its clients has said when; the others must not come all at once.
    const moving = this.#movesAt ? Math.max(0, this.#movesAt - Date.now()) : null;
    this.#movesAt = 0;
    const delay = moving ?? backoff(this.#attempt++, { minMs, maxMs }, Math.random());
    this.#timer = setTimeout(() => this.#open(), delay);
    // Attempts go on without a network too: the browser may be wrong, and the server may be this machine.
    this.#become(navigator.onLine ? "waiting" : "offline", code, Date.now() + delay);
  }

  /** @param {number} code */
  #refused(code) {
    this.#onlineSince = this.#movesAt = 0;
    const renews = code === CloseCode.UNAUTHORIZED && this.#options.renewToken && !this.#renewing;
    this.#become(renews ? "connecting" : "refused", code, 0);
    if (renews) void this.#renew();
  }

  /** Lets go without waiting for the closing handshake, which a dead network never finishes.
   * @param {number} code @param {string} reason */
  #drop(code, reason) {
    clearTimeout(this.#timer);
    clearTimeout(this.#moving);
    const transport = this.#transport;
    this.#transport = null;
    transport?.close(code, reason);
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
