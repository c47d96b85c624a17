"""Numbers in as few bytes as they need: seven bits a byte, the low ones first; the high bit says that more follow.

Elias and Thompson used such codes in the 1970s; Manning, Raghavan and Schütze, *Introduction to Information Retrieval*, table 5.4,
write the high groups first and mark the last byte instead.
"""

from course.systems.search.errors import Truncated


def write_varint(out: bytearray, number: int) -> None:
    """Append ``number`` to ``out``: one byte below 128, two below 16,384. ValueError below 0."""
    if number < 0:
        raise ValueError(f"{number} is below 0: write differences of what increases")
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)


def read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The number that begins at byte ``at``, and where the next one begins. `Truncated` where the bytes end before it does."""
    number = shift = 0
    for place in range(at, len(data)):
        number |= (data[place] & 127) << shift
        if data[place] < 128:
            return number, place + 1
        shift += 7
    raise Truncated(len(data))


def read_varints(data: bytes) -> list[int]:
    """All the numbers in ``data``, one after the other."""
    found, at = list[int](), 0
    while at < len(data):
        number, at = read_varint(data, at)
        found.append(number)
    return found


def length_of(number: int) -> int:
    """The bytes that :func:`write_varint` takes for ``number``."""
    return max(1, -(-number.bit_length() // 7))
