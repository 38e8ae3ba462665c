/** The recordings of a call, played in place. Read when somebody looks, and only who may hear one sees it. */

import { attempt } from "./context.js";
import { button, whileBusy } from "./controls.js";
import { h } from "./dom.js";
import { clock, phone } from "./format.js";
import { fill } from "./messages.js";

/** @import {Recording} from "../history.js" */
/** @import {Context} from "./context.js" */

/** What is heard now, in the whole page: two at once nobody understands. @type {HTMLAudioElement|null} */
let heard = null;

export class Recordings {
  #callId;
  #context;
  #loaded = false;
  element = h("div", { class: "recordings", hidden: true });

  /** @param {string} callId @param {Context} context */
  constructor(callId, context) {
    this.#callId = callId;
    this.#context = context;
  }

  /** Asks once; what cannot be read now is asked for again the next time. */
  async load() {
    const history = this.#context.history();
    if (!history || this.#loaded) return;
    this.#loaded = true;
    const found = await history.recordings(this.#callId).catch(() => null);
    this.#loaded = found !== null && found.every((each) => each.state !== "running");
    this.element.replaceChildren(...(found ?? []).map((each) => this.#one(each, found?.length === 1)));
    this.element.hidden = !found?.length;
  }

  /** @param {Recording} recording @param {boolean} only */
  #one(recording, only) {
    const { m } = this.#context;
    if (recording.audible) return new Player(recording, only, this.#context).element;
    const gone = fill(recording.gone_because ? m.recordingGoneBecause : m.recordingGone, { why: recording.gone_because ?? "" });
    const words = { running: m.recordingRuns, ended: m.recordingElsewhere, stored: m.recordingElsewhere, gone };
    return h("p", { class: "about" }, words[recording.state]);
  }
}

/** A button that becomes a player. The sound's address holds for minutes only: a newer one is asked for when it has ended. */
class Player {
  #recording;
  #context;
  #label;
  #renewed = false;
  element;

  /** @param {Recording} recording @param {boolean} only @param {Context} context */
  constructor(recording, only, context) {
    const { m, times } = context;
    this.#recording = recording;
    this.#context = context;
    const { device, started_at: at, duration_s: seconds } = recording;
    const which = only ? "" : [phone(device), at && times.time(new Date(at))].filter(Boolean).join(", ");
    this.#label = which ? `${m.recording}: ${which}` : m.recording;
    const text = [m.playRecording, which, seconds === null ? "" : clock(seconds)].filter(Boolean).join(" · ");
    const play = button({ icon: "play", text, kind: "soft small", press: () => void whileBusy(play, this.#start()) });
    this.element = h("div", { class: "recording" }, play);
  }

  async #start() {
    const url = await this.#address();
    if (!url) return;
    const audio = h("audio", { controls: true, src: url, "aria-label": this.#label, preload: "auto" });
    audio.addEventListener("play", () => {
      if (heard !== audio) heard?.pause();
      heard = audio;
    });
    audio.addEventListener("playing", () => (this.#renewed = false));
    audio.addEventListener("error", () => void this.#again(audio));
    this.element.replaceChildren(audio);
    audio.focus();
    await this.#play(audio);
  }

  /** From where it stopped, with another address; once, until sound comes. @param {HTMLAudioElement} audio */
  async #again(audio) {
    const url = this.#renewed ? undefined : await this.#address();
    if (!url) return void (this.#renewed && this.#context.toasts.show(this.#context.m.recordingFailed, "bad"));
    this.#renewed = true;
    const at = audio.currentTime;
    audio.src = url;
    audio.currentTime = at;
    await this.#play(audio);
  }

  #address() {
    return attempt(this.#context, this.#context.history()?.soundOf(this.#recording.id));
  }

  /** @param {HTMLAudioElement} audio */
  async #play(audio) {
    try {
      await audio.play();
    } catch (error) {
      // Not to be played by itself, or not to be played: its controls and `error` say so.
      if (!(error instanceof DOMException)) throw error;
    }
  }
}
