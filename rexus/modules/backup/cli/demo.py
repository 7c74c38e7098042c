"""The story of the demonstration: build, back up under load, prove, damage, lose, restore, prove again."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..base.errors import BadInput, Cancelled, Failed
from ..base.files import RealFiles, publish
from ..base.records import (
    Action,
    BackupRequest,
    Depth,
    Manifest,
    Origin,
    Outcome,
    RestoreRequest,
    Status,
    Tick,
    VerifyRequest,
)
from ..base.texts import _, language, sentence
from ..base.watching import DrillRequest
from . import demo_data, demo_writer
from .answers import Answer
from .schedule_words import action_word, title, when
from .session import PROGRAM, who
from .streams import clean, put, say
from .tables import Column, Table, aligned
from .wording import glyph, size, span, tick_glyph, tick_word, word

if TYPE_CHECKING:
    from ..jobs.verify import VerifyResult
    from ..model import BackupModel
    from .session import Session

MARKER = ".rexus_demo"
VICTIM = "inventario"
LOST = "movimientos"
"""The database that is damaged, and the table that is dropped."""


class Demo:
    """One demonstration in one folder, which it owns."""

    def __init__(self, session: Session, folder: Path, mib: int) -> None:
        self._session, self._folder, self._mib = session, folder, mib
        self._tell: Callable[[str], None] = say if session.options.json else lambda line: put(line + "\n")
        self._steps: list[dict[str, object]] = []
        self._step = ""

    def run(self) -> Answer:
        """Tell it all. Raises `Failed` at the first step that does not show what it should."""
        try:
            return self._story()
        except (OSError, sqlite3.Error, subprocess.SubprocessError) as error:
            raise Failed("demo.failed", step=self._step, reason=str(error), path=str(self._folder)) from error

    def _story(self) -> Answer:
        with self._telling(_("Building three databases of Rexus")):
            live = self._build()
        model = self._open(live)
        manifest = self._back_up(model, live)
        self._verify(model, manifest)
        self._damage(model, manifest)
        with self._telling(_("Losing a table: DROP TABLE {table}").format(table=LOST)):
            self._drop(live[VICTIM])
        safety = self._restore(model, manifest)
        self._prove(manifest, live[VICTIM])
        self._look_after(model)
        self._close(model)
        members = {
            "folder": str(self._folder),
            "set": manifest.timestamp,
            "safety_set": safety,
            "steps": self._steps,
        }
        return Answer(members=members)

    @contextlib.contextmanager
    def _telling(self, title: str) -> Iterator[None]:
        """One numbered step, timed."""
        self._step = title
        self._tell(f"\n{len(self._steps) + 1}. {title}")
        begun = time.perf_counter()
        yield
        self._steps.append({"step": title, "seconds": round(time.perf_counter() - begun, 3)})

    def _note(self, text: str) -> None:
        self._tell(f"   {clean(text)}")

    def _expect(self, shown: bool, expected: str, found: object) -> None:
        """Go on only if the step showed what it should."""
        if not shown:
            raise Failed(
                "demo.unexpected", step=self._step, expected=expected, found=str(found), path=str(self._folder)
            )
        self._note(f"{glyph('✓', 'v')} {expected}")

    def _succeeded(self, outcome: Outcome) -> None:
        if outcome.status is Status.CANCELLED:
            raise Cancelled
        if outcome.status is not Status.OK:
            told = "; ".join(sentence(one).message for one in outcome.problems)
            raise Failed("demo.unexpected", step=self._step, expected=word("ok"), found=told, path=str(self._folder))

    def _build(self) -> dict[str, Path]:
        self._own_folder()
        app = self._folder / "app"
        live = demo_data.build(app / "data", self._mib)
        written = {
            ".env": "DB_SERVER=localhost\nDB_PASSWORD=solo-una-demostración\n",
            "requirements.txt": "PyQt6\n",
            "rexus/core/database.py": '"""Conexiones."""\n',
            "resources/qss/claro.qss": "QWidget { color: #222222; }\n",
            "docs/checklists/puesta_en_marcha.md": "- [ ] Probar la restauración\n",
        }
        for name, text in written.items():
            (app / name).parent.mkdir(parents=True, exist_ok=True)
            (app / name).write_text(text, "utf-8")
        for name, path in live.items():
            self._note(f"{name.ljust(12)}{size(path.stat().st_size)}")
        return live

    def _own_folder(self) -> None:
        """An empty folder with our mark; what an earlier demonstration made is removed, nothing else ever is."""
        if self._folder.is_dir() and any(self._folder.iterdir()):
            if not (self._folder / MARKER).is_file():
                raise BadInput("demo.foreign_folder", path=str(self._folder))
            for child in self._folder.iterdir():
                if child.name == MARKER:
                    continue
                if child.is_dir() and not child.is_symlink():
                    shutil.rmtree(child)
                else:
                    child.unlink()
        elif os.path.lexists(self._folder) and not self._folder.is_dir():
            raise BadInput("demo.foreign_folder", path=str(self._folder))
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / MARKER).touch()

    def _open(self, live: dict[str, Path]) -> BackupModel:
        from ..config.describe import initial_text, schema_for
        from ..config.settings import Settings
        from ..model import BackupModel

        settings = Settings(
            root="backups",
            app_root="app",
            databases={name: path.relative_to(self._folder).as_posix() for name, path in live.items()},
            language="en" if language() == "en" else "es",
        )
        config = self._folder / "backup_config.json"
        publish(RealFiles(), config, initial_text(settings, schema_for(config)).encode("utf-8"))
        return BackupModel.open(config, language=language(), debug=self._session.options.debug)

    def _back_up(self, model: BackupModel, live: dict[str, Path]) -> Manifest:
        with self._telling(_("Backing up while somebody keeps writing")):
            with self._writer(live[VICTIM]) as finish:
                request = BackupRequest(origin=Origin.MANUAL, requested_by=who())
                result = self._session.work(lambda report, cancel: model.backup(request, report, cancel))
                transfers = finish()
            self._succeeded(result.outcome)
            manifest = result.manifest
            assert manifest is not None
            good = [name for name, one in manifest.databases.items() if one.status == "completed"]
            self._expect(len(good) == len(live), _("three databases are stored and read back"), ", ".join(good))
            self._expect(transfers > 0, _("meanwhile {count} transfers were booked").format(count=transfers), transfers)
        for name, one in manifest.databases.items():
            self._note(f"{name.ljust(12)}{size(one.size_bytes)} → {size(one.stored_bytes)}  {span(one.seconds)}")
        return manifest

    @contextlib.contextmanager
    def _writer(self, path: Path) -> Iterator[Callable[[], int]]:
        """A process that writes; the value ends it and tells how many transfers it booked."""
        command = [sys.executable, "-m", demo_writer.__name__, str(path)]
        environment = {**os.environ, "PYTHONPATH": str(PROGRAM)}
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
        ) as writer:
            assert writer.stdin is not None
            assert writer.stdout is not None
            said = writer.stdout.readline().strip()
            self._expect(said == "ready", _("a second process writes into {database}").format(database=VICTIM), said)
            stdin, stdout = writer.stdin, writer.stdout

            def finish() -> int:
                stdin.close()
                return int(stdout.readline())

            try:
                yield finish
            finally:
                if not stdin.closed:
                    stdin.close()

    def _verified(self, model: BackupModel, name: str, depth: Depth) -> VerifyResult:
        request = VerifyRequest(sets=(name,), depth=depth, requested_by=who())
        return self._session.work(lambda report, cancel: model.verify(request, report, cancel))

    def _verify(self, model: BackupModel, manifest: Manifest) -> None:
        with self._telling(_("Proving the set: every byte, every page, every row count")):
            result = self._verified(model, manifest.timestamp, Depth.ENGINE)
            self._succeeded(result.outcome)
            self._show_ticks(model)
            tick = result.sets[0].tick
            self._expect(tick is Tick.ENGINE, _("the tick is “{tick}”").format(tick=tick_word(Tick.ENGINE)), tick)

    def _damage(self, model: BackupModel, manifest: Manifest) -> None:
        file = manifest.databases[VICTIM].file
        assert file is not None
        archive = model.root / file
        with self._telling(_("Flipping one bit in {file}").format(file=archive.name)):
            _flip(archive)
            try:
                result = self._verified(model, manifest.timestamp, Depth.STORED)
                self._show_ticks(model)
                for problem in result.sets[0].problems:
                    self._note(sentence(problem).message)
                shown = result.outcome.status is Status.FAILED and result.sets[0].tick is Tick.FAILED
                self._expect(shown, _("the tick has turned into a cross"), result.sets[0].tick)
            finally:
                _flip(archive)
        with self._telling(_("Putting the bit back")):
            result = self._verified(model, manifest.timestamp, Depth.ENGINE)
            self._succeeded(result.outcome)
            self._show_ticks(model)
            self._expect(result.sets[0].tick is Tick.ENGINE, _("the tick is back"), result.sets[0].tick)

    def _show_ticks(self, model: BackupModel) -> None:
        table = Table([Column(""), Column(_("Set")), Column(_("Databases"))])
        for one in model.listing().sets:
            between = glyph(" · ", ", ")
            told = between.join(f"{name} {tick_glyph(each.tick)}" for name, each in one.databases.items())
            table.add(tick_glyph(one.tick), one.set, told)
        for line in aligned(table).splitlines():
            self._tell("   " + line)

    def _drop(self, path: Path) -> None:
        with contextlib.closing(sqlite3.connect(path)) as live:
            live.execute(f"drop table {LOST}")
            try:
                live.execute(f"select count(*) from {LOST}")  # noqa: S608  a constant
            except sqlite3.OperationalError as error:
                self._expect(True, _("the application finds nothing: {error}").format(error=error), "")
            else:
                self._expect(False, _("the table is gone"), LOST)

    def _restore(self, model: BackupModel, manifest: Manifest) -> str | None:
        request = RestoreRequest(
            set=manifest.timestamp, databases=(VICTIM,), overwrite=True, confirmed=(VICTIM,), requested_by=who()
        )
        with self._telling(_("Restoring {database} over the damaged one").format(database=VICTIM)):
            plan = model.plan_restore(request)
            self._expect(not plan.refusals, _("the plan allows it"), [one.code for one in plan.refusals])
            for one in (*plan.lost, *plan.warnings):
                self._note(sentence(one).message)
            result = self._session.work(lambda report, cancel: model.restore(request, report, cancel))
            self._succeeded(result.outcome)
            told = _("what was there before is kept in the safety set {set}").format(set=result.safety_set)
            self._expect(result.safety_set is not None, told, result.safety_set)
        return result.safety_set

    def _prove(self, manifest: Manifest, path: Path) -> None:
        facts = manifest.databases[VICTIM].facts
        promised = facts.row_counts if facts is not None and facts.row_counts is not None else {}
        with self._telling(_("Proving the restored database")), contextlib.closing(sqlite3.connect(path)) as live:
            found = {table: _count(live, table) for table in promised}
            for table, rows in found.items():
                self._note(f"{table.ljust(14)}{rows}")
            self._expect(LOST in found and found == promised, _("every table has its rows again"), found)
            verdict = live.execute("pragma integrity_check").fetchone()[0]
            self._expect(verdict == "ok", _("SQLite finds every page in order"), verdict)
            torn = live.execute(
                f"select count(*) from (select 1 from {demo_writer.TABLE} group by traspaso"  # noqa: S608  a constant
                " having count(*) <> 2 or sum(cantidad) <> 0)"
            ).fetchone()[0]
            self._expect(torn == 0, _("no transfer booked during the backup is torn"), torn)

    def _look_after(self, model: BackupModel) -> None:
        """What goes on by itself from here: restore tests, retention, the schedule, and whether all is well."""
        with self._telling(_("Testing a restore of every database, aside")):
            request = DrillRequest(requested_by=who())
            result = self._session.work(lambda report, cancel: model.drill(request, report, cancel))
            self._succeeded(result.outcome)
            for one in result.drills:
                self._note(f"{one.name.ljust(12)}{tick_glyph(Tick.RESTORED)} {span(one.seconds)}")
            self._expect(all(one.ok for one in result.drills), _("each can be restored"), "")
        with self._telling(_("What retention would keep and delete")):
            plan = model.plan_prune()
            for decision in plan.decisions:
                self._note(f"{decision.set}  {word(decision.action)}: {sentence(decision.because).message}")
            kept = all(one.action is Action.KEEP for one in plan.decisions)
            self._expect(kept, _("nothing is deleted: the newest proven sets never are"), plan.freed_bytes)
        with self._telling(_("The next five runs")):
            coming = model.next_runs(None, 5)
            for occurrence in coming:
                self._note(f"{when(occurrence)}  {action_word(occurrence.action)} ({title(occurrence)})")
            self._expect(len(coming) == 5, _("the schedule is known; the system runs it after: schedule install"), "")
        with self._telling(_("Is all well?")):
            found = model.health()
            self._note(sentence(found.said).message)
            for name, database in found.databases.items():
                self._note(f"{name.ljust(12)}{sentence(database.because).message}")
            protected = all(one.ok for one in found.databases.values())
            self._expect(protected, _("every database is protected"), found.level)

    def _close(self, model: BackupModel) -> None:
        self._tell("\n" + _("What is there now:"))
        for line in _tree(model.root):
            self._tell("   " + line)
        table = Table([Column(_("Step")), Column(_("Time"), right=True)])
        for one in self._steps:
            table.add(str(one["step"]), span(float(str(one["seconds"]))))
        self._tell("\n" + aligned(table))
        self._tell(_("Everything was shown. The folder {path} can be deleted.").format(path=clean(str(self._folder))))


def _flip(path: Path) -> None:
    """Turn one bit in the middle."""
    with path.open("r+b") as archive:
        archive.seek(path.stat().st_size // 2)
        byte = archive.read(1)[0]
        archive.seek(-1, os.SEEK_CUR)
        archive.write(bytes([byte ^ 1]))


def _count(live: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    return int(live.execute(f'select count(*) from "{quoted}"').fetchone()[0])  # noqa: S608  quoted


def _tree(folder: Path, above: str = "") -> list[str]:
    """Files and folders with their sizes."""
    lines: list[str] = []
    children = sorted(folder.iterdir(), key=lambda path: (path.is_dir(), path.name))
    for number, child in enumerate(children, 1):
        last = number == len(children)
        branch = glyph("└── ", "`-- ") if last else glyph("├── ", "|-- ")
        about = "" if child.is_dir() else f"  {size(child.stat().st_size)}"
        lines.append(clean(f"{above}{branch}{child.name}{about}"))
        if child.is_dir():
            lines += _tree(child, above + ("    " if last else glyph("│   ", "|   ")))
    return lines
