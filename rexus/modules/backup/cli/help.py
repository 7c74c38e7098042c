"""Help in the reader's language, made from what the verbs declare."""

from __future__ import annotations

import shutil
import textwrap
from typing import TYPE_CHECKING

import click

from ..base import called
from ..base.saying import N_
from ..base.texts import _
from .about import ABOUT

if TYPE_CHECKING:
    from .parsing import Verb

_GLOBALS = (
    ("--config FILE", N_("the configuration; by default backup_config.json beside the program")),
    ("--config DIR", N_("a backup folder with no configuration: to list, verify and restore what is in it")),
    ("--lang es|en", N_("the language; by default as in the configuration")),
    ("--json", N_("one JSON object on stdout, all else on stderr")),
    ("--debug", N_("a log with every detail")),
    ("--trace-sql FILE", N_("write every batch sent to a server to FILE")),
    ("--help", N_("this help")),
)
_EXITS = N_("Exit codes: 0 done, 1 done with warnings, 2 failed, 3 refused and nothing touched, 4 busy, 130 cancelled.")


def overview() -> str:
    """What there is."""
    lines = [_("Usage: {usage}").format(usage=_places("main_backup.py [GLOBAL] VERB …")), ""]
    lines += _paragraph(_("Backs up, proves and restores the databases of Rexus.app."))
    lines += ["", _("Verbs:"), *_listed(tuple(ABOUT.items()))]
    lines += [
        "",
        _("Global options, before or after the verb:"),
        *_listed((*_GLOBALS, ("--version", N_("the version")))),
    ]
    return "\n".join([*lines, "", *_paragraph(_(_EXITS))])


def of_verb(verb: Verb) -> str:
    """One verb, or one action of a verb."""
    lines = [_("Usage: {usage}").format(usage=f"main_backup.py [GLOBAL] {verb.name} {_usage(verb)}".rstrip()), ""]
    lines += _paragraph(_(verb.about))
    if verb.actions:
        lines += ["", _("Actions:"), *_listed(tuple((one.name.split()[-1], one.about) for one in verb.actions))]
    options = [one for one in verb.parameters if isinstance(one, click.Option)]
    if options:
        lines += ["", _("Options:"), *_listed(tuple((_written(one), one.help or "") for one in options))]
    return "\n".join([*lines, "", _("Global options, before or after the verb:"), *_listed(_GLOBALS)])


def _usage(verb: Verb) -> str:
    if verb.actions:
        return "|".join(one.name.split()[-1] for one in verb.actions)
    words = []
    for one in verb.parameters:
        if isinstance(one, click.Option):
            continue
        shown = _places(f"{one.metavar}{' …' if one.nargs == -1 else ''}")
        words.append(shown if one.required else f"[{shown}]")
    return " ".join([*words, *(f"[{_written(one)}]" for one in verb.parameters if isinstance(one, click.Option))])


def _written(option: click.Option) -> str:
    if option.is_flag:
        return option.opts[0]
    shown = option.metavar or (
        "|".join(map(str, option.type.choices)) if isinstance(option.type, click.Choice) else "N"
    )
    return f"{option.opts[0]} {_places(shown)}"


def _listed(entries: tuple[tuple[str, str], ...]) -> list[str]:
    """Terms and their sentences in two columns."""
    told = [(_places(term), sentence) for term, sentence in entries]
    wide = min(max(len(term) for term, _sentence in told), 28) + 4
    lines: list[str] = []
    for term, sentence in told:
        folded = textwrap.wrap(_(sentence), max(_width() - wide, 30)) or [""]
        head = f"  {term}".ljust(wide)
        if len(term) + 3 > wide:
            lines.append(head)
            head = " " * wide
        lines.append((head + folded[0]).rstrip())
        lines += [" " * wide + more for more in folded[1:]]
    return lines


def _places(usage: str) -> str:
    """A command with the reader's words for what one has to write there."""
    return called.places(usage, _)


def _paragraph(text: str) -> list[str]:
    return textwrap.wrap(text, _width())


def _width() -> int:
    return min(shutil.get_terminal_size((100, 24)).columns, 110)
