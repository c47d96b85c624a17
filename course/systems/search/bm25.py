"""BM25 in Lucene's form: how well each document fits the words of a query.

Source: Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009); the form without a factor of
k1 + 1, and with an idf that is never negative, is Lucene's (Kamphuis and others, "Which BM25 Do You Mean?", ECIR 2020).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from course.systems.search.errors import BadParameter, EmptyIndex
from course.systems.search.idf import idf

Floats = NDArray[np.float64]


def bm25_scores(
    postings: Mapping[str, tuple[Any, Any]],
    query: Sequence[str],
    lengths: Any,
    *,
    k1: float = 1.5,
    b: float = 0.75,
) -> Floats:
    """The score of every document: an array of float64 with one number for each, 0.0 where no word of ``query`` stands.

    ``postings`` gives for a word the ids of the documents that hold it, each once, in any order, and how often it stands in each
    (tf), as two arrays; ``lengths`` the number of words of each document, by id. A word adds to a document

        idf · tf / (tf + k1 · (1 − b + b · length / mean length))

    where the mean is over all documents, of which some or all may be empty, and ``idf(documents, holding)`` is given: of how many documents how many hold the word. A word that stands twice in the query adds twice; one
    that no document holds adds nothing. Raises ``EmptyIndex`` where there are no documents,
    then ``BadParameter(name, value)`` for a ``k1`` that is not 0 or more, then for a ``b`` that does not lie from 0 to 1; NaN is neither.
    Changes no array. O(documents + postings of the query's words).
    """
    sizes: Floats = np.asarray(lengths, dtype=np.float64)
    if not len(sizes):
        raise EmptyIndex
    if not k1 >= 0:
        raise BadParameter("k1", k1)
    if not 0 <= b <= 1:
        raise BadParameter("b", b)
    relative = sizes / (sizes.mean() or 1.0)
    norm = k1 * (1 - b + b * relative)
    scores = np.zeros(len(sizes))
    for word in query:
        if word in postings:
            ids, counts = postings[word]
            tf = np.asarray(counts, dtype=np.float64)
            scores[ids] += idf(len(sizes), len(tf)) * tf / (tf + norm[ids])
    return scores
