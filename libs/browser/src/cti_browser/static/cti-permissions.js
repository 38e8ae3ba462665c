/** CtiModel's derived permissions: what may be asked of the line now, from its LineFeatures. */

import { CallFeaturesSet as F } from "./cti-call.js";

export class CtiPermissions {
  #line;

  /** @param {{lineFeatures: number, isConsulting: boolean}} line */
  constructor(line) {
    this.#line = line;
  }

  get call() {
    return this.#has(F.CAN_DIAL);
  }

  get answer() {
    return this.#has(F.CAN_ANSWER);
  }

  get drop() {
    return this.#has(F.CAN_DROP);
  }

  get hold() {
    return this.#has(F.CAN_HOLD);
  }

  get unhold() {
    return this.#has(F.CAN_UNHOLD);
  }

  get mute() {
    return this.#has(F.CAN_MUTE);
  }

  get makeConsultCall() {
    return this.#has(F.CAN_MAKE_CONSULT_CALL);
  }

  get transfer() {
    return this.#has(F.CAN_COMPLETE_TRANSFER);
  }

  get cancelTransfer() {
    return this.#has(F.CAN_COMPLETE_TRANSFER | F.CAN_CANCEL_COMPLETE_TRANSFER) || this.#line.isConsulting;
  }

  get blindTransfer() {
    return this.#has(F.CAN_BLIND_TRANSFER);
  }

  get dtmf() {
    return this.#has(F.CAN_DTMF);
  }

  /** @param {number} any of these flags */
  #has(any) {
    return (this.#line.lineFeatures & any) !== 0;
  }
}
