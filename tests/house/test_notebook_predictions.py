"""Predictions: locked before running, kept, and set beside what was measured. Three seconds."""

import math
from pathlib import Path
from typing import Any

import pytest

from course.notebook import calibration, predict, reveal
from course.notebook.predictions import Prediction, outcomes


def said(capsys: Any) -> str:
    return str(capsys.readouterr().out)


def kept(work: Path) -> str:
    path = work / ".course" / "predictions.jsonl"
    return path.read_text() if path.exists() else ""


def test_the_first_guess_stands(work: Path, capsys: Any) -> None:
    assert predict("day04", "share", 0.5, between=(0, 1)).value == 0.5
    assert said(capsys) == "locked: share = 0.5\n"
    assert predict("day04", "share", 0.02, between=(0, 1)).value == 0.5
    assert "Your first prediction stands; 0.02 came after it" in said(capsys)
    assert predict("day04", "share", 0.5).value == 0.5
    assert said(capsys) == "locked: share = 0.5\n"
    assert predict("day04", "share", None).value == 0.5
    assert kept(work).count("\n") == 1


def test_guesses_are_kept_apart_by_day_and_name(work: Path) -> None:
    values = [
        predict(day, name, guess).value
        for day, name, guess in [("day04", "a", 1), ("day04", "b", 2), ("day05", "a", 3)]
    ]
    assert values == [1, 2, 3]


@pytest.mark.parametrize(
    "guess", [2, -0.1, math.nan, math.inf, "0.5", True, [0.5], 1j, b"1", 10**400, object()]
)
def test_what_is_no_number_in_range_is_no_guess(guess: object, work: Path, capsys: Any) -> None:
    assert predict("day04", "share", guess, between=(0, 1)).value is None
    assert "is no prediction: write a number from 0 to 1 after `guess =` and run this cell again" in said(
        capsys
    )
    assert kept(work) == ""
    assert predict("day04", "share", 1, between=(0, 1)).value == 1


def test_a_choice_is_locked_like_a_number(work: Path, capsys: Any) -> None:
    ask = {"choices": ["the cache", "the database"]}
    assert predict("day04", "breaks first", "the disk", **ask).value is None  # type: ignore[arg-type]
    assert 'write one of "the cache", "the database"' in said(capsys)
    prediction = predict("day04", "breaks first", " The Cache ", **ask)  # type: ignore[arg-type]
    assert prediction.value == "the cache"
    said(capsys)
    reveal(prediction, "the database")
    assert said(capsys).splitlines()[-1] == "  not what you predicted"
    reveal(prediction, "the cache")
    assert said(capsys).splitlines()[-1] == "  as you predicted"
    assert outcomes() == []


def test_without_a_guess_there_is_one_line_and_no_picture(work: Path, capsys: Any) -> None:
    drawn: list[Prediction] = []
    prediction = predict("day04", "share", None, between=(0, 1))
    assert (
        said(capsys)
        == "no prediction yet: write a number from 0 to 1 after `guess =` and run this cell again\n"
    )
    reveal(prediction, 0.02, plot=drawn.append)
    assert said(capsys) == "no prediction, no picture: predict “share” first, then run this cell again\n"
    assert drawn == []
    assert kept(work) == ""


@pytest.mark.parametrize(
    ("guess", "measured", "verdict"),
    [
        (0.5, 0.025, "missed by ×20, too high"),
        (0.025, 0.5, "missed by ×20, too low"),
        (0.5, 0.5, "exactly what you predicted"),
        (100, 100.5, "within 1%"),
        (0, 3, "missed by 3 ms, too low"),
        (-2, 3, "missed by 5 ms, too low"),
        (5, 0, "missed by 5 ms, too high"),
        (5, math.inf, "too low"),
        (1e300, 1e-300, "missed by ×1.15e+18, too high"),
    ],
)
def test_a_miss_is_a_factor_where_there_is_one(
    guess: float, measured: float, verdict: str, work: Path, capsys: Any
) -> None:
    drawn: list[Prediction] = []
    reveal(predict("day04", "p99", guess, unit="ms"), measured, plot=drawn.append)
    assert said(capsys).splitlines()[-1] == f"  {verdict}"
    assert [prediction.value for prediction in drawn] == [guess]


