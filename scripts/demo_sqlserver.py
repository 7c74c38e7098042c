"""SQL Server without one: a server of the tests on loopback, three databases, a chain, a disaster, the way back.

Everything is asked of the program by its own command line; what it says is shown, what it did is checked. A batch that
is sent is also written to the file that TRACE_SQL names. Ends with 0 only if every step came to what it must.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(HOME), str(HOME / "tests")]

from sqlserver_double.answers import Login, Message, Row  # noqa: E402
from sqlserver_double.server import Server  # noqa: E402
from sqlserver_double.world import SA_PASSWORD, SqlWorld, make_world  # noqa: E402

FOLDER = "C:\\Backup"
NAMES = ("users", "inventario", "auditoria")
ROWS = 5000


class Demo:
    """The server, the program's settings, and what is said and checked."""

    def __init__(self, folder: Path, world: SqlWorld, port: int, password: str) -> None:
        self._session = world.login(Login(user="sa", password=password))
        self._config = folder / "app" / "backup_config.json"
        self._config.parent.mkdir()
        (self._config.parent / ".env").write_text(
            f"DB_SERVER=127.0.0.1,{port}\nDB_USERNAME=sa\nDB_PASSWORD={password}\n", "utf-8"
        )
        settings = {
            "root": str(folder / "copias"),
            "engine": "sqlserver",
            "databases": {name: name for name in NAMES},
            "app_root": str(self._config.parent),
            "sqlserver": {
                "encrypt": "optional",
                "server_backup_dir": FOLDER,
                "client_backup_dir": str(world.share_of(FOLDER)),
            },
        }
        self._config.write_text(json.dumps(settings, indent=2), "utf-8")
        self._trace = os.environ.get("TRACE_SQL", "")

    def sql(self, text: str) -> list[tuple[Any, ...]]:
        """What the application does meanwhile."""
        answers = list(self._session.batch(text, {}))
        wrong = [one.text for one in answers if isinstance(one, Message) and one.severity > 10]
        if wrong:
            raise SystemExit(f"{text}: {wrong[0]}")
        return [one.values for one in answers if isinstance(one, Row)]

    def count(self, database: str) -> int:
        """Rows of its table."""
        return int(self.sql(f"SELECT COUNT(*) FROM {database}.dbo.movimientos")[0][0])  # noqa: S608  names of ours

    def say(self, title: str) -> None:
        """A heading."""
        print(f"\n== {title}", flush=True)

    def run(self, *words: str, code: int = 0) -> None:
        """One command of the program, shown; its end is checked."""
        print(f"$ main_backup.py {' '.join(words)}", flush=True)
        ended = subprocess.run([*self._command(), *words], check=False).returncode
        if ended != code:
            raise SystemExit(f"main_backup.py {words[0]}: exit {ended} instead of {code}")

    def json(self, *words: str) -> dict[str, Any]:
        """The same, read instead of shown."""
        ran = subprocess.run([*self._command(), *words, "--json"], check=False, stdout=subprocess.PIPE)
        return dict(json.loads(ran.stdout))

    def _command(self) -> list[str]:
        trace = ["--trace-sql", self._trace] if self._trace else []
        return [sys.executable, str(HOME / "main_backup.py"), "--config", str(self._config), *trace]

    def expect(self, what: str, seen: object, wanted: object) -> None:
        """Say what came of it; end where it is not what it must be."""
        print(f"   {'✓' if seen == wanted else '✗'} {what}: {seen}", flush=True)
        if seen != wanted:
            raise SystemExit(f"{what}: {seen} instead of {wanted}")


def play(demo: Demo) -> None:
    """The whole story."""
    demo.say("¿Funcionaría una copia?")
    demo.run("check", code=1)
    demo.say("Copia completa, diferencial y dos del registro")
    demo.run("backup", "--no-files", "--lang", "es")
    demo.sql("INSERT INTO inventario.dbo.movimientos VALUES (100001, N'entrada')")
    demo.run("backup", "--kind", "differential", "--no-files")
    demo.sql("INSERT INTO inventario.dbo.movimientos VALUES (100002, N'salida')")
    demo.run("backup", "--kind", "log", "--no-files")
    demo.sql("INSERT INTO inventario.dbo.movimientos VALUES (100003, N'ajuste')")
    good = demo.count("inventario")
    moment = pause()
    demo.say(f"El desastre: alguien borra el inventario ({moment:%H:%M:%S} UTC todo estaba bien)")
    demo.sql("DELETE FROM inventario.dbo.movimientos WHERE id > 10")
    demo.expect("filas que quedan", demo.count("inventario"), 10)
    demo.run("backup", "--kind", "log", "--no-files")
    newest = demo.json("list")["sets"][0]["set"]
    demo.say("A como estaba un momento antes, primero aparte")
    at = moment.isoformat()
    demo.run("restore", newest, "--database", "inventario", "--at", at, "--plan")
    demo.run("restore", newest, "--database", "inventario", "--at", at, "--to", "inventario_antes")
    demo.expect("filas en inventario_antes", demo.count("inventario_antes"), good)
    demo.say("Y en su sitio, con copia de lo que había")
    demo.run("restore", newest, "--database", "inventario", "--at", at, "--overwrite", "--yes", "inventario")
    demo.expect("filas en inventario", demo.count("inventario"), good)
    demo.say("Prueba de restauración, y todo lo que hay")
    demo.run("drill", "users")
    demo.run("list", "--all")


def pause() -> datetime:
    """A second in which nothing happens: backups know no finer times than seconds."""
    time.sleep(1.2)
    moment = datetime.now(UTC).replace(microsecond=0)
    time.sleep(1.2)
    return moment


def main() -> int:
    """Start the server, play, stop it."""
    password = os.environ.get("DB_PASSWORD") or SA_PASSWORD
    with tempfile.TemporaryDirectory(prefix="rexus-demo-", ignore_cleanup_errors=True) as where:
        world = make_world(Path(where) / "servidor", "standard2022", "windows", sa_password=password)
        for name in NAMES:
            rows = [{"id": number, "que": f"movimiento {number}"} for number in range(1, ROWS + 1)]
            world.add_database(name, recovery="FULL", tables={"movimientos": rows})
        with Server(world) as server:
            play(Demo(Path(where), world, server.port, password))
    print("\nTodo salió como debía.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
