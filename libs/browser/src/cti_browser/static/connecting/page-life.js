/** What the browser tells of its network, and of its page's sleep. */

/**
 * @param {{back: () => void, lost: () => void}} heard `back`: the page is seen again, or the network is there; `lost`: it is not
 * @param {AbortSignal} signal ends it
 */
export function watchPageLife({ back, lost }, signal) {
  addEventListener("online", back, { signal });
  addEventListener("offline", lost, { signal });
  addEventListener("pageshow", (event) => event.persisted && back(), { signal });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && back(), { signal });
}
