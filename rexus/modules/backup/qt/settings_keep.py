"""How much is kept: a usual choice or exact numbers, and beside it what would go, worked out on every keystroke."""

from __future__ import annotations

from typing import ClassVar

from qtpy.QtCore import Qt, QTimer
from qtpy.QtWidgets import QGridLayout, QWidget

from ..base.records import Action, Problem
from ..base.saying import N_
from ..base.texts import _, n_
from ..base.watching import PrunePlan
from ..config.draft import Draft
from ..config.settings import Retention
from . import telling, words
from .guard import guarded
from .settings_fields import ChoiceField, FlagField, NumberField, OptionalField, beside
from .settings_kept import KeptTable
from .settings_section import Section, split, whole

PERIODS = ("daily", "weekly", "monthly", "yearly")
PRESETS = {
    "month": (N_("Usual: a month day by day"), (30, 12, 12, 5)),
    "fortnight": (N_("Two weeks day by day"), (14, 8, 12, 3)),
    "week": (N_("Little space: one week"), (7, 4, 6, 1)),
    "years": (N_("Long: two months, ten years"), (60, 26, 24, 10)),
}
OWN = "own"
DELAY_MS = 200


class KeepSection(Section):
    """Retention left, its effect right."""

    key: ClassVar[str] = "keep"
    title: ClassVar[str] = N_("What is kept")
    icon: ClassVar[str] = "calendar"
    owns: ClassVar[tuple[str, ...]] = ("retention", "cleanup")

    def __init__(self) -> None:
        super().__init__()
        choices = [*((key, _(name)) for key, (name, _numbers) in PRESETS.items()), (OWN, _("By your own numbers"))]
        self.preset = ChoiceField("", (), choices)
        words.named(self.preset.box, _("How much is kept"))
        self.preset.edited.connect(self._on_preset)
        self.after = self.bind(FlagField(_("Delete the rest after each backup"), ("retention", "after_backup")))
        self.table = KeptTable()
        self.summary = words.label(rx="strong", wrap=True)
        self.because = words.label(rx="meta", tone="warn", wrap=True)
        self.because.hide()
        self.button_all = words.button(_("See all"), "link")
        self.button_all.clicked.connect(self._on_all)
        self._every = False
        right = words.column(words.row((self.summary, 1), self.button_all), self.because, (self.table, 1), gap=6)
        words.column((split(self._left(), right), 1), self._aside(), gap=12, parent=self)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(DELAY_MS)
        self._soon.timeout.connect(self.shown)
        self._asked: Retention | None = None

    def _left(self) -> QWidget:
        left = QWidget()
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(8)
        names = (_("Days"), _("Weeks"), _("Months"), _("Years"))
        self.numbers = [
            self.bind(NumberField(name, ("retention", period))) for period, name in zip(PERIODS, names, strict=True)
        ]
        for number, field in enumerate(self.numbers):
            grid.addWidget(field, number // 2, number % 2, Qt.AlignmentFlag.AlignTop)
        grid.setColumnStretch(1, 1)
        self.count = self.bind(OptionalField(_("Always the newest"), ("retention", "count"), 10))
        self.age = self.bind(OptionalField(_("Always the last"), ("retention", "max_age_days"), 7, unit=_("days")))
        explained = words.label(
            _("Of each of so many days, weeks, months and years that have one, the newest proven copy stays."),
            "meta",
            wrap=True,
        )
        safe = words.row(
            words.column(words.icon_label("lock", "text2", 16), ...),
            (
                words.label(
                    _("The newest proven copy of each database and the pinned ones always stay."), "meta", wrap=True
                ),
                1,
            ),
        )
        words.column(
            words.label(_("How much is kept"), "h2"), 2, self.preset, grid, explained, 2, self.count, self.age,
            self.after, safe, ..., gap=8, parent=left,
        )  # fmt: skip
        return left

    def _aside(self) -> QWidget:
        safety = self.bind(
            NumberField(_("Copies made before a restore, kept for"), ("retention", "safety_days"), unit=_("days"))
        )
        failed = self.bind(
            NumberField(_("What failed, kept as a trace for"), ("retention", "failed_days"), unit=_("days"))
        )
        orphans = self.bind(
            NumberField(_("Files of no copy, deleted after"), ("cleanup", "orphan_days"), unit=_("days"))
        )
        audit = self.bind(NumberField(_("Audit trail, kept for"), ("cleanup", "audit_days"), unit=_("days")))
        return whole(beside((safety, 1), (failed, 1), gap=24), beside((orphans, 1), (audit, 1), gap=24))

    def command(self) -> tuple[str, ...]:
        """See `Section.command`."""
        return ("prune", "--plan")

    def fill(self, draft: Draft) -> None:
        """Show which usual choice these numbers are."""
        self.preset.editable(self.free)

    def judge(self, draft: Draft) -> None:
        """See `Section.judge`; another effect is asked for a moment after the last keystroke."""
        super().judge(draft)
        numbers = tuple(draft.get(("retention", period)) for period in PERIODS)
        self.preset.fill(next((key for key, (_name, known) in PRESETS.items() if known == numbers), OWN))
        if self.isVisible() and self._wanted() != self._asked:
            self._soon.start()

    @guarded
    def _on_preset(self, _key: object, value: object) -> None:
        if value in PRESETS:
            for field, number in zip(self.numbers, PRESETS[str(value)][1], strict=True):
                field.fill(number)
                self.put(field.key, number)
        else:
            self.numbers[0].box.setFocus()

    # --- the effect

    def _wanted(self) -> Retention | None:
        return self.draft.part(("retention",), Retention) if self.draft is not None else None

    @guarded
    def shown(self) -> None:
        """Ask what these rules would decide."""
        self.table.fit()
        rules, desk = self._wanted(), self.desk
        if desk is None or desk.model is None:
            return
        if rules is None:
            self.summary.setText(_("Correct the numbers to see what would go."))
            return
        self._asked = rules
        if not self.table.kept.plan.decisions:
            self.summary.setText(_("Reading the copies…"))
        desk.ask(self, lambda model: model.preview_retention(rules), self._show, self._unknown, key="kept")

    def _show(self, plan: PrunePlan) -> None:
        goes = [one for one in plan.decisions if one.action is Action.DELETE]
        self.table.kept.put(plan, every=self._every or not goes)
        self.button_all.setVisible(bool(goes) and len(goes) < len(plan.decisions))
        self.button_all.setText(_("See only what goes") if self._every else _("See all"))
        self.table.setVisible(bool(plan.decisions))
        self.summary.setText(_said(plan, len(goes)))
        waiting = next((one.because for one in plan.decisions if one.action is Action.REFUSE), None)
        told = plan.refused if plan.refused is not None and plan.refused.code != "prune.no_root" else waiting
        self.because.setText(telling.reason(told) if told is not None else "")
        self.because.setVisible(told is not None)

    def _unknown(self, problem: Problem) -> None:
        self.table.hide()
        self.summary.setText(telling.reason(problem))

    @guarded
    def _on_all(self) -> None:
        self._every = not self._every
        self._show(self.table.kept.plan)

    @property
    def plan(self) -> PrunePlan:
        """What is shown."""
        return self.table.kept.plan


def _said(plan: PrunePlan, goes: int) -> str:
    if not plan.decisions:
        return _("There are no copies yet.")
    if not goes:
        return _("No copy would be deleted.")
    return n_(
        "{count} copy would be deleted: {size} free", "{count} copies would be deleted: {size} free", goes
    ).format(count=telling.count(goes), size=telling.size(plan.freed_bytes))
