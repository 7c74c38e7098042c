"""What differential and log backups need, by what their engine says of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rexus.modules.backup.base.records import BackupKind
from rexus.modules.backup.catalog.index import ChainFacts
from rexus.modules.backup.jobs.chains import ABSENT, Link, lacking, needs

START = datetime(2026, 1, 1, tzinfo=UTC)
FULL, DIFFERENTIAL, LOG = BackupKind.FULL, BackupKind.DIFFERENTIAL, BackupKind.LOG


def link(number: int, kind: BackupKind = FULL, *, usable: bool = True, **facts: object) -> Link:
    told = ChainFacts(**facts) if facts else None
    return Link(set=f"20260101_{number:06}", at=START + timedelta(hours=number), kind=kind, usable=usable, facts=told)


def name(number: int) -> str:
    return link(number).set


def test_a_differential_names_its_base_by_guid():
    links = [
        link(1, backup_set_guid="a", last_lsn="10"),
        link(2, backup_set_guid="b", last_lsn="20"),
        link(3, DIFFERENTIAL, differential_base_guid="a", last_lsn="30"),
    ]

    assert needs(links) == {name(3): (name(1),)}


def test_without_guids_the_checkpoint_tells_and_copy_only_backups_are_no_base():
    links = [
        link(1, checkpoint_lsn="10", last_lsn="11"),
        link(2, checkpoint_lsn="10", last_lsn="11", copy_only=True),
        link(3, DIFFERENTIAL, differential_base_lsn="0010", last_lsn="30"),
    ]

    assert needs(links) == {name(3): (name(1),)}


def test_a_base_that_nobody_holds_is_absent():
    assert needs([link(1, backup_set_guid="a"), link(3, DIFFERENTIAL, differential_base_guid="x")]) == {
        name(3): (ABSENT,)
    }


def test_another_family_is_another_database():
    links = [
        link(1, backup_set_guid="a", family_guid="f"),
        link(3, DIFFERENTIAL, differential_base_guid="a", family_guid="g"),
    ]

    assert needs(links) == {name(3): (ABSENT,)}


def test_a_log_goes_on_the_newest_base_that_ends_within_it_or_on_the_log_before():
    links = [
        link(1, last_lsn="100", backup_set_guid="a"),
        link(2, LOG, first_lsn="90", last_lsn="150"),
        link(3, LOG, first_lsn="150", last_lsn="200"),
        link(4, DIFFERENTIAL, differential_base_guid="a", last_lsn="220"),
        link(5, LOG, first_lsn="200", last_lsn="250"),
        link(6, LOG, first_lsn="300", last_lsn="350"),
    ]

    assert needs(links) == {
        name(2): (name(1),),
        name(3): (name(2),),
        name(4): (name(1),),
        name(5): (name(4),),
        name(6): (ABSENT,),
    }


def test_logs_in_which_nothing_happened_go_on_from_one_that_ends_just_there():
    links = [
        link(1, last_lsn="100"),
        link(2, LOG, first_lsn="100", last_lsn="150"),
        link(3, LOG, first_lsn="150", last_lsn="150"),
        link(4, LOG, first_lsn="150", last_lsn="150"),
        link(5, LOG, first_lsn="150", last_lsn="200"),
    ]

    assert needs(links) == {
        name(2): (name(1),),
        name(3): (name(2),),
        name(4): (name(3),),
        name(5): (name(4),),
    }
    assert needs([link(1, LOG, first_lsn="150", last_lsn="150")]) == {name(1): (ABSENT,)}


def test_what_lacks_something_says_the_nearest_below_that_is_lost():
    links = [
        link(1, last_lsn="100", backup_set_guid="a", usable=False),
        link(2, LOG, first_lsn="90", last_lsn="150"),
        link(3, LOG, first_lsn="150", last_lsn="200"),
        link(4, LOG, first_lsn="300", last_lsn="350"),
        link(5, last_lsn="400", backup_set_guid="b"),
        link(6, LOG, first_lsn="350", last_lsn="450"),
        link(7, LOG, first_lsn="450", last_lsn="460", usable=False),
        link(8, LOG, first_lsn="460", last_lsn="470"),
    ]

    assert lacking(links) == {name(2): name(1), name(3): name(1), name(4): ABSENT, name(8): name(7)}


def test_a_month_of_logs_every_quarter_of_an_hour_each_goes_on_from_the_one_before():
    logs = [link(n, LOG, first_lsn=str(n * 10), last_lsn=str(n * 10 + 10)) for n in range(1, 3000)]

    found = needs([link(0, last_lsn="10"), *logs])

    assert all(needed == (name(n - 1),) for n, needed in ((n, found[name(n)]) for n in range(1, 3000)))
    assert lacking([link(0, last_lsn="10", usable=False), *logs]) == dict.fromkeys(map(name, range(1, 3000)), name(0))


def test_a_damaged_base_is_taken_only_where_there_is_no_other():
    full, damaged = link(1, last_lsn="100"), link(2, last_lsn="110", usable=False)
    log = link(3, LOG, first_lsn="90", last_lsn="150")

    assert needs([full, damaged, log]) == {name(3): (name(1),)}
    assert needs([damaged, log]) == {name(3): (name(2),)}


def test_where_nothing_is_known_the_nearest_earlier_one_is_taken():
    links = [link(1), link(2, LOG), link(3, DIFFERENTIAL), link(4, LOG)]

    assert needs(links) == {name(2): (name(1),), name(3): (name(1),), name(4): (name(3),)}
    assert needs([link(2, LOG), link(3)]) == {name(2): (ABSENT,)}


lsns = st.none() | st.integers(0, 5).map(str) | st.just("no number")
guids = st.none() | st.sampled_from("ab")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(BackupKind),
            st.none()
            | st.builds(
                ChainFacts,
                backup_set_guid=guids,
                differential_base_guid=guids,
                differential_base_lsn=lsns,
                checkpoint_lsn=lsns,
                first_lsn=lsns,
                last_lsn=lsns,
                family_guid=guids,
            ),
            st.booleans(),
        ),
        max_size=8,
    )
)
def test_every_dependent_backup_gets_one_other_or_none(drawn):
    links = [
        Link(set=name(n), at=START + timedelta(hours=n), kind=kind, usable=usable, facts=facts)
        for n, (kind, facts, usable) in enumerate(drawn)
    ]

    found = needs(links)

    assert set(found) == {one.set for one in links if one.kind is not FULL}
    assert all(needed[0] == ABSENT or needed[0] in {one.set for one in links} - {one} for one, needed in found.items())
