/** The bar with its pages, and what pages have in common. */

export const pages = `
.nav { display: flex; gap: 2px; min-width: 0; }
.nav-button { background: none; min-height: 36px; padding: 6px 12px; color: var(--muted); border-radius: 10px; }
.nav-button:hover { background: var(--sunken); color: var(--text); }
.nav-button[aria-current=page] { color: var(--accent); background: color-mix(in srgb, var(--accent) var(--tint), var(--surface)); }
/* A call rings, and its card may be out of sight. */
.nav-button.marked, .nav-button.marked:hover { background: var(--accent); color: var(--on-accent); }
.nav-button.marked .count { background: var(--on-accent); color: var(--accent); }
.bar { flex-wrap: wrap; row-gap: 8px; }
.bar .who-am-i { margin-left: auto; flex: 0 1 auto; }
.user { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
/* A long name or reason must not push the pages about. */
.bar .user { max-width: 24ch; }
.bar .agent .words { max-width: 22ch; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.page { max-width: 1180px; margin: 0 auto; padding: 20px 16px 40px; }
.page-head { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 16px; margin-bottom: 12px; }
.page-head h2 { margin: 0; font-size: 1.25rem; }
.page-head > :last-child { margin-left: auto; }
.summary { color: var(--muted); font-size: 0.875rem; font-variant-numeric: tabular-nums; }
/* Breaks inside only where it is longer than a line. */
.part { display: inline-block; max-width: 100%; overflow-wrap: anywhere; }

@container (max-width: 899px) {
  .nav { order: 3; flex: 1 0 100%; }
}
@container (max-width: 719px) {
  .nav-button { flex: 1; }
}
@container (max-width: 559px) {
  .user { display: none; }
  /* That all is well is said by a dot, to those who see it; anything else in words. */
  [data-phase=online] .bar .pill:not(.agent) .words { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  [data-phase=online] .bar .pill:not(.agent) { padding: 8px; position: relative; }
  .bar .who-am-i { gap: 8px; }
}
@container (max-width: 419px) {
  .page { padding: 14px 12px 28px; }
  .page-head > .summary { order: 1; flex-basis: 100%; }
  .brand-name { display: none; }
  .card .timer { font-size: 1.125rem; padding-top: 3px; }
  .card { padding: 12px 14px; }
  .card .avatar { width: 40px; height: 40px; }
  .card .name { font-size: 1rem; }
  .nav-button { padding: 6px 4px; }
  .nav-button .place { display: none; }
  .bar .agent-since { display: none; }
  .dial-row .go { width: 46px; padding: 0; }
  .dial-row .go .text { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
}
@container (min-width: 820px) {
  .page { padding: 24px 28px 48px; }
}
`;
