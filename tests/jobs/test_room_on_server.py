"""What does not fit on a server, and how an administrator removes what stays there: values in, values out."""

from __future__ import annotations

import shlex
from typing import cast

from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.engines import sqlserver_space as space
from rexus.modules.backup.engines.port_server import FileSize, Room, VolumeNeed
from rexus.modules.backup.engines.sqlserver_client import Client, Row
from rexus.modules.backup.engines.sqlserver_facts import ServerFacts
from rexus.modules.backup.engines.sqlserver_space import volume_of
from rexus.modules.backup.jobs.removal_server import command
from rexus.modules.backup.jobs.server_room import against

VOLUMES = {"C:\\": 100, "C:\\Montada\\": 7, "D:\\": 0, "\\\\nas\\copias": None}
needs = st.builds(
    lambda volume, needed: VolumeNeed(volume=volume, needed=needed, free=VOLUMES[volume]),
    st.sampled_from(list(VOLUMES)),
    st.integers(0, 120),
)
rooms = st.lists(
    st.builds(
        Room,
        needs=st.lists(needs, max_size=3).map(tuple),
        data_bytes=st.integers(0, 20),
        limit=st.sampled_from((None, 10)),
        edition=st.just("Express"),
    ),
    max_size=4,
)


@given(rooms)
def test_each_volume_holds_what_all_databases_need_of_it(wanted: list[Room]):
    found = against((str(number), room) for number, room in enumerate(wanted))
    short = {one.values["volume"]: one.values["needed"] for one in found if one.code == "restore.server_space"}
    sums = {
        volume: sum(one.needed for room in wanted for one in room.needs if one.volume == volume) for volume in VOLUMES
    }

    assert short == {
        volume: sums[volume] for volume, free in VOLUMES.items() if free is not None and sums[volume] > free
    }


@given(rooms)
def test_each_database_keeps_to_the_limit_of_the_edition(wanted: list[Room]):
    found = against((str(number), room) for number, room in enumerate(wanted))
    large = [one.values["target"] for one in found if one.code == "restore.over_limit"]

    assert large == [str(n) for n, room in enumerate(wanted) if room.limit is not None and room.data_bytes > room.limit]


def test_a_path_is_on_the_deepest_volume_that_holds_it():
    known = {"C:\\": 1, "C:\\Montada\\": 2}

    assert volume_of("c:\\montada\\datos\\a.mdf", known) == "C:\\Montada\\"
    assert volume_of("C:\\Datos", known) == "C:\\"
    assert not volume_of("\\\\nas\\copias", known)


class Told:
    """A server with one database of one data file, and free space on one disk."""

    def query(self, text: str, **_: object) -> tuple[Row, ...]:
        if "master_files" in text and "logical_name" in text:
            columns = ("file_id", "type_desc", "logical_name", "physical_name", "size_bytes")
            return (Row(columns=columns, cells=(1, "ROWS", "datos", "D:\\a.mdf", 100)),)
        return (Row(columns=("volume", "free_bytes"), cells=("D:\\", 50)),) if "free_bytes" in text else ()


def test_space_that_one_file_takes_again_is_not_counted_for_another():
    server = ServerFacts(
        name="S", machine="S", version="16.0.1000", edition="Standard", engine_edition=2, platform="Windows",
        collation="", backup_folder="", data_folder="D:\\Datos", log_folder="", compresses_by_default=False,
        utc_offset_minutes=60, time=None, login="sa", is_sysadmin=True, is_dbcreator=True, may_create=True,
        may_view_state=True, may_kill=True,
    )  # fmt: skip
    files = [FileSize(name=name, is_log=False, bytes=90) for name in ("datos", "otro", "más")]
    found = space.room(cast(Client, Told()), server, "users", files)

    assert found.needs == (VolumeNeed(volume="D:\\", needed=180, free=50),)


def test_a_folder_is_not_on_the_volume_whose_name_it_only_begins_with():
    known = {"/": 1, "/var/opt/mssql": 2}

    assert volume_of("/var/opt/mssql2/a.mdf", known) == "/"
    assert volume_of("/var/opt/mssql/a.mdf", known) == volume_of("/var/opt/mssql", known) == "/var/opt/mssql"


names = st.text(st.characters(blacklist_characters="\0\n\r/"), min_size=1, max_size=20)


@given(st.lists(names.map("/var/opt/{}".format), min_size=1, max_size=4))
def test_the_shell_of_linux_gets_each_name_as_one_word(files: list[str]):
    assert shlex.split(command(files)) == ["rm", "--", *files]


@given(st.lists(names.map("D:\\{}".format), min_size=1, max_size=4))
def test_powershell_gets_each_name_between_quotes_of_its_own(files: list[str]):
    told = command(files)

    assert told.startswith("Remove-Item -LiteralPath '")
    inner = told.removeprefix("Remove-Item -LiteralPath '").removesuffix("'")
    assert inner.replace("''", "\0").split("', '") == [one.replace("'", "\0") for one in files]
