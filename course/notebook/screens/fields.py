"""The widget's control for each knob."""

import math
from typing import Any

from course.interview.scenario import Knob
from course.interview.words import amount

STEPS = 500
"""At least as many steps has a number over a range that is not of whole numbers; each is a power of ten."""
RADIO = 6
"""More choices than this become a list to open."""


def control(knob: Knob, layout: Any = None) -> Any:
    """The ipywidgets control for ``knob``: a number for a range, else its choices.

    No slider: a browser gives ipywidgets' sliders no name, so that a screen reader could not tell one from another.
    """
    import ipywidgets as w

    label = knob.label + (f" ({knob.unit})" if knob.unit else "")
    common = {"value": knob.default, "layout": layout or w.Layout()}
    if knob.span is None:
        options = [(amount(choice), choice) for choice in knob.choices]
        if len(options) > RADIO:
            return w.Dropdown(options=options, description=label, **common)
        return w.RadioButtons(options=options, orientation="horizontal", description=label, **common)
    low, high = knob.span
    common["description"] = f"{label}, {amount(low)} to {amount(high)}"
    if knob.integer:
        return w.BoundedIntText(min=int(low), max=int(high), **common)
    step = 10.0 ** math.floor(math.log10((high - low) / STEPS))
    return w.BoundedFloatText(min=low, max=high, step=step, **common)
