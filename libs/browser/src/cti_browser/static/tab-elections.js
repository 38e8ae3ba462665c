/**
 * Elections among the tabs of one origin. Each tells `led` whether this tab leads, when that changes, and gives a way to leave
 * it, which the others hear at once.
 */

/** @typedef {{leave: () => void}} Election */

const PREFIX = "trunkline.leader.";
// A leader answers from its message handler, which no browser slows down in a tab behind others, as it does with timers.
const ANSWER_MS = 300;
// How long nobody leads at most when a leader crashed without a word.
const CHECK_MS = 2000;

/** By Web Locks: the browser itself says who, also after a crash. @param {LockManager} locks @param {string} name
 * @param {(leads: boolean) => void} led @returns {Election} */
export function electByLock(locks, name, led) {
  const waiting = new AbortController();
  /** @type {(() => void)|null} */ let letGo = null;
  const held = () =>
    new Promise((resolve) => {
      letGo = () => resolve(undefined);
      led(true);
    });
  locks.request(PREFIX + name, { signal: waiting.signal }, held).catch((error) => {
    if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
  });
  return {
    leave() {
      waiting.abort();
      letGo?.();
    },
  };
}

/**
 * By messages, for pages that came without TLS, where there are no locks. A tab asks who leads and leads when nobody says so; of
 * two that lead, as when they came at the same moment or one was frozen, the one with the smaller id goes on.
 * @param {typeof BroadcastChannel} Channel @param {string} name @param {(leads: boolean) => void} led @returns {Election}
 */
export function electByMessages(Channel, name, led) {
  const channel = new Channel(PREFIX + name);
  const id = `${Math.random()}`;
  let leads = false;
  /** @type {ReturnType<typeof setTimeout>|undefined} */ let timer;

  const say = (/** @type {"who"|"me"|"gone"} */ word) => channel.postMessage({ word, id });
  const ask = () => {
    say("who");
    clearTimeout(timer);
    timer = setTimeout(() => become(true), ANSWER_MS);
  };
  /** @param {boolean} now */
  const become = (now) => {
    clearTimeout(timer);
    // A leader says so again and again, so that another one hears of it; the others look whether there is one.
    timer = setTimeout(() => (leads ? become(true) : ask()), CHECK_MS);
    if (now) say("me");
    if (now === leads) return;
    leads = now;
    led(leads);
  };
  channel.onmessage = ({ data }) => {
    if (data?.word === "who" && leads) say("me");
    else if (data?.word === "gone") become(true);
    else if (data?.word === "me") become(leads && id < data.id);
  };
  const gone = () => leads && say("gone");
  globalThis.addEventListener?.("pagehide", gone);
  ask();
  return {
    leave() {
      clearTimeout(timer);
      globalThis.removeEventListener?.("pagehide", gone);
      gone();
      channel.close();
    },
  };
}
