"""The harvested text and its embeddings: real, repeatable, offline."""

import sys
from pathlib import Path

import numpy as np

from datasets.docstring_sample import ROWS, sample
from datasets.docstrings import MIN_CHARACTERS, Docstring, harvest
from datasets.word_vectors import DIM, embed, words_of


def test_a_harvest_is_repeatable_without_double_texts_and_imports_nothing() -> None:
    before = set(sys.modules)
    small, again, larger = harvest(150), harvest(150), harvest(300)
    assert small == again == larger[:150]
    assert len({entry.text for entry in larger}) == 300
    assert min(len(entry.text) for entry in larger) >= MIN_CHARACTERS
    assert {name.split(".")[0] for name in set(sys.modules) - before} <= set(sys.stdlib_module_names)
    assert len({entry.name.split(".")[0] for entry in larger}) >= 3, (
        "a mixed sample, not one package's first files"
    )


def test_a_missing_package_is_passed_over() -> None:
    assert harvest(packages=("no_such_package_here",)) == []
    assert harvest(5, packages=("numpy", "no_such_package_here")) == harvest(5, packages=("numpy",))


def test_the_cache_is_read_and_a_broken_or_unwritable_one_is_survived(tmp_path: Path) -> None:
    first = harvest(20, packages=("numpy",), cache=tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_text('[{"name": "planted", "text": "planted"}]', encoding="utf-8")
    assert harvest(20, packages=("numpy",), cache=tmp_path) == [Docstring("planted", "planted")]
    kept.write_text('[{"name"', encoding="utf-8")
    assert harvest(20, packages=("numpy",), cache=tmp_path) == first
    blocked = tmp_path / "a file"
    blocked.write_text("", encoding="utf-8")
    assert harvest(20, packages=("numpy",), cache=blocked) == first


def test_an_embedding_has_length_one_and_unknown_text_has_none() -> None:
    rows = embed(["Sort the array in place.", "SORT THE ARRAY in place .", "ქართული ☃", "", "x" * 5000])
    assert rows.shape == (5, DIM)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1)[:2], 1.0, rtol=1e-5)
    np.testing.assert_allclose(rows[0], rows[1], rtol=1e-5)
    assert not rows[2:].any()
    assert embed([]).shape == (0, DIM)


def test_neighbours_in_the_embedding_are_about_the_same_thing() -> None:
    """Known-item search: the first line of a docstring finds the rest of it, far better than chance (10 in about 900)."""
    pairs = []
    for entry in harvest(1500):
        line, _, rest = entry.text.partition("\n")
        if len(line) >= 30 and len(rest.strip()) >= 200:
            pairs.append((line, rest.strip()[:1000]))
    scores = embed([line for line, _ in pairs]) @ embed([rest for _, rest in pairs]).T
    ranks = (scores > np.diag(scores)[:, None]).sum(axis=1)
    assert len(pairs) > 600
    assert (ranks < 10).mean() > 0.4


def test_the_fixed_sample_is_of_length_one_and_has_honest_near_duplicates() -> None:
    rows = sample()
    assert rows.shape == (ROWS, DIM)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, rtol=1e-3)
    squared = 2 - 2 * rows.astype(np.float64) @ rows.T
    np.fill_diagonal(squared, np.inf)
    share = (squared.min(axis=1) < 0.04).mean()
    assert 0.03 < share < 0.1, "the card says so, and day 18's door is set against it"


def test_words_are_lower_case_runs_digits_and_signs() -> None:
    assert words_of("Return x_1[:, 23] é") == ["return", "x", "_", "1", "[", ":", ",", "2", "3", "]", "é"]
