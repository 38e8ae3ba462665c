/** What a row of the journal opens to, in the history and in the Calls section. */

export const records = `
.record { position: relative; }
.record .line { padding-right: 54px; }
.record .call-back { position: absolute; right: 10px; top: 12px; color: var(--accent); }
.row > .story, .more-of-it { padding: 0 16px 0 62px; }
.more-of-it { display: grid; gap: 14px; padding-bottom: 16px; }
.row > .story { padding-top: 4px; }
.row-path:not(:empty) + .more-of-it { padding-left: 66px; }
.record-links { display: grid; gap: 8px; }
.record-links .identification { margin: 0; }
.recordings { display: grid; gap: 8px; justify-items: start; }
.recording { width: 100%; max-width: 520px; }
.recording .text { text-align: left; }
.recording audio { display: block; width: 100%; height: 44px; border-radius: 99px; }
.note { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 5px 8px; align-items: end; }
.note label, .note textarea { grid-column: 1 / -1; }
.note textarea { margin-bottom: 6px; }
.note .button { min-height: 40px; padding-inline: 14px; }

@container (max-width: 719px) {
  .row-path:not(:empty) + .more-of-it { padding-inline: 12px; }
}
@container (max-width: 419px) {
  .row > .story, .more-of-it, .row-path:not(:empty) + .more-of-it { padding-inline: 12px; }
  .line { column-gap: 10px; padding: 9px 46px 9px 12px; }
  .record .line { padding-right: 46px; }
  .record .call-back { right: 6px; top: 8px; }
  .line > .title { font-size: 0.875rem; }
  .line .opener { display: none; }
  .mark { width: 28px; height: 28px; }
  .day { padding-inline: 12px; }
}
`;
