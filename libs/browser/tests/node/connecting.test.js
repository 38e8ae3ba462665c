import assert from "node:assert/strict";
import { test } from "node:test";
import { Retries } from "../../src/cti_browser/static/connecting/retries.js";
import { TokenRenewal } from "../../src/cti_browser/static/connecting/token-renewal.js";
import { UpdateOrder } from "../../src/cti_browser/static/connecting/update-order.js";

const welcome = (version, recovered = false, epoch = "e") => ({ type: "welcome", epoch, version, recovered });
const update = (version, epoch = "e") => ({ type: "update", epoch, version });

test("each update once, in order; what is missing is a gap, another epoch too", () => {
  const order = new UpdateOrder();
  assert.equal(order.take(update(1)), "repeat");
  order.welcome(welcome(7));
  assert.deepEqual([7, 8, 8, 3, 9, 11].map((each) => order.take(update(each))), ["repeat", "next", "repeat", "repeat", "next", "gap"]);
  assert.equal(order.take(update(10, "other")), "gap");
  assert.deepEqual(order.cursor, { epoch: "e", version: 9 });
});

test("after a whole recovery the replayed updates move the cursor, else the welcome does", () => {
  const order = new UpdateOrder();
  order.welcome(welcome(3));
  order.welcome(welcome(5, true));
  assert.deepEqual([order.take(update(4)), order.take(update(5))], ["next", "next"]);
  order.welcome(welcome(2, false, "other"));
  assert.deepEqual(order.cursor, { epoch: "other", version: 2 });
  order.forget();
  assert.equal(order.cursor, null);
});

/** Retries with a clock of our own. */
function retries(options = {}) {
  const time = { now: 1000 };
  const made = new Retries({ transport: "auto", minDelayMs: 100, maxDelayMs: 1000, stableMs: 5000, ...options }, () => time.now, () => 1);
  return { time, made };
}

test("attempts become rare, and are quick again after a connection that was stable", () => {
  const { time, made } = retries();
  assert.deepEqual([0, 0, 0, 0, 0].map((each) => made.closed(each)), [100, 200, 400, 800, 1000]);
  assert.equal(made.closed(time.now - 4999), 1000);
  assert.equal(made.closed(time.now - 5000), 100);
});

test("where no WebSocket ever opens the other way is tried in turn with it", () => {
  const { made } = retries();
  const tried = [];
  for (let n = 0; n < 5; n += 1) {
    tried.push(made.usesSse);
    made.closed(0);
  }
  assert.deepEqual(tried, [false, false, true, false, true]);
  made.welcome("websocket");
  made.closed(0);
  made.closed(0);
  assert.equal(made.usesSse, false, "they do open here");
  assert.equal(retries({ transport: "sse" }).made.usesSse, true);
});

test("who is told to move comes when the server said, once", () => {
  const { time, made } = retries();
  made.move(700);
  time.now += 200;
  assert.deepEqual([made.closed(time.now), made.closed(0)], [500, 100]);
});

/** A renewal whose answer is given by hand. */
function renewal() {
  const here = { asked: 0, wanted: true, shown: [], holds: true };
  const renew = () => new Promise((give, refuse) => Object.assign(here, { give, refuse, asked: here.asked + 1 }));
  const failed = () => (here.failed = true) && here.holds;
  const heard = { wanted: () => here.wanted, show: (token) => here.shown.push(token) > 0, failed };
  here.made = new TokenRenewal("old", renew, heard);
  return here;
}

test("another token is asked for once at a time, and shown", async () => {
  const here = renewal();
  const first = here.made.renew();
  void here.made.renew();
  assert.deepEqual([here.asked, here.made.possible], [1, false]);
  here.give("new");
  await first;
  assert.deepEqual([here.made.token, here.shown, here.made.possible], ["new", ["new"], true]);
});

test("a token that comes too late is not shown: somebody else has signed in", async () => {
  const here = renewal();
  const asking = here.made.renew();
  here.made.replace("another's");
  here.give("new");
  await asking;
  assert.deepEqual([here.made.token, here.shown], ["another's", []]);
});

test("one that is refused without an old one that holds is not asked for again and again", async () => {
  const here = renewal();
  here.holds = false;
  const asking = here.made.renew();
  here.refuse(new Error("no"));
  await asking;
  assert.equal(here.made.possible, false);
  here.made.welcome();
  assert.equal(here.made.possible, true);
});

for (const [what, answer] of [
  ["comes", (here) => here.give("new")],
  ["is refused", (here) => here.refuse(new Error("no"))],
]) {
  test(`a token that ${what} too late refuses nobody who has signed in since, and nobody who has stopped`, async () => {
    const other = renewal();
    const replaced = other.made.renew();
    other.made.replace("another's");
    answer(other);
    await replaced;
    assert.deepEqual([other.failed, other.made.token, other.shown], [undefined, "another's", []]);
    const stopped = renewal();
    const asking = stopped.made.renew();
    stopped.wanted = false;
    answer(stopped);
    await asking;
    assert.deepEqual([stopped.failed, stopped.made.token, stopped.made.possible], [undefined, "old", true]);
  });
}
