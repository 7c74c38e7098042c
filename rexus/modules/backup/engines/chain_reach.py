"""The stretches of time and of the log that a set of backups can bring back, under rules as strict as asked. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import IntEnum

import msgspec

from ..base.records import Problem
from .chain_pieces import about, told
from .chain_walk import Base, Ground, Link, Node, is_on_path, walk


class Rules(IntEnum):
    """What is taken for possible: just what a server does, or more of it, to find out why something is not."""

    SERVER = 0
    BROKEN = 1
    """As if every backup were whole, there, and not too new."""
    BULK = 2
    """As if one could also stop within logs that hold bulk-logged changes."""
    PATHS = 3
    """As if recovery paths did not matter."""


class Segment(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What one backup adds to what can be reached: everything from where another ended to its own end, both too."""

    start: datetime
    end: datetime
    start_lsn: int
    end_lsn: int
    link: Link
    openers: tuple[Node, ...]
    """The states that it goes on from, the earliest first; of a full or differential backup, itself."""


class World:
    """All backups of one database, and what can be reached with them."""

    def __init__(
        self, links: Sequence[Link], bases: Sequence[Base], database: str = "", unclear: Sequence[Problem] = ()
    ) -> None:
        self.links = links
        self.bases = bases
        self.unclear = unclear
        """Backups of which nobody knows what they hold; they may be the ones that are looked for."""
        self._name = database.casefold()
        self._segments: dict[Rules, list[Segment]] = {}

    def is_wanted(self, link: Link) -> bool:
        """Whether a restore may end with it: it is of the database asked for, by name."""
        return not self._name or link.piece.header.database.casefold() == self._name

    def sound_bases(self, rules: Rules = Rules.SERVER) -> list[Base]:
        """What a restore may begin with."""
        return [one for one in self.bases if rules >= Rules.BROKEN or one.is_sound]

    def logs(self, rules: Rules = Rules.SERVER) -> list[Link]:
        """The logs that can be restored; empty ones too."""
        return [one for one in self.links if one.is_log and (rules >= Rules.BROKEN or one.trouble is None)]

    def ground(self, rules: Rules = Rules.SERVER) -> Ground:
        """All states that can be reached."""
        return walk(self.sound_bases(rules), self.logs(rules), any_path=rules >= Rules.PATHS)

    def segments(self, rules: Rules = Rules.SERVER) -> list[Segment]:
        """All that can be reached, by its start."""
        if rules not in self._segments:
            found = list(_segments(self, rules))
            found.sort(key=lambda one: (one.start, one.end))
            self._segments[rules] = found
        return self._segments[rules]


def _segments(world: World, rules: Rules) -> Iterable[Segment]:
    ground = world.ground(rules)
    for base in world.sound_bases(rules):
        if world.is_wanted(base.link):
            link = base.link
            own = Node(link=link, base=base, before=None, steps=len(base.links), broken=0)
            yield Segment(
                start=link.finish, end=link.finish, start_lsn=link.last, end_lsn=link.last, link=link, openers=(own,)
            )
    for log in world.logs(rules):
        found = list(ground.before(log, or_at_its_end=True)) if world.is_wanted(log) else []
        if found:
            yield _segment(log, sorted(found, key=lambda node: node.link.until), rules)


def _segment(log: Link, openers: list[Node], rules: Rules) -> Segment:
    """A bulk-logged one adds its end only, unless there is nothing in it that was not there already."""
    end = log.finish if rules >= Rules.BROKEN else log.start
    start, start_lsn = openers[0].link.until, min(node.last for node in openers)
    if log.is_bulk and rules < Rules.BULK:
        proven = [node.link.until for node in openers if node.last == log.last]
        start, start_lsn = min(proven, default=log.finish), log.last
        end = end if proven else log.finish
    return Segment(
        start=start, end=max(start, end), start_lsn=start_lsn, end_lsn=log.last, link=log, openers=tuple(openers)
    )


def troubles(segment: Segment, opener: Node, rules: Rules) -> list[Problem]:
    """What keeps a server from restoring a segment that was found under ``rules``, in the order it would meet it."""
    found: list[Problem] = []
    before: Link | None = None
    for link in (*opener.chain, segment.link) if opener.link is not segment.link else opener.chain:
        if link.trouble is not None:
            found.append(link.trouble)
        if before is not None and link.is_log and not is_on_path(link, before.last, before.fork):
            found.append(forked(before, link))
        before = link
    last = segment.link
    if rules >= Rules.BULK and last.is_bulk:
        span = {"since_at": told(segment.start), "until_at": told(last.finish)}
        found.append(Problem(code="chain.bulk_logged", values={**about(last.piece), **span}))
    return found


def forked(before: Link, after: Link) -> Problem:
    """``after`` belongs to another history than what was restored up to ``before``."""
    values = {"before": before.piece.name, "before_at": told(before.finish)}
    after_values = {"after": after.piece.name, "after_at": told(after.finish)}
    return Problem(code="chain.fork", values={**values, **after_values, "server": about(after.piece)["server"]})
