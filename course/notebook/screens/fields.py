"""The widget's control for each knob."""

import math
from typing import Any

from course.interview.scenario import Knob
from course.interview.words import amount

SLIDER = 1000
"""A range of more whole numbers than this is typed, not slid."""
STEPS = 500
"""At least as many steps has a slider over a range that is not of whole numbers; each is a power of ten."""
RADIO = 6
"""More choices than this become a list to open."""


def control(knob: Knob, layout: Any = None) -> Any:
    """The ipywidgets control for ``knob``: a slider or a number for a range, else its choices."""
    import ipywidgets as w

    label = knob.label + (f" ({knob.unit})" if knob.unit else "")
    common = {"description": label, "value": knob.default, "layout": layout or w.Layout()}
    if knob.span is None:
        options = [(amount(choice), choice) for choice in knob.choices]
        if len(options) > RADIO:
            return w.Dropdown(options=options, **common)
        return w.RadioButtons(options=options, orientation="horizontal", **common)
    low, high = knob.span
    if knob.integer:
        kind = w.IntSlider if high - low <= SLIDER else w.BoundedIntText
        return kind(min=int(low), max=int(high), **common)
    step = 10.0 ** math.floor(math.log10((high - low) / STEPS))
    places = max(0, -math.floor(math.log10(step)))
    return w.FloatSlider(min=low, max=high, step=step, readout_format=f".{places}f", **common)
