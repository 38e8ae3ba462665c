/** Twelve keys. */

import { h } from "./dom.js";

/** @import {Messages} from "./messages.js" */

const KEYS = Object.freeze([
  ...[["1", ""], ["2", "ABC"], ["3", "DEF"], ["4", "GHI"], ["5", "JKL"], ["6", "MNO"]],
  ...[["7", "PQRS"], ["8", "TUV"], ["9", "WXYZ"], ["*", ""], ["0", "+"], ["#", ""]],
]);

/** @param {Messages} m @param {(key: string) => void} press */
export function dialPad(m, press) {
  const pad = h("div", { class: "pad", role: "group", "aria-label": m.keypad });
  for (const [key = "", letters = ""] of KEYS) {
    const label = { "*": m.keyStar, "#": m.keyHash }[key] ?? key;
    const each = h("button", { type: "button", class: "key", "aria-label": label }, h("span", {}, key), h("span", { class: "letters" }, letters));
    each.addEventListener("click", () => press(key));
    pad.append(each);
  }
  return pad;
}
