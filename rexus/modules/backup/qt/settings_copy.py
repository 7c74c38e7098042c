"""How copies are made and proven: compression, depth of the checks, and how often they are checked again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ..base.records import Codec
from ..base.saying import N_
from ..base.texts import _
from ..config.document import Value
from ..config.draft import Draft
from . import words
from .guard import guarded
from .settings_fields import ChoiceField, NumberField, beside
from .settings_questions import PLACE, Questions
from .settings_section import Section, hint, split

LEVELS = {Codec.GZIP: (0, 3), Codec.ZSTD: (1, 19)}
_CODECS = (
    (Codec.GZIP, N_("gzip: every program opens it")),
    (Codec.ZSTD, N_("zstd: smaller and faster")),
    (Codec.NONE, N_("None: as it is")),
)
_CODEC_MEANS = {
    Codec.GZIP: N_("Copies can be opened with any tool, without this program: gunzip on Linux, 7-Zip on Windows."),
    Codec.ZSTD: N_("Copies take less space and time. To open them without this program zstd or 7-Zip 24 is needed."),
    Codec.NONE: N_("Copies are as large as the databases. Nothing is needed to open them."),
}
_DEPTHS = (
    ("stored", N_("Stored bytes")),
    ("content", N_("Content, unpacked")),
    ("engine", N_("With the engine, page by page")),
)
_DEPTH_MEANS = {
    "stored": N_("The copy is read back from the disk and its checksum compared: one tick. The quickest."),
    "content": N_("It is unpacked too, and compared with what was read from the database: one tick in green."),
    "engine": N_("The engine opens the copy and looks at every page: two ticks. It takes longer."),
}

_THREE_TICKS = N_(
    "Three ticks need a restore on trial: add one under Times, or choose Check… and then Restore test of a backup."
)


class CopySection(Section):
    """Fields left, what they mean right."""

    key: ClassVar[str] = "copy"
    title: ClassVar[str] = N_("Copy and proof")
    icon: ClassVar[str] = "shield-check"
    owns: ClassVar[tuple[str, ...]] = (
        "compression", "verification", "health.verify_days", "health.drill_days", PLACE,
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.codec = self.bind(
            ChoiceField(_("Compression"), ("compression", "codec"), [(one.value, _(told)) for one, told in _CODECS])
        )
        self.codec.edited.connect(self._on_codec)
        self.level = self.bind(ChoiceField(_("Level"), ("compression", "level"), [(None, _("By itself"))]))
        self.threads = self.bind(
            NumberField(
                _("Threads for each database"), ("compression", "threads"), special=_("all|threads").partition("|")[0]
            )
        )
        self.parallel = self.bind(NumberField(_("Databases at once"), ("compression", "parallel"), special=_("auto")))
        self.proof = self.bind(
            ChoiceField(
                _("Check after each backup"), ("verification", "after_backup"), [(one, _(t)) for one, t in _DEPTHS]
            )
        )
        self.again = self.bind(
            NumberField(_("Warn when the newest was not checked for"), ("health", "verify_days"), unit=_("days"))
        )
        self.drill = self.bind(
            NumberField(
                _("Warn when a database was not restored on trial for"), ("health", "drill_days"), unit=_("days")
            )
        )
        self.codec_means = words.label(rx="muted", wrap=True)
        self.depth_means = words.label(rx="muted", wrap=True)
        making = words.column(
            words.label(_("How it is stored"), "h2"), 2, self.codec, self.level,
            beside((self.threads, 1), (self.parallel, 1)), ..., gap=8,
        )  # fmt: skip
        proof = words.column(
            words.label(_("How it is proven"), "h2"), 2, self.proof, self.again, self.drill, ..., gap=8
        )
        means = words.column(words.label(_("What that means"), "strong"), 2, self.codec_means, ..., gap=6)
        proven = words.column(
            words.label(_("What that means"), "strong"), 2, self.depth_means,
            hint(_(_THREE_TICKS)), ..., gap=6,
        )  # fmt: skip
        self.questions = Questions()
        self.questions.changed.connect(self._on_questions)
        words.column(split(making, means), split(proof, proven), self.questions, ..., gap=12, parent=self)

    def command(self) -> tuple[str, ...]:
        """See `Section.command`."""
        return ("config", "show")

    def take(self, draft: Draft, *, free: bool) -> None:
        """See `Section.take`; which levels there are depends on the kind of compression."""
        self._offer_levels(draft.get(("compression", "codec")))
        super().take(draft, free=free)

    def fill(self, draft: Draft) -> None:
        """One entry for each question."""
        self.questions.fill(draft.get((PLACE,)), self._databases(draft), free=self.free)

    def _databases(self, draft: Draft) -> tuple[str, ...]:
        """Names of the databases that can be asked: those of the draft, else those of the application."""
        named = draft.get(("databases",))
        if isinstance(named, dict) and named:
            return tuple(named)
        model = self.desk.model if self.desk is not None else None
        return model.loaded.database_names if model is not None else ()

    def name_of(self, key: str) -> str:
        """See `Section.name_of`; of a question field and name."""
        return self.questions.name_of(key) or super().name_of(key)

    def judge(self, draft: Draft) -> None:
        """See `Section.judge`, and say what the choices mean."""
        super().judge(draft)
        self.questions.judge(draft, self._databases(draft))
        self.codec_means.setText(_means(_CODEC_MEANS, draft.get(("compression", "codec"))))
        self.depth_means.setText(_means(_DEPTH_MEANS, draft.get(("verification", "after_backup"))))

    def _offer_levels(self, codec: Value) -> None:
        lowest, highest = next((levels for one, levels in LEVELS.items() if one == codec), (0, -1))
        self.level.offer([(None, _("By itself")), *((n, str(n)) for n in range(lowest, highest + 1))])
        self.level.setVisible(highest >= lowest)

    @guarded
    def _on_questions(self, several: object) -> None:
        self.put((PLACE,), several)

    @guarded
    def _on_codec(self, _key: object, value: object) -> None:
        """A level of the other kind says nothing for this one."""
        self._offer_levels(value)
        self.level.fill(None)
        self.put(self.level.key, None)


def _means(texts: Mapping[Any, str], value: Value) -> str:
    """What a choice means; nothing where the file says what is none, which may be a list too."""
    return next((_(text) for one, text in texts.items() if one == value), "")
