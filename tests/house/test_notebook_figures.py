"""Figures as a notebook shows them: pixels, texts, and the data in a fold. Three seconds."""

import base64
import io
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from learner_room import code, write_notebook
from nbclient import NotebookClient
from PIL import Image

from course.notebook.figures import ROWS, bundle, finding


@pytest.fixture
def figure() -> Any:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 3), dpi=80)
    axes = figure.add_subplot()
    axes.plot([1, 2, 4], [1, 0.5, 0.25], label="measured")
    axes.plot([1, 2, 4], [1, 0.71, 1234.5], label="1/√n <b>")
    axes.plot([10, 20, 30, 40], [1, 2, 3, 4])
    axes.axhline(0.5)
    axes.set(xlabel="points", ylabel="share & more")
    axes.set_title("Four times the points halve it", loc="left")
    return figure


def test_the_picture_has_twice_the_pixels_of_its_place(figure: Any) -> None:
    page = bundle(figure)["text/html"]
    data, width = re.findall(r'base64,([^"]+)" alt="[^"]+" width="(\d+)"', page)[0]
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert abs(picture.width - 2 * int(width)) <= 1
        assert 340 < int(width) < 440
        assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_its_text_is_its_finding_and_what_is_drawn(figure: Any) -> None:
    assert finding(figure) == "Four times the points halve it: share & more against points"
    assert (
        'alt="Four times the points halve it: share &amp; more against points"' in bundle(figure)["text/html"]
    )
    figure.suptitle("The whole")
    assert finding(figure).startswith("The whole. Four times")
    figure.clear()
    assert finding(figure) == "a plot without a title"


def test_its_data_stand_in_a_fold_and_marks_do_not(figure: Any) -> None:
    page = bundle(figure)["text/html"]
    assert re.findall(r'<th scope="col">([^<]+)</th>', page) == [
        "points",
        "measured",
        "1/√n &lt;b&gt;",
        "points",
        "share &amp; more",
    ]
    assert "<tr><td>4</td><td>0.25</td><td>1,234</td></tr>" in page
    assert page.count("<details>") == 1
    assert "4 · 0.25 · 1,234" in bundle(figure)["text/plain"]


def test_a_long_line_is_thinned(figure: Any) -> None:
    figure.axes[0].plot(range(10 * ROWS), range(10 * ROWS), label="long")
    assert bundle(figure)["text/html"].count("<tr>") < 2 * ROWS + 20


def test_a_kernel_shows_its_figures_so_and_a_day_that_draws_nothing_loads_no_matplotlib(work: Path) -> None:
    import nbformat

    path = work / "day04" / "consistent_hashing.ipynb"
    draw = (
        "import matplotlib.pyplot as plt\n\nplt.plot([1, 2, 3], [3, 2, 1])\nplt.title('It falls')\nplt.show()"
    )
    loaded = (
        "from course.notebook import start\n\nstart('day04')\nimport sys\n'matplotlib.figure' in sys.modules"
    )
    write_notebook(path, [code(loaded), code(draw)])
    client = NotebookClient(
        nbformat.read(path, as_version=4), timeout=60, resources={"metadata": {"path": str(path.parent)}}
    )
    first, second = client.execute().cells
    assert first.outputs[-1].data["text/plain"] == "False"
    [shown] = second.outputs
    assert set(shown.data) == {"text/html", "text/plain"}
    assert 'alt="It falls"' in shown.data["text/html"]
    assert "data:image/png" in shown.data["text/html"]


def test_importing_the_notebook_package_loads_no_matplotlib() -> None:
    line = "import sys, course.notebook; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", line]).returncode == 0
