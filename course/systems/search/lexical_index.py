"""An inverted index: from a word to the documents that hold it, and from a phrase, and from the letters that a word begins with."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from course.systems.search.analysis import analyse
from course.systems.search.errors import EmptyQuery
from course.systems.search.intersect import intersect
from course.systems.search.phrases import phrase_match
from course.systems.search.postings import PostingList
from course.systems.search.reader import Reader


class LexicalIndex:
    """Documents by the words in them. ``terms`` is the dictionary, sorted; ``lists`` holds a posting list for each."""

    def __init__(self, documents: Iterable[str], block: int = 64) -> None:
        found: dict[str, list[tuple[int, list[int]]]] = {}
        for doc, text in enumerate(documents):
            for position, term in enumerate(analyse(text)):
                postings = found.setdefault(term, [])
                if not postings or postings[-1][0] != doc:
                    postings.append((doc, []))
                postings[-1][1].append(position)
        self.terms = sorted(found)
        self.lists = {term: PostingList.encode(found[term], block) for term in self.terms}
        self.reader = Reader()

    def search_all(self, words: str) -> list[int]:
        """The documents with all of these words, anywhere."""
        terms = analyse(words)
        return self._holding(terms)

    def phrase(self, words: str) -> list[int]:
        """The documents with these words next to each other, in this order."""
        terms = analyse(words)
        docs = self._holding(terms)
        places = {term: self._positions(term, docs) for term in set(terms)} if docs else {}
        return [doc for doc in docs if phrase_match([places[term][doc] for term in terms])]

    def prefix(self, letters: str) -> list[int]:
        """The documents with a word that begins with these letters; they are one word's beginning."""
        terms = analyse(letters)
        if not terms:
            raise EmptyQuery
        start, docs = terms[-1], set[int]()
        for at in range(bisect_left(self.terms, start), len(self.terms)):
            if not self.terms[at].startswith(start):
                break
            docs.update(self._ids(self.lists[self.terms[at]]))
        return sorted(docs)

    def _holding(self, terms: Sequence[str]) -> list[int]:
        if not terms:
            raise EmptyQuery
        if any(term not in self.lists for term in terms):
            return []
        return intersect([self.lists[term] for term in set(terms)], self.reader)

    def _ids(self, postings: PostingList) -> list[int]:
        return [doc for number in range(len(postings.firsts)) for doc in postings.ids(number, self.reader)]

    def _positions(self, term: str, docs: Sequence[int]) -> dict[int, list[int]]:
        """Where the term stands in each of ``docs``: the blocks that hold one of them are read, once each."""
        postings, found, wanted = self.lists[term], dict[int, list[int]](), set(docs)
        ends = [*postings.firsts[1:], docs[-1] + 1]
        for number, (first, end) in enumerate(zip(postings.firsts, ends, strict=True)):
            at = bisect_left(docs, first)
            if at < len(docs) and docs[at] < end:
                ids = postings.ids(number, self.reader)
                for doc, places in zip(ids, postings.positions(number, self.reader), strict=True):
                    if doc in wanted:
                        found[doc] = places
        return found
