/** Every text the panel shows, in English and Russian. No text is anywhere else. */

import { en } from "./messages/en.js";
import { ru } from "./messages/ru.js";

/** @typedef {Record<keyof typeof en, string>} Messages */

/** @type {Readonly<Record<string, Messages>>} */
const BY_LANGUAGE = Object.freeze({ en, ru });

/**
 * The language that texts exist in, for what a browser or an attribute asks: "ru-RU" gives "ru", an unknown one "en".
 * @param {string|null|undefined} asked
 */
export function languageFor(asked) {
  const language = (asked || navigator.language || "en").toLowerCase().split("-")[0] ?? "en";
  return language in BY_LANGUAGE ? language : "en";
}

/** @param {string} language one that `languageFor` gave @returns {Messages} */
export function messagesFor(language) {
  return BY_LANGUAGE[language] ?? en;
}

/** Puts values into `{name}` places. @param {string} text @param {Record<string, string>} values */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (place, name) => values[name] ?? place);
}
