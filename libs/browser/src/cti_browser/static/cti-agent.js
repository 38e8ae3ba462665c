/** The user as agent of a call centre: CtiModel's columns from what the view tells of each device. */

/** @import {AgentView} from "./protocol.js" */

export class AgentColumns {
  /** @type {readonly AgentView[]} */ #all = [];

  /** @param {readonly AgentView[]} agents */
  take(agents) {
    this.#all = Object.freeze([...agents]);
  }

  get all() {
    return this.#all;
  }

  /** The agent that stands for the user: the first that is in a queue, else the first. */
  get first() {
    return this.#all.find((each) => each.queues?.length) ?? this.#all[0] ?? null;
  }

  get state() {
    return this.first?.state ?? "";
  }

  get reason() {
    return this.first?.reason ?? "";
  }

  get isCallCentreActive() {
    return this.#all.some((each) => each.queues?.length);
  }
}
