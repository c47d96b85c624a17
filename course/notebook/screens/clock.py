"""The clock of a round on a screen.

It is drawn and kept running by the browser alone: its numbers and its phases are animations that start as far along as
the round is, so no thread ticks in the kernel.
"""

from html import escape

from course.interview.clock import PHASES, SECONDS, Clock, phase_at


def clock_html(clock: Clock, now: float) -> str:
    """The clock at ``now``: minutes and seconds, and the phases with a mark that moves through them."""
    elapsed = clock.elapsed(now)
    minutes = SECONDS // 60
    if not clock.running and not elapsed:
        return f'<div class="iw-clock"><span class="iw-quiet">A real round is {minutes} minutes. The clock is yours to start.</span></div>'
    state = "running" if clock.running else "paused"
    segments, start = [], 0
    for phase in PHASES:
        length = 60 * phase.minutes
        segments.append(
            f'<li style="--iw-d:{length}s;--iw-b:{start - elapsed:.1f}s;flex-grow:{phase.minutes}" '
            f'title="{escape(phase.due)}">{escape(phase.name)} <small>{phase.minutes}′</small></li>'
        )
        start += length
    current = phase_at(elapsed)
    said = f"{int(elapsed // 60)} of {minutes} minutes, {current.name if current else 'over'}"
    behind = f"{-elapsed:.1f}s"
    time = (
        f'<span class="iw-digits" style="animation-delay:{behind},{behind}"></span>'
        if current
        else "time is over"
    )
    paused = "" if clock.running or not current else ", paused"
    return (
        f'<div class="iw-clock iw-{state}" role="timer" aria-label="{said}"><b class="iw-time">{time}'
        f'<small> of {minutes}:00{paused}</small></b><ol class="iw-phases">{"".join(segments)}</ol></div>'
    )


def stopwatch_html(elapsed: float | None, seconds: int, running: bool = True) -> str:
    """How long something has taken of its ``seconds``, counted on by the browser while ``running``; None where it has not
    begun."""
    of_all = f"of {seconds // 60}:{seconds % 60:02d}"
    if elapsed is None:
        return f'<div class="iw-clock"><span class="iw-quiet">The clock is yours to start: it counts {of_all[3:]}.</span></div>'
    behind = f"{-elapsed:.1f}s"
    return (
        f'<div class="iw-clock iw-{"running" if running else "paused"}" role="timer" aria-label="{of_all}"><b class="iw-time">'
        f'<span class="iw-digits" style="animation-delay:{behind},{behind}"></span><small> {of_all}</small></b></div>'
    )


CLOCK = """
@property --iw-m{syntax:"<integer>";inherits:false;initial-value:0}
@property --iw-s{syntax:"<integer>";inherits:false;initial-value:0}
@keyframes iw-minutes{from{--iw-m:0}to{--iw-m:ALL}}
@keyframes iw-seconds{from{--iw-s:0}to{--iw-s:60}}
@keyframes iw-fill{from{width:0}to{width:100%}}
@keyframes iw-phase{from,to{color:var(--iw-ink);font-weight:700}}
.iw-clock{display:flex;align-items:center;gap:1em;min-height:2em}
.iw-time{flex:none;font-variant-numeric:tabular-nums;font-size:1.15em}.iw-time small{font-weight:400;font-size:.78em}
.iw-digits{--iw-m:0;--iw-s:0;counter-reset:iw-m var(--iw-m) iw-s var(--iw-s);
animation:iw-minutes ALLSECs steps(ALL) forwards,iw-seconds 60s steps(60) ALL}
.iw-digits::after{content:counter(iw-m,decimal-leading-zero)":"counter(iw-s,decimal-leading-zero)}
.iw-phases{display:flex;flex-wrap:wrap;flex:1;min-width:0;list-style:none;margin:0!important;padding:0!important;gap:2px 4px}
.iw-phases li{position:relative;flex:1 0 auto;border-top:4px solid var(--iw-line);padding:2px .4em 0 0;font-size:.88em;line-height:1.25;
white-space:nowrap;animation:iw-phase var(--iw-d) linear var(--iw-b)}
.iw-phases li::before{content:"";position:absolute;left:0;top:-4px;height:4px;background:var(--iw-accent);
animation:iw-fill var(--iw-d) linear var(--iw-b) both}
.iw-paused .iw-digits,.iw-paused li,.iw-paused li::before{animation-play-state:paused!important}
""".replace("ALLSEC", str(SECONDS)).replace("ALL", str(SECONDS // 60))
"""Its style."""
