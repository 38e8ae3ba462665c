/** Tabs that elect a leader by messages, where there are no locks: node's BroadcastChannel is the browsers'. */

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { TabLeader } from "../../src/cti_browser/static/tab-leader.js";

/** @type {TabLeader[]} */
let tabs = [];
afterEach(() => tabs.splice(0).forEach((each) => each.resign()));

function tab(name = "demo.101") {
  const made = new TabLeader({ locks: null });
  tabs.push(made);
  made.stand(name);
  return made;
}

const leaders = () => tabs.filter((each) => each.leads).length;

async function until(condition) {
  for (const end = Date.now() + 20_000; !condition(); ) {
    if (Date.now() > end) assert.fail(`never: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test("of tabs that come at the same moment one leads", async () => {
  for (let each = 0; each < 4; each += 1) tab();
  await until(() => leaders() === 1);
  for (const each of tabs.filter((tab) => tab.leads)) each.resign();
  await until(() => leaders() === 1);
});

test("when the leader goes another leads at once, and one of another user is another's business", async () => {
  const first = tab();
  await until(() => first.leads);
  const [second, third] = [tab(), tab()];
  const other = tab("demo.102");
  await until(() => other.leads);
  first.resign();
  await until(() => second.leads !== third.leads);
  assert.equal(first.leads, false);
});

test("a leader that vanished without a word is missed", async () => {
  const channels = [];
  class Watched extends BroadcastChannel {
    constructor(name) {
      super(name);
      channels.push(this);
    }
  }
  const crashed = new TabLeader({ locks: null, Channel: Watched });
  crashed.stand("demo.103");
  await until(() => crashed.leads);
  const heir = tab("demo.103");
  channels[0].postMessage = () => {};
  channels[0].onmessage = null;
  await until(() => heir.leads);
  crashed.resign();
});
