/** The sound of a ringing telephone, made and not loaded. A browser plays it only once the user has touched the page. */

const PITCHES_HZ = Object.freeze([440, 554]);
const EVERY_MS = 3000;
const LOUDNESS = 0.12;

export class Ringer {
  /** @type {AudioContext|null} */ #audio = null;
  /** @type {ReturnType<typeof setInterval>|undefined} */ #ringing;
  #device = "";

  /** Where it rings; empty: where the system plays. @param {string} device */
  use(device) {
    if (device === this.#device) return;
    this.#device = device;
    if (this.#audio) void route(this.#audio, device);
  }

  /** Once, to hear where and how loud. */
  once() {
    const audio = this.#opened();
    void audio.resume().then(() => this.#once());
  }

  /** @param {boolean} on */
  ring(on) {
    if (on === Boolean(this.#ringing)) return;
    clearInterval(this.#ringing);
    this.#ringing = undefined;
    if (!on) return void this.#audio?.suspend();
    const ringing = setInterval(() => this.#once(), EVERY_MS);
    this.#ringing = ringing;
    // It wakes in a moment; or is refused until there was a click or a key, and then heard at once.
    void this.#opened().resume().then(() => this.#ringing === ringing && this.#once());
  }

  #opened() {
    if (!this.#audio) {
      this.#audio = new AudioContext();
      if (this.#device) void route(this.#audio, this.#device);
    }
    return this.#audio;
  }

  #once() {
    const audio = this.#audio;
    if (!audio || audio.state !== "running") return;
    PITCHES_HZ.forEach((pitch, at) => {
      for (const beat of [0, 0.4]) tone(audio, pitch, audio.currentTime + beat + at * 0.2);
    });
  }
}

/** @param {AudioContext} audio @param {number} pitch @param {number} start seconds */
function tone(audio, pitch, start) {
  const oscillator = audio.createOscillator();
  const volume = audio.createGain();
  oscillator.frequency.value = pitch;
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(LOUDNESS, start + 0.02);
  volume.gain.linearRampToValueAtTime(0, start + 0.18);
  oscillator.connect(volume).connect(audio.destination);
  oscillator.start(start);
  oscillator.stop(start + 0.2);
}

/** @param {AudioContext} audio @param {string} device */
async function route(audio, device) {
  // Not every browser has it, and not every one's types.
  const routed = /** @type {AudioContext & {setSinkId?: (device: string) => Promise<void>}} */ (audio);
  try {
    await routed.setSinkId?.(device);
  } catch (error) {
    // The chosen one is gone: it rings where the system plays.
    if (!(error instanceof DOMException)) throw error;
  }
}
