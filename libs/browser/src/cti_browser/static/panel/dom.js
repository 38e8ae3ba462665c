/** Elements and icons from data. Text is always a text node: no markup is ever made from what a caller is called. */

const SVG = "http://www.w3.org/2000/svg";

/** Paths on a 24 × 24 grid, drawn with strokes. */
const ICONS = Object.freeze({
  incoming: "M17 7 7 17 M7 9v8h8",
  outgoing: "M7 17 17 7 M9 7h8v8",
  missed: "M4 7l8 7 8-8 M14 6h6v6",
  phone:
    "M6.5 4h3l1.6 4.2-2 1.5a12 12 0 0 0 5.2 5.2l1.5-2L20 14.5v3a2.5 2.5 0 0 1-2.7 2.5A15.5 15.5 0 0 1 4 6.7 2.5 2.5 0 0 1 6.5 4Z",
  talking: "M4 10v4 M8 7v10 M12 4v16 M16 7v10 M20 10v4",
  hold: "M9 6v12 M15 6v12",
  transfer: "M4 9h14 M14 5l4 4-4 4 M20 17H8",
  cross: "M7 7l10 10 M17 7 7 17",
  clock: "M12 7v5l3 2 M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z M4.5 20a7.5 7.5 0 0 1 15 0",
  people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z M2.5 19.5a6.5 6.5 0 0 1 13 0 M16 4.5a3.5 3.5 0 0 1 0 6.5 M18 13.7a6.5 6.5 0 0 1 3.5 5.8",
  up: "M12 19V5M6 11l6-6 6 6",
  chevron: "M8 10l4 4 4-4",
  headset: "M4.500 14.500v-2.500a7.500 7.500 0 0 1 15 0v2.500 M4.500 13.500h2a1 1 0 0 1 1 1v3a1 1 0 0 1-1 1h-1a1 1 0 0 1-1-1Z M19.500 13.500h-2a1 1 0 0 0-1 1v3a1 1 0 0 0 1 1h1a1 1 0 0 0 1-1Z M19.500 17.500v.5a2.500 2.500 0 0 1-2.500 2.500h-4",
  sliders: "M4 7.500h9 M17 7.500h3 M15 5.500v4 M4 16.500h3 M11 16.500h9 M9 14.500v4",
  key: "M15 9.5a3.5 3.5 0 1 1-3.5-3.5A3.5 3.5 0 0 1 15 9.5Z M14 12l6 6 M17.5 15.5l-2 2",
  inbox: "M4 13l2.5-8h11L20 13v5.5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1Z M4 13h5l1 2.5h4l1-2.5h5",
  unplugged: "M4 4l16 16 M8.5 8.8A9 9 0 0 0 5 11 M2.5 8.3A13 13 0 0 1 6 6 M11 5a13 13 0 0 1 10.5 3.3 M15 9.2A9 9 0 0 1 19 11 M8.8 14.3a5 5 0 0 1 5-.8 M12 18.5h.01",
  keypad: "M6 5h.01 M12 5h.01 M18 5h.01 M6 11h.01 M12 11h.01 M18 11h.01 M6 17h.01 M12 17h.01 M18 17h.01 M12 21.5h.01",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13Z M15.3 15.3 20 20",
  mic: "M12 14.5a3 3 0 0 0 3-3v-5a3 3 0 1 0-6 0v5a3 3 0 0 0 3 3Z M6 11.5a6 6 0 0 0 12 0 M12 17.5V21",
  muted: "M4 4l16 16 M9 9v2.5a3 3 0 0 0 4.6 2.5 M15 11V6.5a3 3 0 0 0-5.8-1 M6 11.5a6 6 0 0 0 9.4 5 M18 11.5a6 6 0 0 1-.6 2.7 M12 17.5V21",
  play: "M8 5.5v13l10.5-6.5Z",
  record: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16Z M12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z",
  park: "M5 4.5h14a.5.5 0 0 1 .5.5v14a.5.5 0 0 1-.5.5H5a.5.5 0 0 1-.5-.5V5a.5.5 0 0 1 .5-.5Z M10 16.5v-9h2.8a2.6 2.6 0 0 1 0 5.3H10",
  hangup: "M3.5 13.5c4.7-4.7 12.300-4.700 17 0l-1.700 2.700a1 1 0 0 1-1.300.35l-2.600-1.300a1 1 0 0 1-.55-1.050l.25-1.500a10.500 10.500 0 0 0-5.200 0l.25 1.500a1 1 0 0 1-.55 1.050l-2.600 1.300a1 1 0 0 1-1.300-.35Z",
  check: "M5 12.5l4.500 4.500L19 7.500",
  back: "M9 7l-5 5 5 5 M4 12h11a5 5 0 0 1 5 5v1",
  settings: "M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z M12 3v2.500 M12 18.500V21 M3 12h2.500 M18.500 12H21 M5.600 5.600l1.800 1.800 M16.600 16.600l1.800 1.800 M18.400 5.600l-1.800 1.800 M7.400 16.600l-1.800 1.800",
  add: "M12 5v14 M5 12h14",
  note: "M6 4h9l4 4v12H6Z M14.500 4v4.500H19 M9 12.500h7 M9 16h5",
  download: "M12 4v11 M7.500 11l4.500 4.500 4.500-4.500 M4.500 19.500h15",
  ear: "M7 9.500a5 5 0 0 1 10 0c0 3-3 3.500-3 6.500a3 3 0 0 1-5.500 1.700 M9.800 9.500a2.200 2.200 0 0 1 4.400 0c0 1.300-1.200 1.600-1.200 2.700",
  speak: "M4 5.500h16v10H11l-4.500 4v-4H4Z",
  warning: "M12 4 2.500 20h19Z M12 10v4.500 M12 17.200h.01",
  team: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z M2.500 19.500a6.500 6.500 0 0 1 13 0 M16 4.500a3.500 3.500 0 0 1 0 6.500 M18 13.700a6.500 6.500 0 0 1 3.500 5.800",
  list: "M8.500 6.500H20 M8.500 12H20 M8.500 17.500H20 M4 6.500h.01 M4 12h.01 M4 17.500h.01",
  logo: "M4 6h4c5 0 4 6 8 6h4 M4 12h16 M4 18h4c5 0 4-6 8-6",
});

