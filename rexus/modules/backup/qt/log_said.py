"""What a line of the log says, in the reader's language: codes and their values become their sentence. No Qt here."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from ..base import called
from ..base.records import Problem, Severity, Status
from ..base.sentences import TEXTS
from ..base.texts import _
from . import telling

_CODE = re.compile(r"(?<![\w./\\-])([a-z][a-z_]*(?:\.[a-z][a-z0-9_]*)+)( \((?=\w+=)| \{(?=['}]))?")
"""A code, and the begin of its values as `BackupError` (in brackets) or the sweeping (in braces) writes them."""
_PAIR = re.compile(r"(\w+)=('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|-?\d+)(?:, |(?=\)))")
_BEGINS = re.compile(r"backup (\S+) begins: (.+)")
_ENDED = re.compile(rf"([a-z_. ]+?)(?: (\d{{8}}_\S+))?: ({'|'.join(Status)})")
Values = dict[str, str | int]


def said(message: str) -> str:
    """The message as somebody can read it; what is not known stays as it was written."""
    for pattern, tell in _WHOLE:
        match = pattern.fullmatch(message)
        if match is not None:
            return tell(match) or message
    told, at = "", 0
    for match in _CODE.finditer(message):
        if match[1] not in TEXTS or match.start() < at:
            continue
        values, end = _values(message, match)
        if values is None:
            continue
        sentence = telling.reason(Problem(code=match[1], severity=Severity.WARNING, values=values))
        told += message[at : match.start()] + sentence
        at = end
    return told + message[at:]


def failed(message: str) -> bool:
    """Whether the line says that a job failed: it is a failure, whatever level it was written with."""
    match = _ENDED.fullmatch(message)
    return match is not None and match[3] in (Status.FAILED, Status.INTERRUPTED)


def _begun(match: re.Match[str]) -> str:
    return _("The backup {set} begins: {names}").format(set=match[1], names=match[2])


def _ended(match: re.Match[str]) -> str:
    what = called.DEEDS.get(match[1])
    if what is None:
        return ""
    named = f"{_(what)} {match[2]}" if match[2] else _(what)
    return f"{named[:1].upper()}{named[1:]}: {telling.status_words(Status(match[3]))}"


_WHOLE: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = ((_BEGINS, _begun), (_ENDED, _ended))


def _values(message: str, match: re.Match[str]) -> tuple[Values | None, int]:
    """The values behind a code, and where they end; None: they can't be read, so the code is better left alone."""
    if match[2] is None:  # a sentence with gaps that nothing fills says less than its code
        return (None if "{" in TEXTS[match[1]].message else {}), match.end()
    return _in_brackets(message, match.end()) if "(" in match[2] else _in_braces(message, match.end() - 1)


def _in_brackets(message: str, at: int) -> tuple[Values | None, int]:
    values: Values = {}
    while pair := _PAIR.match(message, at):
        values[pair[1]] = ast.literal_eval(pair[2])
        at = pair.end()
    return (values, at + 1) if message[at : at + 1] == ")" else (None, at)


def _in_braces(message: str, at: int) -> tuple[Values | None, int]:
    end = message.rfind("}") + 1
    try:
        values = ast.literal_eval(message[at:end])
    except (SyntaxError, ValueError):
        return None, at
    if not isinstance(values, dict) or not all(isinstance(one, str | int) for one in values.values()):
        return None, at
    return {str(key): one for key, one in values.items()}, end
