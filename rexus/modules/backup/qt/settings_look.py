"""Language and look of the window."""

from __future__ import annotations

from typing import ClassVar

from ..base.saying import N_
from ..base.texts import _
from . import words
from .settings_fields import ChoiceField, NumberField, beside
from .settings_section import Section, hint, whole

_LANGUAGES = (("es", "Español"), ("en", "English"))
_THEMES = (("system", N_("As the system")), ("light", N_("Light")), ("dark", N_("Dark")))
_LEVELS = (
    ("debug", N_("Everything, for support")),
    ("info", N_("What was done")),
    ("warning", N_("Warnings and worse")),
    ("error", N_("Failures only")),
)


class LookSection(Section):
    """What the window looks like, and what the log tells."""

    key: ClassVar[str] = "look"
    title: ClassVar[str] = N_("Look and language")
    icon: ClassVar[str] = "gear"
    owns: ClassVar[tuple[str, ...]] = ("language", "theme", "logs")

    def __init__(self) -> None:
        super().__init__()
        self.language = self.bind(ChoiceField(_("Language"), ("language",), _LANGUAGES))
        self.theme = self.bind(ChoiceField(_("Look"), ("theme",), [(one, _(told)) for one, told in _THEMES]))
        self.level = self.bind(ChoiceField(_("The log tells"), ("logs", "level"), [(o, _(t)) for o, t in _LEVELS]))
        self.days = self.bind(NumberField(_("Logs are kept for"), ("logs", "keep_days"), unit=_("days")))
        words.column(
            whole(
                words.label(_("Window"), "h2"), beside(self.language, self.theme, ..., gap=24),
                hint(_("Both count as soon as they are saved. Inside Rexus its own light or dark look stays.")), gap=10,
            ),
            whole(
                words.label(_("Log"), "h2"), beside(self.level, self.days, ..., gap=24),
                hint(_("The files of the log are always in English, whatever the language of the window.")), gap=10,
            ),
            ..., gap=12, parent=self,
        )  # fmt: skip

    def command(self) -> tuple[str, ...]:
        """See `Section.command`."""
        return ("config", "show")
