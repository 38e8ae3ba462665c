/**
 * The page at `/`: takes the token from the address (`#token=…`), keeps it for this tab only, and shows the panel, or a
 * notice when there is no token or it is refused.
 */

import "./cti-panel.js";
import { CtiModel } from "./cti-model.js";
import { Directory } from "./directory.js";
import { CallHistory } from "./history.js";
import { fill, languageFor, messagesFor } from "./panel/messages.js";
import { SettingsStore } from "./panel/settings.js";
import { tone, who } from "./panel/words.js";

/** @import {CtiPanel} from "./cti-panel.js" */

const KEY = "trunkline.token";
const TITLE = document.title;

// The address says it for this page; else what the user has set, or the browser's.
const asked = new URLSearchParams(location.search).get("lang");
const language = languageFor(asked || new SettingsStore().values.language);
const m = messagesFor(language);
const panel = /** @type {CtiPanel} */ (element("panel"));
const form = /** @type {HTMLFormElement} */ (element("sign-in"));
const input = /** @type {HTMLInputElement} */ (element("token"));

document.documentElement.lang = language;
if (asked) panel.lang = language;
element("token-label").textContent = m.signInToken;
element("sign-in-button").textContent = m.signIn;
element("password-link").textContent = m.signInPassword;

const url = new URL("v1/stream", document.baseURI);
url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
url.hash = url.search = "";
let current = "";
const model = new CtiModel({ url: url.href, token: "", renewToken: renewed });
panel.model = model;

model.addEventListener("disconnected", (event) => {
  const { detail } = /** @type {CustomEvent<import("./cti-events.js").DisconnectedDetail>} */ (event);
  if (model.connectionStatus.phase !== "refused" || !detail.ignoreTryReconnection) return;
  sessionStorage.removeItem(KEY);
  ask(m.signInRefusedTitle, m.signInRefusedHint);
});
for (const name of ["activeCallSnapshot", "callStarted", "callInfoChanged", "commutationStarted", "callFinished", "disconnected"]) {
  model.addEventListener(name, showTitle);
}
panel.addEventListener("settingschange", () => {
  if (!asked) document.documentElement.lang = languageFor(panel.settings.values.language);
});
addEventListener("hashchange", begin);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  enter(input.value.trim());
  input.value = "";
});
begin();

function begin() {
  const given = new URLSearchParams(location.hash.slice(1)).get("token");
  // The address bar is copied, photographed and kept in the history: a token has no place there.
  if (given) history.replaceState(null, "", location.pathname + location.search);
  const token = given || sessionStorage.getItem(KEY);
  if (token) enter(token);
  else if (model.connectionStatus.phase === "idle") ask(m.signInTitle, m.signInHint);
}

/** @param {string} token */
function enter(token) {
  keep(token);
  form.hidden = true;
  panel.hidden = false;
  const base = new URL(".", document.baseURI).href.replace(/\/$/, "");
  panel.history = new CallHistory({ token: () => current, base, user: subjectOf(token) });
  panel.directory = new Directory({ token: () => current, base });
  model.signIn(token);
}

/** @param {string} token */
function keep(token) {
  current = token;
  sessionStorage.setItem(KEY, token);
}

/** A newer token for one that ends soon, where the server gives them for passwords. */
async function renewed() {
  const answer = await fetch("v1/login/renew", { method: "POST", headers: { Authorization: `Bearer ${current}` } });
  if (!answer.ok) throw new Error(`No newer token: ${answer.status}`);
  const { token } = await answer.json();
  keep(token);
  return token;
}

/** Whether one can sign in here with a password, and then the way there. */
async function offerPassword() {
  try {
    const link = /** @type {HTMLAnchorElement} */ (element("password-link"));
    link.href = `login${location.search}`;
    link.hidden = !(await fetch(link.href)).ok;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}

/** @param {string} title @param {string} hint */
function ask(title, hint) {
  void offerPassword();
  element("sign-in-title").textContent = title;
  element("sign-in-hint").textContent = hint;
  panel.hidden = true;
  panel.history = panel.directory = null;
  form.hidden = false;
  input.focus();
}

/**
 * Whose token it is, as it says itself: a supervisor, who may see everyone's calls, sees their own here. Only a filter;
 * what may be seen is the server's to decide.
 * @param {string} token
 */
function subjectOf(token) {
  try {
    const bytes = atob((token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/"));
    const claims = JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, (each) => each.charCodeAt(0))));
    return typeof claims.sub === "string" ? claims.sub : "";
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DOMException) return "";
    throw error;
  }
}

/** A background tab tells by its title that the phone rings. */
function showTitle() {
  const ringing = model.activeCalls.find((call) => tone(call) === "ringing");
  document.title = ringing ? fill(m.titleRinging, { who: who(ringing, m) }) : TITLE;
}

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}`);
  return found;
}
