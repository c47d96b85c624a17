"""`StreamScorer`: the score of a response that has not ended yet, and the text that may be shown so far."""

from collections import deque
from collections.abc import Sequence

from course.systems.safety.errors import StreamClosedError
from course.systems.safety.response_filter import ResponseSafetyFilter
from course.systems.safety.rules import StreamRule
from course.systems.safety.runner import DirectRunner, RuleRunner, judge_rule
from course.systems.safety.stream_words import Release, split_words, windows_of


class StreamScorer:
    """Scores one streamed response word by word; lets text out ``hold_back`` words late.

    ``rules`` have a ``window``: the number of words that they need to see at once. What was
    shown cannot be taken back, so ``hold_back`` is the widest window less one by default: then
    no word of a run that blocks the stream is ever shown. With fewer words held back, text
    comes sooner and the beginning of such a run leaks. The stream is blocked for good when
    the score falls below ``threshold``.

    ``worst`` maps each rule's name to its lowest score so far, ``words`` counts complete
    words, ``faults`` names the rules that failed (they score 0). Raises
    ``UnboundedRuleError`` for a rule without a window.
    """

    def __init__(
        self,
        rules: Sequence[StreamRule],
        strictness: str = "strict",
        threshold: float = 0.5,
        *,
        hold_back: int | None = None,
        runner: RuleRunner | None = None,
    ) -> None:
        self.rules = tuple(rules)
        self.windows = windows_of(self.rules)  # rule name -> words
        widest = max(self.windows.values(), default=1)
        self.threshold = threshold
        self.hold_back = widest - 1 if hold_back is None else hold_back
        self.runner = DirectRunner() if runner is None else runner
        self.worst = {rule.name: 1.0 for rule in self.rules}
        self.faults: dict[str, str] = {}
        self.score = 1.0
        self.words = 0
        self.blocked = False
        self.finished = False
        self._filter = ResponseSafetyFilter(strictness=strictness)
        self._recent: deque[str] = deque(maxlen=widest)  # the newest words, oldest first
        self._held: deque[str] = deque()  # judged, not yet shown, oldest first
        self._partial = ""  # the start of a word whose end has not come

    def rule_says(self, rule: StreamRule, run: str) -> float:
        """``rule``'s score of ``run``; a rule that fails scores 0 and is put in ``self.faults``."""
        score, reason = judge_rule(rule, run, self.runner)
        if reason:
            self.faults[rule.name] = reason
        return score

    def judge_word(self, word: str) -> float:
        """Take in one complete ``word`` and return the score so far, which is also ``self.score``.

        Each rule judges, once, the run of the last ``self.windows[rule.name]`` words that ends
        with this one (fewer at the start), joined as they came: ``self.rule_says(rule, run)``.
        Its lowest score so far is ``self.worst[rule.name]``. The score so far is what
        ``self._filter.combine`` makes of the rules' lowest, in the order of the rules: what was
        unsafe stays unsafe, however much good text follows. ``self.words`` counts the words.

        One evaluation a rule, of at most its window: linear in the stream, where scoring all the
        text so far at each word is quadratic. O(rules × widest window) a word.
        """
        self.words += 1
        self._recent.append(word)
        for rule in self.rules:
            run = "".join(list(self._recent)[-self.windows[rule.name] :])
            self.worst[rule.name] = min(self.worst[rule.name], self.rule_says(rule, run))
        self.score = self._filter.combine(list(self.worst.values()))
        return self.score

    def feed(self, chunk: str) -> Release:
        """Take the next ``chunk`` of the stream: a piece of a word, several words, or nothing.

        Returns ``Release(text, score, blocked)``: the words that this chunk sets free, joined as
        they came; the score so far; whether the stream is blocked. However a stream is cut into
        chunks, the same words come out and the score is the same: ``split_words(text)`` says
        which words are complete, and what is not waits in ``self._partial``.

        Each complete word is judged. It is set free once ``self.hold_back`` words after it have
        been judged as well; until then it waits in ``self._held``. The first word at which the
        score so far falls below ``self.threshold`` blocks the stream for good: neither it nor
        what is held is ever shown, nothing after it is judged, and nothing is kept (``_held`` and
        ``_partial`` are empty). What the same chunk set free before it is released all the same.

        Raises ``StreamClosedError(self.words)`` if ``self.finished``, whatever the chunk, blocked
        or not. Memory: O(widest window + hold_back) words.
        """
        if self.finished:
            raise StreamClosedError(self.words)
        free: list[str] = []
        if not self.blocked:
            words, self._partial = split_words(self._partial + chunk)
            for word in words:
                if self.judge_word(word) < self.threshold:
                    self.blocked = True
                    self._held.clear()
                    self._partial = ""
                    break
                self._held.append(word)
                if len(self._held) > self.hold_back:
                    free.append(self._held.popleft())
        return Release("".join(free), self.score, self.blocked)

    def finish(self) -> Release:
        """End the stream: judge its last word; release all that is held, unless it is blocked."""
        last = self.feed("\n")  # white space, so that the last word is complete
        self.finished = True
        if self.blocked:
            return Release(last.text, self.score, True)
        rest = "".join(self._held) + self._partial[:-1]
        self._held.clear()
        return Release(last.text + rest, self.score, False)
