/** Whether what the panel shows is true now: a lost connection leaves the last picture, marked as old, and says since when. */

import { setText } from "./dom.js";
import { fill } from "./messages.js";

/** @import {CtiModel} from "../cti-model.js" */
/** @import {Parts} from "./parts.js" */

// A reconnect that takes less is nobody's business.
const GRACE_MS = 1500;

export class LivePicture {
  /** By the server's clock; 0: it is live, or there never was one. */
  #staleSince = 0;

  get isLive() {
    return !this.#staleSince;
  }

  /** The connection is lost. @param {number} now the server's clock, ms */
  lost(now) {
    this.#staleSince ||= now;
  }

  /** There is a new picture. */
  renewed() {
    this.#staleSince = 0;
  }

  /** Shows how old it is, or that it is live. @param {Parts} parts @param {CtiModel|null} model */
  show(parts, model) {
    const { m, times } = parts.context;
    const age = this.#staleSince ? (model?.serverNow() ?? 0) - this.#staleSince : 0;
    const stale = age > GRACE_MS;
    parts.element.classList.toggle("stale", stale);
    if (stale === !parts.phone.banner.hidden) return;
    parts.phone.banner.hidden = !stale;
    if (!stale) return;
    // The clock of this machine's user, not the server's.
    const words = fill(m.connectionLost, { time: times.seconds(new Date(Date.now() - age)) });
    setText(parts.phone.bannerText, words);
    parts.announcer.say(words);
  }
}
