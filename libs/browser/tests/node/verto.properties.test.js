import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_CALLS, received } from "../../src/cti_browser/static/webphone/verto-calls.js";
import { parse, reply, request } from "../../src/cti_browser/static/webphone/verto-codec.js";

/** Numbers that look like chance and are the same in each run (mulberry32). @param {number} seed */
function chance(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = chance(1);
const pick = (from) => from[Math.floor(random() * from.length)];
const CALLS = ["a", "b", "c"];
const NAMES = ["callID", "sdp", "caller_id_name", "caller_id_number", "display_name", "display_number", "display_direction", "cause", "code",
  "message", "reattached_sessions", "id", "method", "params", "result", "error", "toString", "valueOf", "__proto__", "length"];
const METHODS = ["verto.invite", "verto.attach", "verto.media", "verto.answer", "verto.display", "verto.bye", "verto.punt", "verto.clientReady",
  "verto.event", "toString", "__proto__", ""];

/** Any JSON value, as text. */
function anything(depth = 3) {
  const kind = Math.floor(random() * (depth ? 7 : 5));
  if (kind < 5) return pick(["null", "true", "-1", "1e400", JSON.stringify(pick([...CALLS, "", "ü\u2028", "outbound"]))]);
  const inner = () => anything(depth - 1);
  if (kind === 5) return `[${Array.from({ length: Math.floor(random() * 3) }, inner)}]`;
  return `{${Array.from({ length: Math.floor(random() * 4) }, () => `${JSON.stringify(pick(NAMES))}:${inner()}`)}}`;
}

test("whatever comes is a frame or noise, and its parts are what they are said to be", () => {
  for (let n = 0; n < 4000; n += 1) {
    const whole = anything();
    for (const text of [whole, whole.slice(0, Math.floor(random() * whole.length)), `#SP${whole}`]) {
      const frame = parse(text);
      if (frame.kind === "request") assert.equal(typeof frame.method, "string");
      else if (frame.kind === "error") assert.deepEqual([typeof frame.code, typeof frame.message], ["number", "string"]);
      else assert.ok(["result", "noise"].includes(frame.kind));
      if ("id" in frame) assert.ok(frame.id === null || typeof frame.id === "number");
    }
  }
});

test("what we write is what we read, whatever is in it", () => {
  for (let n = 0; n < 1000; n += 1) {
    const params = JSON.parse(JSON.stringify(JSON.parse(`{"x":${anything()}}`)));
    const [id, method] = [Math.floor(random() * 2 ** 31), pick(METHODS)];
    assert.deepEqual(parse(request(id, method, params)), { kind: "request", id, method, params });
    assert.deepEqual(parse(reply(id, method)), { kind: "result", id, result: { method } });
  }
});

test("in whatever order requests come, each call rings once, ends once, and is what its parts say", () => {
  for (let n = 0; n < 400; n += 1) {
    let calls = NO_CALLS;
    const known = new Set();
    for (let step = 0; step < 25; step += 1) {
      const params = { ...JSON.parse(random() < 0.5 ? "{}" : `{"a":${anything()}}`), callID: random() < 0.9 ? pick(CALLS) : JSON.parse(anything()) };
      for (const name of NAMES.slice(1, 11)) if (random() < 0.3) params[name] = JSON.parse(anything());
      const next = received(calls, { kind: "request", id: step, method: pick(METHODS), params });
      calls = next.calls;
      for (const deed of next.deeds) {
        if (deed.do === "ring") assert.ok(!known.has(deed.id) && known.add(deed.id), "rings once");
        else if (deed.do === "attach") known.add(deed.id);
        else if (deed.do === "end") assert.ok(known.delete(deed.id), "ends once, and only what there is");
        else if (deed.do === "punted") known.clear();
        else if (deed.do === "ready") assert.ok(deed.ids.every((each) => typeof each === "string"));
      }
      assert.deepEqual([...calls.keys()].sort(), [...known].sort());
      for (const call of calls.values()) {
        assert.ok(["ringing", "early", "active"].includes(call.state));
        assert.deepEqual([typeof call.number, typeof call.name], ["string", "string"]);
      }
    }
  }
});
