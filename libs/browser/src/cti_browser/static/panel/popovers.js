/** Popovers: where they stand, and where the focus goes when they close. */

const GAP_PX = 8;

/**
 * Ties a popover to the button that opens it.
 * @param {HTMLElement} opener @param {HTMLElement} popover @param {() => void} [opened]
 */
export function tie(opener, popover, opened) {
  popover.addEventListener("toggle", (event) => {
    if (/** @type {ToggleEvent} */ (event).newState !== "open") return;
    placeUnder(opener, popover);
    opened?.();
  });
  // Within a shadow root Chromium gives the focus to nobody.
  popover.addEventListener("beforetoggle", (event) => {
    const { activeElement } = /** @type {ShadowRoot|Document} */ (popover.getRootNode());
    if (/** @type {ToggleEvent} */ (event).newState === "closed" && popover.contains(activeElement)) opener.focus();
  });
}

/** Under its button, and inside of the window. @param {HTMLElement} opener @param {HTMLElement} popover which is open */
export function placeUnder(opener, popover) {
  const at = opener.getBoundingClientRect();
  const left = Math.max(GAP_PX, Math.min(at.right - popover.offsetWidth, innerWidth - popover.offsetWidth - GAP_PX));
  const maxHeight = `${innerHeight - at.bottom - 3 * GAP_PX}px`;
  Object.assign(popover.style, { top: `${at.bottom + GAP_PX}px`, left: `${left}px`, maxHeight });
}
