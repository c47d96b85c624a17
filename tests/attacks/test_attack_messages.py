"""Lying messages across the wall: whatever comes over the socket of a check costs that check, in bounded time and memory."""

import resource

import pytest
from attack_room import LIMITS, MOVED, ONLY_THAT_QUESTION, Bench

pytestmark = pytest.mark.xdist_group("attacks: messages")

SPEAK = """
import gc, msgpack, os, socket, struct
def wall():
    from autograde.channel import Channel
    return next(o for o in gc.get_objects() if type(o) is Channel)
def frame(data): return struct.pack("!I", len(data)) + data
def say(value): wall().sock.sendall(frame(msgpack.packb(value)))
def send(data): wall().sock.sendall(data)
def wait():
    while True: wall()._receive()
"""
"""How an answer finds the socket of its check, and speaks on it itself."""

LIES = {
    "no msgpack": "send(frame(b'\\xc1' * 50))",
    "an empty frame": "send(frame(b''))",
    "a frame of four gigabytes": "send(b'\\xff\\xff\\xff\\xff' + b'x' * 4096); wait()",
    "half of a frame": "send(struct.pack('!I', 1000) + b'x'); wait()",
    "one byte a second": "import time\n    send(struct.pack('!I', 1000))\n    while True: send(b'x'); time.sleep(1)",
    "half of a head, and the end": "send(b'\\0'); os._exit(0)",
    "a number": "say(5)",
    "an empty list": "say([])",
    "a map": "say({'value': 0.5})",
    "a reply without a value": "say(['value'])",
    "a reply of another name": "say(['verdict', 2.0, ''])",
    "a score": "say(['value', ['d', 'score', 2.0, 'passed', True], ''])",
    "a value of an unknown tag": "say(['value', ['z', 1], ''])",
    "a handle of the examiner's that was never given": "say(['value', ['m', 999999], ''])",
    "a handle that is no number": "say(['value', ['m', ['l']], ''])",
    "a handle with a long name": "say(['value', ['h', 1, 'x' * 10**6], ''])",
    "a set of lists": "say(['value', ['s', ['l', 1]], ''])",
    "a dict with half a pair": "say(['value', ['d', 1], ''])",
    "an integer of a million digits": "say(['value', ['i', '9' * 10**6], ''])",
    "an integer of letters": "say(['value', ['i', 'abc'], ''])",
    "an array of objects": "say(['value', ['a', '|O8', [1], b'x' * 8], ''])",
    "an array of structures with objects": "say(['value', ['a', '|i1,O', [1], b'x' * 9], ''])",
    "an array of huge strings": "say(['value', ['a', '<U999999999', [1], b''], ''])",
    "an array of a wrong shape": "say(['value', ['a', '<f8', [10**9, 10**9], b'x' * 8], ''])",
    "an array whose shape has no end": "say(['value', ['a', '<f8', [float('inf')], b'x' * 8], ''])",
    "an array of two million dimensions": "say(['value', ['a', '<f8', [1] * 10**6, b'x' * 8], ''])",
    "an error without names": "say(['error', ['d', 'names', ['l']], ''])",
    "an error with names of other types": "say(['error', ['d', 'names', ['l', 1, ['l']]], ''])",
    "an error whose names are a number": "say(['error', ['d', 'names', 5, 'line', ['l']], ''])",
    "an error that is no dict": "say(['error', 5, ''])",
    "an error with a message of ten megabytes": "say(['error', ['d', 'names', ['l', 'x' * 10**7], 'message', 'x' * 10**6], ''])",
    "output of ten megabytes": "say(['value', 0.123, 'x' * 10**7])",
    "output that is no text": "say(['value', 0.123, ['l']])",
    "lists a hundred thousand deep": "send(frame(b'\\x91' * 10**5 + b'\\xc0'))",
    "sixteen million empty lists": "send(frame(b'\\xdd' + struct.pack('!I', 16000000) + b'\\x90' * 16000000))",
    "an array that says it has four billion items": "send(frame(b'\\xdd\\xff\\xff\\xff\\xff\\x01'))",
    "an extension type": "send(frame(b'\\xc7\\x01\\x05x'))",
    "a request for an object that was never given": "say(['ask', 'get', 12345, ['x'], []])",
    "a request of another shape": "say(['ask', 'get'])",
    "a request to run code": "say(['ask', 'call', 0, [['l', 'import os'], ['d']], []])",
    "a request for private attributes": "say(['ask', 'get', 1, ['__class__'], []])",
    "requests without end": "while True: say(['ask', 'get', 1, ['x'], []]); wall()._receive()",
    "requests without reading the answers": "while True: say(['ask', 'get', 1, ['x'], []])",
    "replies that nobody asked for": "for n in range(1000): say(['value', 0.321, ''])",
    "requests that drop what is not theirs": "say(['ask', 'get', 1, ['x'], [0, 1, 2, ['l'], None]])",
    "its own close": "wall().sock.close()",
    "a shutdown of both ways": "wall().sock.shutdown(2)",
}


@pytest.mark.parametrize("name", LIES)
def test_a_check_fails_that_hears(name: str, room: Bench) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = f"{SPEAK}\ndef moved_share(before, after, load=None):\n    {LIES[name]}\n    return 0.123\n"
    assert room.grade(room.notebook({MOVED: answer})).scores == ONLY_THAT_QUESTION
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 700 << 10  # KiB


COMMANDS = {
    "forges the answer to its own cell": "say({'ran': 'day04-moved_share-code', 'error': ''})",
    "forges answers to all cells": "[say({'ran': n, 'error': ''}) for n in ('day04-HashRing-code', 'x', 5, None)]",
    "answers with a number": "say(5)",
    "answers with four gigabytes": "os.write(3, b'\\xff' * 5)",
    "answers with no JSON": "os.write(3, (9).to_bytes(5, 'big') + b'no JSON..')",
    "answers with nesting without end": "os.write(3, (60000).to_bytes(5, 'big') + b'[' * 60000)",
    "answers a byte at a time": "import time\nwhile True: os.write(3, b'\\0'); time.sleep(0.5)",
    "floods the socket": "while True: os.write(3, b'\\0' * 4096)",
    "reads the commands itself": "while True: os.read(3, 4096)",
    "closes it": "os.close(3)",
    "takes the socket of the check": (
        "import socket\n"
        "say({'ran': 'day04-moved_share-code', 'error': ''})\n"
        "commands = socket.socket(fileno=os.dup(3))\n"
        "while True:\n"
        "    data, fds, _, _ = socket.recv_fds(commands, 4096, 4)\n"
        "    for fd in fds: os.write(fd, b'\\0\\0\\0\\3\\x92\\xa1x')"
    ),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_cell_costs_its_own_question_that(name: str, room: Bench) -> None:
    code = f"""
import json, os
def say(value):
    data = json.dumps(value).encode()
    os.write(3, len(data).to_bytes(5, "big") + data)
{COMMANDS[name]}"""
    assert room.attack(code).scores == ONLY_THAT_QUESTION


def test_a_check_is_over_when_its_time_is(room: Bench) -> None:
    """One byte now and then keeps a conversation alive no longer than a silent one."""
    answer = f"{SPEAK}\ndef moved_share(*a):\n    import time\n    send(struct.pack('!I', 10**7))\n    while True: send(b'x' * 9); time.sleep(0.2)"
    verdict = room.grade(room.notebook({MOVED: answer})).of("moved")
    assert verdict.limit == "it hung: no answer within its time"
    assert verdict.seconds < 3 * LIMITS.wall
