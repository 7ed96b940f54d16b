#include "load/report/html_style.h"

namespace wsdeep::load {

namespace {

constexpr std::string_view kHtmlStyle = R"~~~(
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1c2128; --soft: #57606a; --rule: #d0d7de; --shade: #f3f5f7; --grid: #e4e8ec;
  --good: #17692f; --bad: #b3151f; --doubt: #8a5300; --on: #fff;
  --l0: #0a5cb8; --l1: #b34700; --l2: #17692f; --l3: #7b3fc4; --l4: #b3151f; --l5: #0a6e78; --l6: #8a5300; --l7: #57606a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #10151b; --ink: #e6edf3; --soft: #a3adb8; --rule: #39424d; --shade: #1a2129; --grid: #252d36;
    --good: #56d071; --bad: #ff8880; --doubt: #e8b04a; --on: #10151b;
    --l0: #6cb2ff; --l1: #f59a57; --l2: #56d071; --l3: #c8a2ff; --l4: #ff8880; --l5: #4fd0db; --l6: #e8b04a; --l7: #a3adb8;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: .75rem 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2.75rem 0 .75rem; padding-bottom: .3rem; border-bottom: 1px solid var(--rule); }
h3 { font-size: 1rem; margin: 1.75rem 0 .5rem; }
p { margin: .5rem 0; max-width: 46rem; }
.note { color: var(--soft); font-size: .9rem; }
.verdict { display: inline-block; margin-right: .4rem; padding: .15rem .7rem; border-radius: .3rem; color: var(--on); font-weight: 700;
  letter-spacing: .03em; }
.is-good { background: var(--good); } .is-bad { background: var(--bad); } .is-doubt { background: var(--doubt); }
.says-good { color: var(--good); font-weight: 700; } .says-bad { color: var(--bad); font-weight: 700; }
.says-doubt { color: var(--doubt); font-weight: 700; }
ul.reasons { margin: .75rem 0; padding: .6rem .9rem .6rem 2rem; background: var(--shade); border-radius: .3rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); gap: .75rem; margin: 1.25rem 0; }
.figures > div { background: var(--shade); border-radius: .3rem; padding: .6rem .9rem; }
.figures dt { color: var(--soft); font-size: .85rem; } .figures dd { margin: 0; font-size: 1.35rem; font-weight: 600; }
.figures dd small { display: block; font-size: .8rem; font-weight: 400; color: var(--soft); }
dl.facts { display: grid; grid-template-columns: minmax(5.5rem, max-content) 1fr; gap: .3rem 1.25rem; margin: .75rem 0; }
dl.facts dt { color: var(--soft); } dl.facts dd { margin: 0; }
table { border-collapse: collapse; width: 100%; margin: .75rem 0; font-size: .93rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); font-size: .9rem; padding-bottom: .3rem; }
th, td { padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--grid); text-align: right; vertical-align: top; }
th { font-weight: 600; } tbody th { text-align: left; font-weight: 400; }
th:first-child, td:first-child, .words { text-align: left; }
td.words, th.words { padding-left: .6rem; }
.wide th, .wide td { min-width: 3.9rem; } .wide th:first-child { min-width: 6rem; } .wide td.words { min-width: 6.5rem; }
thead th { overflow-wrap: normal; }
.words.says-good, .words.says-bad, .words.says-doubt { white-space: nowrap; }
.counts th:first-child { min-width: 7rem; } .counts td:nth-child(2) { min-width: 5.3rem; } .counts td:nth-child(3) { min-width: 3.6rem; }
tfoot th, tfoot td { border-top: 2px solid var(--rule); border-bottom: 0; font-weight: 600; }
.share { display: flex; height: 1.6rem; margin: .75rem 0; border-radius: .3rem; overflow: hidden; background: var(--shade); }
.share > span { min-width: 2px; border-right: 1px solid var(--paper); }
.chip { display: inline-block; width: .8rem; height: .8rem; margin-right: .45rem; border-radius: .15rem; }
.c-good { background: var(--l2); } .c-slow { background: repeating-linear-gradient(45deg, var(--l6) 0 4px, var(--paper) 4px 6px); }
.c-refused { background: repeating-linear-gradient(-45deg, var(--l1) 0 5px, var(--paper) 5px 7px); }
.c-failed { background: var(--l4); } .c-truncated { background: repeating-linear-gradient(90deg, var(--l4) 0 3px, var(--paper) 3px 5px); }
.c-cancelled { background: var(--l7); } .c-unfinished { background: repeating-linear-gradient(0deg, var(--l3) 0 3px, var(--paper) 3px 5px); }
figure { margin: 1.25rem 0 2rem; }
figcaption { font-weight: 600; }
figure .note { margin: .1rem 0 .3rem; } figcaption + .plot, .note + .plot { margin-top: .9rem; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem 1.1rem; margin: .25rem 0 .6rem; padding: 0; font-size: .9rem; }
.key { width: 28px; height: 10px; margin-right: .4rem; vertical-align: .05em; }
.plot { display: grid; grid-template-columns: 4.2rem 1fr; grid-template-rows: 15rem 1.6rem; font-size: .78rem;
  font-variant-numeric: tabular-nums; margin-right: 1.2rem; }
