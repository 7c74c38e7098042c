"""What could not come in is not tried again at once where that costs time or an account; what costs nothing is."""

from __future__ import annotations

import pytest

from rexus.modules.backup.base.errors import BackupError, SourceFailed
from rexus.modules.backup.engines import sqlserver_away
from rexus.modules.backup.engines.messages import Message, failure_of, problem_of
from rexus.modules.backup.engines.sqlserver_away import Door, Once
from rexus.modules.backup.engines.sqlserver_client import End, Executed
from rexus.modules.backup.engines.tsql import Batch

REFUSED = Message(number=18456, severity=14, state=1, line=1, text="Login failed for user 'ana'.")
STARTING = Message(number=18401, severity=14, state=1, line=1, text="Login failed: the server is starting.")
AWAY = Executed(end=End.FINISHED, connected=False, said="sqlserver.unreachable")
THERE = Executed(end=End.FINISHED)


class Several:
    """Answers in turn, after so many seconds each."""

    name = "several"

    def __init__(self, *answers: tuple[Executed, float]) -> None:
        self.answers, self.now, self.asked = list(answers), 100.0, 0

    def execute(self, _batch: Batch, **_: object) -> Executed:
        executed, took_s = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        self.now += took_s
        return executed

    def failure(self, executed: Executed) -> BackupError:
        refused = problem_of(executed.messages, server="s", login="ana")
        return failure_of(refused) if refused is not None else SourceFailed(executed.said)


def outcomes(client: Several, monkeypatch: pytest.MonkeyPatch, count: int = 3) -> list[bool]:
    """Whether each of so many questions came in."""
    monkeypatch.setattr(sqlserver_away.time, "monotonic", lambda: client.now)
    once = Once(client, Door())
    return [once.execute(Batch(text="SELECT 1")).connected for _ in range(count)]


def test_who_had_to_wait_is_not_made_to_wait_again(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Several((AWAY, 15.0))
    assert outcomes(client, monkeypatch) == [False] * 3
    assert client.asked == 1


@pytest.mark.parametrize(
    "refused",
    [
        Executed(end=End.FINISHED, connected=False, messages=(REFUSED,)),
        Executed(end=End.FINISHED, connected=False, said="sqlserver.login_failed"),  # sqlcmd shows no number
    ],
)
def test_a_refused_login_is_not_repeated_however_quick(monkeypatch: pytest.MonkeyPatch, refused: Executed) -> None:
    client = Several((refused, 0.01))
    assert outcomes(client, monkeypatch) == [False] * 3
    assert client.asked == 1


@pytest.mark.parametrize("messages", [(), (STARTING,)])
def test_a_server_that_just_starts_is_asked_again(monkeypatch: pytest.MonkeyPatch, messages) -> None:
    client = Several(
        (Executed(end=End.FINISHED, connected=False, messages=messages, said="sqlserver.unreachable"), 0.01),
        (THERE, 0.01),
    )
    assert outcomes(client, monkeypatch) == [False, True, True]


@pytest.mark.parametrize("end", [End.CANCELLED, End.TIMEOUT])
def test_who_was_stopped_knows_nothing_of_the_server(monkeypatch: pytest.MonkeyPatch, end: End) -> None:
    client = Several((Executed(end=end), 1.0), (AWAY, 15.0))
    assert outcomes(client, monkeypatch) == [True, False, False]
    assert client.asked == 2


def test_once_somebody_came_in_everybody_is_asked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Several((THERE, 0.1), (AWAY, 15.0))
    assert outcomes(client, monkeypatch) == [True, False, False]
    assert client.asked == 3
