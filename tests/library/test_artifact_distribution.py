"""Day 15's library against closed forms, brute force over all schedules, real processes; mock round 3. Under 8 s."""

import itertools
import json
import math
import os
import random
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.days.day15_artifact_distribution.mock import SCENARIO
from course.days.day15_artifact_distribution.pictures import any_at_all, fixed, in_order, lowest_number
from course.days.day15_artifact_distribution.service import below, slow_below
from course.interview import Session, check_scenario, prove
from course.interview.session import play_reference
from course.systems.cluster.broadcast import broadcast_plan, depth_of
from course.systems.cluster.chunks import chunk_manifest, name_of, shared
from course.systems.cluster.errors import BadTarget, NoLink, NoMachines
from course.systems.cluster.mover import move
from course.systems.cluster.release import NotNamed, Versions
from course.systems.cluster.swarm import next_chunk, order
from course.systems.simulate.swarm_run import Swarm

# ── chunks ──────────────────────────────────────────────────────────────────────────────────────────────


@given(st.binary(max_size=3000), st.integers(64, 200))
@settings(max_examples=60, deadline=None)
def test_chunks_are_the_data_within_their_bounds(data: bytes, target: int) -> None:
    manifest = chunk_manifest(data, target=target)
    pieces = [data[c["offset"] : c["offset"] + c["size"]] for c in manifest["chunks"]]
    assert b"".join(pieces) == data
    assert [c["name"] for c in manifest["chunks"]] == [name_of(piece) for piece in pieces]
    assert all(target // 4 <= len(piece) <= 4 * target for piece in pieces[:-1])
    assert all(0 < len(piece) <= 4 * target for piece in pieces)
    assert manifest["name"] == name_of("".join(c["name"] for c in manifest["chunks"]).encode())


def test_the_mean_chunk_has_its_target() -> None:
    """Within a tenth, over half a megabyte; zeros are never cut but by the largest size."""
    data = random.Random(1).randbytes(2**19)
    sizes = [c["size"] for c in chunk_manifest(data, target=2048)["chunks"]]
    assert sum(sizes) / len(sizes) == pytest.approx(2048, rel=0.1)
    zeros = [c["size"] for c in chunk_manifest(bytes(4096), target=64)["chunks"]]
    assert set(zeros[2:-1]) == {256}, "once the sum stands still"
    with pytest.raises(BadTarget):
        chunk_manifest(b"", target=63)


def test_an_insertion_moves_one_cut_by_content_and_all_fixed_ones_behind_it() -> None:
    """Shares of bytes that stay, of 256 chunks: the card's figures for 1 and 20 insertions, and for 20 overwrites."""
    draw, target = random.Random(15), 2048
    before = draw.randbytes(256 * target)

    def after(count: int, insert: bool) -> bytes:
        changed = bytearray(before)
        for _ in range(count):
            place = draw.randrange(len(changed))
            changed[place : place + (not insert)] = draw.randbytes(1)
        return bytes(changed)

    def stays(changed: bytes) -> tuple[float, float]:
        by_content = shared(chunk_manifest(before, target=target), chunk_manifest(changed, target=target))
        return shared(fixed(before, target), fixed(changed, target)), by_content

    assert stays(after(20, False)) == pytest.approx((0.92, 0.89), abs=0.04)
    assert stays(after(1, True))[1] > 0.98
    many = stays(after(20, True))
    assert many[0] < 0.1
    assert many[1] == pytest.approx(0.87, abs=0.06)


# ── who gets it from whom ───────────────────────────────────────────────────────────────────────────────


def fewest_rounds(nodes: int, chunks: int) -> int:
    """Rounds of the best schedule of all: node 0 has everything, each node sends one chunk and receives one in a round."""
    whole = (1 << chunks) - 1

    layer, rounds = {(whole, *([0] * (nodes - 1)))}, 0
    while not any(all(held == whole for held in state) for state in layer):
        rounds += 1
        following = set()
        for state in layer:
            for receivers in itertools.permutations(range(nodes)):
                choices = []
                for sender, receiver in enumerate(receivers):
                    lacks = state[sender] & ~state[receiver]
                    bits = [bit for bit in range(chunks) if lacks >> bit & 1] if sender != receiver else []
                    choices.append([(receiver, bit) for bit in bits] or [None])
                for sent in itertools.product(*choices):
                    held = list(state)
                    for each in filter(None, sent):
                        held[each[0]] |= 1 << each[1]
                    following.add((held[0], *sorted(held[1:], reverse=True)))
        layer = {
            s
            for s in following
            if not any(s != o and all(a | b == b for a, b in zip(s, o, strict=True)) for o in following)
        }
    return rounds


@pytest.mark.parametrize(("nodes", "chunks"), [(2, 1), (2, 3), (3, 1), (3, 2), (3, 3), (4, 1), (4, 2)])
def test_the_fewest_rounds_are_the_published_ones(nodes: int, chunks: int) -> None:
    """chunks − 1 + ⌈log2 nodes⌉ (Mundinger, Weber and Weiss 2008), against all schedules."""
    assert fewest_rounds(nodes, chunks) == chunks - 1 + math.ceil(math.log2(nodes))


def test_a_chain_and_a_tree_take_what_their_closed_forms_say() -> None:
    for machines, chunks in ((1, 1), (3, 4), (200, 1000)):
        plan = broadcast_plan(chunks * 8, machines, ingress=80.0, link=1e9, chunks=(8,), fanouts=(1,))
        assert plan["seconds"] == pytest.approx((chunks + machines - 1) * 0.1)
    assert [depth_of(machines, 2) for machines in (1, 2, 3, 4, 7, 8, 1000)] == [1, 2, 2, 3, 3, 4, 10]
    assert broadcast_plan(500 * 10**9, 1000, ingress=1.25e9, link=3.125e9)["seconds"] < 1.03 * 400
    with pytest.raises(NoLink):
        broadcast_plan(1, 0, ingress=0.0, link=1.0)
    with pytest.raises(NoMachines):
        broadcast_plan(1, 0, ingress=1.0, link=1.0)


def test_every_fixed_tree_is_no_faster_than_its_event_by_event_run() -> None:
    """The formula against a run of a binary tree in which each machine sends its chunks in order, one to each child in turn."""
    chunks, machines, rate = 20, 15, 1.0
    there = [[math.inf] * chunks for _ in range(machines)]
    for chunk in range(chunks):
        there[0][chunk] = (chunk + 1) * 2 / rate  # the store keeps to the step of the slowest
    for node in range(machines):
        free = 0.0
        for chunk in range(chunks):
            for child in (2 * node + 1, 2 * node + 2):
                if child < machines:
                    free = max(free, there[node][chunk]) + 1 / rate
                    there[child][chunk] = free
    plan = broadcast_plan(chunks, machines, ingress=rate, link=rate, chunks=(1,), fanouts=(2,))
    assert max(map(max, there)) == pytest.approx(plan["seconds"], rel=0.05)


def test_the_choice_of_the_next_chunk_stretches_a_swarm_as_the_card_says() -> None:
    """1.06, 1.27 and 3.2 times one machine; ties by number are as bad as file order once counts are old."""
    fresh = [Swarm(pick).run().stretch for pick in (next_chunk, any_at_all, in_order)]
    assert fresh == pytest.approx([1.06, 1.27, 3.3], rel=0.05)
    assert Swarm(lowest_number).run(lag=10).stretch > 2.5
    assert Swarm(next_chunk).run(lag=10).stretch < 1.4
    sizes = [Swarm(next_chunk, machines=n).run().stretch for n in (20, 80)]
    assert max(sizes) < 1.1, "it does not grow with the machines"
    near = Swarm(next_chunk).run(rack_first=True)
    assert near.across < 0.6 * Swarm(next_chunk).run().across


def test_a_slow_machine_holds_up_those_below_it() -> None:
    assert slow_below() == pytest.approx(0.086, abs=0.01)
    assert below("chain") == 500
    assert below("tree") == pytest.approx(9.0, abs=0.1)


def test_orders_are_a_machine_s_own() -> None:
    orders = {name: sorted(range(50), key=lambda chunk, name=name: order(name, chunk)) for name in "abc"}
    assert orders["a"] != orders["b"] != orders["c"]
    assert orders["a"] == sorted(range(50), key=lambda chunk: order("a", chunk))


# ── real processes, real files ──────────────────────────────────────────────────────────────────────────

DATA = random.Random(3).randbytes(2**20)
MANIFEST = fixed(DATA, 2**16)


def whole(folder: Path, machines: int) -> bool:
    return all((folder / f"machine {number}" / "file").read_bytes() == DATA for number in range(machines))


@pytest.mark.parametrize("chain", [True, False])
def test_a_file_goes_from_process_to_process_and_a_spoiled_chunk_goes_no_further(
    tmp_path: Path, chain: bool
) -> None:
    came = move(DATA, MANIFEST, tmp_path, 3, chain=chain, spoil=5)
    assert whole(tmp_path, 3)
    assert came.store == len(DATA) * (1 if chain else 3)
    assert [said["refused"] for said in came.said] == [0, 1 if chain else 0, 0]


def test_a_machine_that_was_killed_fetches_only_what_it_lacks(tmp_path: Path) -> None:
    half = tmp_path / "machine 0"
    half.mkdir()
    (half / "file").write_bytes(DATA[: len(DATA) // 2] + bytes(len(DATA) // 2))
    came = move(DATA, MANIFEST, tmp_path, 1, chain=True)
    assert came.said[0]["fetched"] == len(MANIFEST["chunks"]) // 2
    assert whole(tmp_path, 1)


@pytest.mark.parametrize("chain", [True, False])
def test_a_machine_that_ends_early_is_named_with_its_reason_and_leaves_nothing_running(
    tmp_path: Path, chain: bool
) -> None:
    (tmp_path / "machine 1" / "file").mkdir(parents=True)
    before = set(threading.enumerate())
    with pytest.raises(ConnectionError, match=r"machine 1 ended .* IsADirectoryError"):
        move(DATA, MANIFEST, tmp_path, 3, chain=chain)
    for thread in set(threading.enumerate()) - before:
        thread.join(20)
        assert not thread.is_alive(), "no thread of a server outlives the call"


@pytest.mark.skipif(not os.environ.get("COURSE_NIGHTLY"), reason="a gigabyte, at night")
def test_a_gigabyte_goes_through_a_chain(tmp_path: Path) -> None:
    data = random.Random(4).randbytes(2**30)
    came = move(data, fixed(data, 2**26), tmp_path, 4, chain=True)
    assert came.store == len(data)
    assert all(said["refused"] == 0 for said in came.said)


def test_a_version_is_switched_in_one_step_and_the_old_one_stays(tmp_path: Path) -> None:
    versions, (first, second) = Versions(tmp_path), (b"one" * 100, b"two" * 100)
    names = []
    for data in (first, second):
        manifest = fixed(data, 64)
        versions.put(manifest, data)
        names.append(manifest["name"])
    assert versions.active == ""
    assert versions.activate(names[0]) == ""
    assert versions.activate(names[1]) == names[0]
    assert (tmp_path / "active").read_bytes() == second
    assert versions.activate(names[0]) == names[1], "the way back"
    with pytest.raises(NotNamed) as wrong:
        versions.put(fixed(second, 64), second[:-1] + b"x")
    assert wrong.value.chunk == len(fixed(second, 64)["chunks"]) - 1
    with pytest.raises(FileNotFoundError):
        versions.activate("nowhere")
    assert versions.active == names[0]
    assert json.dumps(sorted(os.listdir(tmp_path))).count("part") == 0


# ── mock round 3 ────────────────────────────────────────────────────────────────────────────────────────


def test_the_mock_round_keeps_every_rule_of_an_interview_and_every_round_hurts() -> None:
    assert check_scenario(SCENARIO) == []
    proof = prove(SCENARIO)
    assert proof.problems == (), proof.text()
    session = Session(SCENARIO)
    play_reference(session)
    assert session.state.round is None


def test_the_mock_s_figures() -> None:
    found = {each.name: SCENARIO.run(SCENARIO.reference(each), each) for each in SCENARIO.rounds}
    assert found["one version"]["live"] == pytest.approx(15.7, abs=0.05)
    assert found["busy fleet"]["live"] == pytest.approx(37, abs=0.1)
    assert found["bad version"]["exposed"] == 100
    assert found["slow poison"]["live"] == pytest.approx(153.7, abs=0.1)
    careless = SCENARIO.run({"relay": "two", "wave": 10, "soak": 0}, SCENARIO.rounds[3])
    assert (careless["exposed"], round(careless["rollback"], 1)) == (pytest.approx(1788, abs=1), 10.3)
