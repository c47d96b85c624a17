"""An instructor's round in formgrader, in Chromium: autograde by its button, grade words by the rubric, feedback, export."""

import csv
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from class_of_five import DAY, POINTS, built, grades, hand_in, hostile, page
from lab_session import CHROMIUM, FLAGS, IN_CHROMIUM, serving

from autograde.grading import ensure_assignment, nbgrader_api
from autograde.verdict_log import VerdictLog
from course.checking.seeds import ROOT

STOLEN = "() => window.stolen === undefined"
MARKED = """() => [...document.querySelectorAll('.text_cell_render *')].filter(
    each => each.className || each.id || each.getAttribute('style') || each.tagName === 'SCRIPT').map(each => each.outerHTML)"""
"""What in a learner's rendered words takes part in the page."""

pytestmark = IN_CHROMIUM


@contextmanager
def jupyter(folder: Path) -> Iterator[tuple[str, str]]:
    """JupyterLab in the repository, as an instructor starts it; its address and its token."""
    token = secrets.token_hex(8)
    homes = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        "--ServerApp.port=0",
        "--ServerApp.ip=127.0.0.1",
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={ROOT}",
    ]
    environment = os.environ | {name: str(folder / name.lower()) for name in homes}
    with serving(command, environment, ROOT) as address:
        yield address, token


def test_a_hostile_submission_is_graded_by_hand_and_harms_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from playwright.sync_api import sync_playwright

    cohort = tmp_path / "cohort"
    monkeypatch.setenv("COURSE_COHORT", str(cohort))
    hand_in(cohort, "mallory", hostile(built()))
    ensure_assignment(nbgrader_api(), DAY)
    asked: list[str] = []
    with jupyter(tmp_path) as (address, token), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        screen = browser.new_page(viewport={"width": 1400, "height": 1000})
        screen.route("**/*", lambda route: _local_only(route, address, asked))
        submissions = f"{address}/formgrader/manage_submissions/{DAY.id}"

        screen.goto(f"{address}/login?token={token}&next=/formgrader/manage_submissions/{DAY.id}")
        _press(screen, "autograde", "Successfully autograded")
        assert grades(cohort, "mallory")["day04-moved"] == (0.0, False)
        assert len(list(VerdictLog(cohort).entries())) == len(POINTS)

        screen.goto(f"{address}/formgrader/submissions/{_submission(cohort)}/")
        screen.get_by_text("For the grader").first.wait_for()
        assert screen.get_by_text("Diagnosis, with a number").first.is_visible()
        assert screen.locator("b", has_text="kept").first.is_visible()
        assert screen.evaluate(STOLEN)
        assert screen.locator("iframe").count() == 0
        assert screen.evaluate(MARKED) == []
        _sees_the_picture(screen)
        changes: list[str] = []
        screen.on("request", lambda sent: changes.append(sent.url) if sent.method != "GET" else None)
        screen.get_by_text("press me").first.click()
        screen.get_by_text("and me").first.click(
            modifiers=["Control"]
        )  # a link opens elsewhere, and leads nowhere here
        field = screen.locator(
            "input.score#day04-spoken-1, #day04-spoken-1 input.score, input#day04-spoken-1"
        ).first
        field.fill("2.5")
        with screen.expect_response(
            lambda reply: "/formgrader/api/grade" in reply.url and reply.request.method == "PUT"
        ):
            field.press("Tab")
        assert screen.evaluate(STOLEN)
        assert len(changes) == 1, (
            "the points that were typed, and nothing that a click on a learner's words did"
        )
        assert _given(cohort) == {"day04-spoken-1": 2.5}
        screen.screenshot(path=str(tmp_path / "formgrader.png"))

        screen.goto(submissions)
        _press(screen, "generate-feedback", "Successfully generated feedback")
        screen.goto(f"file://{cohort}/feedback/mallory/{DAY.id}/{DAY.slug}.html")
        assert screen.get_by_text("2.5").first.is_visible()
        assert screen.evaluate(STOLEN)
        _sees_the_picture(screen)
        browser.close()

    assert not [url for url in asked if "stolen" in url]
    assert "For the grader" not in page(cohort, "mallory")
    nbgrader = str(Path(sys.executable).with_name("nbgrader"))
    subprocess.run([nbgrader, "export"], cwd=ROOT, check=True, capture_output=True, timeout=120)
    with (cohort / "grades.csv").open(encoding="utf-8") as file:
        rows = {row["student_id"]: row for row in csv.DictReader(file)}
    assert float(rows["mallory"]["score"]) == 2.5


def _local_only(route: Any, address: str, asked: list[str]) -> None:
    url = route.request.url
    asked.append(url)
    if url.startswith((address, "file://", "data:", "blob:")):
        route.continue_()
    else:
        route.abort()


def _press(screen: Any, what: str, answer: str) -> None:
    """Press one of the icons in mallory's row, wait for the answer, and close it."""
    row = screen.locator("tr", has_text="mallory").first
    row.locator(f".{what} a").click()
    modal = screen.locator(".modal.in", has_text=answer)
    modal.wait_for(timeout=120_000)
    modal.get_by_role("button", name="Close").last.click()
    modal.wait_for(state="hidden")


def _sees_the_picture(screen: Any) -> None:
    assert screen.locator("img[alt=ring]").first.evaluate("each => each.naturalWidth") == 2


def _given(cohort: Path) -> dict[str, float]:
    """The points that somebody gave by hand."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{cohort / 'gradebook.db'}") as book:
        found = book.find_submission_notebook(DAY.slug, DAY.id, "mallory")
        return {each.name: each.manual_score for each in found.grades if each.manual_score is not None}


def _submission(cohort: Path) -> str:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{cohort / 'gradebook.db'}") as book:
        return str(book.find_submission_notebook(DAY.slug, DAY.id, "mallory").id)
