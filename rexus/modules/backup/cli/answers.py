"""What a verb answers: one status, its problems, the members of its JSON, and the same told to a person."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from ..base.errors import BackupError, Busy, Cancelled, Refused
from ..base.records import Finding, Outcome, Problem, Severity, Status
from ..base.sentences_beside import COMMAND
from ..base.server_variables import BY_VARIABLES
from ..base.texts import _, sentence
from .streams import clean, put_bytes, say
from .wording import mark

EXIT = {
    Status.OK: 0,
    Status.WARNINGS: 1,
    Status.SKIPPED: 1,
    Status.FAILED: 2,
    Status.INTERRUPTED: 2,
    Status.REFUSED: 3,
    Status.BUSY: 4,
    Status.CANCELLED: 130,
}
"""The exit code of every ending."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of one command."""

    status: Status = Status.OK
    problems: tuple[Problem, ...] = ()
    members: Mapping[str, object] = field(default_factory=dict)
    """JSON members beside ``status`` and ``problems``."""
    tell: Callable[[], None] = lambda: None
    """Tells the members to a person, on stdout."""
    whole: frozenset[str] = frozenset()
    """Codes of mere information that is told with what is safe and what to do."""
    by_set: bool = False
    """Whether a person is told which set (a value of each problem) a problem is of."""

    @property
    def exit_code(self) -> int:
        """What the process ends with."""
        return EXIT[self.status]


def settled(problems: tuple[Problem, ...]) -> Status:
    """The status of a question that was answered, though with ``problems``."""
    return Status.OK if all(one.severity is Severity.INFO for one in problems) else Status.WARNINGS


def refused_by(error: BackupError) -> Answer:
    """The answer when a verb could not do its work."""
    several = getattr(error, "problems", None)
    problems = tuple(several) if several else (error.problem,)
    if isinstance(error, Cancelled):
        return Answer(status=Status.CANCELLED, problems=problems)
    if isinstance(error, Busy):
        return Answer(status=Status.BUSY, problems=problems)
    return Answer(status=Status.REFUSED if isinstance(error, Refused) else Status.FAILED, problems=problems)


def of_job(outcome: Outcome, members: Mapping[str, object], tell: Callable[[], None]) -> Answer:
    """The answer of a job that ran."""
    return Answer(status=outcome.status, problems=outcome.problems, members=members, tell=tell)


def with_notes(answer: Answer, notes: tuple[Problem, ...]) -> Answer:
    """``answer`` with problems met beside the work; they can make a success one with warnings, nothing more."""
    if not notes:
        return answer
    status = settled(notes) if answer.status is Status.OK else answer.status
    return replace(answer, status=status, problems=(*answer.problems, *notes))


def told_by_variables(answer: Answer) -> Answer:
    """``answer`` of a folder without settings: sentences name the variables of `.env` that take their place."""
    told = (msgspec.structs.replace(one, values={**one.values, BY_VARIABLES: ".env"}) for one in answer.problems)
    return replace(answer, problems=tuple(told))


def print_json(answer: Answer, blank: Mapping[str, object]) -> None:
    """Write the one JSON object; members that the verb did not come to are as in ``blank``."""
    told = {
        "status": answer.status.value,
        "problems": [problem_json(one) for one in answer.problems],
        **blank,
        **answer.members,
    }
    try:
        data = msgspec.json.encode(told)
    except UnicodeEncodeError:  # file names that are no text, on systems where those exist
        data = json.dumps(msgspec.to_builtins(told)).encode("ascii")
    put_bytes(data + b"\n")


def print_human(answer: Answer) -> None:
    """Tell the result on stdout and its problems on stderr."""
    answer.tell()
    tell_problems(answer.problems, whole=answer.whole, by_set=answer.by_set)


def problem_json(problem: Problem | Finding) -> dict[str, object]:
    """A problem in the reader's language, with its code and values for programs."""
    said = sentence(problem)
    told: dict[str, object] = {
        "code": said.code,
        "severity": said.severity,
        "message": said.message,
        "safe": said.safe,
        "fix": said.fix,
        "values": problem.values,
    }
    if isinstance(problem, Problem) and problem.engine_number is not None:
        told["engine_number"] = problem.engine_number
    return told


def tell_problems(
    problems: tuple[Problem, ...],
    *,
    whole: frozenset[str] = frozenset(),
    by_set: bool = False,
    line: Callable[[str], None] = say,
) -> None:
    """What happened, what is still safe, what to do: worst first, each once; written with ``line``."""
    order = [Severity.ERROR, Severity.WARNING, Severity.INFO]
    common = _said_of_several(problems) if by_set else frozenset()
    seen: set[str] = set()
    commands: set[str] = set()
    for problem in sorted(problems, key=lambda one: order.index(one.severity)):
        said = sentence(problem)
        owner = str(problem.values.get("set", "")) if by_set else ""
        named = not owner or owner in said.message.replace(",", " ").replace(".", " ").split()
        message = said.message if named or said.message in common else f"{owner}: {said.message}"
        if message in seen:
            continue
        seen.add(message)
        line(f"{mark(problem.severity)} {clean(message)}")
        if problem.severity is Severity.INFO and problem.code not in whole:
            continue
        if said.safe:
            line("  " + _("Still safe:") + " " + clean(said.safe))
        command = str(problem.values.get(COMMAND, ""))
        if said.fix and (not command or command not in commands):  # one that is good for several stands once
            commands.add(command)
            line("  " + _("What to do:") + " " + clean(said.fix))


def _said_of_several(problems: tuple[Problem, ...]) -> frozenset[str]:
    """Mere information that is the same of several sets: it is told once, and of no set."""
    told = {(one.values.get("set"), sentence(one).message) for one in problems if one.severity is Severity.INFO}
    times = Counter(message for _set, message in told)
    return frozenset(message for message, count in times.items() if count > 1)
