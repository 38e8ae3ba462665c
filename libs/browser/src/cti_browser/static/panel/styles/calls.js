/** The Calls section: filters, the table, a call's path. */

export const calls = `
.filters { display: grid; grid-template-columns: repeat(auto-fill, minmax(160px, 1fr)); align-items: end; gap: 10px; margin-bottom: 16px; }
.filters .wide { grid-column: span 2; }
.filters-more { display: contents; }
.filters-toggle { display: none; }
.clear-filters { justify-self: start; min-height: 40px; }
.export { display: flex; }
.export .menu { width: min(260px, 100vw - 16px); }

.table { background: var(--surface); border: 1px solid var(--line); border-radius: 16px; box-shadow: var(--shadow); overflow: clip; }
[aria-busy=true] > .table { cursor: progress; }
.table .empty { border: 0; gap: 6px; }
/* Over the rows, which it must not move. */
.fresh { position: sticky; top: 8px; z-index: 1; height: 0; display: grid; justify-items: center; }
.fresh-calls { margin-top: 8px; min-height: 36px; height: 36px; padding: 6px 16px; border-radius: 99px; background: var(--accent); color: var(--on-accent); box-shadow: var(--shadow); }
.table-rows > li + li { border-top: 1px solid var(--line); }
.table-row { display: grid; grid-template: "mark who outcome user talk at opener" auto
  / auto minmax(0, 3fr) minmax(0, 1.4fr) minmax(0, 1.6fr) 5em minmax(0, 1.6fr) auto; align-items: center; column-gap: 14px;
  padding: 9px 14px 9px 16px; min-height: 56px; cursor: pointer; list-style: none; font-size: 0.875rem; }
.table-row::-webkit-details-marker { display: none; }
.table-row:hover { background: color-mix(in srgb, var(--sunken) 55%, var(--surface)); }
.table-row:focus-visible { outline-offset: -2px; border-radius: 12px; }
details[open] > .table-row { background: color-mix(in srgb, var(--sunken) 55%, var(--surface)); }
.cell { min-width: 0; overflow: hidden; text-overflow: ellipsis; }
.cell.foot { display: contents; }
.cell.who { grid-area: who; display: grid; font-size: 0.9375rem; }
.cell.who .about:empty { display: none; }
.cell.outcome { grid-area: outcome; }
.cell.user { grid-area: user; }
.cell.at { grid-area: at; text-align: right; white-space: nowrap; }
.cell.at, .cell.user { color: var(--muted); }
.cell.talk { grid-area: talk; font-variant-numeric: tabular-nums; font-weight: 550; text-align: right; }
details[open] > .table-row .opener { transform: rotate(180deg); }
.table-foot:has(> :not([hidden])) { padding: 10px; display: grid; justify-items: center; border-top: 1px solid var(--line); }

.row-path:not(:empty) { padding: 10px 16px 18px 66px; }
.story { font-size: 0.875rem; margin-bottom: 10px; overflow-wrap: anywhere; }
.story:empty { display: none; }
.path { display: grid; gap: 8px; padding: 14px 16px; border-radius: 13px; background: var(--sunken); }
.lane, .axis-row { display: grid; grid-template-columns: minmax(84px, 150px) minmax(0, 1fr); gap: 12px; align-items: center; }
.lane-title { display: grid; font-size: 0.8125rem; font-weight: 570; overflow-wrap: anywhere; line-height: 1.3; }
.lane-title .about { font-weight: 400; font-size: 0.75rem; }
.lane-track { position: relative; height: 20px; border-radius: 6px; background: color-mix(in srgb, var(--text) 6%, transparent); overflow: hidden; }
.bar-span { position: absolute; inset-block: 0; min-width: 3px; border-right: 1px solid var(--sunken); background: var(--span); }
[data-span] { --span: var(--muted); }
[data-span=ring] { --span: var(--accent); } [data-span=talk] { --span: var(--go); } [data-span=hold] { --span: var(--amber); } [data-span=queue] { --span: var(--calm); }
.axis { grid-column: 2; display: flex; justify-content: space-between; color: var(--muted); font-size: 0.75rem; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; color: var(--muted); font-size: 0.75rem; }
.legend span { display: inline-flex; align-items: center; gap: 6px; }
.legend i { width: 12px; height: 12px; border-radius: 4px; background: var(--span); }

@container (max-width: 719px) {
  .table-row { grid-template: "mark who talk opener" auto "mark foot foot opener" auto / auto minmax(0, 1fr) auto auto; column-gap: 12px; row-gap: 2px; }
  .cell.foot { grid-area: foot; display: flex; flex-wrap: wrap; justify-content: space-between; column-gap: 12px; font-size: 0.8125rem; color: var(--muted); }
  .cell.user { flex: 1; text-align: right; white-space: nowrap; }
  .cell.talk { align-self: start; padding-top: 2px; }
  .row-path:not(:empty) { padding: 10px 12px 14px; }
}
@container (max-width: 559px) {
  .filters { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .filters-toggle { display: flex; min-height: 40px; }
  .filters-more { display: none; grid-column: 1 / -1; }
  .filters-more.open { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 10px; }
  .cell.user { display: none; }
}
@container (max-width: 419px) {
  .table-row { grid-template: "mark who talk" auto "mark foot foot" auto / auto minmax(0, 1fr) auto; padding: 9px 12px; column-gap: 10px; }
  .table-row .opener { display: none; }
  .path { padding: 12px; }
  .lane, .axis-row { grid-template-columns: 1fr; gap: 3px; }
  .axis { grid-column: 1; }
}
`;
