import assert from "node:assert/strict";
import { test } from "node:test";
import { CtiCommands } from "../../src/cti_browser/static/cti-commands.js";
import { CtiCommandFailed, CtiCommandUnknown, CtiNotConnected } from "../../src/cti_browser/static/cti-errors.js";

/** Commands over a line that can be cut, with a clock of our own. */
function site(times) {
  const here = { sent: [], connected: true, now: 1000 };
  const send = (frame) => here.connected && here.sent.push(frame) > 0;
  here.commands = new CtiCommands(send, times, () => here.now);
  return here;
}

const observed = (frame) => ({ type: "result", id: frame.id, verb: frame.verb, outcome: "observed" });

test("a result settles its own command, and nobody else's", async () => {
  const { commands, sent } = site();
  const one = commands.ask({ verb: "hold", connection_id: "a" });
  const two = commands.ask({ verb: "hold", connection_id: "b" });
  assert.match(sent[0].id, /^[0-9a-f]{32}$/);
  assert.notEqual(sent[0].id, sent[1].id);
  commands.settle({ type: "result", id: "another", verb: "hold", outcome: "failed" });
  commands.settle(observed(sent[1]));
  assert.equal((await two).id, sent[1].id);
  assert.equal(commands.pending, 1);
  commands.settle(observed(sent[0]));
  await one;
});

test("a failure says its code, and unknown is a failure of its own kind", async () => {
  const { commands, sent } = site();
  const one = commands.ask({ verb: "clear", connection_id: "a" });
  commands.settle({ ...observed(sent[0]), outcome: "failed", error: "wrong_state", message: "not now" });
  await assert.rejects(one, (error) => error instanceof CtiCommandFailed && !(error instanceof CtiCommandUnknown)
    && error.code === "wrong_state" && error.message === "not now");
  const two = commands.ask({ verb: "clear", connection_id: "b" });
  commands.settle({ ...observed(sent[1]), outcome: "unknown", error: "lost" });
  await assert.rejects(two, CtiCommandUnknown);
});

test("a double click is one command; after a while the same is another", async () => {
  const here = site({ repeatMs: 600 });
  const ask = () => here.commands.ask({ verb: "make_call", to: "102" });
  const first = ask();
  assert.equal(ask(), first);
  here.commands.settle(observed(here.sent[0]));
  await first;
  here.now += 599;
  assert.equal(ask(), first);
  assert.equal(here.sent.length, 1);
  here.now += 1;
  assert.notEqual(ask(), first);
  assert.equal(here.sent.length, 2);
  here.commands.settle(observed(here.sent[1]));
});

test("digits twice are two digits", () => {
  const { commands, sent } = site();
  const digit = { verb: "send_digits", connection_id: "a", digits: "5" };
  void commands.ask(digit, { repeatable: true });
  void commands.ask(digit, { repeatable: true });
  assert.equal(sent.length, 2);
  sent.forEach((frame) => commands.settle(observed(frame)));
});

test("what failed may be asked again when the double click is over", async () => {
  const here = site({ repeatMs: 600 });
  const first = here.commands.ask({ verb: "park", connection_id: "a" });
  here.commands.settle({ ...observed(here.sent[0]), outcome: "failed", error: "refused" });
  await assert.rejects(first);
  here.now += 600;
  const again = here.commands.ask({ verb: "park", connection_id: "a" });
  assert.equal(here.sent.length, 2);
  here.commands.settle(observed(here.sent[1]));
  await again;
});

test("without a connection nothing is sent or kept", async () => {
  const here = site();
  here.connected = false;
  await assert.rejects(here.commands.ask({ verb: "make_call", to: "102" }), CtiNotConnected);
  here.connected = true;
  here.commands.resend();
  assert.deepEqual(here.sent, []);
});

test("after a reconnect the same id is asked again, but not an old one", async () => {
  const here = site({ resendMs: 10_000 });
  const old = here.commands.ask({ verb: "make_call", to: "102" });
  here.now += 6000;
  const young = here.commands.ask({ verb: "make_call", to: "103" });
  here.now += 5000;
  here.commands.resend();
  await assert.rejects(old, (error) => error instanceof CtiCommandUnknown && error.code === "lost");
  assert.deepEqual(here.sent.map((frame) => frame.to), ["102", "103", "103"]);
  assert.equal(here.sent[1].id, here.sent[2].id);
  here.commands.settle(observed(here.sent[2]));
  await young;
});

test("an answer that never comes ends at the deadline", async () => {
  const { commands } = site({ deadlineMs: 5 });
  await assert.rejects(commands.ask({ verb: "hold", connection_id: "a" }), CtiCommandUnknown);
  assert.equal(commands.pending, 0);
});
