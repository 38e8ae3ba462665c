import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { dialled, ended, NO_CALLS, received } from "../../src/cti_browser/static/webphone/verto-calls.js";
import { parse, reply, request } from "../../src/cti_browser/static/webphone/verto-codec.js";

const FOLDER = new URL("../data/verto/", import.meta.url);
const RECORDINGS = readdirSync(FOLDER).map((name) => [name, readFileSync(new URL(name, FOLDER), "utf8").trim().split("\n").map(JSON.parse)]);

/** What became of one client's calls in a recording: each deed in order, and the calls that were left. */
function replay(lines, client) {
  let calls = NO_CALLS;
  const deeds = [];
  for (const line of lines.filter((each) => each.client === client && "frame" in each)) {
    const frame = parse(line.frame);
    if (frame.kind !== "request") continue;
    const about = frame.params.dialogParams ?? {};
    if (line.dir === "recv") {
      const next = received(calls, frame);
      calls = next.calls;
      deeds.push(...next.deeds.map((each) => each.do));
    } else if (frame.method === "verto.invite" && frame.params.sdp) calls = dialled(calls, about.callID, about.destination_number);
    else if (frame.method === "verto.bye") calls = ended(calls, about.callID, "").calls;
  }
  return { calls, deeds };
}

test("every recorded frame is understood, and what is no frame changes nothing", () => {
  const kinds = {};
  for (const [, lines] of RECORDINGS) {
    for (const { frame } of lines.filter((each) => "frame" in each)) kinds[parse(frame).kind] = (kinds[parse(frame).kind] ?? 0) + 1;
  }
  // Noise in the recordings: "not json", and an empty batch with its empty answer.
  assert.deepEqual({ ...kinds, request: kinds.request > 150 }, { request: true, result: 148, error: 23, noise: 3 });
});

test("a call that we make is early, then active, and over by our bye", () => {
  const [, lines] = RECORDINGS.find(([name]) => name.startsWith("out_hold"));
  const { calls, deeds } = replay(lines, "101");
  assert.deepEqual(deeds.filter((each) => each !== "ready"), ["remote", "show", "show", "show"]);
  assert.equal(calls.size, 0);
});

test("no call of any recording outlives it, except where the socket was cut", () => {
  for (const [name, lines] of RECORDINGS.filter(([each]) => !/reconnect|verto_misc|conference/.test(each))) {
    assert.equal(replay(lines, "101").calls.size, 0, name);
  }
});

test("after a reconnect the call is attached, and a second session punts the first", () => {
  const [, lines] = RECORDINGS.find(([name]) => name.startsWith("reconnect"));
  const all = [...new Set(lines.map((each) => each.client))].flatMap((client) => replay(lines, client).deeds);
  assert.equal(all.filter((each) => each === "attach").length, 2);
  assert.equal(all.filter((each) => each === "punted").length, 1);
});

test("late media does not make an answered call ring, and a stranger's call is left alone", () => {
  const ask = (method, params) => ({ kind: "request", id: 1, method, params });
  let calls = dialled(NO_CALLS, "a", "102");
  calls = received(calls, ask("verto.answer", { callID: "a" })).calls;
  calls = received(calls, ask("verto.media", { callID: "a", sdp: "x" })).calls;
  assert.equal(calls.get("a").state, "active");
  assert.deepEqual(received(calls, ask("verto.bye", { callID: "b" })).deeds, []);
  assert.deepEqual(received(calls, ask("verto.nosuch", {})).deeds, []);
  assert.deepEqual(received(calls, ask("verto.bye", { callID: "a", cause: "USER_BUSY" })).deeds, [{ do: "end", id: "a", cause: "USER_BUSY" }]);
});

test("what we write is what we read", () => {
  assert.deepEqual(parse(request(7, "login", { login: "101" })), { kind: "request", id: 7, method: "login", params: { login: "101" } });
  assert.deepEqual(parse(reply(142, "verto.invite")), { kind: "result", id: 142, result: { method: "verto.invite" } });
});
