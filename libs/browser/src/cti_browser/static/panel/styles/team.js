/** The team: queues, members, their calls. */

export const team = `
.page-head .find { width: auto; flex: 0 1 220px; }
.team-part { font-size: 0.8125rem; font-weight: 600; color: var(--muted); margin-bottom: 8px; }
.queue-cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(250px, 100%), 1fr)); gap: 12px; margin-bottom: 20px; align-items: start; }
.queue-card { display: grid; grid-template-columns: minmax(0, 1fr); gap: 2px; padding: 12px 14px; border-radius: 14px; border: 1px solid var(--line); background: var(--surface); box-shadow: var(--shadow); min-width: 0; overflow-wrap: anywhere; }
.queue-head { display: flex; flex-wrap: wrap; align-items: baseline; gap: 0 8px; }
.queue-card .queue-name { font-weight: 620; font-size: inherit; }
.queue-pbx { color: var(--muted); font-size: 0.8125rem; }
.queue-agents { display: flex; flex-wrap: wrap; gap: 2px 12px; color: var(--muted); font-size: 0.8125rem; }
.queue-agents li { display: inline-flex; align-items: center; gap: 6px; }
.queue-agents .dot { width: 7px; height: 7px; }
.waiting { display: grid; grid-template-columns: minmax(0, 1fr); gap: 4px; margin-top: 8px; padding-top: 8px; border-top: 1px solid var(--line); font-size: 0.875rem; }
.waiting li { display: flex; align-items: baseline; justify-content: space-between; gap: 10px; }
.waiting .title { font-size: 0.875rem; min-width: 0; }
.waiting time { font-weight: 600; color: var(--calm); flex: none; }
.waiting .hint { color: var(--muted); }

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
.team-call-head .about { grid-column: 1 / -1; }
.team-call .timer { font-size: 1rem; padding: 0; }
.team-call .state { padding: 3px 10px; }
.team-call[data-tone=ringing] .state { color: var(--tone); background: color-mix(in srgb, var(--tone) 11%, var(--surface)); }
.team-call .buttons { width: 100%; gap: 6px; }
.team-call .button { flex: 1 1 auto; padding-inline: 8px; gap: 6px; background: var(--surface); }
.team-call .button:hover { background: color-mix(in srgb, var(--text) 8%, var(--surface)); }

@container (max-width: 419px) {
  .team-head { flex-wrap: wrap; row-gap: 6px; }
  .team-head .names { flex: 1 1 60%; }
  .team-head .pill { max-width: 100%; margin-left: 50px; }
}
@container (max-width: 559px) {
  .page-head .find { flex: 1 0 100%; margin: 0; }
}
`;
