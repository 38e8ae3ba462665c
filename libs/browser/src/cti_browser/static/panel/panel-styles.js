/** The look of `<cti-panel>`. Its colours are custom properties, so that an application can set its own. */

import { calls } from "./styles/calls.js";
import { contrast } from "./styles/contrast.js";
import { controls } from "./styles/controls.js";
import { pages } from "./styles/pages.js";
import { phone } from "./styles/phone.js";
import { records } from "./styles/records.js";
import { team } from "./styles/team.js";

const panel = new CSSStyleSheet();

const light = `
  --bg: #f3f5f8; --surface: #ffffff; --sunken: #eaeef3; --text: #141c27; --muted: #566275; --line: #dde3ea;
  --accent: #1f57d2; --on-accent: #ffffff; --good: #12703f; --warn: #8a5000; --bad: #b3242c; --calm: #5d43b5; --raised: #ffffff;
  --edge: #8592a6; --go: #16794a; --on-go: #ffffff; --stop: #c02d35; --on-stop: #ffffff; --amber: #c27a12;
  --lifted: 0 2px 6px rgb(20 28 39 / 8%), 0 12px 40px rgb(20 28 39 / 18%);
  --shadow: 0 1px 2px rgb(20 28 39 / 6%), 0 4px 16px rgb(20 28 39 / 5%); --tint: 9%;
`;
const dark = `
  --bg: #0e131a; --surface: #171e27; --sunken: #212a36; --text: #e9eef5; --muted: #9eabbd; --line: #28323f;
  --accent: #83a9ff; --on-accent: #0b1530; --good: #62d49d; --warn: #f0b661; --bad: #ff9092; --calm: #bda8ff; --raised: #1d2530;
  --edge: #66758a; --go: #3fbf83; --on-go: #06180f; --stop: #ff8083; --on-stop: #2a0608; --amber: #e0a04a;
  --lifted: 0 2px 6px rgb(0 0 0 / 40%), 0 16px 48px rgb(0 0 0 / 60%);
  --shadow: 0 1px 2px rgb(0 0 0 / 40%); --tint: 15%;
`;

