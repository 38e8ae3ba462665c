/** Says to a screen reader what has changed: at once when it rings, in its turn otherwise. */

import { h } from "./dom.js";
import { fill } from "./messages.js";
import { outcomeWords, tone, who } from "./words.js";

/** @import {CtiCall} from "../cti-call.js" */
/** @import {Messages} from "./messages.js" */

/** The other side of a call, and whether it holds. @typedef {{number: string, name: string, held: boolean}} Facts */

// What has been said leaves the page, or it would be found by browsing.
const SAID_MS = 6000;

export class Announcer {
  #m;
  #polite = h("div", { "aria-live": "polite", class: "visually-hidden" });
  #assertive = h("div", { "aria-live": "assertive", class: "visually-hidden" });
  /** What was said of a call last. @type {Map<string, Facts>} */
  #told = new Map();
  element = h("div", {}, this.#polite, this.#assertive);

  /** @param {Messages} m */
  constructor(m) {
    this.#m = m;
  }

  /** @param {string} text */
  say(text) {
    this.#put(this.#polite, text);
  }

  /** What cannot wait. @param {string} text */
  urge(text) {
    this.#put(this.#assertive, text);
  }

  /** Calls that ring now, whether they have just begun or were found so. @param {readonly CtiCall[]} calls */
  ringing(calls) {
    for (const call of calls) {
      if (tone(call) !== "ringing" || this.#told.has(call.id)) continue;
      this.#told.set(call.id, facts(call));
      this.#put(this.#assertive, fill(this.#m.sayRinging, { who: this.#whole(call) }));
    }
  }

  /** A live event under CtiModel's name. @param {string} name @param {CtiCall} call */
  event(name, call) {
    const m = this.#m;
    const person = who(call, m);
    const before = this.#told.get(call.id);
    this.#told.set(call.id, facts(call));
    switch (name) {
      case "callStarted":
        return tone(call) === "ringing" ? this.#ring(call) : this.say(fill(m.sayDialling, { who: this.#whole(call) }));
      case "commutationStarted":
        return this.say(fill(m.sayTalking, { who: person }));
      case "hold":
        return this.say(fill(m.sayHeld, { who: person }));
      case "unhold":
        return this.say(fill(m.sayRetrieved, { who: person }));
      case "callBusy":
        return this.say(fill(m.sayBusy, { who: person }));
      case "callInfoChanged":
        return this.#changed(before, call);
      case "callFinished":
        this.#told.delete(call.id);
        return this.say(fill(m.sayEnded, { who: person, outcome: outcomeWords(call.outcome, m) }));
      default:
        return undefined;
    }
  }

  /** @param {Facts|undefined} before @param {CtiCall} call */
  #changed(before, call) {
    const { number, name, held } = facts(call);
    const [m, person] = [this.#m, who(call, this.#m)];
    const other = before?.number !== number;
    if (held && (other || !before?.held)) return this.say(fill(m.sayHeldByRemote, { who: person }));
    // It is known now whose number it is.
    if (!other && before?.name !== name) return this.say(person);
    if (other || before?.held !== held) return this.say(fill(m.sayChanged, { who: person }));
  }

  /** @param {CtiCall} call */
  #ring(call) {
    this.#put(this.#assertive, fill(this.#m.sayRinging, { who: this.#whole(call) }));
  }

  /** @param {CtiCall} call */
  #whole(call) {
    const queue = call.queue && fill(this.#m.queue, { queue: call.queue });
    return [who(call, this.#m), call.name && call.number, queue].filter(Boolean).join(", ");
  }

  /** @param {HTMLElement} region @param {string} text */
  #put(region, text) {
    const line = h("p", {}, text);
    region.append(line);
    setTimeout(() => line.remove(), SAID_MS);
  }
}

/** @param {CtiCall} call @returns {Facts} */
function facts(call) {
  return { number: call.number, name: call.name, held: call.held_by_remote };
}
