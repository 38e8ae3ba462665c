/**
 * CtiModel's columns: what is known of one user's line now, as properties. While disconnected nothing is known. `CtiLine`
 * fills them, and tells what happens.
 */

import { AgentColumns } from "./cti-agent.js";
import { CallFeaturesSet, CtiCall } from "./cti-call.js";

/** @import {CallView, ErrorView, Extension, UserView, WelcomeFrame} from "./protocol.js" */

const TRANSFERRING = CallFeaturesSet.CAN_COMPLETE_TRANSFER | CallFeaturesSet.CAN_CANCEL_COMPLETE_TRANSFER;

export class CtiColumns extends EventTarget {
  /** @type {readonly CtiCall[]} */ #calls = [];
  /** @type {CtiCall|null} */ #current = null;
  /** @type {CtiCall|null} */ #last = null;
  /** @type {readonly ErrorView[]} */ #errors = [];
  #connected = false;
  #agents = new AgentColumns();
  #user = "";
  #tenant = "";
  #name = "";
  /** @type {readonly string[]} */ #roles = [];
  /** @type {readonly Extension[]} */ #extensions = [];

  get isConnected() {
    return this.#connected;
  }

  get user() {
    return this.#user;
  }

  get tenant() {
    return this.#tenant;
  }

  /** The user's name, where the directory knows it; else empty. */
  get userName() {
    return this.#name;
  }

  get roles() {
    return this.#roles;
  }

  /** The user's telephones. */
  get extensions() {
    return this.#extensions;
  }

  /** The user as agent, at each device that a call centre told of; empty for who is none. */
  get agents() {
    return this.#agents.all;
  }

  /** CtiModel's AgentState: the state at the first device, empty for who is no agent. */
  get agentState() {
    return this.#agents.state;
  }

  get agentStateReason() {
    return this.#agents.reason;
  }

  /** Whether the user is signed in to any queue. */
  get isCallCentreActive() {
    return this.#agents.isCallCentreActive;
  }

  /** The calls that have not ended, oldest first. Empty while disconnected, as nothing is known then. */
  get activeCalls() {
    return this.#calls;
  }

  /** What is wrong now: PBXs that do not let the user in, each with its reason. */
  get errors() {
    return this.#errors;
  }

  get currentCall() {
    return this.#current;
  }

  /** The call that was current last: also when it has ended. */
  get lastCall() {
    return this.#last;
  }

  get currentCallNumber() {
    return this.#current?.number ?? "";
  }

  /** The consultation of the current call. A second incoming call is none. */
  get consultCall() {
    const parent = this.#current?.id;
    return (parent && this.#calls.find((each) => each.parent_id === parent)) || null;
  }

  get consultCallNumber() {
    return this.consultCall?.number ?? "";
  }

  get isConsulting() {
    return this.consultCall !== null;
  }

  /** CtiModel's LineFeatures: what may be asked of the current call, with its consultation; to dial without a call. */
  get lineFeatures() {
    if (!this.#connected) return CallFeaturesSet.CAN_NOTHING;
    if (!this.#calls.length) return CallFeaturesSet.CAN_DIAL;
    return (this.#current?.callFeaturesSet ?? 0) | ((this.consultCall?.callFeaturesSet ?? 0) & TRANSFERRING);
  }

  /** Who it is, and all that is true now. @protected @param {WelcomeFrame} frame */
  takeWelcome(frame) {
    this.#user = frame.user;
    this.#tenant = frame.tenant;
    this.#name = frame.name ?? "";
    this.#roles = Object.freeze([...(frame.roles ?? [])]);
    this.#extensions = Object.freeze([...(frame.extensions ?? [])]);
    this.#connected = true;
    this.takeView(frame.view);
  }

  /** @protected @param {UserView} view */
  takeView(view) {
    /** @type {Map<string, CtiCall>} */
    const calls = new Map();
    // Parents are older than their consultations, and the view is in order of age.
    for (const each of view.calls ?? []) calls.set(each.id, new CtiCall(each, calls.get(each.parent_id ?? "") ?? null));
    this.#calls = Object.freeze([...calls.values()]);
    this.#current = calls.get(view.current_call ?? "") ?? null;
    this.#last = this.#current ?? this.#last;
    this.#agents.take(view.agents ?? []);
    this.#errors = Object.freeze([...(view.errors ?? [])]);
  }

  /** The call of an event: the one in the list when it still lives. @protected @param {CallView} view */
  callOf(view) {
    const live = this.#calls.find((each) => each.id === view.id);
    if (live && live.state_since === view.state_since && !view.ended_at) return live;
    const call = new CtiCall(view, this.#calls.find((each) => each.id === view.parent_id) ?? null);
    if (call.ended_at && call.id === this.#last?.id) this.#last = call;
    return call;
  }

  /** Nothing is known any more; who it was, and the last call, stay. @protected */
  forget() {
    this.#connected = false;
    this.#calls = [];
    this.#agents.take([]);
    this.#errors = [];
    this.#current = null;
  }
}
