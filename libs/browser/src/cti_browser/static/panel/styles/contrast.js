/** For who sees their own few colours instead of ours (high contrast): what ours tell is told by lines, and what is chosen is marked. */

export const contrast = `
@media (forced-colors: active) {
  .card, .pill, .state, .mark, .button, .team-call, .avatar, .count:not(:empty), .toast, .call-back, .tile { border: 1px solid; }
  .icon { stroke: currentColor; color: inherit !important; }
  .dot { background: CanvasText; }
  .nav-button[aria-current=page], .nav-button.marked, .tabs button[aria-selected=true], .tile[aria-pressed=true], .tile[aria-expanded=true],
  .choice[aria-pressed=true], .options li[aria-selected=true], .count:not(:empty) {
    forced-color-adjust: none; background: Highlight; color: HighlightText; border-color: Highlight; }
  :focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
  .nav-button[aria-current=page]:focus-visible, .tabs button[aria-selected=true]:focus-visible { outline-color: CanvasText; }
  /* Whoever rings is what matters. */
  [data-tone=ringing].card { border: 3px double; }
  .bar-span, .legend i { forced-color-adjust: none; }
  .lane-track { border: 1px solid CanvasText; }
}
`;
