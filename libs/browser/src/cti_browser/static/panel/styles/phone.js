/** The telephone of this browser. */

export const phone = `
.phone-strip { display: grid; gap: 10px; margin-bottom: 14px; }
.phone-bar { display: flex; align-items: center; gap: 10px; min-height: 52px; padding: 8px 8px 8px 12px; border-radius: 14px; --tone: var(--muted);
  background: var(--surface); border: 1px solid var(--line); }
.phone-bar[data-tone=good] { --tone: var(--good); }
.phone-bar[data-tone=warn] { --tone: var(--warn); }
.phone-bar[data-tone=bad] { --tone: var(--bad); border-color: color-mix(in srgb, var(--bad) 45%, var(--line)); }
.phone-bar > .mark { --tone: inherit; flex: none; }
.phone-title { font-size: 0.875rem; font-weight: 600; line-height: 1.3; }
.phone-status { font-size: 0.8125rem; line-height: 1.3; color: var(--tone); overflow-wrap: anywhere; }
.phone-bar[data-tone=neutral] .phone-status { color: var(--muted); }
.device-menu { display: flex; flex: none; }
.devices { width: min(340px, 100vw - 16px); padding: 14px; }
.devices[popover]:popover-open { display: grid; gap: 14px; }
.device-fields { display: grid; gap: 12px; }
.devices > .button { justify-self: start; }
.videos:empty { display: none; }
.videos video { display: block; width: 100%; max-height: 45vh; border-radius: 14px; background: #000; }
.strays { display: grid; gap: 10px; }
.strays:empty { display: none; }
/* There is a call, even if the line knows of none. */
.phone-strip:has(.stray) ~ .call-list .empty { display: none; }
.stray { display: grid; gap: 10px; padding: 14px 16px; border-radius: 16px; border: 1px solid color-mix(in srgb, var(--accent) 55%, var(--surface));
  background: color-mix(in srgb, var(--accent) var(--tint), var(--surface)); }
.stray .buttons { display: grid; grid-template-columns: repeat(auto-fit, minmax(max(124px, 40%), 1fr)); }
.stray .buttons > .button { min-height: 42px; padding: 7px 8px; }
.stray .hint { margin-top: -8px; }
.stray .soft, .stray .key { background: var(--surface); }
@container (max-width: 419px) {
  .phone-bar { flex-wrap: wrap; }
  .phone-bar > .small { order: 1; flex: 1 0 100%; margin-right: 4px; }
}
`;
