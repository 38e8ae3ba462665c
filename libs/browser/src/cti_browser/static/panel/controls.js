/** Buttons and fields as the whole panel has them. */

import { h, icon, setAttribute, setIcon, setText } from "./dom.js";

/** @import {IconName} from "./dom.js" */

let ids = 0;

/** An id that no other element of the page has. @param {string} name */
export function uniqueId(name) {
  ids += 1;
  return `${name}-${ids}`;
}

/**
 * @typedef {object} ButtonOptions
 * @property {string} [text] what is to be read
 * @property {IconName} [icon]
 * @property {string} [label] its whole name, for screen readers, where the text does not say it all; holds the text
 * @property {string} [kind] classes beside `button`
 * @property {(event: MouseEvent) => void} press not told of the second half of a double click: the button may mean
 *   something else by then
 */

/** @param {ButtonOptions} options @returns {HTMLButtonElement} */
export function button({ text = "", icon: name, label = "", kind = "", press }) {
  const element = h("button", { type: "button", class: `button ${kind}`.trim() });
  if (name) element.append(h("span", { class: "place" }, icon(name)));
  element.append(h("span", { class: "text", hidden: !text }, text));
  if (label) setAttribute(element, "aria-label", label);
  if (label && !text) setAttribute(element, "title", label);
  element.addEventListener("click", (event) => {
    if (event.detail <= 1 && element.getAttribute("aria-disabled") !== "true") press(event);
  });
  return element;
}

/** Changes what a button is without making it another element: the focus stays. @param {HTMLButtonElement} element
 * @param {IconName} name @param {string} text */
export function restyle(element, name, text) {
  const place = element.querySelector(".place");
  if (place) setIcon(place, name);
  const words = element.querySelector(".text");
  if (words) setText(words, text);
}

/**
 * Shows that something is under way, and takes no other press until it is over.
 * @template T
 * @param {HTMLButtonElement} element @param {Promise<T>} work
 */
export async function whileBusy(element, work) {
  setAttribute(element, "aria-disabled", "true");
  setAttribute(element, "aria-busy", "true");
  try {
    return await work;
  } finally {
    setAttribute(element, "aria-disabled", null);
    setAttribute(element, "aria-busy", null);
  }
}

/** A field with its label. @param {string} label @param {HTMLElement} input @param {string} [kind] */
export function labelled(label, input, kind = "field") {
  input.id ||= uniqueId("field");
  return h("div", { class: kind }, h("label", { for: input.id }, label), input);
}

/** A choice. @param {readonly (readonly [string, string])[]} options value and text @param {string} value */
export function select(options, value) {
  const element = h("select", {}, ...options.map(([each, text]) => h("option", { value: each, selected: each === value }, text)));
  element.value = value;
  return element;
}

/** @param {string} label @param {boolean} checked @param {(checked: boolean) => void} change */
export function checkbox(label, checked, change) {
  const input = h("input", { type: "checkbox", id: uniqueId("check") });
  input.checked = checked;
  input.addEventListener("change", () => change(input.checked));
  return { input, element: h("div", { class: "check" }, input, h("label", { for: input.id }, label)) };
}
