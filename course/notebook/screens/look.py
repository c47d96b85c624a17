"""How the screens look: style sheets on JupyterLab's own colours, which have a light and a dark value each.

Each is text that stands in a page's own output, since a converted notebook keeps no other style.
"""

from course.notebook.screens.clock import CLOCK

BLOCKS = """
.iw{--iw-ink:var(--jp-ui-font-color0,#111);--iw-soft:var(--jp-ui-font-color1,#333);--iw-line:color-mix(in srgb,var(--iw-soft) 30%,transparent);
--iw-paper:var(--jp-layout-color1,#fff);--iw-sunk:var(--jp-layout-color2,#f3f3f3);--iw-accent:var(--jp-brand-color1,#1976d2);
--iw-good:#177a4e;--iw-bad:#c4451c;color:var(--iw-soft);background:var(--iw-paper);
font-family:var(--jp-ui-font-family,system-ui,sans-serif);font-size:var(--jp-ui-font-size1,13px);line-height:1.45;
border:1px solid var(--iw-line);border-radius:6px;max-width:74em;overflow:hidden!important}
[data-jp-theme-light="false"] .iw{--iw-good:#4cc38a;--iw-bad:#ff8a5c}
.iw b,.iw strong{color:var(--iw-ink)}.iw details{margin:.5em 0 0}.iw summary{cursor:pointer;color:var(--iw-soft)}
.iw small,.iw-quiet,.iw-in{font-size:.92em;opacity:.85}
.iw-steps{display:flex;flex-wrap:wrap;gap:.1em .9em;list-style:none;margin:0!important;padding:0!important}
.iw-steps li{opacity:.8}.iw-steps .iw-at{opacity:1;font-weight:700;color:var(--iw-ink);border-bottom:2px solid var(--iw-accent)}
.iw-page-title{font-weight:700;color:var(--iw-ink)}
.iw-text{margin:.35em 0 .1em;white-space:pre-wrap}.iw-strong{font-weight:600;color:var(--iw-ink)}
.iw-says{margin:.3em 0 .5em;padding-left:.9em;border-left:3px solid var(--iw-line)}
.iw-says.iw-latest{border-left-color:var(--iw-accent)}
.iw-says.iw-latest .iw-line{font-size:1.2em;line-height:1.4;color:var(--iw-ink)}
.iw-who{font-size:.85em;opacity:.85;letter-spacing:.02em}.iw-line{white-space:pre-wrap}
.iw-you{margin:0 0 .5em;padding-left:.9em;border-left:3px dotted var(--iw-line)}
.iw-h{font-size:.82em!important;font-weight:600!important;letter-spacing:.06em;text-transform:uppercase;margin:.5em 0 .25em!important;
color:var(--iw-soft)!important;opacity:.9}
.iw-hint{min-height:1.45em;margin:.2em 0 0}.iw-hint:not(:empty)::before{content:"→ "}
.iw-headline{font-size:1.1em;color:var(--iw-ink);font-weight:600}
.iw-badge{display:inline-block;border:2px solid;border-radius:3px;padding:0 .5em;margin-right:.6em;font-weight:700;letter-spacing:.03em}
.iw-badge.iw-held{color:var(--iw-good)}.iw-badge.iw-broke{color:var(--iw-bad);border-style:dashed}
.iw-tiles{display:flex;flex-wrap:wrap;align-items:baseline;gap:.1em 1.6em;margin:.4em 0 .2em}
.iw-tiles b{font-size:1.4em;font-variant-numeric:tabular-nums;line-height:1.2;margin-left:.4em}
.iw-what{flex-basis:100%;font-size:.92em;opacity:.85}
.iw-wide{overflow-x:auto}
.iw .iw-table{border-collapse:collapse;border:0;table-layout:auto!important;margin:.3em 0 0!important;font-size:1em;width:auto}
.iw .iw-table tr{background:none!important}
.iw .iw-table th,.iw .iw-table td{text-align:left!important;padding:.15em 1.1em .15em 0!important;vertical-align:top!important;border:0!important;
color:inherit;max-width:none!important;white-space:normal}
.iw .iw-table th{font-weight:500;font-size:.88em;opacity:.85;vertical-align:bottom!important}
.iw .iw-table .iw-num{text-align:right!important;font-variant-numeric:tabular-nums;white-space:nowrap}
.iw .iw-grid td{border-bottom:1px solid var(--iw-line)!important;padding:.2em 1.1em .2em 0!important}
.iw .iw-grid td:first-child{font-weight:600}
@media (max-width:640px){.iw .iw-grid th,.iw .iw-grid td{padding-right:.45em!important}.iw .iw-grid th.iw-num{white-space:normal}}
.iw .iw-promises .iw-num{white-space:normal}.iw .iw-promises tr>:nth-child(2){min-width:4.9em}.iw .iw-promises tr>:last-child{padding-right:0!important}
@media (max-width:640px){.iw .iw-promises tr{display:flex;flex-wrap:wrap;justify-content:space-between}
.iw .iw-promises tr>:first-child{flex:0 0 100%;box-sizing:border-box}.iw .iw-promises tr>:nth-child(2){text-align:left!important}}
.iw-state{white-space:nowrap}.iw-broke .iw-state{font-weight:700;color:var(--iw-bad)}.iw-held .iw-state{color:var(--iw-good)}
.iw-plot{width:260px;line-height:0;
background:repeating-linear-gradient(135deg,transparent 0 5px,var(--iw-line) 5px 6px) no-repeat 100% 0/50% 100%}
.iw-axis{width:260px;line-height:0;margin-top:.25em}
.iw-axis text{font-size:10px;fill:var(--iw-soft)}.iw-axis .iw-tick{text-anchor:middle}.iw-axis .iw-right{text-anchor:end}
.iw-rail{stroke:var(--iw-line);stroke-width:1}.iw-limit{stroke:var(--iw-ink);stroke-width:2}
.iw-now{stroke:var(--iw-paper);stroke-width:1.5}.iw-good{fill:var(--iw-good)}.iw-bad{fill:var(--iw-bad)}
.iw-cross{stroke:var(--iw-bad);stroke-width:3.5;fill:none;stroke-linecap:round}
.iw-ghost{fill:var(--iw-paper);stroke:var(--iw-soft);stroke-width:1.4;stroke-dasharray:2.5 1.8}
.iw-way{stroke:var(--iw-soft);stroke-width:1.2}.iw-head{fill:var(--iw-soft)}
.iw-said{fill:var(--iw-paper);stroke:var(--iw-ink);stroke-width:1.4}.iw-spread{stroke:var(--iw-ink);stroke-width:1.2;fill:none}
.iw-legend{display:flex;flex-wrap:wrap;gap:.2em 1.1em;font-size:.88em;opacity:.9;margin:.5em 0 0}
.iw-legend span{display:inline-flex;align-items:center;gap:.35em}
.iw-path{max-width:100%;height:auto;margin:.3em 0;font-size:12px}
.iw-path text{text-anchor:middle;fill:var(--iw-ink)}.iw-path .iw-in{font-size:10px}
.iw-node{fill:var(--iw-paper);stroke:var(--iw-soft);stroke-width:1.2}.iw-single{stroke-width:2.8;stroke:var(--iw-bad)}
.iw-trace{display:flex;flex-wrap:wrap;align-items:center;gap:.1em 1em;margin:.3em 0}.iw-trace>span{min-width:15em}.iw-trace svg{overflow:visible}
.iw-curve{fill:none;stroke:var(--iw-accent);stroke-width:1.6}.iw-since{stroke:var(--iw-soft);stroke-width:1;stroke-dasharray:3 3}
.iw-edge{fill:none;stroke:var(--iw-soft);stroke-width:1.2}.iw-tip{fill:var(--iw-soft)}
.iw pre{font-family:var(--jp-code-font-family,monospace);font-size:.95em;background:var(--iw-sunk);padding:.4em .7em;margin:.3em 0!important;overflow-x:auto;border-radius:3px}
"""
"""Every block of :mod:`~course.notebook.screens.blocks`, within an element of class ``iw``."""

