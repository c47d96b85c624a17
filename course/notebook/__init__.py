"""What runs in a learner's kernel: verdicts, predictions, progress, the map, and work carried from day to day."""

from course.notebook.chart import calibration
from course.notebook.compare import compare
from course.notebook.daymap import finish, show_map, start
from course.notebook.earlier import mine
from course.notebook.escalation import interview, replay
from course.notebook.grading import confirm, graded
from course.notebook.predictions import predict, reveal

__all__ = [
    "calibration",
    "compare",
    "confirm",
    "finish",
    "graded",
    "interview",
    "mine",
    "predict",
    "replay",
    "reveal",
    "show_map",
    "start",
]
