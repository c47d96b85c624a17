"""Processes that are warm at once: forked from one that has imported what an examiner needs, and nothing else."""

import os
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerContext


def warm_context() -> ForkServerContext:
    """Start the process that the examiners are forked from. It imports while its caller goes on; the earlier, the better."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    context = get_context("forkserver")
    context.set_forkserver_preload(["autograde.cohort"])
    forkserver.ensure_running()
    return context
