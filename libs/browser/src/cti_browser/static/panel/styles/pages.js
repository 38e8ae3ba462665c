/** The bar with its pages, the Calls section, the team. */

export const pages = `
.nav { display: flex; gap: 2px; min-width: 0; }
.nav-button { background: none; min-height: 36px; padding: 6px 12px; color: var(--muted); border-radius: 10px; }
.nav-button:hover { background: var(--sunken); color: var(--text); }
.nav-button[aria-current=page] { color: var(--accent); background: color-mix(in srgb, var(--accent) var(--tint), var(--surface)); }
.bar { flex-wrap: wrap; row-gap: 8px; }
.bar .who-am-i { margin-left: auto; flex: 0 1 auto; }
.user { overflow: hidden; text-overflow: ellipsis; }
.page { max-width: 1180px; margin: 0 auto; padding: 20px 16px 40px; }
.page-head { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 8px 16px; margin-bottom: 12px; }
.page-head h2 { margin: 0; font-size: 1.25rem; }

.filters { display: grid; grid-template-columns: repeat(auto-fill, minmax(172px, 1fr)); gap: 10px; margin-bottom: 16px; }
.filters .wide { grid-column: span 2; }
.table { background: var(--surface); border: 1px solid var(--line); border-radius: 16px; box-shadow: var(--shadow); overflow: clip; }
.table .empty { border: 0; }
.table-rows > li + li { border-top: 1px solid var(--line); }
.table-row { display: grid; grid-template-columns: auto minmax(0, 3fr) minmax(0, 1.4fr) minmax(0, 1fr) 5em minmax(0, 1.6fr) auto; align-items: center; column-gap: 14px; padding: 9px 14px 9px 16px;
  cursor: pointer; list-style: none; font-size: 0.875rem; }
.table-row::-webkit-details-marker { display: none; }
.table-row:hover { background: color-mix(in srgb, var(--sunken) 55%, var(--surface)); }
.table-row:focus-visible { outline-offset: -2px; border-radius: 12px; }
.table-row .mark { grid-area: auto; }
.table-row .opener { grid-area: auto; }
.cell { min-width: 0; overflow: hidden; text-overflow: ellipsis; }
.cell.who { display: grid; font-size: 0.9375rem; }
.cell.who .about:empty { display: none; }
.cell.at, .cell.user { color: var(--muted); }
.cell.talk { font-variant-numeric: tabular-nums; font-weight: 550; }
.cell.at { text-align: right; white-space: nowrap; }
details[open] > .table-row .opener { transform: rotate(180deg); }
.table-foot:has(> :not([hidden])) { padding: 10px; display: grid; justify-items: center; border-top: 1px solid var(--line); }
.row-path:not(:empty) { padding: 4px 16px 18px 64px; }
.story { font-size: 0.875rem; margin-bottom: 10px; overflow-wrap: anywhere; }
.story:empty { display: none; }
.path { display: grid; gap: 8px; padding: 14px; border-radius: 13px; background: var(--sunken); }
.lane { display: grid; grid-template-columns: minmax(84px, 150px) minmax(0, 1fr); gap: 12px; align-items: center; }
.lane-title { display: grid; font-size: 0.8125rem; font-weight: 570; overflow-wrap: anywhere; line-height: 1.3; }
.lane-title .about { font-weight: 400; font-size: 0.75rem; }
.lane-track { position: relative; height: 18px; border-radius: 6px; background: color-mix(in srgb, var(--text) 6%, transparent); overflow: hidden; }
.bar-span { position: absolute; inset-block: 0; min-width: 3px; border-right: 1px solid var(--sunken); background: var(--span); }
[data-span] { --span: var(--muted); }
[data-span=ring] { --span: var(--accent); } [data-span=talk] { --span: var(--go); } [data-span=hold] { --span: var(--amber); } [data-span=queue] { --span: var(--calm); }
.axis { display: flex; justify-content: space-between; padding-left: calc(clamp(84px, 150px, 100%) + 12px); color: var(--muted); font-size: 0.75rem; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; color: var(--muted); font-size: 0.75rem; }
.legend span { display: inline-flex; align-items: center; gap: 6px; }
.legend i { width: 12px; height: 12px; border-radius: 4px; background: var(--span); }

.record { position: relative; }
.record .line { padding-right: 54px; }
.record .call-back { position: absolute; right: 10px; top: 12px; color: var(--accent); }
.row > .story, .more-of-it { padding: 0 16px 0 62px; }
.more-of-it { display: grid; gap: 14px; padding-bottom: 16px; }
.row > .story { padding-top: 4px; }
.row-path:not(:empty) + .more-of-it { padding-left: 64px; }
.record-links { display: grid; gap: 8px; }
.record-links .identification { margin: 0; }
.recordings { display: grid; gap: 8px; justify-items: start; }
.recording { width: 100%; max-width: 520px; }
.recording audio { display: block; width: 100%; height: 44px; border-radius: 99px; }
.note { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 5px 8px; align-items: end; }
.note label, .note textarea { grid-column: 1 / -1; }
.note textarea { margin-bottom: 6px; }
.note .button { min-height: 40px; padding-inline: 14px; }

.summary { color: var(--muted); font-size: 0.875rem; }
.page-head input { width: auto; flex: 0 1 220px; margin-left: auto; }
.queue-cards { display: flex; flex-wrap: wrap; gap: 8px; margin-bottom: 18px; }
.queue-card { display: grid; padding: 10px 14px; border-radius: 13px; border: 1px solid var(--line); background: var(--surface); box-shadow: var(--shadow); min-width: 0; overflow-wrap: anywhere; }
.team-queues h3 { padding-left: 0; }
.team { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(320px, 100%), 1fr)); gap: 12px; align-items: start; }
.member { padding: 14px; background: var(--surface); border: 1px solid var(--line); border-radius: 16px; box-shadow: var(--shadow); min-width: 0; }
.team-head { display: flex; align-items: center; gap: 12px; }
.team-head .pill { flex: none; max-width: 50%; overflow: hidden; }
.team-head .words { overflow: hidden; text-overflow: ellipsis; }
.team-head .avatar { width: 38px; height: 38px; font-size: 0.875rem; }
.team-head .name { font-size: 0.9375rem; }
.team-calls:not(:empty) { display: grid; gap: 8px; margin-top: 12px; }
.team-call { display: grid; gap: 8px; justify-items: start; padding: 10px 12px; border-radius: 12px; background: var(--sunken); --tone: var(--muted); }
.team-call[data-tone=ringing], .team-call[data-tone=dialling] { --tone: var(--accent); }
.team-call[data-tone=talking] { --tone: var(--good); }
.team-call[data-tone=held] { --tone: var(--warn); }
.team-call[data-tone=queued] { --tone: var(--calm); }
.team-call-head { display: grid; grid-template-columns: minmax(0, 1fr) auto; width: 100%; column-gap: 10px; align-items: baseline; }
.team-call .timer { font-size: 1rem; padding: 0; }
.team-call .state { padding: 3px 10px; }
.team-call[data-tone=ringing] .state { color: var(--tone); background: color-mix(in srgb, var(--tone) 11%, var(--surface)); }
.team-call .buttons { gap: 6px; }
.team-call .buttons .button { padding-inline: 9px; gap: 6px; background: color-mix(in srgb, var(--text) 9%, var(--surface)); }

@container (max-width: 899px) {
  .nav { order: 3; flex: 1 0 100%; }
}
@container (max-width: 719px) {
  .nav-button { flex: 1; }
  .table-row { grid-template: "mark who at opener" auto "mark outcome talk opener" auto / auto minmax(0, 1fr) auto auto; column-gap: 12px; row-gap: 2px; }
  .table-row .mark { grid-area: mark; } .table-row .opener { grid-area: opener; }
  .cell.who { grid-area: who; } .cell.at { grid-area: at; } .cell.outcome { grid-area: outcome; color: var(--muted); font-size: 0.8125rem; } .cell.talk { grid-area: talk; text-align: right; }
  .cell.user { display: none; }
  .row-path:not(:empty) { padding: 4px 12px 14px; }
  .row-path:not(:empty) + .more-of-it { padding-inline: 12px; }
}
@container (max-width: 419px) {
  .page { padding: 14px 12px 28px; }
  .table-row { grid-template: "mark who talk" auto "mark outcome at" auto / auto minmax(0, 1fr) auto; padding: 9px 12px; }
  .table-row .opener { display: none; }
  .cell.at { font-size: 0.8125rem; }
  .cell.talk { align-self: start; }
  .brand-name { display: none; }
  .card .timer { font-size: 1.125rem; padding-top: 3px; }
  .card { padding: 12px 14px; }
  .user { display: none; }
  .nav-button { padding: 6px 4px; }
  .nav-button .place { display: none; }
  .filters { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .row > .story, .more-of-it, .row-path:not(:empty) + .more-of-it { padding-inline: 12px; }
  .line { column-gap: 10px; padding: 9px 46px 9px 12px; }
  .record .line { padding-right: 46px; }
  .record .call-back { right: 6px; top: 8px; }
  .line .opener { display: none; }
  .mark { width: 28px; height: 28px; }
  .day { padding-inline: 12px; }
  .lane { grid-template-columns: 1fr; gap: 3px; }
  .axis { padding: 0; }
  .agent-since { display: none; }
  .pill:not(.agent) .words { display: none; }
  .pill:not(.agent) { padding: 8px; }
  .dial-row .go { width: 46px; padding: 0; }
  .dial-row .go .text { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .page-head input { flex: 1 0 100%; margin: 0; }
}
@container (min-width: 820px) {
  .page { padding: 24px 28px 48px; }
}
`;
