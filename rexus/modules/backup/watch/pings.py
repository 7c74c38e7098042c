"""Dead man's switches: an address that is asked for at start, success and failure of every run."""

from __future__ import annotations

import http.client
import logging
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit, urlunsplit

import msgspec

from ..base import sentences_notices as words
from ..base.errors import BackupError, Failed
from ..base.masking import Mask
from ..base.records import Origin, Outcome, Problem, Severity, Status
from ..base.watching import Occurrence
from ..config.secrets import Secret
from ..config.settings import Ping
from ..jobs.account import with_warnings
from ..jobs.logs import log_path
from . import notify
from .after import Ending, Watching, tell_people
from .channels import parts_of, secret_in_time
from .deadline import within

log = logging.getLogger(__name__)

_TAIL_BYTES = 10_000
_TRIES = 3
_PAUSE = 0.05
"""Wait before the second try, as a part of the time there is; twice as long before the third."""
_TOO_MANY = 429
_SERVER = 500
_SAID = {
    Status.OK: "",
    Status.WARNINGS: "",
    Status.SKIPPED: "log",
    Status.BUSY: "log",
    Status.CANCELLED: "log",
}
"""What stands behind the address; a run that did not take place is no success, and its alarm comes by itself."""
_EXITS = {Status.FAILED: 2, Status.INTERRUPTED: 2, Status.REFUSED: 3}
"""What the program itself ends with then: the first line of a failure's body is ``exit=2``."""
_ENDS = {
    Status.OK: "success",
    Status.WARNINGS: "warning",
    Status.SKIPPED: "skipped",
    Status.BUSY: "skipped",
    Status.CANCELLED: "stopped",
    Status.INTERRUPTED: "cut",
}


