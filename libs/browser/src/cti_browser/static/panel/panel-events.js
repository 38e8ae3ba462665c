/** What the panel does when its model tells something. */

/** @import {CtiEventDetail, SnapshotDetail} from "../cti-events.js" */
/** @import {CtiModel} from "../cti-model.js" */
/** @import {PanelView} from "./panel-view.js" */
/** @import {Parts} from "./parts.js" */
/** @import {People} from "./people.js" */

const CALL_EVENTS = Object.freeze([
  "callStarted",
  "commutationStarted",
  "hold",
  "unhold",
  "callBusy",
  "callInfoChanged",
  "lineStateChanged",
  "currentCallChanged",
  "callFinished",
]);

/**
 * @typedef {object} Panel
 * @property {Parts} parts
 * @property {PanelView} view
 * @property {People} people
 * @property {() => void} set takes the user's settings over to the model
 * @property {() => number} lingerMs how long a call that has ended stays in sight
 */

/** @param {CtiModel} model @param {Panel} panel @param {AbortSignal} signal ends it */
export function listenToModel(model, { parts, view, people, set, lingerMs }, signal) {
  /** @param {string} name @param {(detail: any) => void} handler */
  const on = (name, handler) =>
    model.addEventListener(name, (event) => handler(/** @type {CustomEvent} */ (event).detail), { signal });

  on("connectionStateChanged", () => view.phase());
  on("disconnected", () => view.picture.lost(model.serverNow()));
  on("activeCallSnapshot", (/** @type {SnapshotDetail} */ detail) => {
    view.snapshot(detail);
    set();
    view.all();
  });
  for (const name of CALL_EVENTS) {
    on(name, (/** @type {CtiEventDetail} */ { call, replay }) => {
      view.calls();
      // A replayed event is old news: the snapshot has shown what is true now, and the history brings the rest.
      if (replay || !call) return;
      parts.announcer.event(name, call);
      if (name !== "callFinished") return;
      parts.phone.calls.finish(call, lingerMs());
      void parts.phone.history.await(call);
    });
  }
  on("callSaved", () => parts.phone.history.refresh());
  on("callInfoChanged", (/** @type {CtiEventDetail} */ { call, databaseId }) => {
    if (!databaseId) return;
    // Somebody wrote about a call, in whatever tab.
    parts.phone.history.refresh();
    if (call) void people.learn(databaseId);
  });
  for (const name of ["agentStateChanged", "callCentreStateChanged"]) on(name, () => view.agent());
  on("webRtcVideoStarted", ({ sessionId, stream }) => parts.telephone.showVideo(sessionId, stream));
  on("webRtcDestroyed", ({ sessionId }) => parts.telephone.endVideo(sessionId));

  const present = () => model.setPresence(document.visibilityState === "visible" ? "active" : "idle");
  document.addEventListener("visibilitychange", present, { signal });
  on("connected", present);
}