def test_prediction_and_measurement_stand_one_below_the_other(work: Path, capsys: Any) -> None:
    prediction = predict("day04", "cost", 12000, unit="$/h")
    said(capsys)
    reveal(prediction, 2500.4)
    assert (
        said(capsys) == "cost\n  predicted  12,000 $/h\n  measured   2,500 $/h\n  missed by ×4.8, too high\n"
    )


def test_a_measurement_is_kept_once_and_the_last_one_counts(work: Path) -> None:
    prediction = predict("day04", "share", 0.5)
    for measured in (0.25, 0.25, 0.125):
        reveal(prediction, measured)
    assert kept(work).count("measured") == 2
    (outcome,) = outcomes()
    assert outcome.log_ratio == 2


@pytest.mark.parametrize("variable", ["NBGRADER_EXECUTION", "COURSE_GATE"])
def test_where_no_learner_works_nothing_is_locked_or_written(
    variable: str, work: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv(variable, "1")
    assert [predict("day04", "share", guess).value for guess in (0.5, 0.7, None, "x")] == [
        0.5,
        0.7,
        None,
        None,
    ]
    assert said(capsys) == ""
    drawn: list[Prediction] = []
    reveal(predict("day04", "share", 0.7), 0.1, plot=drawn.append)
    assert len(drawn) == 1
    assert not (work / ".course").exists()


@pytest.mark.parametrize("axis", ["x", "y"])
@pytest.mark.parametrize("guess", [0.0, 0.5, 1.0])
def test_the_label_of_the_guess_covers_no_curve(axis: str, guess: float) -> None:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    canvas, axes = FigureCanvasAgg(figure), figure.add_subplot()
    axes.plot([0, 1], [0, 1])
    axes.set(xlabel="what it costs", title="A finding")
    Prediction("day04", "share", guess).mark(axes, axis)
    canvas.draw()
    label = axes.texts[0].get_window_extent()
    for other in (axes.bbox, axes.xaxis.label.get_window_extent(), axes.title.get_window_extent()):
        assert not label.overlaps(other)
    assert not any(label.overlaps(tick.get_window_extent()) for tick in axes.get_xticklabels())
    assert all(edge >= 0 for edge in (label.x0, label.y0))
    assert label.x1 <= figure.bbox.x1


@pytest.mark.parametrize("axis", ["x", "y"])
def test_the_picture_marks_the_guess(axis: str) -> None:
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    Prediction("day04", "share", 0.5, "ms").mark(axes, axis)
    assert [text.get_text().split() for text in axes.texts] == [["your", "prediction:", "0.5", "ms"]]
    assert len(axes.lines) == 1
    Prediction("day04", "which", "the cache").mark(axes, axis)
    assert len(axes.lines) == 1


def test_the_calibration_chart_states_what_the_misses_have_in_common(work: Path) -> None:
    assert (
        calibration().text() == "no prediction has been measured yet: the first comes with section 2 of a day"
    )
    assert set(calibration()._repr_mimebundle_()) == {"text/plain"}
    for name, guess in [("a", 2), ("b", 8), ("c", 0.5), ("d", 1)]:
        reveal(predict("day04", name, guess), 1)
    chart = calibration()
    assert chart.finding == "half of 4 predictions are within ×2: 2 too high, 1 too low"
    assert "day 4 · b" in chart.text()
    assert chart.text().splitlines()[-1].endswith("exact")
    page = chart._repr_mimebundle_()["text/html"]
    assert 'alt="Half of 4 predictions are within ×2: 2 too high, 1 too low' in page
    assert 'src="data:image/png;base64,iVBOR' in page


def test_the_chart_draws_extreme_misses_and_long_names(work: Path) -> None:
    for at in range(40):
        reveal(predict("day99", f"{at} {'long ' * 30}", 10.0 ** (at * 7 - 140)), 1)
    assert len(calibration().outcomes) == 40
    assert len(calibration().figure().axes[0].texts) == 30
