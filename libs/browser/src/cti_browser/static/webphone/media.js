/** Microphone and loudspeaker of a web phone: opening, choosing, playing. One microphone stream for each call. */

import { microphoneError, PhoneError } from "./phone-errors.js";

/** @typedef {{microphone?: string, speaker?: string}} Devices ids of `enumerateDevices`; empty: the system's own choice */

const ICE_GATHERING_MS = 2000;

export class PhoneMedia {
  /** @type {Devices} */ #devices = {};
  /** @type {Map<string, HTMLAudioElement>} */ #playing = new Map();

  /** The microphone. Rejects with a PhoneError. @returns {Promise<MediaStream>} */
  async open() {
    const { microphone } = this.#devices;
    const audio = { echoCancellation: true, noiseSuppression: true, ...(microphone && { deviceId: { exact: microphone } }) };
    try {
      return await navigator.mediaDevices.getUserMedia({ audio });
    } catch (error) {
      // A headset that was unplugged must not cost the call: any microphone is better than none.
      if (microphone && error instanceof DOMException && error.name === "OverconstrainedError") {
        this.#devices = { ...this.#devices, microphone: "" };
        return this.open();
      }
      throw microphoneError(error);
    }
  }

  /** Another choice, for the calls that go on too. @param {Devices} devices @param {Iterable<RTCPeerConnection>} connections */
  async setDevices(devices, connections) {
    const other = (devices.microphone ?? "") !== (this.#devices.microphone ?? "");
    this.#devices = { ...devices };
    await Promise.all([...this.#playing.values()].map((each) => route(each, devices.speaker)));
    if (!other) return;
    for (const connection of connections) await this.#replace(connection);
  }

  /** @param {RTCPeerConnection} connection */
  async #replace(connection) {
    const sender = connection.getSenders().find((each) => each.track?.kind === "audio");
    if (!sender?.track) return;
    const [track] = (await this.open()).getAudioTracks();
    if (!track) return;
    track.enabled = sender.track.enabled;
    const before = sender.track;
    await sender.replaceTrack(track);
    before.stop();
  }

  /** Plays what comes from the other side, once for each call. @param {string} id @param {RTCPeerConnection} connection */
  play(id, connection) {
    const tracks = connection.getReceivers().map((each) => each.track).filter((each) => each.kind === "audio");
    if (!tracks.length || this.#playing.has(id)) return;
    const audio = new Audio();
    audio.autoplay = true;
    audio.srcObject = new MediaStream(tracks);
    this.#playing.set(id, audio);
    void route(audio, this.#devices.speaker);
  }

  /** The call is over: silence, and the microphone's light goes out.
   * @param {string} id @param {RTCPeerConnection|null|undefined} connection */
  end(id, connection) {
    const audio = this.#playing.get(id);
    if (audio) audio.srcObject = null;
    this.#playing.delete(id);
    for (const sender of connection?.getSenders() ?? []) sender.track?.stop();
  }
}

/** Mutes or unmutes what a connection sends. @param {RTCPeerConnection} connection @param {boolean} muted */
export function silence(connection, muted) {
  for (const { track } of connection.getSenders()) if (track?.kind === "audio") track.enabled = !muted;
}

/** Waits until the addresses are gathered, or long enough: for PBXs that take no later ones. @param {RTCPeerConnection} connection */
export async function gathered(connection) {
  if (connection.iceGatheringState !== "complete") {
    await new Promise((resolve) => {
      const timer = setTimeout(resolve, ICE_GATHERING_MS);
      connection.addEventListener("icegatheringstatechange", () => {
        if (connection.iceGatheringState !== "complete") return;
        clearTimeout(timer);
        resolve(undefined);
      });
    });
  }
  const sdp = connection.localDescription?.sdp;
  if (!sdp) throw new PhoneError("phone_media", "The browser made no description of the audio");
  return sdp;
}

/** @param {HTMLAudioElement} audio @param {string|undefined} speaker */
async function route(audio, speaker) {
  // Firefox before 116 and Safari have no choice of the loudspeaker.
  if (!("setSinkId" in audio)) return;
  try {
    await audio.setSinkId(speaker ?? "");
  } catch (error) {
    // The chosen one is gone: the system's own goes on playing.
    if (!(error instanceof DOMException)) throw error;
  }
}
