/** The path of a call as a timeline: a lane for each telephone, drawn to scale, and the same in words. */

import { h } from "./dom.js";
import { clock, phone } from "./format.js";
import { fill } from "./messages.js";

/** @import {CallDetail, TimelineItem} from "../history.js" */
/** @import {Context} from "./context.js" */
/** @import {Messages} from "./messages.js" */

/** @typedef {"ring"|"queue"|"talk"|"hold"} SpanKind */
/** @typedef {{kind: SpanKind, from: number, to: number}} Span */
/** @typedef {{id: string, title: string, number: string, spans: Span[]}} Lane */

/** What an event of a connection begins; null ends it. @type {Readonly<Record<string, SpanKind|null>>} */
const BEGINS = Object.freeze({
  originated: "ring",
  delivered: "ring",
  queued: "queue",
  dequeued: "ring",
  established: "talk",
  held: "hold",
  retrieved: "talk",
  parked: "queue",
  unparked: "talk",
  connection_cleared: null,
  failed: null,
});

/** @type {Readonly<Record<SpanKind, keyof Messages>>} */
const WORDS = Object.freeze({ ring: "spanRing", queue: "spanQueue", talk: "spanTalk", hold: "spanHold" });

/** The lanes of a call, in order of appearance. Pure. @param {CallDetail} detail @returns {{lanes: Lane[], from: number, to: number}} */
export function lanesOf(detail) {
  const times = detail.timeline.map((each) => Date.parse(each.occurred_at));
  const [from, to] = [Math.min(...times), Math.max(...times)];
  /** @type {Map<string, Lane>} */
  const lanes = new Map();
  for (const each of detail.timeline) if (each.connection_id) take(lanes, each, titleOf(detail, each));
  for (const lane of lanes.values()) for (const span of lane.spans) if (span.to < 0) span.to = to;
  return { lanes: [...lanes.values()].filter((each) => each.spans.length), from, to };
}

/** @param {Map<string, Lane>} lanes @param {TimelineItem} item @param {{title: string, number: string}} who */
function take(lanes, item, who) {
  const begins = BEGINS[item.kind];
  if (begins === undefined) return;
  const lane = lanes.get(item.connection_id) ?? { id: item.connection_id, ...who, spans: [] };
  lanes.set(item.connection_id, lane);
  const at = Date.parse(item.occurred_at);
  const open = lane.spans.at(-1);
  if (open && open.to < 0) {
    if (open.kind === begins) return;
    open.to = at;
  }
  if (begins) lane.spans.push({ kind: begins, from: at, to: -1 });
}

/** @param {CallDetail} detail @param {TimelineItem} item */
function titleOf({ call }, item) {
  const connection = (call.connections ?? []).find((/** @type {any} */ each) => each.connection_id === item.connection_id);
  const number = connection?.party?.number || connection?.device?.number || item.device;
  return { title: connection?.party?.name || phone(number) || "", number: phone(number) };
}

/** @param {CallDetail} detail @param {Context} context */
export function callPath(detail, { m, times }) {
  const { lanes, from, to } = lanesOf(detail);
  const length = Math.max(1, to - from);
  const percent = (/** @type {number} */ ms) => `${((100 * ms) / length).toFixed(3)}%`;
  const rows = lanes.map((lane) => {
    const bars = lane.spans.map((span) => {
      const bar = h("span", { class: "bar-span", "data-span": span.kind, title: words(span, m) });
      bar.style.left = percent(span.from - from);
      bar.style.width = percent(Math.max(span.to - span.from, length / 200));
      return bar;
    });
    return h("div", { class: "lane" }, laneTitle(lane), h("div", { class: "lane-track" }, ...bars));
  });
  const kinds = [...new Set(lanes.flatMap((lane) => lane.spans.map((span) => span.kind)))];
  const legend = h("p", { class: "legend" }, ...kinds.map((kind) => h("span", {}, h("i", { "data-span": kind }), m[WORDS[kind]])));
  const ends = [from, to].map((each) => h("time", {}, times.seconds(new Date(each))));
  const axis = h("div", { class: "axis-row" }, h("p", { class: "axis" }, ...ends));
  const drawn = h("div", { class: "path", "aria-hidden": "true" }, ...rows, axis, legend);
  return h("div", { class: "path-view" }, detail.story ? h("p", { class: "story" }, detail.story) : null, drawn, spoken(lanes, m));
}

/** @param {Lane} lane */
function laneTitle({ title, number }) {
  return h("div", { class: "lane-title" }, h("span", {}, title), title === number ? null : h("span", { class: "about" }, number));
}

/** The same for those who do not see it. @param {Lane[]} lanes @param {Messages} m */
function spoken(lanes, m) {
  const items = lanes.map((lane) => h("li", {}, `${lane.title}: ${lane.spans.map((span) => words(span, m)).join(", ")}`));
  return h("ol", { class: "visually-hidden" }, ...items);
}

/** @param {Span} span @param {Messages} m */
function words({ kind, from, to }, m) {
  return fill(m.spanFor, { what: m[WORDS[kind]], time: clock((to - from) / 1000) });
}
