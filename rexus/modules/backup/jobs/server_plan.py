"""What a restore by a server would do, and what speaks against it: looked up and put together; touches nothing."""

from __future__ import annotations

from ..base.errors import BadInput
from ..base.records import (
    Manifest,
    Problem,
    Record,
    RestorePlan,
    RestoreRequest,
    SetStatus,
    Severity,
    Step,
)
from ..base.server_parts import is_system
from ..engines.port_server import ChainPlan, Room, ServerPlace, ServerSide
from .kit import Kit
from .plan import RATE_BYTES_PER_S, World, against_files, left_out
from .safety import name_in_safety_set
from .server_chain import Chains
from .server_room import against, room_for
from .server_stage import needs_folder
from .survey import file_world


class ServerWanted(Record, frozen=True, kw_only=True):
    """One database that a server shall bring back."""

    name: str
    place: ServerPlace
    chain: ChainPlan
    confirm_as: str
    kept_as: str = ""
    """Its name in the safety set; empty: there is nothing to keep, or nothing that can be kept."""
    folder_free: int | None = None
    """Bytes free in the folder where the server reads; None: unknown."""
    room: Room = Room()
    """What its files need on the server."""

    @property
    def bytes(self) -> int:
        """Of all files that it takes, unpacked; one may hold several of the backups."""
        pieces = (piece for step in self.chain.steps for piece in step.backup.pieces)
        return sum({piece.file or piece.server_file: piece.size_bytes for piece in pieces}.values())


class ServerWorld(Record, frozen=True, kw_only=True):
    """All that the planner may know."""

    databases: tuple[ServerWanted, ...]
    files: World


def survey(request: RestoreRequest, manifest: Manifest, kit: Kit, server: ServerSide) -> ServerWorld:
    """Look at the chains and at the places. Raises `BadInput`, `SourceFailed`."""
    if request.to is not None and not request.to.strip():
        raise BadInput("restore.empty_target")
    names = _names(request, manifest, kit)
    if len(names) > 1 and request.to is not None:
        raise BadInput("restore.one_name", value=request.to, count=len(names))
    wanted = tuple(_wanted(name, request, kit, server) for name in names)
    files = file_world(request, manifest, kit) if request.to is None else World(now=kit.clock.now())
    if not wanted and not files.file_sets:
        raise BadInput("restore.nothing_in_set", set=manifest.timestamp)
    return ServerWorld(databases=wanted, files=files)


def _names(request: RestoreRequest, manifest: Manifest, kit: Kit) -> tuple[str, ...]:
    if request.everything:
        left = _left_alone(request, manifest)
        held = (name for name, one in manifest.databases.items() if one.status is SetStatus.COMPLETED)
        return tuple(name for name in held if name not in left)
    known = {*manifest.databases, *(ref.name for ref in kit.engine.databases())}
    for name in request.databases:
        if name not in known:
            raise BadInput("database.unknown", name=name, allowed=", ".join(sorted(known)))
    if not request.databases and request.files is None:
        raise BadInput("restore.nothing_asked", allowed=", ".join(manifest.databases))
    return tuple(dict.fromkeys(request.databases))


def _left_alone(request: RestoreRequest, manifest: Manifest) -> tuple[str, ...]:
    """The server's own databases, where all of a set is brought back over what is there."""
    if not (request.everything and request.overwrite):
        return ()
    return tuple(name for name, one in manifest.databases.items() if is_system(one.source or name))


def _wanted(name: str, request: RestoreRequest, kit: Kit, server: ServerSide) -> ServerWanted:
    chain = Chains(kit, server, name, frozenset({request.set})).to(request.set, request.at)
    own = {ref.name: ref.location for ref in kit.engine.databases()}
    location = request.to or (own.get(name, name) if request.overwrite else _copy_name(own.get(name, name), kit))
    place = server.place(location)
    mine = next((ref for ref, at in own.items() if at.casefold() == location.casefold()), None)
    kept = name_in_safety_set(name, location, mine, frozenset(own)) if place.state == "ONLINE" else ""
    return ServerWanted(
        name=name,
        place=place,
        chain=chain,
        confirm_as=mine or location,
        kept_as=kept,
        folder_free=folder_free(server) if needs_folder(kit, server, chain) else None,
        room=room_for(kit, server, place.name, chain) if not chain.refusals else Room(),
    )


def _copy_name(location: str, kit: Kit) -> str:
    """Beside the database that is there, by default: nothing is overwritten that nobody named."""
    return f"{location}_restored_{kit.clock.now().astimezone().strftime('%Y%m%d_%H%M%S')}"


def folder_free(server: ServerSide) -> int | None:
    """Bytes free in the folder where the server reads, as this machine sees it; None: unknown."""
    import shutil

    folder = server.folder()
    try:
        return shutil.disk_usage(folder).free if folder is not None else None
    except OSError:
        return None


