/**
 * One connection to the server, from `hello` to its end: what comes over it, in order, and whether it still lives. It never
 * connects again by itself.
 */

import { CloseCode } from "../protocol.js";
import { openSse, openWebSocket, safely } from "../transports.js";

/** @import {Frame, MovingFrame, UpdateFrame, WelcomeFrame} from "../protocol.js" */
/** @import {ServerClock} from "../server-clock.js" */
/** @import {UpdateOrder} from "./update-order.js" */

/**
 * @typedef {object} Heard
 * @property {(frame: Frame) => void} frame any, before what it means
 * @property {(frame: WelcomeFrame) => void} welcome once
 * @property {(frame: UpdateFrame) => void} update the next one
 * @property {(frame: Frame) => void} other results, watched views, errors
 * @property {() => void} expiring
 * @property {(frame: MovingFrame) => void} moving
 * @property {(code: number) => void} closed once, unless it was closed from here
 */

// A frame is due every ping_s; two lost pings and a half are not a hiccup any more.
const SILENT_PINGS = 2.5;
// After a sleep or a change of network there is no reason to wait for the whole deadline.
const STALE_PINGS = 1.25;

export class Session {
  #order;
  #clock;
  #heard;
  #transport;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ #timer;
  #welcomeSince = 0;
  #lastFrameAt = 0;
  #pingMs = 0;

  /**
   * @param {{url: string, token: string, sse: boolean, welcomeMs: number}} how
   * @param {UpdateOrder} order @param {ServerClock} clock @param {Heard} heard
   */
  constructor({ url, token, sse, welcomeMs }, order, clock, heard) {
    this.#order = order;
    this.#clock = clock;
    this.#heard = heard;
    const open = sse ? openSse : openWebSocket;
    this.#transport = open({ url, token, cursor: order.cursor }, {
      frame: (text) => this.#receive(text),
      closed: (code) => {
        this.close();
        heard.closed(code);
      },
    });
    this.#timer = setTimeout(() => this.abandon(CloseCode.SILENT, "no welcome"), welcomeMs);
  }

  /** When it was welcome, in milliseconds since 1970; 0: not yet. */
  get welcomeSince() {
    return this.#welcomeSince;
  }

  get transport() {
    return this.#transport.name;
  }

  /** Whether it is likely to be dead, after this machine slept. */
  get stale() {
    return this.#welcomeSince > 0 && Date.now() - this.#lastFrameAt > this.#pingMs * STALE_PINGS;
  }

  /** False before the welcome, and when it cannot be sent. @param {object} frame */
  send(frame) {
    return this.#welcomeSince > 0 && this.#transport.send(frame);
  }

  /** Lets go without waiting for the closing handshake, which a dead network never finishes. Tells nothing.
   * @param {number} [code] @param {string} [reason] */
  close(code = 1000, reason = "") {
    clearTimeout(this.#timer);
    this.#transport.close(code, reason);
  }

  /** The same, and tells the end. @param {number} code @param {string} reason */
  abandon(code, reason) {
    this.close(code, reason);
    this.#heard.closed(code);
  }

  /** @param {string} data */
  #receive(data) {
    const frame = /** @type {Frame|null} */ (safely(data));
    this.#lastFrameAt = Date.now();
    if (this.#welcomeSince) this.#watch();
    if (typeof frame?.type !== "string") return;
    this.#heard.frame(frame);
    switch (frame.type) {
      case "welcome":
        return this.#welcome(frame);
      case "update":
        return this.#update(frame);
      case "ping":
        this.#clock.sample(frame.server_time);
        return void this.#transport.send({ type: "pong" });
      case "expiring":
        return this.#heard.expiring();
      case "moving":
        return this.#heard.moving(frame);
      case "result":
      case "watched":
      case "watch_update":
      case "queues":
      case "error":
        return this.#heard.other(frame);
    }
  }

  /** @param {WelcomeFrame} frame */
  #welcome(frame) {
    if (this.#welcomeSince) return;
    this.#welcomeSince = Date.now();
    this.#pingMs = frame.ping_s * 1000;
    this.#clock.sample(frame.server_time);
    this.#watch();
    this.#order.welcome(frame);
    this.#heard.welcome(frame);
  }

  /** @param {UpdateFrame} frame */
  #update(frame) {
    if (!this.#welcomeSince) return;
    const what = this.#order.take(frame);
    if (what === "gap") this.abandon(CloseCode.GAP, "gap");
    else if (what === "next") this.#heard.update(frame);
  }

  #watch() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.abandon(CloseCode.SILENT, "silent"), this.#pingMs * SILENT_PINGS);
  }
}
