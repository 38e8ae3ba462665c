/** What people write as a number. Pure. */

/** Whether this can be nothing but a number. @param {string} text */
export function isNumber(text) {
  return /^[\d\s()+*#.-]+$/.test(text) && /\d|[*#]/.test(text);
}

/** What of it is dialled. @param {string} number as somebody wrote it down */
export function dialable(number) {
  return number.replace(/[^\d+*#]/g, "");
}
