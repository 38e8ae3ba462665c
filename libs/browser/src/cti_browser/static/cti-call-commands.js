/** What may be asked of calls. The call is the last argument, and the current one by default. */

import { CtiAsking } from "./cti-asking.js";

/** @import {MaybeCall} from "./cti-asking.js" */

export class CtiCallCommands extends CtiAsking {
  /** Dials from the user's telephone. @param {string} targetAddress */
  makeCall(targetAddress) {
    return this.send({ verb: "make_call", to: numberOf(targetAddress), ...this.telephone() });
  }

  /**
   * CtiModel's one field for numbers: dials when there is no call, else consults about the current one, or with
   * `useBlindTransfer` hands it on.
   * @param {string} number @param {{useBlindTransfer?: boolean}} [how]
   */
  callByNumber(number, { useBlindTransfer = false } = {}) {
    if (!this.activeCalls.length) return this.makeCall(number);
    const blind = useBlindTransfer && this.currentCall?.allowed.includes("blind_transfer");
    return blind ? this.blindTransferCall(number) : this.makeConsultCall(number);
  }

  /** Takes a ringing call: the one given, else the current one if it rings, else the first that does. @param {MaybeCall} [call] */
  answerCall(call) {
    const ringing = [this.currentCall, ...this.activeCalls].find((each) => each && this.allows("answer", each));
    return this.ask("answer", call ?? ringing);
  }

  /** @param {MaybeCall} [call] the current one by default, as for all that follow */
  dropCall(call = this.currentCall) {
    return this.ask("clear", call);
  }

  /** Holds the call, or takes it back. @param {MaybeCall} [call] */
  holdOrUnholdCall(call = this.currentCall) {
    return this.ask(call?.connection_state === "held" ? "retrieve" : "hold", call);
  }

  /** Calls somebody about a call, which waits. @param {string} targetAddress @param {MaybeCall} [call] */
  makeConsultCall(targetAddress, call = this.currentCall) {
    return this.ask("consult", call, { to: numberOf(targetAddress) });
  }

  /** Brings the two others together and leaves. @param {MaybeCall} [consultation] */
  transferCall(consultation = this.consultCall) {
    return this.ask("complete_transfer", consultation, other(consultation));
  }

  /** Ends the consultation and goes back to who waits. @param {MaybeCall} [consultation] */
  cancelTransfer(consultation = this.consultCall) {
    return this.ask("cancel_transfer", consultation, other(consultation));
  }

  /** Everybody of both calls into one. @param {MaybeCall} [consultation] */
  conference(consultation = this.consultCall) {
    return this.ask("conference", consultation, other(consultation));
  }

  /** Sends the other side to a number and leaves. @param {string} targetAddress @param {MaybeCall} [call] */
  blindTransferCall(targetAddress, call = this.currentCall) {
    return this.ask("blind_transfer", call, { to: numberOf(targetAddress) });
  }

  /** @param {string} digits `0`–`9`, `A`–`D`, `*`, `#` @param {MaybeCall} [call] */
  sendDtmf(digits, call = this.currentCall) {
    return this.ask("send_digits", call, { digits }, { repeatable: true });
  }

  /** @param {boolean} isMuted @param {MaybeCall} [call] */
  mute(isMuted = true, call = this.currentCall) {
    return this.ask(isMuted ? "mute" : "unmute", call);
  }

  /** Parks the call; `details` of the result tell where. @param {MaybeCall} [call] */
  park(call = this.currentCall) {
    return this.ask("park", call);
  }

  /** Takes what rings at another extension. @param {string} extension */
  pickup(extension) {
    return this.send({ verb: "pickup", to: numberOf(extension), ...this.telephone() });
  }

  /** @param {MaybeCall} [call] @param {string} [recordingId] names the recording and its file */
  startRecording(call = this.currentCall, recordingId) {
    return this.ask("start_recording", call, recordingId ? { recording_id: recordingId } : {});
  }

  /** @param {MaybeCall} [call] */
  stopRecording(call = this.currentCall) {
    return this.ask("stop_recording", call);
  }

  /** A supervisor's: hear a call of another user; `whisper` to that user, or `barge` in. @param {{id: string, pbx: string}} call
   * @param {"listen"|"whisper"|"barge"} [how] */
  listen(call, how = "listen") {
    return this.send({ verb: how, connection_id: call.id, pbx: call.pbx, ...this.telephone() });
  }
}

/** The held call that a consultation is about, where it is known. @param {MaybeCall} consultation */
function other(consultation) {
  return consultation?.parent_id ? { other_connection_id: consultation.parent_id } : {};
}

/** What people write between digits is left out; what is no number stays, and is refused in words. @param {string} text */
export function numberOf(text) {
  return text.trim().replace(/[\s().-]/g, "");
}
