/** The buttons of a call: of what each depends, how it looks, and what it asks for. */

/** @import {CtiCall} from "../cti-call.js" */
/** @import {CtiModel} from "../cti-model.js" */
/** @import {IconName} from "./dom.js" */
/** @import {Messages} from "./messages.js" */

/**
 * A button: the verbs of which one must be allowed, how it looks for a call, and what it asks for.
 * @typedef {object} Action
 * @property {string} id
 * @property {readonly string[]} verbs
 * @property {string} [kind]
 * @property {(call: CtiCall, m: Messages, muted: boolean) => [IconName, string]} looks
 * @property {(model: CtiModel, call: CtiCall, muted: boolean) => Promise<unknown>} [asks] absent: it opens something
 */

/** In the order in which they stand. @type {readonly Action[]} */
export const ACTIONS = Object.freeze([
  { id: "answer", verbs: ["answer"], kind: "go", looks: (_, m) => ["phone", m.answer], asks: (model, call) => model.answerCall(call) },
  {
    id: "complete",
    verbs: ["complete_transfer"],
    kind: "calm",
    looks: (_, m) => ["transfer", m.completeTransfer],
    asks: (model, call) => model.transferCall(call),
  },
  { id: "conference", verbs: ["conference"], kind: "soft", looks: (_, m) => ["people", m.joinAll], asks: (model, call) => model.conference(call) },
  { id: "cancel", verbs: ["cancel_transfer"], kind: "soft", looks: (_, m) => ["back", m.backToCaller], asks: (model, call) => model.cancelTransfer(call) },
  {
    id: "hold",
    verbs: ["hold", "retrieve"],
    kind: "tile",
    looks: (call, m) => (call.connection_state === "held" ? ["play", m.retrieve] : ["hold", m.hold]),
    asks: (model, call) => model.holdOrUnholdCall(call),
  },
  {
    id: "mute",
    verbs: ["mute", "unmute"],
    kind: "tile",
    looks: (_, m, muted) => (muted ? ["muted", m.unmute] : ["mic", m.mute]),
    asks: (model, call, muted) => model.mute(!muted, call),
  },
  { id: "transfer", verbs: ["consult", "blind_transfer"], kind: "tile", looks: (_, m) => ["transfer", m.transfer] },
  { id: "keypad", verbs: ["send_digits"], kind: "tile", looks: (_, m) => ["keypad", m.keypad] },
  {
    id: "record",
    verbs: ["start_recording", "stop_recording"],
    kind: "tile",
    looks: (call, m) => ["record", call.allowed.includes("stop_recording") ? m.stopRecording : m.record],
    asks: (model, call) => (call.allowed.includes("stop_recording") ? model.stopRecording(call) : model.startRecording(call)),
  },
  { id: "park", verbs: ["park"], kind: "tile", looks: (_, m) => ["park", m.park], asks: (model, call) => model.park(call) },
  {
    id: "end",
    verbs: ["clear"],
    kind: "stop",
    looks: (call, m) => ["hangup", call.direction === "in" && call.connection_state === "alerting" ? m.decline : m.end],
    asks: (model, call) => model.dropCall(call),
  },
]);
