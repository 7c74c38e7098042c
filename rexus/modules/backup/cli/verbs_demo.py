"""The verb demo: the whole main job on invented data, each claim checked while it is told."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..base.errors import BadInput
from ..base.saying import N_
from .about import ABOUT
from .answers import Answer
from .parsing import Option, Verb

if TYPE_CHECKING:
    from .session import Session

_MIB = 110
"""Three databases that together are well above 100 MiB."""


def demo(session: Session, *, folder: str, mib: int) -> Answer:
    """Tell the story; ends with 0 only if every step showed what it should."""
    from .demo import Demo

    if not folder.strip():
        raise BadInput("cli.usage_needs_value", option="--folder")
    return Demo(session, Path(folder).absolute(), mib).run()


DEMO = Verb(
    "demo",
    ABOUT["demo"],
    demo,
    (
        Option("--folder", N_("where; emptied if an earlier demonstration made it"), "DIR", default="demo"),
        Option(
            "--mib", N_("size of the three databases together, in MiB"), "N", kind=click.IntRange(min=1), default=_MIB
        ),
    ),
    {"folder": None, "set": None, "safety_set": None, "steps": []},
)
VERBS = {DEMO.name: DEMO}
