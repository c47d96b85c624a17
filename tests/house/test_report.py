"""A report scores, merges, hides and shows itself as decided."""

import pytest

from course.checking.report import LIMIT, NOT_WRITTEN, Claim, Finding, Report, not_written

BAD = Finding("off", "case", "1", "2", "likely this", "try that")


def report(*claims: Claim, points: float = 4.0) -> Report:
    return Report("check_x", claims, points)


def test_score_is_the_weighted_share_of_the_points() -> None:
    assert report(Claim("a", 3), Claim("b", 1, BAD)).score == 3.0
    assert report(Claim("a", 1), Claim("b", 1), Claim("c", 1, BAD)).score == 2.67
    assert report(Claim("a")).score == 4.0
    assert report().score == 0.0


def test_one_unwritten_function_makes_the_whole_check_nothing() -> None:
    assert report(Claim("a", 5), Claim("b", 1, not_written(["Ring.add"]))).score == 0.0


def test_both_halves_must_pass_claim_by_claim() -> None:
    public = report(Claim("a"), Claim("b"), Claim("c", 1, BAD))
    hidden = report(Claim("a"), Claim("b", 1, BAD, hint="think of ties"), Claim("c"))
    merged = public.merged(hidden)
    assert [claim.passed for claim in merged.claims] == [True, False, False]
    assert merged.score == 1.33


def test_a_claim_that_the_hidden_half_does_not_judge_fails() -> None:
    merged = report(Claim("a"), Claim("b")).merged(report(Claim("a")))
    assert [claim.passed for claim in merged.claims] == [True, False]


def test_a_hidden_finding_shows_claim_kind_and_hint_only() -> None:
    secret = Finding(
        "off", "lookup('seed-4711')", "secret-expected", "secret-got", "secret-likely", "secret-next"
    )
    merged = report(Claim("ties are stable")).merged(
        report(Claim("ties are stable", 1, secret, hint="think of ties"))
    )
    shown = merged.text() + merged.html() + merged.redacted().text()
    assert "secret" not in shown
    assert "4711" not in shown
    assert "think of ties" in shown


def test_learner_text_is_cut_and_escaped() -> None:
    found = Finding("k", "<script>alert(1)</script>", got="x" * 10_000)
    assert len(found.got) == LIMIT
    html = report(Claim("a", 1, found)).html()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


def test_under_nbgrader_the_plain_text_is_the_score_and_the_card_is_redacted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    bundle = report(Claim("a"), Claim("b", 1, BAD))._repr_mimebundle_()
    assert bundle["text/plain"] == "2"
    assert "likely this" not in bundle["text/html"]


def test_the_card_reads_without_colour() -> None:
    text = report(Claim("a"), Claim("b", 1, BAD)).text()
    assert "[pass] a" in text
    assert "[open] b" in text
    assert text.splitlines()[:5] == [
        "case",
        "  expected  1",
        "  got       2",
        "  likely    likely this",
        "  try       try that",
    ]


def test_what_stands_between_backquotes_is_shown_as_code_and_values_are_code() -> None:
    found = Finding("k", "`load` with <b>", "[`1`]", "a < b", "`x < y` is read twice", "print(`ring`)")
    html = report(Claim("only in `after`", 1, found), points=5).html()
    assert "<code>load</code> with &lt;b&gt;" in html
    assert "<td><code>[`1`]</code></td>" in html
    assert "<td><code>a &lt; b</code></td>" in html
    assert "<code>x &lt; y</code> is read twice" in html
    assert "only in <code>after</code>" in html
    assert "`" not in html.replace("[`1`]", "").split("<style>")[0]


def test_a_public_verdict_gives_points_up_to_and_a_whole_one_gives_them() -> None:
    public = report(Claim("a"), Claim("b", 1, BAD))
    assert "up to 2 of 4 points" in public.text()
    assert "up to" not in public.merged(public).text()
    assert "· 0 of 4 points" in report(Claim("b", 1, BAD)).text()


def test_a_finding_that_is_no_secret_survives_redaction_and_the_log() -> None:
    kept = Finding("k", "round 2 is not played yet", got="0.7", secret=False)
    whole = report(Claim("a", 1, kept), Claim("b", 1, BAD))
    shown = Report.from_data(whole.as_data()).redacted().text()
    assert "round 2 is not played yet" in shown
    assert "0.7" in shown
    assert "likely this" not in shown


def test_not_written_names_every_function() -> None:
    finding = not_written(["Ring.add", "Ring.lookup"])
    assert finding.kind == NOT_WRITTEN
    assert finding.case == "Ring.add is not written yet (nor Ring.lookup)"
