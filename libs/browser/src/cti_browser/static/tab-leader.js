/**
 * One tab of a user leads: it alone rings and notifies. Leadership passes to another when the tab closes, crashes or lets go.
 *
 * By Web Locks, which browsers give to pages that came over TLS or from this machine; elsewhere by messages between the tabs.
 * Where there is neither every tab leads, and two tabs ring twice rather than none.
 */

import { electByLock, electByMessages } from "./tab-elections.js";

/** @import {Election} from "./tab-elections.js" */

export class TabLeader extends EventTarget {
  #locks;
  #Channel;
  /** @type {Election|null} */ #election = null;
  #leads = false;

  /** @param {{locks?: LockManager|null, Channel?: typeof BroadcastChannel|null}} [means] the browser's by default */
  constructor({ locks = globalThis.navigator?.locks, Channel = globalThis.BroadcastChannel } = {}) {
    super();
    this.#locks = locks;
    this.#Channel = Channel;
  }

  /** Whether this tab leads. `change` is raised when that changes. */
  get leads() {
    return this.#leads;
  }

  /** Stands for election; a repeat stands in another one. @param {string} name of the election: that of the user */
  stand(name) {
    this.resign();
    const led = this.#become.bind(this);
    if (this.#locks) this.#election = electByLock(this.#locks, name, led);
    else if (this.#Channel) this.#election = electByMessages(this.#Channel, name, led);
    else led(true);
  }

  /** Leads no more, and does not wait to. */
  resign() {
    this.#election?.leave();
    this.#election = null;
    this.#become(false);
  }

  /** @param {boolean} leads */
  #become(leads) {
    if (leads === this.#leads) return;
    this.#leads = leads;
    this.dispatchEvent(new Event("change"));
  }
}