def plan(request: RestoreRequest, manifest: Manifest, world: ServerWorld, kit: Kit) -> RestorePlan:
    """Steps, space, time, losses, warnings and refusals; empty refusals mean that it may run."""
    needed = sum(one.bytes for one in world.databases) + world.files.file_bytes
    age = (kit.clock.now() - (manifest.completed_at or manifest.started_at)).total_seconds()
    free = min((one.folder_free for one in world.databases if one.folder_free is not None), default=None)
    refusals = [problem for one in world.databases for problem in _against(request, manifest, one)]
    refusals += against_files(request, world.files)
    if free is not None and needed > free:
        refusals.append(Problem(code="restore.no_space", values={"needed": needed, "free": free}))
    refusals += against((one.place.name, one.room) for one in world.databases)
    if manifest.deleting_since is not None:
        refusals.append(Problem(code="restore.being_deleted", values={"set": manifest.timestamp}))
    return RestorePlan(
        set=manifest.timestamp,
        steps=tuple(step for one in world.databases for step in _steps(one)) + tuple(_file_steps(world)),
        bytes_needed=needed,
        bytes_free=free,
        seconds_expected=max(1.0, needed / RATE_BYTES_PER_S),
        backup_age_s=age,
        lost=tuple(_lost(one, manifest, age) for one in world.databases if one.place.exists),
        warnings=(
            *(problem for one in world.databases for problem in _warnings(one)),
            *_system_left(request, manifest),
            *left_out(manifest, world.files),
        ),
        refusals=tuple(refusals),
    )


def _steps(one: ServerWanted) -> list[Step]:
    name, target = one.name, one.place.name
    if not one.chain.steps:
        return []
    steps = [
        Step(
            code="unseal" if step.backup.file is not None else "on_server",
            name=name,
            source=piece.file or piece.server_file or "",
            target=target,
            bytes=piece.size_bytes,
        )
        for step in one.chain.steps
        for piece in step.backup.pieces
    ]
    if one.kept_as:
        steps.append(Step(code="safety", name=name, source=target))
    steps += [
        Step(code=f"restore_{step.backup.kind}", name=name, source=step.set, target=target) for step in one.chain.steps
    ]
    return [*steps, Step(code="recover", name=name, target=target), Step(code="checkdb", name=name, target=target)]


def _file_steps(world: ServerWorld) -> list[Step]:
    return [Step(code="files", name=kind, target=where) for kind, where in world.files.file_sets]


def _against(request: RestoreRequest, manifest: Manifest, one: ServerWanted) -> list[Problem]:
    place = one.place
    values: dict[str, str | int] = {"set": manifest.timestamp, "database": one.name, "target": place.name}
    if is_system(place.name):
        code = "restore.system_master" if place.name.casefold() == "master" else "restore.system_other"
        return [Problem(code=code, values=values)]
    if one.chain.refusals:
        return list(one.chain.refusals)
    found: list[Problem] = []
    for step in one.chain.steps:
        if step.backup.file is None and step.backup.server_file is None:
            found.append(Problem(code="restore.not_in_set", values={**values, "set": step.set}))
    if place.lacks is not None:
        found.append(place.lacks)
    if place.exists and not request.overwrite:
        found.append(Problem(code="restore.exists", values={**values, "database": one.confirm_as}))
    elif place.exists and one.confirm_as not in request.confirmed:
        found.append(Problem(code="restore.unconfirmed", values={**values, "database": one.confirm_as}))
    if place.exists and place.state not in ("ONLINE", "RESTORING"):
        found.append(Problem(code="restore.state", values={**values, "state": place.state}))
    return found


def _system_left(request: RestoreRequest, manifest: Manifest) -> tuple[Problem, ...]:
    """That they are left alone, and where the steps stand."""
    names = _left_alone(request, manifest)
    values: dict[str, str | int] = {"set": manifest.timestamp, "names": ", ".join(names)}
    return (Problem(code="restore.system_left", severity=Severity.WARNING, values=values),) if names else ()


def _lost(one: ServerWanted, manifest: Manifest, age_s: float) -> Problem:
    values: dict[str, str | int] = {
        "database": one.place.name,
        "age_s": int(age_s),
        "bytes_now": one.place.bytes,
        "bytes_then": one.bytes,
        "since": (one.chain.reaches_at or manifest.started_at).astimezone().strftime("%Y-%m-%d %H:%M:%S"),
    }
    return Problem(code="restore.lost_changes", severity=Severity.WARNING, values=values)


def _warnings(one: ServerWanted) -> list[Problem]:
    found = list(one.chain.warnings)
    if one.place.exists and not one.kept_as:
        lost: dict[str, str | int] = {"database": one.name, "target": one.place.name, "state": one.place.state}
        found.append(Problem(code="restore.not_kept", severity=Severity.WARNING, values=lost))
    if one.place.exists and one.place.occupants:
        who = ", ".join(occupant.told for occupant in one.place.occupants)
        values: dict[str, str | int] = {"database": one.name, "target": one.place.name, "who": who}
        found.append(Problem(code="restore.thrown_out", severity=Severity.WARNING, values=values))
    return found
