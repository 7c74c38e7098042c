"""From words on the command line to values: click reads them, every mistake becomes a problem with a code."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import click
import msgspec

from ..base.errors import BadInput
from ..base.texts import _

if TYPE_CHECKING:
    from .answers import Answer


if TYPE_CHECKING:
    Kind = click.ParamType[Any] | None
    _InstantBase = click.ParamType[datetime]
else:  # not generic in older versions of click
    _InstantBase = click.ParamType


_NEAR = 0.6
"""How much of two words must be the same (`difflib`) for one to be taken for the other."""


class Verb(msgspec.Struct, frozen=True):
    """One verb (or action of a verb): its words, its work, and what its JSON holds."""

    name: str
    about: str
    """One sentence in English, marked for the catalogues."""
    run: Callable[..., Answer] | None = None
    """Called with the session and one keyword for each parameter."""
    parameters: tuple[click.Parameter, ...] = ()
    blank: dict[str, object] = {}
    """The JSON members as they are when the verb does not come to fill them."""
    actions: tuple[Verb, ...] = ()
    """``config init`` and its like; then ``run`` and ``parameters`` are theirs."""


class Word(click.Argument):
    """A positional value; ``shown`` is its name in help and messages."""

    def __init__(self, name: str, shown: str, *, many: bool = False, required: bool = False, kind: Kind = None) -> None:
        super().__init__([name], nargs=-1 if many else 1, required=required, metavar=shown, type=kind)
        self.shown = shown


class Option(click.Option):
    """An option; ``help`` is an English sentence marked for the catalogues. An ``alias`` is taken, and not listed."""

    def __init__(  # noqa: PLR0913  as few as an option has sides
        self,
        flag: str,
        help: str,
        shown: str = "",
        *,
        kind: Kind = None,
        default: str | int | bool | None = None,
        many: bool = False,
        is_flag: bool = False,
        alias: str = "",
    ) -> None:
        super().__init__(
            [flag, alias] if alias else [flag],
            help=help,
            metavar=shown or None,
            type=kind,
            default=default,
            multiple=many,
            is_flag=is_flag,
        )


def switch(flag: str, help: str, *, alias: str = "") -> Option:
    """An option without a value."""
    return Option(flag, help, is_flag=True, default=False, alias=alias)


class Instant(_InstantBase):
    """A day or an instant in ISO 8601; without an offset it is local time."""

    name = "instant"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Parse, or fail as a usage error."""
        try:
            return datetime.fromisoformat(str(value)).astimezone()
        except (ValueError, OverflowError, OSError):
            self.fail("", param, ctx)


class Until(Instant):
    """The same as an end: a day lasts until its last second, on the clock here."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Parse, or fail as a usage error."""
        try:
            day = date.fromisoformat(str(value))
        except ValueError:
            return super().convert(value, param, ctx)
        try:
            return datetime.combine(day, time(23, 59, 59)).astimezone()
        except (ValueError, OverflowError, OSError):
            self.fail("", param, ctx)


def parse(verb: Verb, words: Sequence[str]) -> dict[str, Any]:
    """The parameters of ``verb`` as its ``run`` takes them. Raises `BadInput` (``cli.usage_…``)."""
    command = click.Command(
        verb.name,
        params=list(verb.parameters),
        add_help_option=False,
        context_settings={"allow_extra_args": True, "help_option_names": []},
    )
    try:
        context = command.make_context(verb.name, list(words))
    except click.NoSuchOption as error:
        raise BadInput(
            "cli.usage_option",
            verb=verb.name,
            option=error.option_name,
            nearest=nearest(error.option_name, flags(verb), otherwise=""),
        ) from error
    except click.MissingParameter as error:
        raise BadInput("cli.usage_missing", verb=verb.name, what=_shown(verb, error.param)) from error
    except click.BadParameter as error:
        raise _bad_value(verb, error, words) from error
    except click.BadOptionUsage as error:
        raise BadInput("cli.usage_needs_value", option=error.option_name) from error
    except click.UsageError as error:
        raise BadInput("cli.usage_extra", what=error.format_message(), verb=verb.name) from error
    if context.args:
        raise BadInput("cli.usage_extra", what=context.args[0], verb=verb.name)
    _refuse_twice(verb, words)
    return context.params


