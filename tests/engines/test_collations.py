"""Collations get their names from numbers, where the name is certain."""

import pytest

from rexus.modules.backup.engines.collations import collation_of

BOTH = 0x30001


@pytest.mark.parametrize(
    ("number", "sort_id", "style", "name"),
    [
        (0x00D00409, 0, 196609, "Latin1_General_CI_AS"),
        (0x00D00409, 52, 196609, "SQL_Latin1_General_CP1_CI_AS"),
        (0x00D00C0A, 0, 196609, "Modern_Spanish_CI_AS"),
        (0x00F0040A, 0, 196611, "Traditional_Spanish_CI_AI"),
        (0x20D00409, 0, 196609, "Latin1_General_100_CI_AS"),
        (0x24D00409, 0, 196609, "Latin1_General_100_CI_AS_UTF8"),
        (0x00000409, 0, 0, "Latin1_General_CS_AS_KS_WS"),
        (0x01000409, 0, 0, "Latin1_General_BIN"),
        (0x22000409, 0, 0, "Latin1_General_100_BIN2"),
        (0x00500409, 0, 0x10001, "Latin1_General_CI_AS_WS"),
        (0x00900409, 0, 0x20001, "Latin1_General_CI_AS_KS"),
    ],
)
def test_names_that_are_certain(number: int, sort_id: int, style: int, name: str) -> None:
    assert collation_of(number, sort_id, style) == name


@pytest.mark.parametrize(
    ("number", "sort_id", "style"),
    [(0x00D00000, 0, BOTH), (0x90D00409, 0, BOTH), (0x00D00409, 255, BOTH), (0x00500409, 0, BOTH)],
    ids=["locale", "version", "sort id", "kana or width"],
)
def test_names_that_are_not_are_left_out(number: int, sort_id: int, style: int) -> None:
    assert collation_of(number, sort_id, style) is None
