/** How numbers, names, times and durations are written. Pure. */

/** Seconds as `m:ss`, from an hour on `h:mm:ss`. @param {number} seconds */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}

/** Seconds as an HTML duration, for `<time datetime>`. @param {number} seconds */
export function isoDuration(seconds) {
  return `PT${Math.max(0, Math.round(seconds))}S`;
}

/**
 * A number as people write it; what is not surely a full number stays as it is.
 * @param {string} number
 */
export function phone(number) {
  const digits = number.replace(/^\+/, "");
  const russian = /^(?:7|8)(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(digits);
  if (russian) return `+7 ${russian[1]} ${russian[2]}-${russian[3]}-${russian[4]}`;
  const american = /^1(\d{3})(\d{3})(\d{4})$/.exec(digits);
  if (american) return `+1 ${american[1]} ${american[2]}-${american[3]}`;
  return number;
}

/** One or two letters for an avatar; empty when the name has no letters. @param {string} name */
export function initials(name) {
  const words = name.split(/[\s.,_-]+/u).filter((word) => /^\p{L}/u.test(word));
  const picked = words.length > 1 ? [words[0], words[words.length - 1]] : words;
  return picked.map((word) => Array.from(word ?? "")[0]?.toLocaleUpperCase() ?? "").join("");
}

/** A stable number from 0 to `size - 1` for a text: the same person always has the same colour.
 * @param {string} text @param {number} size */
export function bucket(text, size) {
  let hash = 0;
  for (const each of text) hash = (hash * 31 + (each.codePointAt(0) ?? 0)) >>> 0;
  return hash % size;
}

/** Times of day and days in one language and the browser's time zone. */
export class Times {
  #time;
  #seconds;
  #day;
  #dayOfYear;
  #words;

  /** @param {string} language @param {{today: string, yesterday: string}} words */
  constructor(language, words) {
    this.#words = words;
    this.#time = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
    this.#seconds = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit", second: "2-digit" });
    this.#day = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "long" });
    this.#dayOfYear = new Intl.DateTimeFormat(language, { day: "numeric", month: "long", year: "numeric" });
  }

  /** @param {Date} at */
  time(at) {
    return this.#time.format(at);
  }

  /** @param {Date} at */
  seconds(at) {
    return this.#seconds.format(at);
  }

  /** @param {Date} at @param {Date} now */
  day(at, now) {
    const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
    if (at.toDateString() === now.toDateString()) return this.#words.today;
    if (at.toDateString() === yesterday.toDateString()) return this.#words.yesterday;
    return (at.getFullYear() === now.getFullYear() ? this.#day : this.#dayOfYear).format(at);
  }
}
