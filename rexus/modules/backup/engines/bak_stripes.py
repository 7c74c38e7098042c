"""Several files of one media set together: all there, each once, all of the same backups, nothing missing between."""

from __future__ import annotations

from collections.abc import Mapping

from ..base.records import Finding
from .bak_found import Findings
from .bak_records import BakReport
from .bak_set import judge_whole
from .headers import MediaLabel


def judge_stripes(files: Mapping[str, BakReport]) -> tuple[Finding, ...]:
    """What is wrong with them together. ``files``: by the names that findings shall tell."""
    found = Findings()
    labels = {name: report.contents.label for name, report in files.items()}
    known = {name: label for name, label in labels.items() if label is not None and label.media_set_id}
    if not known:
        return ()
    mine = _of_one_set(known, found)
    chosen = _each_once({name: known[name] for name in mine}, found)
    if chosen is not None and len(chosen) > 1:
        _judge_sets({name: files[name] for name in chosen}, found)
    return found.all


def _of_one_set(labels: dict[str, MediaLabel], found: Findings) -> list[str]:
    """The files of the media set that most of them belong to; the others are told."""
    ids = [label.media_set_id for label in labels.values()]
    most = max(ids, key=ids.count)
    for name, label in labels.items():
        if label.media_set_id != most:
            found.error("bak.stripe_foreign", file=name)
    return [name for name, label in labels.items() if label.media_set_id == most]


def _each_once(labels: dict[str, MediaLabel], found: Findings) -> list[str] | None:
    """One file for each part of the media set, in order; None where a part is missing."""
    count = max(label.family_count for label in labels.values())
    by_part: dict[int, str] = {}
    for name, label in labels.items():
        other = by_part.setdefault(label.family_sequence, name)
        if other != name:
            found.error("bak.stripe_twice", file=name, other=other, part=label.family_sequence)
    missing = [part for part in range(1, min(count, len(labels) + 64) + 1) if part not in by_part]
    if missing:
        parts = ", ".join(map(str, missing))
        found.error("bak.stripe_missing", parts=parts, expected=count, found=len(by_part))
        return None
    return [by_part[part] for part in sorted(by_part)]


def _judge_sets(files: dict[str, BakReport], found: Findings) -> None:
    """Compare the sets of the files position by position, and judge each as a whole."""
    from .bak_extents import joined

    reports = list(files.values())
    first = reports[0].contents.sets
    for name, report in files.items():
        guids = [one.header.set_guid for one in report.contents.sets]
        if guids != [one.header.set_guid for one in first]:
            found.error("bak.stripe_differs", file=name, other=next(iter(files)))
            return
    if not all(report.checked_pages for report in reports):
        return
    for index, one in enumerate(first):
        maps = [report.maps[index] for report in reports]
        if not any(part.is_torn for part in maps):
            judge_whole(joined(maps), one.header, one.files, found)
