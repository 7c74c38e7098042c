"""What the SQL Server double puts on the wire, packet by packet and token by token, read by an independent client."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlcmd_double import tds_tokens
from sqlcmd_double.tds_client import NOT_SUPPORTED, Client, Lost, Refused, Target
from sqlcmd_double.tds_tokens import Done, Error, Head, Info, Row, Welcome, tokens
from sqlserver_double.answers import Done as Ended
from sqlserver_double.answers import Message
from sqlserver_double.browser import Browser
from sqlserver_double.packet import Packets, packed
from sqlserver_double.server import Server
from sqlserver_double.tiny_world import BACKUP, TinyWorld, Until, printed, table
from sqlserver_double.wire_types import parsed

MORE, FAILED, COUNTED, STOPPED = 0x01, 0x02, 0x10, 0x20


@pytest.fixture
def world() -> TinyWorld:
    return TinyWorld("HOST")


@pytest.fixture
def server(world: TinyWorld) -> Iterator[Server]:
    with Server(world, "not_supported") as running:
        yield running


@pytest.fixture
def enter() -> Iterator[Callable[..., Client]]:
    """Somebody who comes in, and goes at the end of the test."""
    with contextlib.ExitStack() as everybody:

        def coming(server: Server, **more: Any) -> Client:
            client = Client(target(server, **more))
            everybody.callback(client.close)
            return client

        yield coming


def target(server: Server, password: str = "Str0ng;Pass", **more: Any) -> Target:
    to = Target()
    to.port, to.user, to.password, to.encryption, to.timeout_s = server.port, "sa", password, NOT_SUPPORTED, 30
    for name, value in more.items():
        setattr(to, name, value)
    return to


def asked(client: Client, text: str) -> list[Any]:
    client.batch(text)
    return list(tokens(client.packets()))


def ends(answers: list[Any]) -> list[tuple[int, int]]:
    return [(one.status, one.command) for one in answers if isinstance(one, Done)]


def whole(message: bytes) -> list[Any]:
    return list(tokens(iter([(message, True)])))


def test_the_welcome_is_in_the_order_of_the_real_server(server, enter):
    answers = whole(enter(server).login_reply)

    kinds = [one.kind if isinstance(one, tds_tokens.Change) else type(one) for one in answers]
    assert kinds == [1, Info, 7, 2, Info, Welcome, 4, Done]
    assert [(one.number, one.severity, one.state) for one in answers if isinstance(one, Info)] == [
        (5701, 0, 2),
        (5703, 0, 1),
    ]
    assert next(one.version for one in answers if isinstance(one, Welcome)) == (16, 0, 1000)
    assert ends(answers) == [(0, 0)]


def test_a_refusal_is_an_error_and_the_end_of_the_connection(server, enter):
    client = enter(server, password="wrong")

    error, end = whole(client.login_reply)
    assert (error.number, error.severity, error.text) == (18456, 14, "Login failed for user 'sa'.")
    assert end.status == FAILED
    with pytest.raises(Lost):
        asked(client, "SELECT 1")


def test_each_message_of_a_backup_has_its_own_end(world, server, enter):
    said = [Message(3211, 10, "50 percent processed."), Message(3014, 10, "BACKUP DATABASE successfully processed.")]
    world.says("backup", *(part for one in said for part in (one, Ended(BACKUP))))

    answers = asked(enter(server), "backup")

    assert [type(one) for one in answers] == [Info, Done, Info, Done]
    assert [one.severity for one in answers if isinstance(one, Info)] == [0, 0]
    assert ends(answers) == [(MORE, BACKUP), (0, BACKUP)]


def test_a_failed_backup_has_one_end_for_all_its_errors(world, server, enter):
    errors = [
        Message(3201, 16, "Cannot open.", line=7),
        Message(3013, 16, "BACKUP DATABASE is terminating abnormally."),
    ]
    world.says("alone", *errors, Ended(BACKUP, error=True))
    world.says("within", *errors, Ended(BACKUP, error=True), printed("after"), Ended(247))
    client = enter(server)

    alone, within = asked(client, "alone"), asked(client, "within")

    assert [(one.number, one.line, one.server) for one in alone if isinstance(one, Error)] == [
        (3201, 7, "HOST"),
        (3013, 1, "HOST"),
    ]
    assert ends(alone) == [(FAILED, BACKUP)]
    assert ends(within) == [(MORE | FAILED, BACKUP), (0, 247)]


def test_rows_end_with_their_count(world, server, enter):
    world.says("headers", *table({"Position": "smallint"}, (1,), (2,)), Ended(250))

    answers = asked(enter(server), "headers")

    assert [type(one) for one in answers] == [Head, Row, Row, Done, Done]
    assert ends(answers) == [(MORE | COUNTED, 193), (0, 250)]


def test_a_message_is_out_before_the_next_one_is_known(world, server, enter):
    go_on = threading.Event()
    second = Message(3014, 10, "second")
    world.says("backup", printed("first"), Ended(BACKUP), Until(go_on), second, Ended(BACKUP))
    client = enter(server)
    client.batch("backup")

    packets = client.packets()
    first, last = next(packets)
    go_on.set()

    assert (whole(first)[0].text, last) == ("first", False)
    assert ends(whole(b"".join(body for body, _ in packets))) == [(MORE, BACKUP), (0, BACKUP)]


def test_a_step_that_is_certain_not_to_be_the_last_is_out_at_once(world, server, enter):
    go_on = threading.Event()
    world.says("backup", printed("first"), Ended(BACKUP, more=True), Until(go_on), Ended(BACKUP))
    client = enter(server)
    client.batch("backup")

    packets = client.packets()
    pieces = [next(packets)[0], next(packets)[0]]
    go_on.set()

    assert ends(whole(pieces[1])) == [(MORE, BACKUP)]
    assert ends(whole(b"".join(body for body, _ in packets))) == [(0, BACKUP)]


def test_an_interrupted_reply_is_closed_and_the_attention_acknowledged_in_another(world, server, enter):
    world.says("endless", printed("begun"), Until(), printed("never said"))
    client = enter(server)
    client.batch("endless")
    packets = client.packets()
    next(packets)

    client.interrupt()

    assert ends(whole(b"".join(body for body, _ in packets))) == [(FAILED, 192)]
    assert ends(list(tokens(client.packets()))) == [(STOPPED, 253)]
    assert world.ended == ["attention"]
    world.says("SELECT 1", *table({"": "int"}, (1,)))
    assert ends(asked(client, "SELECT 1")) == [(COUNTED, 193)]


def test_an_attention_that_comes_too_late_is_only_acknowledged(world, server, enter):
    world.says("SELECT 1", *table({"": "int"}, (1,)))
    client = enter(server)
    asked(client, "SELECT 1")

    client.interrupt()

    assert ends(list(tokens(client.packets()))) == [(STOPPED, 253)]
    assert world.ended == []


def test_the_packet_size_that_was_agreed_is_kept(world, server, enter):
    world.says("long", *table({"t": "nvarchar(max)"}, ("x" * 3000,)))
    client = enter(server, packet_size=512)
    client.batch("long" + " " * 2000)

    sizes = [len(body) + 8 for body, _ in client.packets()]

    assert max(sizes) == 512
    assert len(sizes) > 10


@pytest.mark.parametrize("encryption", [("off", 0), ("off", 1), ("on", 0), ("required", 0), ("login_only", 0)])
def test_it_is_the_same_through_tls(world, encryption, enter):
    how, wish = encryption
    world.says("long", *table({"t": "nvarchar(max)"}, ("x" * 50000,)))

    with Server(world, how) as server:
        answers = asked(enter(server, encryption=wish), "long")

    assert answers[1].values == ["x" * 50000]
    assert world.logins[0].encrypted == (how not in {"off", "login_only"} or wish == 1)


def test_tls_before_all_else(world):
    world.says("SELECT 1", *table({"": "int"}, (1,)))
    with Server(world) as server, pytest.raises(Refused) as refused:
        Client(target(server, encryption=1, strict=True))

    assert refused.value.reason == "certificate"


def test_noise_is_not_answered(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as noisy:
        noisy.sendall(b"GET / HTTP/1.1\r\n\r\n")
        noisy.shutdown(socket.SHUT_WR)
        assert noisy.recv(100) == b""


@given(st.binary(max_size=3000), st.lists(st.integers(1, 500)))
def test_packets_are_found_however_the_stream_is_cut(message, cuts):
    stream = packed(1, message[:1000], status=0) + packed(1, message[1000:])
    packets = Packets()
    found = []
    for cut in [*cuts, len(stream)]:
        found += packets.feed(stream[:cut])
        stream = stream[cut:]

    assert [one.status for one in found] == [0, 1]
    assert b"".join(one.body for one in found) == message


def read_back(kind: str, value: object) -> object:
    """A value as the other side reads it."""
    written = parsed(kind)
    stream = tds_tokens.Stream(iter([(written.info + written.encoded(value), True)]))
    return tds_tokens.read_type(stream).read(stream)


@given(st.decimals(-(10**15), 10**15, places=4), st.integers(-(10**24), 10**24))
def test_exact_numbers_keep_every_digit(small, large):
    assert Decimal(str(read_back("decimal(38,4)", small))) == small
    assert Decimal(str(read_back("money", small / 10000))) == round(small / 10000, 4)
    assert str(read_back("numeric(25,0)", large)) == str(large)


@given(st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)), st.integers(0, 6), st.integers(-840, 840))
def test_instants_keep_what_their_scale_allows(at, scale, minutes):
    cut = at.replace(microsecond=at.microsecond // 10 ** (6 - scale) * 10 ** (6 - scale))
    back: Any = read_back(f"datetime2({scale})", at)
    assert f"{back.date()} {back.time(6)}" == cut.isoformat(" ", "microseconds")

    if timedelta(days=2) < at - datetime(1, 1, 1) and at < datetime(9999, 12, 30):
        there = at.replace(tzinfo=timezone(timedelta(minutes=minutes)))
        back = read_back("datetimeoffset(6)", there)
        assert f"{back.date()} {back.time(6)}{back.zone()}" == there.isoformat(" ", "microseconds")
        assert there.astimezone(UTC) == datetime.fromisoformat(f"{back.date()} {back.time(6)}{back.zone()}")


@given(st.datetimes(datetime(1753, 1, 1), datetime(9999, 12, 30)))
def test_a_datetime_is_off_by_a_tick_at_most(at):
    back: Any = read_back("datetime", at)

    assert abs(datetime.fromisoformat(f"{back.date()} {back.time(3)}") - at) <= timedelta(milliseconds=2)


@given(st.text(st.characters(codec="utf-16")), st.binary(), st.dates(date(1, 1, 1)))
def test_texts_bytes_and_days_come_back(text, raw, day):
    assert read_back("nvarchar(max)", text) == text
    assert read_back("varbinary(max)", raw) == raw
    assert read_back("sql_variant", text[:9]) == text[:9]
    back: Any = read_back("date", day)
    assert back.date() == day.isoformat()


def test_a_value_that_is_too_long_for_its_column_is_refused():
    with pytest.raises(ValueError, match="8 bytes where the column has 6"):
        parsed("nvarchar(3)").encoded("four")


def test_the_browser_answers_who_it_knows():
    browser = Browser({"SQLEXPRESS": 50123, "SAGE": 50124}, port=0)
    with browser, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(30)
        asking.sendto(b"\x04sqlexpress\0", browser.address)
        one = asking.recv(1000)
        asking.sendto(b"\x04unknown\0", browser.address)  # stays without an answer
        asking.sendto(b"\x03", browser.address)
        everyone = asking.recv(1000)

    assert struct.unpack("<BH", one[:3]) == (5, len(one) - 3)
    assert one[3:] == b"ServerName;LOOPBACK;InstanceName;SQLEXPRESS;IsClustered;No;Version;16.0.1000.6;tcp;50123;;"
    assert everyone.count(b"InstanceName;") == 2
