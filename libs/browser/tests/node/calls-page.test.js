import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { mayBeListed } from "../../src/cti_browser/static/panel/listable.js";
import { RareCount } from "../../src/cti_browser/static/panel/rare-count.js";

const call = { direction: "in", outcome: "missed", queue: "sales", started_at: "2026-01-05T10:00:00+00:00" };
const all = { text: "", direction: "", outcome: "", queue: "", recorded: "", user: "", from: undefined, to: undefined };

test("a call is listed unless a filter surely leaves it out", () => {
  const lets = [all, { user: "101" }, { direction: "in", outcome: "missed", queue: "sales" }, { from: "2026-01-05T10:00:00.000Z" }];
  const onlyTheJournalKnows = [{ text: "anna" }, { number: "8 916" }, { recorded: "true" }];
  for (const each of [...lets, ...onlyTheJournalKnows]) assert.equal(mayBeListed({ ...all, ...each }, call, "101"), true, JSON.stringify(each));
  const bounds = [{ from: "2026-01-05T10:00:00.001Z" }, { to: "2026-01-05T10:00:00.000Z" }];
  for (const each of [{ user: "102" }, { direction: "out" }, { outcome: "answered" }, { queue: "support" }, ...bounds]) {
    assert.equal(mayBeListed({ ...all, ...each }, call, "101"), false, JSON.stringify(each));
  }
});

/** A count of a journal of ours, with what it showed. */
function counting(count, exact = true) {
  const journal = { count, asked: 0, shown: [] };
  const ask = async () => {
    journal.asked += 1;
    return { count: journal.count, exact, estimate: null };
  };
  return { journal, rare: new RareCount(ask, (found) => journal.shown.push(found?.count)) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("what comes in is counted here, and the journal asked at most once in half a minute", async (context) => {
  context.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const { journal, rare } = counting(60);
  await rare.anew();
  rare.counted(["r1", "r2"]);
  for (let at = 0; at < 10; at++) {
    mock.timers.tick(2000);
    rare.seen(new Set([`n${at}`, "r1", "r2"]));
    rare.seen(new Set([`n${at}`, "r1", "r2"]));
  }
  assert.deepEqual([journal.asked, journal.shown.at(-1)], [1, 70]);
  journal.count = 71; // one more that was never on the newest page
  mock.timers.tick(10_000);
  await settled();
  assert.deepEqual([journal.asked, journal.shown.at(-1)], [2, 71]);
  rare.stale();
  rare.stop();
  mock.timers.tick(60_000);
  assert.equal(journal.asked, 2);
});

test("where only a lower bound is known nothing is added to it", async () => {
  const { journal, rare } = counting(10_000, false);
  await rare.anew();
  rare.seen(new Set(["n"]));
  rare.stop();
  assert.deepEqual(journal.shown, [10_000]);
});
