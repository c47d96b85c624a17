"""A shard in a process of its own, behind a socket on this machine."""

import json
import socket
import sys
from typing import Any

from course.systems.search.reports import Statistics
from course.systems.search.shard import Shard


def main() -> None:
    """Read a shard from the standard input, print the port, and answer one broker until it hangs up.

    A line in each direction is a list in JSON: ``[documents, words, holding]`` tells the statistics of all documents and has no answer; ``[ticket, words, ask]``
    asks, and ``[ticket, hits]`` answers.
    """
    told = json.loads(sys.stdin.readline())
    shard = Shard(told["name"], told["postings"], dict(told["lengths"]))
    known: Any = None
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        broker, _ = server.accept()
    with broker, broker.makefile("rw", encoding="utf-8") as lines:
        for line in lines:
            first, second, third = json.loads(line)
            if isinstance(third, dict):
                known = Statistics(first, second, third)
            else:
                lines.write(json.dumps([first, shard.top(second.split(), third, known)]) + "\n")
                lines.flush()