class Pings:
    """Asks for the addresses of the configuration; every trouble comes back as a warning. No method raises."""

    def __init__(self, watching: Watching, pause: Callable[[float], None] = time.sleep) -> None:
        self._watching = watching
        self._pause = pause

    def started(self, occurrence: Occurrence) -> tuple[Problem, ...]:
        """Say that a run begins."""
        return self._signal(occurrence, "start", lambda: "")

    def ended(self, occurrence: Occurrence, outcome: Outcome) -> tuple[Problem, ...]:
        """Say how a run ended."""
        what = _SAID.get(outcome.status, "fail")
        return self._signal(occurrence, what, lambda: self._body(occurrence, outcome))

    def skipped(self, occurrence: Occurrence, problem: Problem) -> tuple[Problem, ...]:
        """Say that a run did not take place, and why; to people too, for no job can tell of it itself."""
        outcome = Outcome(status=Status.SKIPPED, problems=(problem,))
        ending = Ending(action=occurrence.action, origin=Origin.SCHEDULED, who=occurrence.schedule, outcome=outcome)
        return (*self.ended(occurrence, outcome), *tell_people(ending, self._watching))

    def looked_at(self, outcome: Outcome) -> Outcome:
        """The ``outcome`` of a test of notices, with whether every address can be used.

        None is asked for, because that would count as a run.
        """
        wanted = self._watching.loaded.settings.notices.pings
        told = (
            [Problem(code="ping.untested", severity=Severity.INFO, values={"names": _names(wanted)})] if wanted else []
        )
        for one in wanted:
            try:
                self._found(one.variable)
            except BackupError as error:
                told.append(msgspec.structs.replace(error.problem, severity=Severity.WARNING))
        return with_warnings(outcome, tuple(told))

    def _signal(self, occurrence: Occurrence, what: str, body: Callable[[], str]) -> tuple[Problem, ...]:
        wanted = [one for one in self._watching.loaded.settings.notices.pings if _is_for(one, occurrence)]
        problems: list[Problem] = []
        for one in wanted:
            try:
                self._ask(one.variable, what, body())
            except BackupError as error:
                log.warning("%s", error)
                problems.append(msgspec.structs.replace(error.problem, severity=Severity.WARNING))
            except Exception as error:  # noqa: BLE001  the run goes on whatever the other side does
                problems.append(_warning("ping.unsent", variable=one.variable, what=what, why=type(error).__name__))
        return tuple(problems)

    def _ask(self, variable: str, what: str, body: str) -> None:
        """Ask for one address. Raises `Failed`."""
        timeout_s = self._watching.loaded.settings.notices.timeout_s
        secret = self._found(variable)
        hide = Mask([*self._watching.loaded.secret_values, *parts_of(secret)])
        told = self._masked(body, secret)
        address = _address(secret, what, variable)
        try:
            within(timeout_s, lambda: self._patiently(address, told.encode("utf-8", "replace"), timeout_s))
        except TimeoutError:
            raise Failed("ping.slow", variable=variable, what=what or "ok", seconds=timeout_s) from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise Failed("ping.unsent", variable=variable, what=what or "ok", why=hide(_reason(error))) from None

    def _found(self, variable: str) -> Secret:
        """The address by its name, which can be used. Raises `Failed`."""
        loaded = self._watching.loaded
        secret = secret_in_time(variable, loaded.environment, loaded.settings.notices.timeout_s)
        if secret is None:
            raise Failed("ping.no_secret", variable=variable)
        _address(secret, "", variable)
        return secret

    def _masked(self, body: str, own: Secret) -> str:
        """``body`` without any secret at hand: the log may tell of other channels and switches than this one."""
        others = (one.variable for one in self._watching.loaded.settings.notices.pings)
        session = [os.environ[one].strip() for one in others if one in os.environ]
        return Mask([*session, own.reveal()])(notify.mask_of(self._watching)(body))

    def _patiently(self, address: str, body: bytes, timeout_s: float) -> None:
        """Ask up to three times, as long as there is time. Raises `OSError`, `ValueError`, `HTTPException`."""
        until = time.monotonic() + timeout_s
        pause = timeout_s * _PAUSE
        for attempt in range(1, _TRIES + 1):
            try:
                return _post(address, body, timeout_s)
            except (OSError, http.client.HTTPException) as error:
                hopeless = isinstance(error, urllib.error.HTTPError) and not _may_pass(error.code)
                if hopeless or attempt == _TRIES or time.monotonic() + attempt * pause >= until:
                    raise
            self._pause(attempt * pause)
        return None

    def _body(self, occurrence: Occurrence, outcome: Outcome) -> str:
        """How it ended, and the end of today's log."""
        root, now = self._watching.root, self._watching.clock.now()
        end = _ENDS.get(outcome.status, "failure")
        facts = words.LetterFacts(
            action=occurrence.action,
            end=end,
            host=notify.host(),
            root=str(root),
            at=now,
            set=outcome.set,
            problems=outcome.problems,
        )
        with notify.speaking(self._watching):
            title, text = words.letter(facts)
        try:
            tail = log_path(root / "logs", now).read_bytes()[-_TAIL_BYTES:]
        except OSError:
            tail = b""
        code = _EXITS.get(outcome.status)
        first = f"exit={code}\n" if code is not None else ""
        return f"{first}{title}\n\n{text}\n\n{tail.decode('utf-8', 'replace')}"


def _names(several: Sequence[Ping]) -> str:
    return ", ".join(dict.fromkeys(one.variable for one in several))


def _is_for(ping: Ping, occurrence: Occurrence) -> bool:
    """By itself only for full backups: a log backup minutes later would say that all is well again."""
    return occurrence.schedule in ping.schedules if ping.schedules else occurrence.action == "backup"


def _address(secret: Secret, what: str, variable: str) -> str:
    """The address with ``what`` behind its path. Raises `Failed`."""
    try:
        parts = urlsplit(secret.reveal())
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise Failed("ping.bad_address", variable=variable)
    path = parts.path.rstrip("/") + f"/{what}" if what else parts.path
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))


def _post(address: str, body: bytes, timeout_s: float) -> None:
    headers = {"User-Agent": "rexus-backups", "Content-Type": "text/plain; charset=utf-8"}
    request = urllib.request.Request(address, data=body, headers=headers, method="POST")  # noqa: S310  see _address
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # noqa: S310
            answer.read(1000)
    except urllib.error.HTTPError as error:
        error.close()
        raise


def _may_pass(code: int) -> bool:
    return code >= _SERVER or code == _TOO_MANY


def _reason(error: BaseException) -> str:
    """What went wrong, without the address."""
    if isinstance(error, urllib.error.HTTPError):
        return f"HTTP {error.code}"
    inner = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(inner, OSError):
        return inner.strerror or type(inner).__name__
    return type(inner).__name__


def _warning(code: str, **values: str | int) -> Problem:
    return Problem(code=code, severity=Severity.WARNING, values=values)
