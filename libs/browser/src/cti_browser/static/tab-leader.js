/**
 * One tab of a user leads: it alone rings and notifies. Leadership passes to another when the tab closes, crashes or lets go.
 *
 * By Web Locks, which browsers give to pages that came over TLS or from this machine; elsewhere every tab leads, and two
 * tabs ring twice rather than none.
 */

export class TabLeader extends EventTarget {
  #locks;
  /** @type {AbortController|null} */ #waiting = null;
  /** @type {(() => void)|null} */ #letGo = null;
  #leads = false;

  /** @param {LockManager|undefined} [locks] */
  constructor(locks = globalThis.navigator?.locks) {
    super();
    this.#locks = locks;
  }

  /** Whether this tab leads. `change` is raised when that changes. */
  get leads() {
    return this.#leads;
  }

  /** Stands for election; a repeat stands in another one. @param {string} name of the election: that of the user */
  stand(name) {
    this.resign();
    if (!this.#locks) return this.#become(true);
    const waiting = new AbortController();
    this.#waiting = waiting;
    const held = () =>
      new Promise((resolve) => {
        this.#letGo = () => resolve(undefined);
        this.#become(true);
      });
    this.#locks.request(`trunkline.leader.${name}`, { signal: waiting.signal }, held).catch((error) => {
      if (!(error instanceof DOMException && error.name === "AbortError")) throw error;
    });
  }

  /** Leads no more, and does not wait to. */
  resign() {
    this.#waiting?.abort();
    this.#waiting = null;
    this.#letGo?.();
    this.#letGo = null;
    this.#become(false);
  }

  /** @param {boolean} leads */
  #become(leads) {
    if (leads === this.#leads) return;
    this.#leads = leads;
    this.dispatchEvent(new Event("change"));
  }
}
