"""Who may do what: groups of the operating system."""

from __future__ import annotations

from typing import ClassVar

from ..base.saying import N_
from ..base.texts import _
from ..config.draft import Draft
from ..config.roles import Right, role_of
from ..config.settings import Roles
from . import words
from .settings_fields import WordsField
from .settings_section import Section, hint, whole


class PeopleSection(Section):
    """Three lists of groups."""

    key: ClassVar[str] = "people"
    title: ClassVar[str] = N_("People")
    icon: ClassVar[str] = "users"
    owns: ClassVar[tuple[str, ...]] = ("roles",)

    def __init__(self) -> None:
        super().__init__()
        self.administrators = self.bind(
            WordsField(
                _("Administrators"),
                ("roles", "administrators"),
                hint=_("Groups, with commas between"),
                note=_("They may do everything, change these settings too."),
            )
        )
        self.operators = self.bind(
            WordsField(
                _("Operators"),
                ("roles", "operators"),
                note=_("They back up, check, test and plan; they don't overwrite, delete or change settings."),
            )
        )
        self.viewers = self.bind(
            WordsField(_("Who may look"), ("roles", "viewers"), note=_("Empty: everybody else may look."))
        )
        self.warning = hint(
            _("After saving this you could no longer change settings yourself: you are in none of these groups."),
            "warning",
            "warn",
        )
        self.warning.hide()
        about = hint(
            _(
                "Groups of this computer or of the domain. With nobody named, everybody may do everything. Inside "
                "Rexus its own roles count instead."
            )
        )
        words.column(
            whole(
                words.label(_("Who may do what"), "h2"), about, self.administrators, self.warning, self.operators,
                self.viewers, gap=10,
            ),
            ..., gap=12, parent=self,
        )  # fmt: skip

    def judge(self, draft: Draft) -> None:
        """See `Section.judge`, and warn whoever would lock themselves out."""
        super().judge(draft)
        roles = draft.part(("roles",), Roles)
        identity = self.desk.identity if self.desk is not None else None
        locked = self.free and roles is not None and Right.CONFIG not in role_of(identity, roles).rights
        self.warning.setVisible(locked)
