import assert from "node:assert/strict";
import { test } from "node:test";
import { TrunklineCtiProvider } from "../../src/cti_browser/static/base-cti-provider.js";
import { CtiCall } from "../../src/cti_browser/static/cti-call.js";
import { CallDirection, CallStateNumber } from "../../src/cti_browser/static/provider-calls.js";

/** What the adapter needs of a CtiModel, telling what a test wants. */
class Model extends EventTarget {
  activeCalls = [];
  currentCall = null;
  lineFeatures = 2;
  agentState = "";
  agentStateReason = "";
  isCallCentreActive = false;
  asked = [];

  connect() {
    this.asked.push(["connect"]);
  }

  tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail: { replay: false, ...detail } }));
  }
}
for (const name of ["makeCall", "answerCall", "dropCall", "holdOrUnholdCall", "makeConsultCall", "transferCall", "mute",
  "cancelTransfer", "blindTransferCall", "sendDtmf", "setAgentState", "setWrapUpUserState", "changeCallCentreState"]) {
  Model.prototype[name] = function (...parameters) {
    this.asked.push([name, ...parameters.map((each) => each?.id ?? each)]);
    return Promise.resolve({ outcome: "observed" });
  };
}

const view = (fields) => ({ id: "c-1", call_id: "db-1", pbx: "office", device: "101", direction: "in", number: "79990001122",
  state: "alerting", started_at: "2026-01-01T10:00:00Z", state_since: "2026-01-01T10:00:00Z", allowed: ["clear", "answer"],
  ...fields });

function site() {
  const model = new Model();
  const provider = new TrunklineCtiProvider();
  const told = [];
  for (const name of ["callStarted", "commutationStarted", "callFinished", "lineStateChanged", "activeCallSnapshot", "dtmfEntered",
    "agentStateChanged", "disconnected", "error", "commandExecuted"]) {
    provider.on(name, (...parameters) => told.push([name, ...parameters]));
  }
  provider.init({ model });
  return { model, provider, told };
}

test("a call is one object with CtiModel's numbers and ids, from its first event to its last", () => {
  const { model, told } = site();
  const ringing = new CtiCall(view());
  model.tell("callStarted", { call: ringing });
  const [, call] = told[0];
  assert.equal(call.state, CallStateNumber.ALERTING);
  assert.equal(call.direction, CallDirection.IN);
  assert.deepEqual([call.callerId, call.calledId, call.deviceId, call.databaseUId], ["79990001122", "101", "101", "db-1"]);
  assert.equal(call.callFeaturesSet, 12);
  model.tell("commutationStarted", { call: new CtiCall(view({ state: "connected", allowed: ["clear", "hold"] })) });
  assert.equal(told[1][1], call);
  assert.deepEqual([call.state, call.oldState, call.callFeaturesSet], [2, 1, 24]);
  model.tell("callFinished", { call: new CtiCall(view({ state: "null", ended_at: "2026-01-01T10:01:00Z", allowed: [] })) });
  assert.equal(told[2][1], call);
  assert.equal(call.state, CallStateNumber.NONE);
  assert.deepEqual(told[3], ["lineStateChanged", { callFeaturesSet: 2 }]);
});

test("nothing that was missed is told as if it happened now", () => {
  const { model, told } = site();
  model.tell("callStarted", { call: new CtiCall(view()), replay: true });
  model.tell("dtmfEntered", { call: null, digits: "5", replay: true });
  assert.deepEqual(told, []);
  const alive = new CtiCall(view());
  model.tell("activeCallSnapshot", { activeCalls: [alive], currentCall: alive });
  const [name, snapshot] = told[0];
  assert.equal(name, "activeCallSnapshot");
  assert.equal(snapshot.CurrentCall, snapshot.ActiveCalls[0]);
});

test("methods take the provider's calls in the provider's order", async () => {
  const { model, provider, told } = site();
  model.activeCalls = [new CtiCall(view({ state: "held" })), new CtiCall(view({ id: "c-2", direction: "out", number: "207" }))];
  model.tell("activeCallSnapshot", { activeCalls: model.activeCalls, currentCall: model.activeCalls[0] });
  const [current, consult] = told[0][1].ActiveCalls;
  provider.makeCall("205");
  provider.answerCall(current);
  provider.holdCall(current);
  provider.makeConsultCall(current, "207");
  provider.cancelTransfer(current, consult);
  provider.transferCall(current, consult);
  provider.blindTransferCall(current, "209");
  provider.sendDtmf(current, "5");
  provider.setUserState("Away", "lunch");
  assert.deepEqual(model.asked, [["connect"], ["makeCall", "205"], ["answerCall", "c-1"], ["holdOrUnholdCall", "c-1"],
    ["makeConsultCall", "207", "c-1"], ["cancelTransfer", "c-2"], ["transferCall", "c-2"], ["blindTransferCall", "209", "c-1"],
    ["sendDtmf", "5", "c-1"], ["setAgentState", "Away", "lunch"]]);
  await new Promise((done) => provider.setWrapUpUserState(true, done));
  assert.equal(told.filter(([name]) => name === "commandExecuted").length, 10);
});

