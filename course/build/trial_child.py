"""The child's side of :mod:`course.build.trial`: runs of cells, each in a fork of an interpreter that holds nothing yet.

Run by its path, so that no part of the course is imported before a job says from where. Jobs come as JSON lines on
standard input; each is answered with a line when its fork has ended. What happens in it is written as JSON lines to the
file that the job names, each at once, so that a crash or a hang leaves a trace of where it happened.
"""

import ast
import importlib
import json
import linecache
import os
import re
import resource
import select
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any


class _Job:
    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        self.events = open(data["events"], "w", encoding="utf-8")  # noqa: SIM115  # open until the process ends

    def say(self, **event: object) -> None:
        self.events.write(json.dumps(event) + "\n")
        self.events.flush()

    def look_in(self, folder: str) -> None:
        """Take the course from ``folder``, with the day's room from where the job says."""
        for name in [name for name in sys.modules if name.split(".")[0] in ("course", "datasets")]:
            del sys.modules[name]
        sys.path[0] = folder
        importlib.invalidate_caches()

    def look_in_rooms(self) -> None:
        import course.days

        course.days.__path__[:] = [self.data["rooms"]]

    def module(self, name: str) -> Any:
        """A module of the day's room."""
        return importlib.import_module(f"{self.data['package']}.{name}")


# ── runs ────────────────────────────────────────────────────────────────────────────────────────────────


def notebook(job: _Job) -> None:
    """Run every cell in order, whatever the ones before raised."""
    job.look_in_rooms()
    shell = _shell()
    for cell in job.data["cells"]:
        _run(shell, job, cell)


def both(job: _Job) -> None:
    """Run the released notebook and, in a fork with files of its own, the key.

    What the two share, before the first exercise, is run once, as a learner would. The key has a guess there: the cell that
    makes it, and each that uses a name made by one of them, it runs itself."""
    job.look_in_rooms()
    shell, key = _shell(), job.data["key"]
    shared, own = job.data["shared"], _own(job.data["cells"], key["cells"], job.data["shared"])
    ran = [_run(shell, job, cell) for cell in job.data["cells"][:shared]]
    kept = [event for place, event in enumerate(ran) if place not in own]

    def rest(fork: _Job) -> None:
        for event in kept:
            fork.say(**event)
        for place, cell in enumerate(key["cells"]):
            if place >= shared or place in own:
                _run(shell, fork, cell)

    for name in ("folder", "state"):
        if os.path.isdir(job.data[name]):
            shutil.copytree(job.data[name], key[name], dirs_exist_ok=True)
    spent, paid = _spent(), sum(event["cpu"] for event in kept)
    job.say(key=_ended(key | {"mode": "rest", "before": [paid, _peak()]}, {"rest": rest}))
    job.data["before"] = [spent - _spent(), 0.0]  # what the key took is not this notebook's
    for cell in job.data["cells"][shared:]:
        _run(shell, job, cell)


def _own(released: list[dict[str, str]], key: list[dict[str, str]], shared: int) -> set[int]:
    """The places, among the first ``shared``, of the key's cells that are others than the released ones, or use a name that
    such a cell makes; also of all after one that is not plain Python."""
    found: set[int] = set()
    made: set[str] = set()
    for place in range(shared):
        try:
            tree = ast.parse(key[place]["source"])
        except SyntaxError:
            return found | {*range(place, shared)}
        nodes = [*ast.walk(tree)]
        used = {node.id for node in nodes if isinstance(node, ast.Name)}
        if released[place]["source"] != key[place]["source"] or used & made:
            found.add(place)
            made |= {
                node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
            }
            made |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    return found


def cut(job: _Job) -> None:
    """Define the answers on the cut tree, then examine them with the whole one: public half, hidden halves, costs, and
    what those that know nothing get."""
    shell = _shell()
    for cell in job.data["cells"]:
        _run(shell, job, cell)
    job.look_in(job.data["root"])
    job.look_in_rooms()
    seeds = importlib.import_module("course.checking.seeds")
    for check in job.data["checks"]:
        job.say(begin=check["grade_id"])
        function = getattr(job.module("checks"), check["function"])
        objects = [shell.user_ns.get(name) for name in check["subjects"]]
        report = function(*objects)
        hidden, cpu = [], []
        drawn = [seeds.hidden_seed(check["grade_id"], epoch) for epoch in range(job.data["epochs"])]
        for seed in drawn:
            before = time.process_time()
            hidden.append(_plain(function(*objects, seed=seed, scale=seeds.HIDDEN_SCALE)))
            cpu.append(time.process_time() - before)
        hints = {claim.name: claim.hint for claim in report.claims}
        job.say(check=check["grade_id"], public=_plain(report), hidden=hidden, cpu=min(cpu), hints=hints)
        if report.passed and check["exercise"]:
            job.say(begin=f"{check['grade_id']} for those who know nothing")
            ignorant = importlib.import_module("course.build.by_heart").known_by_heart
            exercise = check["exercise"]
            found = ignorant(function, objects, exercise["name"], exercise["holes"], drawn)
            job.say(by_heart=check["grade_id"], found=list(found))
    for interview in job.data["interviews"]:
        job.say(begin=interview["grade_id"])
        engine = importlib.import_module("course.interview")
        objects = [shell.user_ns.get(name) for name in interview["subjects"]]
        found = engine.check_scenario(job.module("interview").SCENARIO, *objects)
        job.say(scenario=[str(each) for each in found])


