"""The decoder of compressed records gives back what was compressed, and only that."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.bak_packed import literal
from support.xpress_encoder import compress

from rexus.modules.backup.engines.bak_fields import Unreadable
from rexus.modules.backup.engines.bak_xpress import decode

words = st.lists(st.sampled_from([b"users", b"\0\0\0\0", b"inventario", b"x", bytes(range(64))]), max_size=400)


def table(lengths: dict[int, int]) -> bytes:
    made = bytearray(256)
    for symbol, length in lengths.items():
        made[symbol // 2] |= length << 4 * (symbol % 2)
    return bytes(made)


def test_the_alphabet_of_the_specification() -> None:
    """[MS-XCA] 3.2, first example."""
    lengths = {ord("a") + at: 5 for at in range(22)} | {ord(letter): 4 for letter in "wxyz"} | {256: 4}
    content = bytes.fromhex("d8523ed794115be9195ff9d67cdf8d0400000000")

    assert decode(table(lengths) + content, 26) == b"abcdefghijklmnopqrstuvwxyz"


def test_the_repetition_of_the_specification() -> None:
    """[MS-XCA] 3.2, second example: a match that overlaps itself and has a long length."""
    lengths = {ord("a"): 3, ord("b"): 3, ord("c"): 2, 256: 2, 287: 2}

    assert decode(table(lengths) + bytes.fromhex("a8dc0000ff2601"), 300) == b"abc" * 100


@given(words.map(b"".join), st.binary(max_size=300))
def test_what_was_compressed_comes_back(start: bytes, end: bytes) -> None:
    content = start + end + start

    assert decode(compress(content), len(content)) == content


@pytest.mark.parametrize("size", [65535, 65536, 65537, 200_000])
def test_each_block_has_its_own_table(size: int) -> None:
    content = b"".join(number.to_bytes(3, "big") for number in range(size // 3)) + bytes(size % 3)

    assert decode(compress(content), size) == content
    assert decode(compress(bytes(size)), size) == bytes(size)


def test_a_match_may_be_longer_than_any_short_length() -> None:
    for length in (17, 18, 19, 272, 273, 274, 65_000):
        content = b"#" * length + b"end"

        assert decode(compress(content), len(content)) == content


@given(st.binary(max_size=600), st.integers(1, 3000))
def test_bytes_of_no_encoder_end_in_a_refusal(payload: bytes, size: int) -> None:
    with suppress(Unreadable):
        assert len(decode(payload, size)) == size


@given(words.map(b"".join).filter(bool), st.data())
def test_damaged_records_end_in_content_of_the_same_size_or_a_refusal(content: bytes, data: st.DataObject) -> None:
    payload = bytearray(compress(content))
    at = data.draw(st.integers(0, len(payload) - 1))
    payload[at] ^= data.draw(st.integers(1, 255))
    left = bytes(payload[: data.draw(st.integers(0, len(payload)))])

    with suppress(Unreadable):
        assert len(decode(left, len(content))) == len(content)


@given(st.binary(min_size=1, max_size=40), words.map(b"".join))
def test_what_could_not_be_made_smaller_comes_back(odd: bytes, rest: bytes) -> None:
    """Whole blocks of literals, each byte its own code, and blocks of the other kind behind them."""
    block = (odd * 65536)[:65536]
    short = odd + bytes(len(odd) % 2)

    assert decode(literal(block) + compress(rest + b"."), 65537 + len(rest)) == block + rest + b"."
    assert decode(literal(block) + literal(short), 65536 + len(odd)) == block + odd
    with pytest.raises(Unreadable):
        decode(literal(block)[:60_000], 65536)


def test_codes_that_do_not_fill_the_code_space_are_refused() -> None:
    with pytest.raises(Unreadable):
        decode(table({65: 1}) + bytes(8), 4)
    with pytest.raises(Unreadable):
        decode(table({65: 1, 66: 1, 67: 1}) + bytes(8), 4)


def test_a_match_before_the_beginning_is_refused() -> None:
    with pytest.raises(Unreadable):
        decode(table({65: 1, 256: 1}) + b"\0\x80" + bytes(8), 4)
