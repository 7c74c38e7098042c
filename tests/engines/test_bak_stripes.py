"""Files of one media set: whole together, and what is wrong with them is told by name."""

import itertools
from pathlib import Path

import pytest
from bak_world import DIFFERENTIAL, FULL, LOG, PAYLOAD, TAIL, changed, report
from hypothesis import given
from hypothesis import strategies as st
from support.bak_packed import stream_of
from support.bak_walk import Walk
from support.bak_writer import BackupSpec, read_log, read_payload, write_backup

from rexus.modules.backup.engines.bak import check_media
from rexus.modules.backup.engines.bak_records import BakReport
from rexus.modules.backup.engines.headers import BackupHeader

EXTENT = 65536


def striped(folder: Path, count: int, header: BackupHeader = FULL, **values: object) -> list[Path]:
    paths = [folder / f"part{number}.bak" for number in range(1, count + 1)]
    spec = {"payload": b"" if header is TAIL else PAYLOAD * 4, "log": LOG} | values
    write_backup(paths, BackupSpec(header=header, **spec))
    return paths


def reports(paths: list[Path]) -> dict[str, BakReport]:
    return {path.name: report(path.read_bytes()) for path in paths}


def codes(found: dict[str, BakReport]) -> set[str]:
    return {one.code for one in check_media(found)}


@pytest.mark.parametrize("count", [1, 2, 3, 5])
@pytest.mark.parametrize("header", [FULL, DIFFERENTIAL, TAIL], ids=["full", "differential", "log"])
@pytest.mark.parametrize("values", [{}, {"checksum": True, "unit": 1 << 20}, {"stride": 3}], ids=str)
def test_all_parts_together_are_whole(
    count: int, header: BackupHeader, values: dict[str, object], tmp_path: Path
) -> None:
    paths = striped(tmp_path, count, header, **values)

    found = reports(paths)

    assert check_media(found) == ()
    assert all(one.is_sound and not one.contents.findings for one in found.values())
    assert [one.contents.label.family_sequence for one in found.values() if one.contents.label] == [
        *range(1, count + 1)
    ]
    assert read_payload(paths) == (b"" if header is TAIL else PAYLOAD * 4)
    assert read_log(paths) == LOG


@given(count=st.integers(2, 6), data=st.data())
def test_missing_parts_are_named(count: int, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    paths = striped(tmp_path_factory.mktemp("parts"), count, payload=PAYLOAD[:9000], log=b"")
    kept = data.draw(st.lists(st.sampled_from(range(count)), unique=True, min_size=1, max_size=count - 1))

    (found,) = check_media(reports([paths[number] for number in kept]))

    assert found.code == "bak.stripe_missing"
    assert found.values == {
        "parts": ", ".join(str(number + 1) for number in range(count) if number not in kept),
        "expected": count,
        "found": len(kept),
    }


def test_one_part_twice(tmp_path: Path) -> None:
    one, other = striped(tmp_path, 2)
    found = reports([one, other])

    assert codes(found | {"again.bak": found[one.name]}) == {"bak.stripe_twice"}
    assert codes({"part1.bak": found[one.name], "again.bak": found[one.name]}) == {
        "bak.stripe_twice",
        "bak.stripe_missing",
    }


def test_parts_of_two_media_sets(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    mine = striped(tmp_path, 3)
    theirs = striped(tmp_path / "other", 3, changed(FULL, media_set_id="0a0b0c0d-0001-4002-8003-0000000000cc"))
    found = reports(mine[:2]) | {"third.bak": report(theirs[2].read_bytes())}

    told = check_media(found)

    assert [one.code for one in told] == ["bak.stripe_foreign", "bak.stripe_missing"]
    assert told[0].values == {"file": "third.bak"}


def test_parts_of_two_backups_to_the_same_media(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    mine = striped(tmp_path, 2)
    theirs = striped(tmp_path / "other", 2, changed(FULL, set_guid="0a0b0c0d-0001-4002-8003-0000000000dd"))

    assert codes(reports([mine[0], theirs[1]])) == {"bak.stripe_differs"}


def test_an_extent_that_one_part_lost(tmp_path: Path) -> None:
    """Alone the part can't know; together they do: each extent is in one of them."""
    paths = striped(tmp_path, 2, log=b"")
    content = stream_of(paths[1])
    begin = Walk(content).all("MQDA")[0][0] + 2
    damaged = content[:begin] + bytes(EXTENT) + content[begin + EXTENT :]

    found = reports(paths) | {paths[1].name: report(damaged)}

    assert found[paths[1].name].is_sound
    assert codes(found) == {"bak.page_foreign"}


def test_a_page_that_one_part_lost_while_its_map_is_in_another(tmp_path: Path) -> None:
    paths = striped(tmp_path, 2, log=b"")
    content = stream_of(paths[1])
    begin = Walk(content).all("MQDA")[0][0] + 2
    damaged = content[: begin + 2 * 8192] + bytes(8192) + content[begin + 3 * 8192 :]

    found = reports(paths) | {paths[1].name: report(damaged)}

    assert found[paths[1].name].is_sound
    (told,) = check_media(found)
    assert (told.code, told.values["count"], told.values["page"]) == ("bak.page_foreign", 1, 10)


def test_the_order_of_the_files_does_not_matter(tmp_path: Path) -> None:
    found = reports(striped(tmp_path, 3))

    for names in itertools.permutations(found):
        assert check_media({name: found[name] for name in names}) == ()


def test_files_of_which_nothing_is_known_say_nothing_together() -> None:
    assert check_media({}) == ()
    assert check_media({"a": report(b"nothing"), "b": report(b"")}) == ()
