"""The verb example: believable data to look around in, in a folder of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..base.errors import BadInput
from ..base.texts import _
from .about import ABOUT
from .answers import Answer
from .parsing import Verb, Word
from .streams import clean, put, say

if TYPE_CHECKING:
    from .session import Session

_FOLDER = "example"


def example(session: Session, *, folder: str | None) -> Answer:
    """Make the example, or let one that is there go on; tells its configuration."""
    from .example import example as made

    if folder is not None and not folder.strip():
        raise BadInput("cli.usage_needs_value", option="FOLDER")
    place = Path(folder or _FOLDER).absolute()
    said: list[int] = []

    def told(done: int, _total: int) -> None:
        if not said:
            say(_("Preparing the example: a month of backups of three databases. It takes some seconds."))
        said.append(done)

    config = made(place, told)
    return Answer(members={"folder": str(place), "file": str(config)}, tell=lambda: _tell(config))


def _tell(config: Path) -> None:
    put(_("The example is ready. Its configuration: {path}").format(path=clean(str(config))) + "\n")


EXAMPLE = Verb(
    "example",
    ABOUT["example"],
    example,
    (Word("folder", "FOLDER"),),
    {"folder": None, "file": None},
)
VERBS = {EXAMPLE.name: EXAMPLE}
