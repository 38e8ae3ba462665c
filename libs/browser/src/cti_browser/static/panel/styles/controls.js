/** Buttons, fields, menus, dialogs. */

export const controls = `
.button { display: inline-flex; align-items: center; justify-content: center; gap: 8px; min-height: 38px; padding: 7px 15px; border-radius: 11px;
  font-weight: 600; font-size: 0.875rem; line-height: 1.2; background: var(--sunken); color: var(--text);
  transition: background-color 120ms, opacity 120ms; }
.button .icon { width: 18px; height: 18px; }
.button:hover { background: color-mix(in srgb, var(--text) 10%, var(--sunken)); }
.button[aria-disabled=true], .button:disabled { opacity: 0.55; cursor: default; }
.button[aria-busy=true] { cursor: progress; }
.go { background: var(--go); color: var(--on-go); }
.go:hover { background: color-mix(in srgb, var(--go) 88%, var(--text)); }
.stop { background: var(--stop); color: var(--on-stop); }
.stop:hover { background: color-mix(in srgb, var(--stop) 88%, var(--text)); }
.calm { background: var(--accent); color: var(--on-accent); }
.calm:hover { background: color-mix(in srgb, var(--accent) 88%, var(--text)); }
.small { min-height: 32px; padding: 5px 11px; font-size: 0.8125rem; border-radius: 9px; }
.icon-only { width: 42px; min-height: 42px; padding: 0; flex: none; }
.bare { width: 34px; min-height: 34px; padding: 0; background: none; color: var(--muted); border-radius: 9px; flex: none; }
.bare:hover { background: var(--sunken); color: var(--text); }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; }
.actions { display: grid; gap: 10px; margin-top: 14px; padding-top: 12px; border-top: 1px solid color-mix(in srgb, var(--line) 80%, transparent); }
.actions > .buttons > .button { flex: 1 1 120px; min-height: 42px; }
.actions > .buttons > .stop:only-child { flex: 1; }
/* What a consultation is for comes first, in its whole length. */
.actions > .buttons > .calm { flex-basis: 100%; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(73px, 1fr)); gap: 4px; }
.tiles:not(:has(> :not([hidden]))), .buttons:not(:has(> :not([hidden]))) { display: none; }
.tile { flex-direction: column; gap: 4px; min-height: 56px; padding: 8px 0 7px; font-size: 0.71875rem; font-weight: 550; background: none; color: var(--text);
  text-align: center; overflow-wrap: anywhere; }
.tile .icon { width: 20px; height: 20px; color: var(--muted); }
.tile:hover { background: color-mix(in srgb, var(--text) 6%, transparent); }
/* One alone is no grid of small ones but a button like the others. */
.tiles:not(:has(> :not([hidden]) ~ :not([hidden]))) > .tile { grid-column: 1 / -1; flex-direction: row; gap: 8px; min-height: 42px; font-size: 0.875rem;
  font-weight: 600; background: var(--sunken); }
.tile[aria-expanded=true], .tile[aria-pressed=true] { background: color-mix(in srgb, var(--accent) var(--tint), var(--surface)); color: var(--accent); }
.tile[aria-expanded=true] .icon, .tile[aria-pressed=true] .icon { color: inherit; }

input:not([type=checkbox]), select, textarea { font: inherit; color: inherit; width: 100%; min-width: 0; min-height: 40px; padding: 8px 12px;
  border: 1px solid var(--edge); border-radius: 10px; background: var(--surface); }
textarea { resize: vertical; min-height: 60px; }
select { text-overflow: ellipsis; padding-right: 6px; }
input:focus-visible, select:focus-visible, textarea:focus-visible { outline-offset: -1px; }
::placeholder { color: var(--muted); opacity: 1; }
input[type=checkbox] { width: 18px; height: 18px; margin: 0; accent-color: var(--accent); flex: none; }
.field { display: grid; gap: 5px; min-width: 0; }
.field label, .note label { font-size: 0.8125rem; font-weight: 570; color: var(--muted); }
.check { display: flex; align-items: center; gap: 10px; min-height: 32px; }
.check label { flex: 1; }
.hint { color: var(--muted); font-size: 0.8125rem; }

.dialer { display: grid; gap: 10px; margin-bottom: 14px; }
.dial-row { display: flex; gap: 8px; }
.dial-row .go { min-height: 42px; }
.number-field { position: relative; flex: 1; min-width: 0; }
.number-field > .icon { position: absolute; left: 12px; top: 12px; color: var(--muted); pointer-events: none; }
.number-field input { padding-left: 38px; min-height: 42px; border-radius: 11px; }
.options { position: absolute; z-index: 5; inset: calc(100% + 6px) 0 auto; max-height: 300px; overflow-y: auto; padding: 6px; background: var(--raised);
  border: 1px solid var(--line); border-radius: 12px; box-shadow: var(--lifted); }
.options li { display: grid; grid-template-columns: minmax(0, 1fr); padding: 8px 10px; border-radius: 8px; cursor: pointer; overflow-wrap: anywhere; }
.options li:has(.avatar) { grid-template-columns: auto minmax(0, 1fr); column-gap: 10px; align-items: center; }
.options .avatar { grid-row: span 2; width: 32px; height: 32px; font-size: 0.75rem; }
.options .about { display: block; }
.options .about:empty { display: none; }
.options li:hover, .options li[aria-selected=true] { background: color-mix(in srgb, var(--accent) var(--tint), var(--raised)); }
.options li[aria-selected=true] { outline: 2px solid var(--accent); outline-offset: -2px; }
.options .none { color: var(--muted); cursor: default; }
.about { color: var(--muted); font-size: 0.8125rem; }
.pad { display: grid; grid-template-columns: repeat(3, 1fr); gap: 6px; max-width: 300px; width: 100%; margin: 0 auto; }
.key { display: grid; justify-items: center; align-content: center; min-height: 50px; border-radius: 12px; background: var(--sunken); font-size: 1.25rem;
  font-weight: 550; line-height: 1.1; font-variant-numeric: tabular-nums; }
.key:hover { background: color-mix(in srgb, var(--text) 10%, var(--sunken)); }
.key:active { background: color-mix(in srgb, var(--accent) 22%, var(--sunken)); }
.letters { font-size: 0.625rem; letter-spacing: 0.1em; color: var(--muted); min-height: 0.8em; }
.digits { display: block; text-align: center; min-height: 1.6em; font-size: 1.25rem; letter-spacing: 0.08em; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.transfer, .dtmf { display: grid; gap: 10px; padding: 12px; border-radius: 13px; background: var(--sunken); }
.dtmf .key { background: var(--surface); }
.transfer .buttons .button { flex: 1 1 130px; }
.transfer .soft { background: color-mix(in srgb, var(--text) 10%, var(--surface)); }

.identification { margin-top: 12px; font-size: 0.875rem; }
.identification p { color: var(--muted); margin-bottom: 6px; }
.identification ul { display: grid; gap: 6px; }
.candidate { display: grid; grid-template: "icon name" auto "icon about" auto / auto minmax(0, 1fr); column-gap: 10px; align-items: center; width: 100%; padding: 8px 12px;
  text-align: left; border: 1px solid var(--line); border-radius: 11px; background: var(--surface); overflow-wrap: anywhere; }
.candidate .icon { grid-row: 1 / span 2; color: var(--muted); }
.candidate:hover { border-color: var(--accent); }
.nobody { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 8px; }
.nobody p { margin: 0; }
.create, .person-search { display: grid; gap: 10px; }
.person-search p:empty { display: none; }

.agent-menu { display: flex; min-width: 0; }
.agent { min-width: 0; min-height: 30px; }
.agent .words { overflow: hidden; text-overflow: ellipsis; }
.agent:not(:disabled):hover { background: color-mix(in srgb, var(--text) 10%, var(--sunken)); }
.agent:disabled { cursor: default; opacity: 0.6; }
.agent-since { color: var(--muted); font-weight: 500; }
.agent .agent-since { color: inherit; }
.agent-since:empty { display: none; }
[data-tone=good] > .dot, .pill[data-tone=good] { --tone: var(--good); }
[data-tone=warn] > .dot, .pill[data-tone=warn] { --tone: var(--warn); }
[data-tone=bad] > .dot, .pill[data-tone=bad] { --tone: var(--bad); }
[data-tone=calm] > .dot, .pill[data-tone=calm] { --tone: var(--calm); }
[data-tone=neutral] > .dot { --tone: var(--muted); }
[data-phase] .pill.agent[data-tone=good] { --tone: var(--good); }
[data-phase] .pill.agent[data-tone=warn] { --tone: var(--warn); }
[data-phase] .pill.agent[data-tone=bad] { --tone: var(--bad); }
[data-phase] .pill.agent[data-tone=calm] { --tone: var(--calm); }
[data-phase] .pill.agent[data-tone=neutral] { --tone: var(--muted); }
.menu { position: fixed; inset: auto; margin: 0; width: min(320px, 100vw - 16px); padding: 8px; overflow-y: auto; color: var(--text); background: var(--raised);
  border: 1px solid var(--line); border-radius: 16px; box-shadow: var(--lifted); }
.menu-title { padding: 8px 10px 6px; font-size: 0.8125rem; font-weight: 600; color: var(--muted); }
.menu-part + .menu-part { margin-top: 8px; padding-top: 4px; border-top: 1px solid var(--line); }
.choice { display: flex; justify-content: flex-start; width: 100%; min-height: 36px; padding: 6px 10px; background: none; font-weight: 500; }
.choice[aria-pressed=true] { background: color-mix(in srgb, var(--accent) var(--tint), var(--raised)); font-weight: 650; }
.queues li { display: grid; grid-template: "dot name pause leave" auto "dot about pause leave" auto / auto minmax(0, 1fr) auto auto; align-items: center; column-gap: 10px;
  padding: 4px 2px 4px 10px; overflow-wrap: anywhere; }
.queues li > .dot { grid-area: dot; }
.queues li > .queue-name { grid-area: name; }
.queues li > .about { grid-area: about; }
.queues li > .button { grid-row: 1 / span 2; }
.queues .hint { display: block; padding: 2px 10px 6px; }
.queue-name { font-weight: 570; }
.join { display: flex; align-items: end; gap: 8px; padding: 6px 10px 8px; }
.join .field { flex: 1; }
.join .button { min-height: 40px; }

dialog { width: min(420px, 100vw - 24px); padding: 0; border: 1px solid var(--line); border-radius: 18px; color: var(--text); background: var(--raised); box-shadow: var(--lifted); }
dialog::backdrop { background: rgb(10 14 20 / 45%); }
.dialog-head { display: flex; align-items: center; justify-content: space-between; padding: 14px 12px 0 20px; }
.dialog-head h2 { margin: 0; }
.settings { display: grid; gap: 14px; padding: 12px 20px 20px; }
.toasts { position: fixed; z-index: 9; inset: auto 0 16px; display: grid; justify-items: center; gap: 8px; padding: 0 12px; pointer-events: none; }
.toast { display: flex; align-items: center; gap: 10px; max-width: 460px; padding: 8px 8px 8px 14px; border-radius: 13px; pointer-events: auto; font-size: 0.875rem; font-weight: 550;
  background: var(--raised); border: 1px solid color-mix(in srgb, var(--tone) 45%, var(--line)); box-shadow: var(--lifted); --tone: var(--bad); animation: appear 200ms ease-out; overflow-wrap: anywhere; }
.toast > .icon { color: var(--tone); width: 20px; height: 20px; }
.toast[data-tone=good] { --tone: var(--good); }
.toast[data-tone=warn] { --tone: var(--warn); }
`;
