/** Whether the row of a call can be among those that filters let through. Pure. */

/** @import {Filters} from "../history.js" */
/** @import {CallView} from "../protocol.js" */

/**
 * Whether the row of a call that has ended may be listed. True where only the journal knows: a text, a number in whatever
 * notation, and recordings that may still come.
 * @param {Filters} filters @param {Pick<CallView, "direction"|"outcome"|"queue"|"started_at">} call @param {string} user whose call it was
 */
export function mayBeListed(filters, call, user) {
  const began = Date.parse(call.started_at);
  return (
    (!filters.user || filters.user === user) &&
    (!filters.direction || filters.direction === call.direction) &&
    (!filters.outcome || filters.outcome === call.outcome) &&
    (!filters.queue || filters.queue === call.queue) &&
    (!filters.from || began >= Date.parse(filters.from)) &&
    (!filters.to || began < Date.parse(filters.to))
  );
}