def mistakes(job: _Job) -> None:
    """Run each mistake: the answers with one edit, under its checks; one of a decision at hidden seeds too, and played."""
    job.look_in_rooms()
    import course.checking.port
    import course.checking.probes
    from course.build.told import comparable
    from course.checking.seeds import HIDDEN_SCALE, PUBLIC, hidden_seed

    usual = course.checking.port.MAX_SECONDS
    course.checking.probes.MISTAKE_SECONDS /= (
        3  # what only just answers in time here does in a busy kernel too
    )
    naming = _Naming()
    halves = [(PUBLIC, 1.0), *((hidden_seed("mistakes", n), HIDDEN_SCALE) for n in range(job.data["epochs"]))]
    start: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(job.data["setup"], "<set-up>", "exec"), start)  # noqa: S102  # the course's own text
    for number, mistake in enumerate(job.data["mistakes"]):
        job.say(begin=mistake["name"])
        naming.spent, naming.number = 0.0, None if job.data["thorough"] else mistake["number"]
        reports: dict[str, Any] = {}
        told: dict[str, Any] = {}
        course.checking.port.MAX_SECONDS = job.data["seconds"]
        try:
            names = _defined(start, mistake["cells"])
            for seed, scale in halves if mistake["decision"] or job.data["thorough"] else halves[:1]:
                for check in mistake["checks"]:
                    naming.heard = ""
                    examine = getattr(job.module("checks"), check["function"])
                    report = examine(*map(names.__getitem__, check["subjects"]), seed=seed, scale=scale)
                    half = "" if seed == PUBLIC else " at a hidden seed"
                    reports[check["function"] + half] = _plain(report)
                    told.setdefault(check["function"], comparable(report, naming.heard))
            course.checking.port.MAX_SECONDS = (
                usual  # an interview or a fault asks for more at once than a check
            )
            pays = _pays(job, mistake, names) if mistake["decision"] else ""
            job.say(mistake=number, reports=reports, told=told, pays=pays, naming=naming.spent, error="")
        except Exception as error:
            said = f"{type(error).__name__}: {error}"[:500]
            job.say(mistake=number, reports={}, told={}, pays="", naming=0.0, error=said)


def _defined(start: dict[str, Any], cells: list[str]) -> dict[str, Any]:
    """What ``cells`` define after ``start``; an error in it shows its line, as in a notebook."""
    names = dict(start)
    for number, source in enumerate(cells):
        where = f"<cell {number}>"
        linecache.cache[where] = (len(source), None, source.splitlines(keepends=True), where)
        exec(compile(source, where, "exec"), names)  # noqa: S102  # the course's own text
    return names


class _Naming:
    """Each search for a known mistake, from now on: the most processor seconds of one, and what it went by.

    ``number`` is that of the mistake that answers: what it gets right is taken for what its edit of the library gets right,
    and is not asked for a second time. A thorough run asks."""

    def __init__(self) -> None:
        from course.build.told import heard
        from course.checking.probes import Plan
        from course.checking.seen import difference

        self.spent, self.heard = 0.0, ""
        self.number: int | None = None
        likely = Plan._likely

        def noted(plan: Any, first: int, seen: Any, room: Any) -> str:
            if self.number is not None:
                for claim, (mine, right) in enumerate(zip(seen, plan.expected, strict=True)):
                    if mine and not difference(mine, right):
                        plan.signatures[self.number, claim] = mine, True
            before = time.process_time()
            found = likely(plan, first, seen, room)
            self.spent = max(self.spent, time.process_time() - before)
            self.heard = heard(plan, seen)
            return found

        Plan._likely = noted  # type: ignore[method-assign,assignment]


def _pays(job: _Job, mistake: dict[str, Any], names: dict[str, Any]) -> str:
    """Where the losing side of a decision pays: the fault that it names, if more breaks there than on the key, else the
    first round that fails with the reference's designs."""
    scenario = job.module("interview").SCENARIO
    if mistake["decision"] in [each.name for each in scenario.rounds]:
        engine = importlib.import_module("course.interview.session")
        session = engine.Session(scenario, *[names[name] for name in mistake["interview"]["subjects"]])
        engine.play_reference(session)
        current = session.state.round
        return "" if current is None else str(current.name)
    lost, kept = (_broken(job, cells, mistake["decision"]) for cells in (mistake["cells"], job.data["key"]))
    return str(mistake["decision"]) if lost - kept else ""


