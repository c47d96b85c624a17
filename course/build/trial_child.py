"""The child's side of :mod:`course.build.trial`: one run of cells in a fresh interpreter, as IPython runs them.

Run by its path, so that no part of the course is imported before the job says from where. The job comes as JSON on
standard input; what happens is written as JSON lines to the file that the job names, each at once, so that a crash or a
hang leaves a trace of where it happened.
"""

import importlib
import json
import os
import resource
import sys
import time
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


def _shell() -> Any:
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    return InteractiveShell.instance(config=config)


def _run(shell: Any, job: _Job, cell: dict[str, str]) -> None:
    """Run one cell; say what it raised, what it cost, and the report that it ended in, if any."""
    from IPython.utils.capture import capture_output

    job.say(begin=cell["id"])
    before = time.process_time()
    with capture_output():
        result = shell.run_cell(cell["source"], store_history=False)
    error = result.error_before_exec or result.error_in_exec
    report = result.result if type(result.result).__name__ == "Report" else None
    job.say(
        end=cell["id"],
        cpu=time.process_time() - before,
        error="" if error is None else f"{type(error).__name__}: {error}"[:500],
        stub=_from_stub(error),
        report=None if report is None else _plain(report),
    )


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
        "first": first.text() if first else "",
    }


def notebook(job: _Job) -> None:
    """Run every cell in order, whatever the ones before raised."""
    job.look_in_rooms()
    shell = _shell()
    for cell in job.data["cells"]:
        _run(shell, job, cell)


def cut(job: _Job) -> None:
    """Define the answers on the cut tree, then examine them with the whole one: public half, hidden halves, costs."""
    shell = _shell()
    for cell in job.data["cells"]:
        _run(shell, job, cell)
    job.look_in(job.data["root"])
    job.look_in_rooms()
    seeds = importlib.import_module("course.checking.seeds")
    package = job.data["package"]
    for check in job.data["checks"]:
        job.say(begin=check["grade_id"])
        function = getattr(importlib.import_module(f"{package}.checks"), check["function"])
        objects = [shell.user_ns.get(name) for name in check["subjects"]]
        public = _plain(function(*objects))
        hidden, cpu = [], []
        for epoch in range(job.data["epochs"]):
            before = time.process_time()
            seed = seeds.hidden_seed(check["grade_id"], epoch)
            hidden.append(_plain(function(*objects, seed=seed, scale=seeds.HIDDEN_SCALE)))
            cpu.append(time.process_time() - before)
        job.say(check=check["grade_id"], public=public, hidden=hidden, cpu=min(cpu))
    for interview in job.data["interviews"]:
        job.say(begin=interview["grade_id"])
        engine = importlib.import_module("course.interview")
        scenario = importlib.import_module(f"{package}.interview").SCENARIO
        objects = [shell.user_ns.get(name) for name in interview["subjects"]]
        job.say(scenario=[str(found) for found in engine.check_scenario(scenario, *objects)])


def mistakes(job: _Job) -> None:
    """Run each mistake: the answers with one edit, under its check at the public seed."""
    job.look_in_rooms()
    import course.checking.port

    course.checking.port.MAX_SECONDS = job.data["seconds"]
    checks = importlib.import_module(f"{job.data['package']}.checks")
    start: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(job.data["setup"], "<set-up>", "exec"), start)  # noqa: S102  # the course's own text
    for number, mistake in enumerate(job.data["mistakes"]):
        job.say(begin=mistake["name"])
        try:
            names = dict(start)
            for source in mistake["cells"]:
                exec(compile(source, "<cell>", "exec"), names)  # noqa: S102  # the course's own text
            report = getattr(checks, mistake["check"])(*[names[name] for name in mistake["subjects"]])
            job.say(mistake=number, report=_plain(report), error="")
        except Exception as error:
            job.say(mistake=number, report=None, error=f"{type(error).__name__}: {error}"[:500])


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


def main() -> None:
    job = _Job(json.load(sys.stdin))
    # An editable install would find in the repository what a cut tree leaves out.
    sys.meta_path[:] = [
        f for f in sys.meta_path if not getattr(f, "__module__", "").startswith("__editable__")
    ]
    sys.path.insert(0, job.data["path"])
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    {"notebook": notebook, "cut": cut, "mistakes": mistakes}[job.data["mode"]](job)
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    job.say(cpu=sum(u.ru_utime + u.ru_stime for u in used), peak=_peak())


if __name__ == "__main__":
    main()