/** @typedef {keyof typeof ICONS} IconName */

/**
 * An element with attributes (null and false leave one out) and children.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Record<string, string|boolean|null>} [attributes]
 * @param {...(Node|string|null)} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...children.filter((each) => each !== null));
  return element;
}

/** Sets, changes or removes an attribute, touching nothing that is right already.
 * @param {Element} element @param {string} name @param {string|boolean|null} value */
export function setAttribute(element, name, value) {
  const text = value === true ? "" : value;
  if (text === null || text === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== text) element.setAttribute(name, text);
}

/** @param {Element} element @param {string} text */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Makes `parent`'s children be these, moving only what is out of place, so that focus and animations stay.
 * @param {Element} parent @param {readonly Element[]} children */
export function setChildren(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
}

/** An icon that says nothing to a screen reader: words stand beside it. @param {IconName} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  svg.dataset.icon = name;
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Puts an icon into a place for one. @param {Element} place @param {IconName} name */
export function setIcon(place, name) {
  if (place.firstElementChild?.getAttribute("data-icon") !== name) place.replaceChildren(icon(name));
}

/** Words with dots between them, none broken where a line ends unless it is longer than one; what is empty is left out.
 * @param {readonly (string|false|null|undefined)[]} words */
export function dotted(words) {
  return words.filter(Boolean).flatMap((each, at) => [...(at ? [" · "] : []), h("span", { class: "part" }, each || "")]);
}