def _refuse_twice(verb: Verb, words: Sequence[str]) -> None:
    """Refuse an option that takes one value and was given different ones: the last would win without a word."""
    known = {flag: one for one in verb.parameters if isinstance(one, click.Option) for flag in one.opts}
    given: dict[str, list[str]] = {}
    rest = iter(words)
    for word in rest:
        if word == "--":
            break
        flag, sign, value = word.partition("=")
        option = known.get(flag)
        if option is None or option.is_flag:
            continue
        told = value if sign else next(rest, "")
        if not option.multiple:
            given.setdefault(option.opts[0], []).append(told)
    for flag, values in given.items():
        different = list(dict.fromkeys(values))
        if len(different) > 1:
            raise BadInput("cli.usage_twice", option=flag, value=", ".join(different))


def flags(verb: Verb) -> list[str]:
    """The option names of ``verb``."""
    return [flag for one in verb.parameters if isinstance(one, click.Option) for flag in one.opts]


def nearest(given: str, known: Iterable[str], otherwise: str | None = None) -> str:
    """The known words most like ``given``; when none is, ``otherwise`` (by default all of them), or ``-`` for none."""
    import difflib

    every = list(known)
    plain = {one.lstrip("-"): one for one in every}  # that both begin with dashes makes no two options alike
    found = difflib.get_close_matches(given.lstrip("-"), plain, n=2, cutoff=_NEAR)
    near = ", ".join(plain[one] for one in found)
    return near or (", ".join(every) if otherwise is None else otherwise) or "-"


def exclusive(**given: object) -> None:
    """Refuse two of ``given`` together; names are as the person wrote them, with ``_`` for ``-``."""
    said = [name for name, value in given.items() if value]
    if len(said) > 1:
        what = ", ".join(name if name.isupper() else "--" + name.replace("_", "-") for name in said)
        raise BadInput("cli.usage_together", what=what)


def _shown(verb: Verb, parameter: click.Parameter | None) -> str:
    if isinstance(parameter, click.Option):
        return parameter.opts[0]
    if parameter is not None and isinstance(parameter.type, click.Choice):  # called like what may be written there
        return _("the word behind «{verb}»").format(verb=verb.name)
    return getattr(parameter, "shown", "") or "?"


def _bad_value(verb: Verb, error: click.BadParameter, words: Sequence[str]) -> BadInput:
    """Which parameter, what was given, what is allowed."""
    parameter = error.param
    return BadInput(
        "cli.usage_value",
        what=_shown(verb, parameter),
        value=_given(verb, parameter, words),
        allowed=_allowed(parameter.type if parameter is not None else None),
    )


def _given(verb: Verb, parameter: click.Parameter | None, words: Sequence[str]) -> str:
    """The words given for ``parameter``; click tells them inside a sentence only."""
    if isinstance(parameter, click.Option):
        for flag in parameter.opts:
            for number, word in enumerate(words):
                if word == flag and number + 1 < len(words):
                    return words[number + 1]
                if word.startswith(flag + "="):
                    return word.partition("=")[2]
    return " ".join(word for word in words if not word.startswith("-")) or verb.name


def _allowed(kind: object) -> str:
    if isinstance(kind, click.Choice):
        return ", ".join(str(one) for one in kind.choices)
    if isinstance(kind, click.IntRange) and kind.max is not None:
        return _("whole numbers from {low} to {high}").format(low=kind.min, high=kind.max)
    if isinstance(kind, click.IntRange):
        return _("whole numbers from {low} on").format(low=kind.min)
    if isinstance(kind, Instant):
        return _("instants such as 2025-08-06 or 2025-08-06T14:30:00-03:00")
    return _("see --help")
