"""One fork server for each file of attacks; the host is looked at before and after every test."""

from collections.abc import Iterator

import pytest
from attack_room import Bench, Host, bench


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("class")) as found:
        yield found


@pytest.fixture(autouse=True)
def untouched_host(room: Bench) -> Iterator[None]:
    before = Host.now(room)
    yield
    assert Host.now(room) == before