PAGE = f"""<style>{BLOCKS}
.iw-page{{border-left:6px solid #888;border-radius:4px;padding:.7em 1em .8em;margin:.4em 0;max-width:60em}}
.iw-page.iw-passed{{border-left-style:double;border-left-color:var(--iw-good)}}
.iw-page.iw-open{{border-left-style:dashed;border-left-color:var(--iw-bad)}}
.iw details.iw-whole{{margin:0}}
</style>"""
"""A page by itself."""

WIDGET = (
    f"<style>{BLOCKS}{CLOCK}"
    + """
.iw .widget-html,.iw .widget-html-content{font-size:inherit!important;line-height:inherit!important;overflow:visible;height:auto;min-height:0}
.iw .widget-html,.iw .widget-box{margin:0;overflow:visible}
.iw .widget-html,.iw .widget-html-content{min-width:0;max-width:100%}
.iw .iw-hidden{display:none!important}
.iw .iw-top{background:var(--iw-sunk);border-bottom:1px solid var(--iw-line);padding:.55em 1em .5em;align-items:stretch}
.iw-title{display:flex;flex-wrap:wrap;gap:.2em 1.4em;align-items:baseline}
.iw-title b{font-size:1.15em}
.iw .iw-timer{flex-direction:row;align-items:center;gap:.6em;margin-top:.35em}
.iw .iw-timer>.widget-html{flex:1;min-width:0}
.iw .iw-timer button{width:auto;flex:none;padding:0 .8em}
.iw .iw-columns:not(.iw-hidden){display:grid!important;grid-template-columns:repeat(auto-fit,minmax(min(100%,350px),1fr));gap:0 1.6em;padding:.8em 1em 1em}
.iw .iw-columns>.widget-box{min-width:0;gap:.25em}
.iw button{border:1px solid var(--iw-line);border-radius:4px}
.iw .iw-asks{flex-flow:row wrap;gap:.3em}
.iw .iw-ask{width:auto;height:auto;min-height:26px;white-space:normal;text-align:left;line-height:1.3;padding:.2em .7em}
.iw .iw-field{flex-direction:column!important;align-items:stretch!important;width:auto;height:auto;margin:.3em 0 .1em}
.iw .iw-field>.widget-label{width:auto!important;max-width:none!important;height:auto;text-align:left!important;white-space:normal!important;
line-height:1.35!important;display:block;color:var(--iw-soft);margin:0}
.iw .iw-field textarea{min-height:4.2em}
.iw .iw-field.widget-radio{height:auto}
.iw .iw-field .widget-radio-box{width:auto;height:auto;min-height:0;margin:0!important;padding:0}
.iw .iw-field>select,.iw .iw-field>input{flex:none;height:28px;width:100%;margin:0}
.iw .iw-field .widget-radio-box-horizontal{flex-flow:row wrap;gap:0 .3em}
.iw .widget-radio-box label{display:inline-flex!important;flex-direction:row-reverse;align-items:center;gap:.35em;width:auto;height:26px;margin:0 0 2px;padding:0 .7em 0 .5em;
border:1px solid var(--iw-line);border-radius:13px;color:var(--iw-soft);cursor:pointer}
.iw .widget-radio-box label:has(:checked){border-color:var(--iw-accent);box-shadow:inset 0 0 0 1px var(--iw-accent);color:var(--iw-ink);font-weight:700}
.iw .widget-radio-box input{margin:0!important}
.iw .iw-predict{border-top:1px solid var(--iw-line);margin-top:.6em;padding-top:.3em}
.iw .iw-row{gap:.2em .8em;flex-flow:row wrap;align-items:flex-end}
.iw .iw-row .iw-field{flex:1 1 9em}
.iw .iw-one>textarea{min-height:0;height:28px;resize:none;overflow:hidden;white-space:nowrap;font-family:inherit}
.iw .iw-must>textarea{font-size:1.12em!important;font-weight:600}.iw .iw-must>textarea::placeholder{font-weight:400}
[data-jp-theme-light="false"] .iw select{color-scheme:dark;appearance:auto;background-image:none}
.iw .iw-run{width:auto;height:34px;font-size:1.05em;font-weight:600;margin:.55em 0 0;line-height:1.2}
.iw .iw-run:disabled{background:transparent!important;color:var(--iw-soft)!important;border:1px dashed var(--iw-soft)!important;opacity:.8}
.iw button:focus-visible,.iw input:focus-visible,.iw textarea:focus-visible,.iw select:focus-visible,.iw summary:focus-visible{outline:2px solid var(--iw-accent)!important;outline-offset:2px}
.iw .iw-plan{padding:.8em 1em 1em;gap:.3em;border-bottom:1px solid var(--iw-line)}
.iw .iw-beside{padding:0 1em}.iw .iw-beside:has(.iw-none){display:none}
.iw .iw-drill{border:1px solid var(--iw-accent);border-radius:4px;padding:.4em .8em .7em;margin:.4em 0}
.iw .iw-go{width:auto;padding:0 1.2em}
.iw .iw-out{border-top:1px solid var(--iw-line);padding:.7em 1em .9em}.iw .iw-out:has(.iw-none),.iw .widget-html:has(.iw-none){display:none}
.iw .iw-right .iw-grid{width:100%}.iw .iw-right .iw-grid td{border:0!important;border-top:1px solid var(--iw-line)!important;padding:.2em 0!important}
.iw .iw-right .iw-grid td:first-child{font-weight:400;padding-right:.8em!important}
.iw .iw-right .iw-grid .iw-num{font-size:1.1em;font-weight:600;color:var(--iw-ink)}
.iw .iw-foot .iw-row{align-items:center}
.iw .iw-foot{border-top:1px solid var(--iw-line);padding:.5em 1em .8em;background:var(--iw-sunk)}
.iw .iw-foot button,.iw .iw-voice button{width:auto;padding:0 .9em}
.iw.jupyter-widgets-disconnected::before{content:"The kernel was restarted. Run this cell again: it goes on where it stood.";
display:block;position:static;align-self:stretch;box-sizing:border-box;width:auto;height:auto;max-width:none;padding:.6em 1em;font-family:inherit;font-weight:600;color:var(--iw-ink);background:var(--iw-sunk);
border-bottom:2px dashed var(--iw-bad)}
.iw.jupyter-widgets-disconnected>*{opacity:.55}
.iw .jupyter-widgets-disconnected:not(.iw)::before{display:none}
@media print{.iw button{display:none}}
.jp-OutputArea:has(.iw-live) .iw-still{display:none}
</style>"""
)
"""The widget."""

STILL = (
    "<style>.jp-OutputArea:has(.iw-still):not(:has(.iw-live)) .jp-OutputArea-output.jupyter-widgets"
    "{display:none}</style>"
)
"""With the page that stands in for the widget: hides the note that a widget of an earlier kernel is gone."""
