import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CtiCall } from "../../src/cti_browser/static/cti-call.js";
import { numberOf } from "../../src/cti_browser/static/cti-model.js";
import { boundsOf } from "../../src/cti_browser/static/panel/periods.js";
import { CLOSE_CODE_OF } from "../../src/cti_browser/static/protocol.js";
import { SseParser } from "../../src/cti_browser/static/sse.js";
import { TabLeader } from "../../src/cti_browser/static/tab-leader.js";
import { httpOf, openSse } from "../../src/cti_browser/static/transports.js";

const STREAM = 'event: welcome\nid: e:1\ndata: {"type":"welcome"}\n\n: keep alive\n\nevent: update\r\nid: e:2\r\ndata: {"a":\r\ndata: 1}\r\n\r\n';

test("server-sent events come whole, however they are cut", () => {
  const wanted = [
    { event: "welcome", id: "e:1", data: '{"type":"welcome"}' },
    { event: "update", id: "e:2", data: '{"a":\n1}' },
  ];
  for (let size = 1; size <= STREAM.length; size++) {
    const parser = new SseParser();
    const events = [];
    for (let at = 0; at < STREAM.length; at += size) events.push(...parser.take(STREAM.slice(at, at + size)));
    assert.deepEqual(events, wanted, `in pieces of ${size}`);
  }
});

test("the last event of a stream says what a close code would", async (context) => {
  const document = readFileSync(new URL("../../../../docs/protocol.md", import.meta.url), "utf8");
  const codes = Object.fromEntries(
    [...document.matchAll(/^\| (4\d{3}) \| ([a-z ]+) \|/gm)].map(([, code, name]) => [String(name).replaceAll(" ", "_"), Number(code)]),
  );
  for (const [name, code] of Object.entries(CLOSE_CODE_OF)) assert.equal(code, codes[name], name);
  const closed = (last) =>
    new Promise((closed) => {
      const stream = `event: error\ndata: ${JSON.stringify({ type: "error", code: last, message: "" })}\n\n`;
      context.mock.method(globalThis, "fetch", () => Promise.resolve(new Response(stream)));
      openSse({ url: "ws://host/v1/stream", token: "", cursor: null }, { frame: () => {}, closed });
    });
  // Who may not come back, and who should.
  assert.deepEqual([await closed("too_many"), await closed("resume"), await closed("news")], [4505, 4000, 4003]);
});

test("numbers are dialled as digits; what is no number stays for the server to refuse", () => {
  assert.equal(numberOf(" +7 (916) 123-45-67 "), "+79161234567");
  assert.equal(numberOf("*8101#"), "*8101#");
  assert.equal(numberOf("anna"), "anna");
});

test("the address of what goes by HTTP", () => {
  assert.equal(httpOf("wss://cti.example/v1/stream"), "https://cti.example/v1");
  assert.equal(httpOf("ws://127.0.0.1:2013/v1/stream"), "http://127.0.0.1:2013/v1");
});

test("a single candidate names a call that the telephone system could not", () => {
  const base = { id: "a", call_id: "b", device: "101", direction: "in", state: "alerting", number: "79161234567" };
  const anna = { id: "1", kind: "contact", name: "Anna Petrova" };
  assert.equal(new CtiCall({ ...base, party: { candidates: [anna] } }).name, "Anna Petrova");
  assert.equal(new CtiCall({ ...base, party: { name: "Anna Petrova", candidates: [anna, { ...anna, id: "2" }] } }).name, "");
  assert.equal(new CtiCall(base).candidates, null);
  assert.deepEqual(new CtiCall({ ...base, party: {} }).candidates, []);
});

test("without locks and messages every tab leads", () => {
  const leader = new TabLeader({ locks: null, Channel: null });
  let changes = 0;
  leader.addEventListener("change", () => changes++);
  leader.stand("demo.101");
  assert.equal(leader.leads, true);
  leader.resign();
  assert.equal(leader.leads, false);
  assert.equal(changes, 2);
});

test("a period ends where its last day does, in this time zone", () => {
  const now = new Date(2026, 2, 30, 15, 4);
  const days = { first: "2026-03-28", last: "2026-03-29" };
  const none = { first: "", last: "" };
  const day = (/** @type {number} */ of) => new Date(2026, 2, of).toISOString();
  assert.deepEqual(boundsOf("today", now, none), { from: day(30), to: undefined });
  assert.deepEqual(boundsOf("yesterday", now, none), { from: day(29), to: day(30) });
  assert.deepEqual(boundsOf("week", now, none), { from: day(24), to: undefined });
  assert.deepEqual(boundsOf("month", now, none), { from: day(1), to: undefined });
  assert.deepEqual(boundsOf("dates", now, days), { from: day(28), to: day(30) });
  assert.deepEqual(boundsOf("dates", now, none), { from: undefined, to: undefined });
  assert.deepEqual(boundsOf("", now, days), { from: undefined, to: undefined });
});
