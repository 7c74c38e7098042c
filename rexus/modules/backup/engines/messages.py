"""What the server says: typed messages, and the problem that a number means.

Numbers decide, never sentences: servers speak the language of the session. Of the text only what the numbers leave open
is read, by shape: names between quotes and the number of the operating system's error.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..base.errors import BackupError, BadInput, SourceFailed
from ..base.records import Problem, Record, Severity
from .sqlserver_numbers import BY_NUMBER, BY_OS_ERROR, FULL, OS_NUMBERS, TRAILERS, WARNINGS, Known
from .tsql import identifier

LOWEST_ERROR = 11
"""Severities from here on are errors; 10 travels as 0."""
PERCENT, NEEDS_MORE_LOG = 3211, 4322
DAMAGE_NOTICES = frozenset({3042, 3184, 3188})
"""Said beside a success that is none: what is in the backup is damaged."""
LONGEST_SAID = 600
_VERBS = ("BACKUP DATABASE WITH DIFFERENTIAL", "BACKUP DATABASE", "BACKUP LOG", "RESTORE DATABASE", "RESTORE LOG")
_OS_ERROR = re.compile(r"(?<![\w.])(\d{1,5}) ?\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"|«([^»]*)»|“([^”]*)”")
_WHOLE = re.compile(r"'(.*)'|\"(.*)\"", re.DOTALL)
_RIGHT = re.compile(r"\b[A-Z]{4,}(?: [A-Z]{2,})*\b")
_NUMBERS = re.compile(r"\d+(?:\.\d+)*")
_LONGEST_INTEGER = 15
"""Digits up to which a number travels as one; LSNs and versions are texts."""


class Message(Record, frozen=True, kw_only=True):
    """One message of the server."""

    text: str
    number: int | None = None
    """None: sqlcmd does not show it for what only informs, and the text is none of those that are known."""
    severity: int = 0
    state: int = 0
    line: int = 0
    procedure: str = ""

    @property
    def percent(self) -> int | None:
        """How far a BACKUP or RESTORE is (3211), as the server words it; None for any other message."""
        found = _NUMBERS.search(self.text) if self.number == PERCENT else None
        return min(100, int(found[0].partition(".")[0])) if found else None


def is_error(message: Message) -> bool:
    """Whether something failed; what the server words as an error though the work was done (3009) is none."""
    return message.severity >= LOWEST_ERROR and message.number not in WARNINGS


def is_damage_notice(message: Message) -> bool:
    """Whether the server tells that what it wrote or restored is damaged."""
    return message.number in DAMAGE_NOTICES


def verb_of(message: Message) -> str:
    """For which statement a 3014 stands, in words of T-SQL; empty: for none that is known."""
    return next((verb for verb in _VERBS if re.search(rf"\b{verb}\b", message.text)), "")


def found_errors(message: Message) -> int | None:
    """How many errors CHECKDB counted (8989); None for any other message."""
    if message.number != 8989:
        return None
    counts = [one for one in _figures(message.text) if isinstance(one, int)]
    return sum(counts[:2]) if counts else None


def cause_of(messages: Iterable[Message]) -> Message | None:
    """The error that tells why: the first that is not merely the end of the others (3013, 5069). None: no error."""
    errors = [one for one in messages if is_error(one)]
    return next((one for one in errors if one.number not in TRAILERS), errors[0] if errors else None)


def problem_of(messages: Iterable[Message], **known: str | int) -> Problem | None:
    """What went wrong, as a problem with its values; None where nothing did.

    ``known`` are values that the caller knows better than a message tells (``database``, ``login``, ``server`` …).
    """
    cause = cause_of(messages)
    return None if cause is None else worded(cause, Severity.ERROR, **known)


def warnings_of(messages: Iterable[Message], **known: str | int) -> tuple[Problem, ...]:
    """What is worth knowing though the work was done."""
    told = (one for one in messages if one.number in WARNINGS or is_damage_notice(one))
    return tuple(worded(one, Severity.WARNING, **known) for one in told)


def worded(message: Message, severity: Severity, **known: str | int) -> Problem:
    """One message as a problem. Of several paths only the message knows which one is meant."""
    sort = BY_NUMBER.get(message.number or 0, Known("sqlserver.engine_error"))
    values: dict[str, str | int] = {
        "number": message.number or 0,
        "said": " ".join(message.text.split())[:LONGEST_SAID],
        **dict.fromkeys(("database", "login", "server", *sort.names, *sort.numbers), "?"),
        **_named(message.text, sort.names),
    }
    code = sort.code
    values |= dict(zip(sort.numbers, _figures(message.text), strict=False))
    if sort.right:
        right = _RIGHT.search(message.text)
        values["right"] = right[0] if right else "?"
        code = RIGHTS.get(str(values["right"]), code)
    if message.number in OS_NUMBERS:
        code, told = _os_problem(message.text, code, str(values.get("path", "")))
        values |= told
    values |= {name: value for name, value in known.items() if name != "path" or values.get(name, "?") == "?"}
    return Problem(code=code, severity=severity, values=_pasteable(values), engine_number=message.number)


RIGHTS = {"BACKUP DATABASE": "sqlserver.backup_right", "BACKUP LOG": "sqlserver.backup_right"}
"""262 names the right that is missing; some are worth a sentence of their own."""


def failure_of(problem: Problem) -> BackupError:
    """The problem as what is raised."""
    return SourceFailed(problem.code, **problem.values)


def os_error_of(text: str) -> tuple[int, str] | None:
    """Number and words of the operating system's error in a message: ``5(Access is denied.)``."""
    quoted = (next(part for part in one.groups() if part is not None) for one in _QUOTED.finditer(text))
    # A path may hold «copia 2(vieja)»: what stands between quotes counts only where it is nothing but the error.
    found = _OS_ERROR.search(_QUOTED.sub("''", text)) or next(filter(None, map(_OS_ERROR.fullmatch, quoted)), None)
    return (int(found[1]), found[2].strip()) if found else None


