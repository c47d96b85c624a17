"""What each suite costs: processor seconds by folder of tests, printed at the end of a run, with a ceiling for each.

Seconds of a processor and not of a clock, so that a busy machine changes little; those of processes that a test has
waited for count. On CI (``CI`` is set) a suite above its ceiling in pyproject.toml fails the run, and so does one that a run
of everything has left out.
"""

import os
import resource
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SPENT = "suite seconds"
spent: Counter[str] = Counter()
"""In this process, and in the controller of several: of all."""


def ceilings() -> dict[str, float]:
    """The most that each suite may take at forty days, from ``[tool.suite-seconds]``."""
    settings = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    return dict(settings["tool"]["suite-seconds"])


def too_long(seconds: "Counter[str]", most: dict[str, float]) -> list[str]:
    """The suites above their ceilings; one without a ceiling is above it."""
    return sorted(suite for suite in seconds if seconds[suite] > most.get(suite, 0))


def absent(config: pytest.Config, seconds: "Counter[str]", most: dict[str, float]) -> list[str]:
    """The suites that a run of everything has left out, as a folder that pytest passes over by its name."""
    everything = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    return sorted(most.keys() - seconds.keys()) if everything else []


def processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    before = processor_seconds()
    done = yield
    spent[item.path.relative_to(HERE).parts[0]] += processor_seconds() - before
    return done


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[SPENT] = dict(spent)
    elif os.environ.get("CI") and session.exitstatus == 0:
        most = ceilings()
        if too_long(spent, most) or absent(session.config, spent, most):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    spent.update(getattr(node, "workeroutput", {}).get(SPENT, {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    most = ceilings()
    terminalreporter.section("processor seconds by suite", sep="-")
    for suite, seconds in sorted(spent.items()):
        above = "  ABOVE ITS CEILING" if suite in too_long(spent, most) else ""
        terminalreporter.line(f"{suite:<16}{seconds:7.0f} of {most.get(suite, 0):5.0f}{above}")
    for suite in absent(config, spent, most):
        terminalreporter.line(f"{suite:<16} NOT RUN")
    terminalreporter.line(f"{'all':<16}{sum(spent.values()):7.0f} of {sum(most.values()):5.0f}")
