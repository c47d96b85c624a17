"""The table of 40 days. Under a second."""

import pytest

from course.syllabus import DAYS, WEEKS, NoSuchDay, find


def test_there_are_forty_days_in_eight_weeks_of_five() -> None:
    assert [day.number for day in DAYS] == list(range(1, 41))
    assert [day.week for day in DAYS] == [week for week in range(1, 9) for _ in range(5)]
    assert DAYS[35].week_title == WEEKS[7]


def test_names_derive_from_number_and_slug() -> None:
    day = DAYS[3]
    names = (day.id, day.package, day.notebook)
    assert names == ("day04", "day04_consistent_hashing", "day04/consistent_hashing.ipynb")
    assert len({day.slug for day in DAYS}) == len({day.title for day in DAYS}) == 40
    assert all(day.package.isidentifier() and day.slug == day.slug.lower() for day in DAYS)


def test_a_day_builds_only_on_earlier_days() -> None:
    assert all(earlier < day.number for day in DAYS for earlier in day.builds_on)
    assert all(list(day.builds_on) == sorted(set(day.builds_on)) for day in DAYS)


def test_each_day_fits_its_frame() -> None:
    for day in DAYS:
        assert 1 <= day.difficulty <= 5, day.id
        assert len(set(day.outcomes)) == 3, day.id
        for line in day.outcomes:
            assert line[0].islower(), line
            assert not line.endswith("."), line
            assert len(line) <= 90, line


@pytest.mark.parametrize(
    "key", [4, "4", "04", "day04", "day4", "consistent_hashing", " Day04 ", "day04_consistent_hashing"]
)
def test_a_day_is_found_by_number_id_or_slug(key: int | str) -> None:
    assert find(key).number == 4


@pytest.mark.parametrize("key", [0, 41, -1, "", "day", "day041", "ring"])
def test_what_names_no_day_is_refused_with_the_way_out(key: int | str) -> None:
    with pytest.raises(NoSuchDay, match="a number from 1 to 40, an id such as day04, or a slug"):
        find(key)


def test_a_misspelt_slug_is_answered_with_the_nearest() -> None:
    with pytest.raises(NoSuchDay, match="did you mean consistent_hashing"):
        find("consistant_hashing")