def _os_problem(text: str, otherwise: str, path: str) -> tuple[str, dict[str, str | int]]:
    found = os_error_of(text)
    number, words = found if found is not None else (0, "")
    if otherwise == "sqlserver.target_path":
        code = "sqlserver.target_full" if number in FULL else otherwise
    else:
        code = "sqlserver.url_failed" if "://" in path else BY_OS_ERROR.get(number, otherwise)
    return code, {"os_error": number, "reason": words.rstrip(".") or "?"}


def _figures(text: str) -> list[str | int]:
    """The bare numbers of ``text``; those between quotes belong to names."""
    found = _NUMBERS.findall(_QUOTED.sub("", text))
    return [int(one) if one.isdigit() and len(one) <= _LONGEST_INTEGER else one for one in found]


def _named(text: str, names: tuple[str, ...]) -> dict[str, str | int]:
    """The quoted parts of ``text`` by their names; a single one may hold quotes itself."""
    told: dict[str, str | int] = dict.fromkeys(names, "?")
    if len(names) == 1:
        whole = _WHOLE.search(text)
        first = _QUOTED.search(text)
        if whole and len(_QUOTED.findall(text)) == 1:
            told[names[0]] = whole[1] if whole[1] is not None else whole[2]
        elif first:
            told[names[0]] = next(one for one in first.groups() if one is not None)
        return told
    for name, found in zip(names, _QUOTED.finditer(text), strict=False):
        told[name] = next(one for one in found.groups() if one is not None)
    return told


def _pasteable(values: dict[str, str | int]) -> dict[str, str | int]:
    """Beside a database and a login, the same as T-SQL writes them: for statements that people can paste."""
    for name in ("database", "login"):
        try:
            values[f"{name}_sql"] = identifier(str(values[name]))
        except (KeyError, BadInput):
            values[f"{name}_sql"] = "[?]"
    return values
