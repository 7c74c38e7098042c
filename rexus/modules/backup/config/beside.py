"""What is taken over goes beside what stands there already: schedules and channels of one's own stay. Pure."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .check import without_notes
from .document import Value
from .settings import Schedule, Settings

Entry = dict[str, Value]


def schedules_beside(taken: Sequence[Entry], present: Value) -> tuple[list[Entry], list[bool]]:
    """The schedules of the settings ``present`` (as they stand in the file) with those taken over; which of these were.

    What is done by a schedule of one's own stays with it. One that is as it is by default gives way to what is taken
    over for the same, and leaves it its name where a dead man's switch goes by that.
    """
    given = _list_in(present, "schedules")
    before = _usual() if given is None else given
    own = [one for one in before if not _is_usual(one)]
    done = {one.get("action") for one in own if isinstance(one, dict)}
    fits = [one["action"] not in done for one in taken]
    new = [one for one, is_taken in zip(taken, fits, strict=True) if is_taken]
    actions = {one["action"] for one in new}
    gone = [one for one in before if one not in own and one["action"] in actions]
    kept = [one for one in before if one not in gone]
    named = _named(new, kept, {one["action"]: one["name"] for one in gone if one["name"] in _pinged(present)})
    return ([*kept, *named] if own else [*named, *kept]), fits


def channels_beside(taken: Entry, present: Value) -> list[Entry] | None:
    """The channels of the settings ``present`` with the one taken over; None: one that tells the same people stays."""
    notices = present.get("notices") if isinstance(present, dict) else None
    before = _list_in(notices, "channels") or []
    told = set(taken["email"]["recipients"])
    for one in before:
        mail = one.get("email") if isinstance(one, dict) else None
        addresses = mail.get("recipients") if isinstance(mail, dict) else None
        if isinstance(addresses, list) and told <= {each for each in addresses if isinstance(each, str)}:
            return None
    return [*before, *_named([taken], before, {})]


def _named(new: Sequence[Entry], kept: Sequence[Value], names: dict[str, str]) -> list[Entry]:
    """``new``, each by the name that ``names`` has for its action, else by its own, with a number where it is used."""
    used = {str(one.get("name")).casefold() for one in kept if isinstance(one, dict)}
    found: list[Entry] = []
    for one in new:
        first = str(names.get(str(one.get("action")), one["name"]))
        name, number = first, 1
        while name.casefold() in used:
            number += 1
            name = f"{first}_{number}"
        used.add(name.casefold())
        found.append({**one, "name": name})
    return found


def _list_in(section: Value, name: str) -> list[Value] | None:
    found = section.get(name) if isinstance(section, dict) else None
    return found if isinstance(found, list) else None


def _pinged(present: Value) -> set[Value]:
    """Schedules that dead man's switches name."""
    notices = present.get("notices") if isinstance(present, dict) else None
    pings = [one for one in _list_in(notices, "pings") or [] if isinstance(one, dict)]
    return {name for one in pings for name in _list_in(one, "schedules") or [] if isinstance(name, str)}


def _is_usual(entry: Value) -> bool:
    """Whether a schedule is one of those that there are by default."""
    try:
        return msgspec.convert(without_notes(entry), Schedule) in Settings().schedules
    except msgspec.ValidationError:
        return False


def _usual() -> list[Entry]:
    """The schedules of settings that name none, as one writes them."""
    told = msgspec.json.decode(msgspec.json.encode(Settings().schedules))
    return [{key: value for key, value in one.items() if key != "enabled" and value not in ([], None)} for one in told]
