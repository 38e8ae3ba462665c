/**
 * CtiModel: one user's line in this tab, under CtiModel's names. Events come from `CtiLine`, columns from `CtiColumns`, the
 * commands of calls from `CtiCallCommands`; here are those of the agent, and the queries. What a command does is seen as
 * events, in every tab of the user.
 */

import { CtiCallCommands } from "./cti-call-commands.js";
import { CtiNotAllowed } from "./cti-errors.js";
import { CtiPermissions } from "./cti-permissions.js";
import { CtiWatch } from "./cti-watch.js";

export { CallFeaturesSet, CtiCall, GeneralizedCallState } from "./cti-call.js";
export { numberOf } from "./cti-call-commands.js";
export { CTI_EVENTS } from "./cti-events.js";
export * from "./cti-errors.js";

/** @import {CommandTimes} from "./cti-commands.js" */
/** @import {ConnectionOptions} from "./cti-connection.js" */

/** @typedef {import("./cti-asking.js").MaybeCall} MaybeCall */

// Every PBX has a word of its own for it; this one means it to every connector.
const AVAILABLE = "available";
const READY_WORDS = Object.freeze(["ready", "active", "available", "onhook"]);

export class CtiModel extends CtiCallCommands {
  /** What `changeCallCentreState(true)` joins when nothing is named. @type {readonly string[]} */ #queues = [];
  /** What may be asked of the line now. */
  can = new CtiPermissions(this);
  /** The views of other users, for who may see them. */
  watching;

  /** @param {ConnectionOptions & {commands?: Partial<CommandTimes>}} options */
  constructor(options) {
    super(options);
    this.watching = new CtiWatch((frame) => this.connection.send(frame), this.raise.bind(this));
    this.hear("watched", (frame) => this.watching.take(frame));
    this.hear("watch_update", (frame) => this.watching.update(frame));
    this.hear("queues", (frame) => this.watching.takeQueues(frame));
    this.hear("welcome", () => this.watching.resume());
  }

  /** `ready` (also `Active`) takes calls; every other word is a state or reason not to. @param {string} code @param {string} [reason] */
  setAgentState(code, reason = "") {
    const state = READY_WORDS.includes(code.toLowerCase()) ? AVAILABLE : code;
    return this.send({ verb: "set_agent_state", agent_state: state, ...(reason && { reason }), ...this.telephone() });
  }

  /** After-call work begins or ends. @param {boolean} isWrapUpActive */
  setWrapUpUserState(isWrapUpActive) {
    return this.setAgentState(isWrapUpActive ? "after_call" : AVAILABLE);
  }

  /**
   * Signs in to queues, or out of all. By default those that the user was in last in this tab.
   * @param {boolean} isActive @param {readonly string[]} [queues]
   */
  async changeCallCentreState(isActive, queues) {
    const mine = this.agents.flatMap((agent) => (agent.queues ?? []).map((each) => each.queue));
    if (!isActive) this.#queues = mine;
    const wanted = queues ?? (isActive ? this.#queues : mine);
    if (!wanted.length) throw new CtiNotAllowed("queue_login", "no queue is named");
    return Promise.all(wanted.map((queue) => (isActive ? this.joinQueue(queue) : this.leaveQueue(queue))));
  }

  /** @param {string} queue */
  joinQueue(queue) {
    return this.send({ verb: "queue_login", queue, ...this.telephone() });
  }

  /** @param {string} queue */
  leaveQueue(queue) {
    return this.send({ verb: "queue_logout", queue, ...this.telephone() });
  }

  /** No calls of this queue, or of none. @param {string} queue @param {string} [reason] */
  pauseQueue(queue, reason = "") {
    return this.send({ verb: "queue_pause", queue, ...(reason && { reason }), ...this.telephone() });
  }

  /** @param {string} queue */
  unpauseQueue(queue) {
    return this.send({ verb: "queue_unpause", queue, ...this.telephone() });
  }

  /** Tells the calls as they are known: raises `activeCallSnapshot` and gives it too. */
  queryActiveCallSnapshot() {
    return this.tellSnapshot();
  }

  /** Raises `lineStateChanged`. */
  queryLineState() {
    this.raise("lineStateChanged", { call: this.currentCall, digits: "", replay: false, origin: "observed", occurredAt: "" });
  }

  /** What the PBX itself says of the user's queues now: `memberships` of the result. */
  queryAgentState() {
    return this.send({ verb: "query_agent", ...this.telephone() });
  }

  /** What the user is doing in this tab, for those who need to know who is there. @param {"active"|"idle"} state */
  setPresence(state) {
    return this.connection.send({ type: "presence", state });
  }
}