def _broken(job: _Job, answers: list[str], fault: str) -> set[str]:
    """The promises that break in section 5, where the lesson's own cells are run with these answers under ``fault``."""
    from course.notebook import breaking

    class Measured(Exception):
        """What is asked for is known, and the cells need not go on."""

    found: list[str] = []

    def measured(
        fault: str, expected: object, faults: object, run: Callable[[str], Any], *own: object
    ) -> None:
        found.extend(run(fault).broken)
        raise Measured

    names: dict[str, Any] = {"__name__": "__main__"}
    show, breaking.under_fault = breaking.under_fault, measured  # type: ignore[assignment]
    for name in [name for name in sys.modules if name.startswith(job.data["package"])]:
        del sys.modules[name]  # or it would hold what stood there before
    try:
        for source in [job.data["setup"], *answers, *job.data["breaks"]]:
            asked = re.sub(r"(?m)^fault = .*?(?=  #|$)", lambda _: f"fault = {fault!r}", source)
            exec(compile(asked, "<cell>", "exec"), names)  # noqa: S102  # the course's own text
    except Measured:
        pass
    finally:
        breaking.under_fault = show
    return set(found)


# ── cells and reports ───────────────────────────────────────────────────────────────────────────────────


def _shell() -> Any:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    return InteractiveShell.instance(config=config)


def _run(shell: Any, job: _Job, cell: dict[str, str]) -> dict[str, Any]:
    """Run one cell; say, and return, what it raised, what it cost, and the report that it ended in, if any."""
    from IPython.utils.capture import capture_output

    job.say(begin=cell["id"])
    before = time.process_time()
    with capture_output():
        result = shell.run_cell(cell["source"], store_history=False)
    error = result.error_before_exec or result.error_in_exec
    report = result.result if type(result.result).__name__ == "Report" else None
    event = {
        "end": cell["id"],
        "cpu": time.process_time() - before,
        "error": "" if error is None else f"{type(error).__name__}: {error}"[:500],
        "stub": _from_stub(error),
        "report": None if report is None else _plain(report),
    }
    job.say(**event)
    return event


def _from_stub(error: BaseException | None) -> bool:
    """Whether the innermost function that raised is a stub."""
    trace = None if error is None else error.__traceback__
    code = None
    while trace is not None:
        code, trace = trace.tb_frame.f_code, trace.tb_next
    return (
        isinstance(error, NotImplementedError)
        and code is not None
        and code.co_names == ("NotImplementedError",)
    )


def _plain(report: Any) -> dict[str, Any]:
    first = report.first
    return {
        "passed": report.passed,
        "score": report.score,
        "points": report.points,
        "crossings": report.crossings,
        "kind": first.kind if first else "",
        "likely": first.likely if first else "",
        "first": first.text() if first else "",
        "card": report.text(),
    }


def _spent() -> float:
    """Processor seconds of this process and of what it waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _peak() -> float:
    """The most memory that this process has held, in MiB."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1024 * 1024 if sys.platform == "darwin" else 1024)


# ── forks ───────────────────────────────────────────────────────────────────────────────────────────────


def _in_a_fork(data: dict[str, Any], runs: dict[str, Callable[[_Job], None]]) -> int:
    """Start a job in a fork; returns its number."""
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        said = os.open(data["said"], os.O_WRONLY | os.O_CREAT)
        for number, opened in ((0, nothing), (1, nothing), (2, said)):
            os.dup2(opened, number)
        seconds = int(data["cpu"])
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
        os.chdir(data["folder"])
        os.environ.update(data["environment"])
        sys.path.insert(0, data["path"])
        job = _Job(data)
        runs[data["mode"]](job)
        spent, peak = data.get("before", (0.0, 0.0))
        job.say(cpu=spent + _spent(), peak=max(peak, _peak()))
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _ended(data: dict[str, Any], runs: dict[str, Callable[[_Job], None]]) -> str:
    """Run a job to its end, or end it; returns why it did not end by itself, or ""."""
    reading, end = os.pipe()
    pid = _in_a_fork(data, runs)  # which holds the other end until it is gone
    os.close(end)

    def stop(*_: object) -> None:
        _kill(pid)
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    in_time, _, _ = select.select([reading], [], [], data["wall"])
    os.close(reading)
    _kill(pid)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if not in_time:
        return f"it was still running after {data['wall']:g} s"
    if status == -signal.SIGXCPU:
        return f"it computed for more than {data['cpu']:g} s"
    return "" if status == 0 else f"it ended with status {status}"


def _kill(pid: int) -> None:
    """End a fork and all that it started."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):  # it has no group yet, or is gone
        os.kill(pid, signal.SIGKILL)


def _jobs() -> Iterator[dict[str, Any]]:
    for line in sys.stdin:
        yield json.loads(line)


def main() -> None:
    # An editable install would find in the repository what a cut tree leaves out.
    sys.meta_path[:] = [
        f for f in sys.meta_path if not getattr(f, "__module__", "").startswith("__editable__")
    ]
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    importlib.import_module("IPython.core.interactiveshell")
    runs: dict[str, Callable[[_Job], None]] = {
        "notebook": notebook,
        "both": both,
        "cut": cut,
        "mistakes": mistakes,
    }
    for data in _jobs():
        for name in data["given"]:
            importlib.import_module(name)
        print(json.dumps(_ended(data, runs)), flush=True)


if __name__ == "__main__":
    main()
