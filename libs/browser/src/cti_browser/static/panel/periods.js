/** Stretches of days in this browser's time zone. Pure. */

/** @typedef {""|"today"|"yesterday"|"week"|"month"|"dates"} Period */

/**
 * Where a period begins, and the instant at which it is over; undefined: open there.
 * @param {Period} period `dates`: the two days given, both included, either of which may be empty
 * @param {Date} now
 * @param {{first: string, last: string}} days as date fields write them
 * @returns {{from: string|undefined, to: string|undefined}}
 */
export function boundsOf(period, now, { first, last }) {
  const midnight = (/** @type {number} */ days) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + days).toISOString();
  switch (period) {
    case "today":
      return { from: midnight(0), to: undefined };
    case "yesterday":
      return { from: midnight(-1), to: midnight(0) };
    case "week":
      return { from: midnight(-6), to: undefined };
    case "month":
      return { from: midnight(-29), to: undefined };
    case "dates":
      return { from: first ? dayOf(first, 0) : undefined, to: last ? dayOf(last, 1) : undefined };
    default:
      return { from: undefined, to: undefined };
  }
}

/** @param {string} date @param {number} later days */
function dayOf(date, later) {
  const day = new Date(`${date}T00:00:00`);
  day.setDate(day.getDate() + later);
  return day.toISOString();
}
