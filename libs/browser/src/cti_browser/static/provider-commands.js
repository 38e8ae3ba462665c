/** What can be done to calls, under the names of providers of the BaseCtiProvider kind. */

import { ProviderEvents } from "./provider-events.js";

/** @import {CtiModel} from "./cti-model.js" */
/** @import {ProviderCall} from "./provider-calls.js" */

/** @typedef {(() => void)|undefined|null} Callback */

export class ProviderCommands extends ProviderEvents {
  /** @type {CtiModel|null} */ #model = null;

  /** The model below, once `init` was called. */
  get model() {
    if (!this.#model) throw new Error("The provider is not initialized: call init first");
    return this.#model;
  }

  /** @protected @param {CtiModel} model */
  use(model) {
    this.#model = model;
  }

  /** @param {string} targetAddress */
  makeCall(targetAddress) {
    this.obey(this.model.makeCall(targetAddress));
  }

  /** Answers what rings. */
  hookup() {
    this.obey(this.model.answerCall());
  }

  /** @param {ProviderCall} call */
  answerCall(call) {
    this.obey(this.model.answerCall(this.known(call)));
  }

  /** @param {ProviderCall} call */
  dropCall(call) {
    this.obey(this.model.dropCall(this.known(call)));
  }

  /** Holds, or takes back. @param {ProviderCall} call */
  holdCall(call) {
    this.obey(this.model.holdOrUnholdCall(this.known(call)));
  }

  /** Puts a call on hold before it is passed on. @param {ProviderCall} call */
  setupTransferCall(call) {
    const known = this.known(call);
    if (known?.connection_state !== "held") this.obey(this.model.holdOrUnholdCall(known));
  }

  /** @param {ProviderCall} call @param {string} targetAddress */
  makeConsultCall(call, targetAddress) {
    this.obey(this.model.makeConsultCall(targetAddress, this.known(call)));
  }

  /** @param {ProviderCall} _currentCall @param {ProviderCall} consultCall */
  cancelTransfer(_currentCall, consultCall) {
    this.obey(this.model.cancelTransfer(this.known(consultCall)));
  }

  /** @param {ProviderCall} _call @param {ProviderCall} consultationCall */
  transferCall(_call, consultationCall) {
    this.obey(this.model.transferCall(this.known(consultationCall)));
  }

  /** @param {ProviderCall} call @param {string} targetAddress */
  blindTransferCall(call, targetAddress) {
    this.obey(this.model.blindTransferCall(targetAddress, this.known(call)));
  }

  /** @param {ProviderCall} call @param {string} digits */
  sendDtmf(call, digits) {
    this.obey(this.model.sendDtmf(digits, this.known(call)));
  }

  /** Mutes, or unmutes what it has muted. @param {ProviderCall} call */
  mute(call) {
    const muted = !call.isMuted;
    this.obey(this.model.mute(muted, this.known(call)).then(() => void (call.isMuted = muted)));
  }

  /** No PBX here has it: tells an `error`. */
  setDnd() {
    this.unsupported("setDnd");
  }

  /** Calls have no picture here: tells an `error`. @param {ProviderCall} _call @param {boolean} _isVideoActive @param {Callback} [_callback] */
  setVideoState(_call, _isVideoActive, _callback) {
    this.unsupported("setVideoState");
  }

  /** The call as the model has it. @protected @param {ProviderCall} call */
  known(call) {
    return this.model.activeCalls.find((each) => each.id === call.id);
  }

  /** @protected @param {string} source */
  unsupported(source) {
    this.failed(source, "not_supported", `${source} is not supported`);
  }

  /** @protected @param {string} source @param {string} code @param {string} text */
  failed(source, code, text) {
    this.fireEvent("error", { errorType: "COMMAND", internalErrorCode: code, data: text, source });
  }

  /** The model raises `error` for what fails. @protected @param {Promise<unknown>} command @param {Callback} [callback] */
  obey(command, callback) {
    command.then(
      (result) => {
        this.fireEvent("commandExecuted", result);
        callback?.();
      },
      () => undefined,
    );
  }
}