.plot .y, .plot .canvas, .plot .x { position: relative; }
.plot .x { grid-column: 2; }
.plot .tick { position: absolute; color: var(--soft); white-space: nowrap; }
.y .tick { right: .5rem; transform: translateY(50%); line-height: 1; }
.x .tick { top: .3rem; transform: translateX(-50%); } .x .last { transform: translateX(-80%); }
.canvas svg { position: absolute; width: 100%; height: 100%; overflow: visible; }
.canvas path, .key path { fill: none; vector-effect: non-scaling-stroke; }
.grid { stroke: var(--grid); } .mark { stroke: var(--soft); stroke-dasharray: 2 4; }
.level { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 9 4; }
.band { fill: var(--ink); opacity: .09; }
.canvas .hover { fill: none; pointer-events: all; } .canvas .hover:hover { fill: var(--ink); fill-opacity: .1; }
.line { stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round; }
.bound { stroke-width: 2.5; }
.of-level, .of-mark, .of-band { position: absolute; padding: 0 .25rem; white-space: nowrap; pointer-events: none;
  max-width: 100%; overflow: hidden; text-overflow: ellipsis; }
.of-level { right: 0; color: var(--bad); } .of-mark { top: 0; color: var(--soft); } .of-band { bottom: 0; color: var(--soft); }
.l0 { stroke: var(--l0); } .l1 { stroke: var(--l1); stroke-dasharray: 7 4; } .l2 { stroke: var(--l2); stroke-dasharray: 2 4; }
.l3 { stroke: var(--l3); stroke-dasharray: 10 3 2 3; } .l4 { stroke: var(--l4); stroke-dasharray: 5 3; }
.l5 { stroke: var(--l5); stroke-dasharray: 14 4; } .l6 { stroke: var(--l6); stroke-dasharray: 3 3; }
.l7 { stroke: var(--l7); stroke-dasharray: 1 3; }
.round { stroke-width: 10; stroke-linecap: round; } .square { stroke-width: 8; stroke-linecap: square; }
.small { stroke-width: 5; stroke-linecap: round; }
.ring { stroke-width: 11; stroke-linecap: round; } .hole { stroke: var(--paper); stroke-width: 6; stroke-linecap: round; }
.bound, .bar, .round, .square, .small, .ring { stroke-dasharray: none; }
.canvas .bar, .key .bar { stroke: var(--paper); stroke-width: .5; }
.bar.l0 { fill: var(--l0); } .bar.l1 { fill: var(--l1); } .bar.l2 { fill: var(--l2); } .bar.l3 { fill: var(--l3); }
.bar.l4 { fill: var(--l4); } .bar.l5 { fill: var(--l5); } .bar.l6 { fill: var(--l6); } .bar.l7 { fill: var(--l7); }
@media (max-width: 48rem) {
  body { padding: 1rem .9rem 3rem; }
  h1 { font-size: 1.3rem; }
  .plot { grid-template-columns: 3.4rem 1fr; grid-template-rows: 12rem 1.5rem; margin-right: .8rem; }
  .x .tick:nth-child(even) { display: none; }
  dl.facts { display: block; } dl.facts dd { margin-bottom: .5rem; }
  .wide thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .wide, .wide tbody, .wide tfoot, .wide tr, .wide th, .wide td, .wide caption { display: block; text-align: left; }
  .wide tr { padding: .5rem 0; border-bottom: 1px solid var(--rule); }
  .wide th, .wide td, .wide th:first-child, .wide td.words { border: 0; padding: .1rem 0; min-width: 0; }
  .wide tbody th { font-weight: 600; }
  .wide td { display: flex; justify-content: space-between; gap: 1rem; }
  .wide td::before { content: attr(data-of); color: var(--soft); }
  .wide td.words { display: block; } .wide td.words::before { content: none; }
  .wide td:empty { display: none; }
}
@media print {
  @page { size: A4; margin: 14mm; }
  :root { color-scheme: light; --paper: #fff; --ink: #000; --soft: #333; --rule: #999; --shade: #f2f2f2; --grid: #ddd;
    --good: #17692f; --bad: #b3151f; --doubt: #8a5300; --on: #fff;
    --l0: #0a5cb8; --l1: #b34700; --l2: #17692f; --l3: #7b3fc4; --l4: #b3151f; --l5: #0a6e78; --l6: #8a5300; --l7: #57606a; }
  body { max-width: none; padding: 0; font-size: 10pt; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  h2 { break-after: avoid; } figure, tr, .counts, .figures, dl.facts > * { break-inside: avoid; }
  .plot { grid-template-rows: 11rem 1.6rem; }
  .hover { display: none; }
  tfoot { display: table-row-group; }
}
)~~~";

}  // namespace

std::string_view html_style() {
  return kHtmlStyle;
}

}  // namespace wsdeep::load