panel.replaceSync(`
:host { ${light} color-scheme: light dark; display: block; container-type: inline-size;
  background: var(--bg); color: var(--text);
  font: 400 0.9375rem/1.45 Inter, "Segoe UI Variable Text", "Segoe UI", system-ui, -apple-system, Roboto, "Noto Sans", sans-serif; }
@media (prefers-color-scheme: dark) { :host { ${dark} } }
:host([hidden]) { display: none; }
*, *::before, *::after { box-sizing: border-box; }
h2, h3, h4, p, ul, dl, dd { margin: 0; padding: 0; font: inherit; }
ul { list-style: none; }
[hidden] { display: none !important; }
button { font: inherit; color: inherit; cursor: pointer; border: 0; background: none; padding: 0; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
/* What the keyboard comes to is not hidden by the bar. */
button, summary, input, select, textarea, audio { scroll-margin-block: 112px 16px; }
.bar *, dialog *, [popover] * { scroll-margin-block: 0; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.icon { width: 1.125em; height: 1.125em; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round;
  stroke-linejoin: round; flex: none; display: block; }
time { font-variant-numeric: tabular-nums; }

.bar { display: flex; align-items: center; justify-content: space-between; gap: 12px; padding: 12px 16px;
  background: var(--surface); border-bottom: 1px solid var(--line); position: sticky; top: 0; z-index: 2; }
.brand, .who-am-i { display: flex; align-items: center; gap: 10px; min-width: 0; }
.brand { font-weight: 650; letter-spacing: -0.01em; font-size: 1.0625rem; }
.logo { display: grid; place-items: center; width: 30px; height: 30px; border-radius: 9px; background: var(--accent);
  color: var(--on-accent); }
.user { color: var(--muted); font-size: 0.875rem; white-space: nowrap; }
.pill { display: inline-flex; align-items: center; gap: 7px; padding: 4px 11px 4px 9px; border-radius: 99px; white-space: nowrap;
  background: var(--sunken); font-size: 0.8125rem; font-weight: 550; --tone: var(--muted); }
.dot { width: 8px; height: 8px; border-radius: 50%; background: var(--tone); }
[data-phase=online] .pill { --tone: var(--good); }
[data-phase=connecting] .pill, [data-phase=waiting] .pill { --tone: var(--warn); }
[data-phase=offline] .pill, [data-phase=refused] .pill { --tone: var(--bad); }
[data-phase=connecting] .dot, [data-phase=waiting] .dot { animation: blink 1.2s ease-in-out infinite; }

.columns { display: grid; gap: 24px; padding: 20px 16px 32px; max-width: 1180px; margin: 0 auto; }
.column { min-width: 0; }
h2 { font-size: 1.0625rem; font-weight: 650; letter-spacing: -0.01em; display: flex; align-items: center; gap: 8px; min-height: 36px;
  margin-bottom: 10px; }
.count:not(:empty) { font-size: 0.75rem; font-weight: 650; min-width: 20px; padding: 1px 6px; text-align: center; border-radius: 99px;
  background: var(--accent); color: var(--on-accent); font-variant-numeric: tabular-nums; }

.banner { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 10px; padding: 10px 14px; margin-bottom: 12px; border-radius: 12px;
  color: var(--warn); background: color-mix(in srgb, var(--warn) 10%, var(--surface)); font-size: 0.875rem; }
.banner p { flex: 1 1 180px; }
.quiet { font-weight: 600; text-decoration: underline; text-underline-offset: 3px; padding: 2px 4px; border-radius: 6px; }

.calls, .consultations { display: grid; grid-template-columns: minmax(0, 1fr); gap: 12px; }
.card { --tone: var(--muted); background: var(--surface); border: 1px solid var(--line); border-radius: 16px; padding: 14px 16px;
  box-shadow: var(--shadow); transition: opacity 200ms, background-color 200ms, border-color 200ms; animation: appear 220ms ease-out; }
.card[data-tone=ringing] { --tone: var(--accent); background: color-mix(in srgb, var(--accent) var(--tint), var(--surface));
  border-color: color-mix(in srgb, var(--accent) 55%, var(--surface)); }
.card[data-tone=dialling] { --tone: var(--accent); }
.card[data-tone=talking] { --tone: var(--good); }
.card[data-tone=held] { --tone: var(--warn); }
.card[data-tone=queued] { --tone: var(--calm); }
.card[data-tone=failed] { --tone: var(--bad); }
.card[data-tone=ended] { box-shadow: none; background: transparent; border-style: dashed; }
.card[data-missed] { --tone: var(--bad); }
.stale .card { filter: grayscale(1); box-shadow: none; border-style: dashed; }
.stale .timer { color: var(--muted); }
.stale .card * { animation: none !important; }
.relation { color: var(--calm); font-size: 0.8125rem; font-weight: 550; margin-bottom: 10px; overflow-wrap: anywhere; }
.top { display: flex; align-items: center; gap: 12px; min-height: 44px; }
.names { flex: 1; min-width: 0; }
.avatar { flex: none; width: 44px; height: 44px; border-radius: 50%; display: grid; place-items: center; font-weight: 650; font-size: 0.9375rem;
  position: relative; --hue: 215; background: hsl(var(--hue) 62% 90%); color: hsl(var(--hue) 60% 27%); }
.avatar .icon { width: 22px; height: 22px; }
.avatar[data-colour="1"] { --hue: 265; } .avatar[data-colour="2"] { --hue: 330; } .avatar[data-colour="3"] { --hue: 18; }
.avatar[data-colour="4"] { --hue: 160; } .avatar[data-colour="5"] { --hue: 190; }
@media (prefers-color-scheme: dark) { .avatar { background: hsl(var(--hue) 36% 26%); color: hsl(var(--hue) 75% 86%); } }
[data-tone=ringing] .avatar::after { content: ""; position: absolute; inset: -3px; border-radius: 50%; border: 2px solid var(--accent);
  animation: ring 1.5s ease-out infinite; }
.name { font-size: 1.0625rem; font-weight: 620; line-height: 1.3; overflow-wrap: anywhere; display: -webkit-box; -webkit-line-clamp: 2;
  -webkit-box-orient: vertical; overflow: hidden; }
.company, .number { color: var(--muted); font-size: 0.875rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.timer { align-self: flex-start; padding-top: 1px; font-size: 1.375rem; font-weight: 600; letter-spacing: -0.01em; line-height: 1.2; }
[data-tone=ended] .timer { color: var(--muted); }
.below { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 14px; margin-top: 12px; }
.state { display: inline-flex; align-items: center; gap: 7px; padding: 4px 11px 4px 8px; border-radius: 99px; font-size: 0.8125rem;
  font-weight: 600; color: var(--tone); background: color-mix(in srgb, var(--tone) 11%, var(--surface)); }
[data-tone=ringing] .state { color: var(--on-accent); background: var(--accent); }
.since:empty, .number:empty, .company:empty { display: none; }
.top:has(.number:empty):has(.company:empty) .timer { align-self: center; padding: 0; }
.avatar img { width: 100%; height: 100%; border-radius: inherit; object-fit: cover; }
.since { padding-left: 8px; border-left: 1px solid color-mix(in srgb, currentColor 40%, transparent); }
.tags { display: flex; flex-wrap: wrap; gap: 4px 12px; color: var(--muted); font-size: 0.8125rem; }
.tags li { display: inline-flex; align-items: center; gap: 5px; overflow-wrap: anywhere; }
.consultations:empty { display: none; }
.consultations { margin: 12px 0 0 21px; padding-left: 20px; border-left: 2px solid
  color-mix(in srgb, var(--calm) 45%, var(--bg)); }

.empty { display: grid; justify-items: center; gap: 4px; padding: 36px 20px; text-align: center; color: var(--muted);
  border: 1px dashed var(--line); border-radius: 16px; font-size: 0.875rem; }
.empty > .icon { width: 30px; height: 30px; stroke-width: 1.5; margin-bottom: 6px; }
.empty-title { color: var(--text); font-weight: 600; font-size: 0.9375rem; }
.history .empty { border: 0; }

.history { background: var(--surface); border: 1px solid var(--line); border-radius: 16px; box-shadow: var(--shadow); overflow: clip; }
.tabs { display: flex; gap: 4px; padding: 10px 12px; border-bottom: 1px solid var(--line); }
.tabs button { padding: 6px 13px; border-radius: 99px; font-weight: 550; font-size: 0.875rem; color: var(--muted); }
.tabs button:hover { background: var(--sunken); }
.tabs button[aria-selected=true] { color: var(--accent); background: color-mix(in srgb, var(--accent) var(--tint), var(--surface)); }
.day { padding: 14px 16px 4px; font-size: 0.8125rem; font-weight: 600; color: var(--muted); }
.line { display: grid; grid-template: "mark title when opener" auto "mark about about opener" auto "mark times times opener" auto
  / auto minmax(0, 1fr) auto auto; column-gap: 12px; padding: 9px 12px 9px 16px; cursor: pointer; list-style: none; align-items: baseline; }
.line::-webkit-details-marker { display: none; }
.line:hover { background: color-mix(in srgb, var(--sunken) 55%, var(--surface)); }
.line:focus-visible { outline-offset: -2px; border-radius: 10px; }
.line > .title { grid-area: title; } .line > .about { grid-area: about; }
.mark { grid-area: mark; align-self: center; width: 34px; height: 34px; display: grid; place-items: center; border-radius: 50%;
  --tone: var(--muted); color: var(--tone); background: color-mix(in srgb, var(--tone) 11%, var(--surface)); }
.mark[data-tone=good] { --tone: var(--good); }
.mark[data-tone=bad] { --tone: var(--bad); }
.title { font-weight: 570; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; font-variant-numeric: tabular-nums; }
.title[data-missed] { color: var(--bad); }
.when { grid-area: when; color: var(--muted); font-size: 0.8125rem; }
.about { color: var(--muted); font-size: 0.8125rem; overflow-wrap: anywhere; }
.times { grid-area: times; display: flex; flex-wrap: wrap; gap: 0 12px; color: var(--muted); font-size: 0.8125rem; }
.called-back { --tone: var(--bad); color: var(--tone); font-weight: 570; }
.called-back[data-tone=good] { --tone: var(--good); }
.times > :not(.called-back) time { color: var(--text); font-weight: 550; }
.opener { grid-area: opener; align-self: center; color: var(--muted); }
.row[open] .opener { transform: rotate(180deg); }
.details { display: grid; grid-template-columns: repeat(auto-fill, minmax(118px, 1fr)); gap: 10px 16px;
  font-size: 0.8125rem; }
.details dt { color: var(--muted); }
.details dd { overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.more { display: block; margin: 8px auto 12px; padding: 7px 16px; border-radius: 99px; font-weight: 570; font-size: 0.875rem; color: var(--accent); }
.more:hover { background: color-mix(in srgb, var(--accent) var(--tint), var(--surface)); }
[aria-busy=true] .more { opacity: 0.6; }

@container (max-width: 419px) {
  .columns { padding: 14px 12px 24px; gap: 18px; }
  .bar { padding: 10px 12px; }
  .name { -webkit-line-clamp: 3; }
  .title { white-space: normal; overflow-wrap: anywhere; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; }
  .consultations { margin-left: 8px; padding-left: 12px; }
}
@container (min-width: 820px) {
  .columns { grid-template-columns: minmax(0, 5fr) minmax(0, 6fr); gap: 32px; padding: 24px 28px 40px; align-items: start; }
  .bar { padding: 12px max(28px, calc((100cqi - 1180px) / 2 + 28px)); }
  .now { position: sticky; top: 79px; }
}
@keyframes ring { from { transform: scale(1); opacity: 0.9; } to { transform: scale(1.24); opacity: 0; } }
@keyframes blink { 50% { opacity: 0.3; } }
@keyframes appear { from { opacity: 0; transform: translateY(6px); } }
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { animation: none !important; transition: none !important; } }
`);

/** In this order. */
export const styles = Object.freeze([panel, ...[controls, pages, records, calls, team, phone, contrast].map(sheet)]);

/** @param {string} text */
function sheet(text) {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}