test("a handler that throws is told as an error, and the others still hear", () => {
  const { model, provider, told } = site();
  provider.on("callStarted", () => {
    throw new Error("broken");
  });
  const heard = [];
  const handler = function () {
    heard.push(this.name);
  };
  const scope = { name: "mine" };
  provider.on("callStarted", handler, scope);
  model.tell("callStarted", { call: new CtiCall(view()) });
  assert.deepEqual(heard, ["mine"]);
  assert.equal(told.find(([name]) => name === "error")[1].errorType, "EVENT_HANDLER");
  provider.un("callStarted", handler, scope);
  model.tell("callStarted", { call: new CtiCall(view()) });
  assert.deepEqual(heard, ["mine"]);
});

test("the agent's state comes by name and reason", () => {
  const { model, told } = site();
  model.agentState = "not_ready";
  model.agentStateReason = "lunch";
  model.tell("agentStateChanged", {});
  assert.deepEqual(told, [["agentStateChanged", { userState: "not_ready", userStateReasonCode: "lunch" }]]);
  model.tell("disconnected", { failureCode: 4500, ignoreTryReconnection: true });
  assert.deepEqual(told[1], ["disconnected", 4500, { ignoreTryReconnection: true }]);
});

test("who begins again hears everything once", () => {
  const { model, provider, told } = site();
  provider.init({ model });
  told.length = 0;
  model.dispatchEvent(new CustomEvent("dtmfEntered", { detail: { digits: "5", replay: false } }));
  assert.deepEqual(told.filter(([name]) => name === "dtmfEntered"), [["dtmfEntered", "5"]]);
});

test("what such providers have beside is there too, or says that it is not", async () => {
  const { model, provider, told } = site();
  const held = new CtiCall(view({ state: "held" }));
  model.activeCalls = [held, new CtiCall(view({ id: "c-2", state: "connected", allowed: ["hold"] }))];
  model.tell("activeCallSnapshot", { activeCalls: model.activeCalls, currentCall: held });
  const [first, second] = told[0][1].ActiveCalls;
  provider.hookup();
  provider.setupTransferCall(first);
  provider.setupTransferCall(second);
  assert.deepEqual(model.asked.slice(1), [["answerCall"], ["holdOrUnholdCall", "c-2"]]);
  const errors = [];
  provider.on("error", (error) => errors.push([error.source, error.internalErrorCode]));
  provider.setDnd();
  provider.setVideoState(second, true);
  provider.queryCallRecords("c-2", () => assert.fail("there is no history"));
  assert.deepEqual(errors, [["setDnd", "not_supported"], ["setVideoState", "not_supported"], ["queryCallRecords", "not_supported"]]);
  assert.equal(provider.getCapabilities().agentCapabilities, 3);
});

test("recordings are asked for by a call's id or its id in the journal", async () => {
  const { model, provider } = site();
  const asked = [];
  const history = {
    async recordings(id) {
      asked.push(id);
      if (id === "gone") throw new Error("no such call");
      return [{ id: "r-2", audible: true }, { id: "r-1", audible: false }];
    },
    soundOf: async (id) => `https://journal/v1/listen/${id}`,
  };
  provider.init({ model, history });
  model.activeCalls = [new CtiCall(view())];
  const urls = (id) => new Promise((done) => provider.queryCallRecords(id, done));
  assert.deepEqual(await urls("c-1"), ["https://journal/v1/listen/r-2"]);
  assert.deepEqual(await urls("db-9"), ["https://journal/v1/listen/r-2"]);
  assert.deepEqual(asked, ["db-1", "db-9"]);
  const failed = new Promise((done) => provider.on("error", done));
  provider.queryCallRecords("gone", () => assert.fail("nothing was found"));
  assert.equal((await failed).source, "queryCallRecords");
  assert.equal(provider.getCapabilities().agentCapabilities, 7);
});
