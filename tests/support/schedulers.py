"""Programs that behave as crontab, systemctl, loginctl and schtasks do, with their state in a folder.

Each is a process of its own that is found on PATH; what they say and refuse is what the real ones do.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

_CRONTAB = r"""
table = state / "crontab"
if words == ["-l"]:
    if not table.exists():
        fail(f"no crontab for {os.environ.get('USER', 'root')}")
    sys.stdout.buffer.write(table.read_bytes())
elif words == ["-r"]:
    if not table.exists():
        fail("no crontab for root")
    table.unlink()
elif words == ["-"]:
    data = sys.stdin.buffer.read()
    if data and not data.endswith(b"\n"):
        fail("new crontab file is missing newline before EOF, can't install.")
    table.write_bytes(data)
else:
    fail("usage error")
"""
_SYSTEMCTL = r"""
user = "--user" in words
words = [word for word in words if word != "--user"]
verb, rest = words[0], [word for word in words[1:] if not word.startswith("--")]
folder = pathlib.Path(os.environ.get("SYSTEMD_UNIT_PATH") or os.environ["XDG_CONFIG_HOME"] + "/systemd/user")
known = state / "loaded.json"
loaded = json.loads(known.read_text()) if known.exists() else {}
active = state / "active.json"
running = set(json.loads(active.read_text())) if active.exists() else set()
wants = folder / "timers.target.wants"
def enabled(name):
    return (wants / name).is_symlink()
if verb == "show" and not rest:
    print("Version=252")
elif verb == "daemon-reload":
    units = [one for one in folder.iterdir() if one.is_file()] if folder.is_dir() else []
    known.write_text(json.dumps({one.name: one.read_text("utf-8") for one in units}))
elif verb == "enable":
    for name in rest:
        if not (folder / name).is_file():
            fail(f"Failed to enable unit: Unit file {name} does not exist.")
        wants.mkdir(exist_ok=True)
        if not enabled(name):
            (wants / name).symlink_to(folder / name)
elif verb == "restart":
    for name in rest:
        if loaded.get(name) != (folder / name).read_text("utf-8") or "OnCalendar=" not in loaded[name]:
            fail(f"Failed to restart {name}: Unit {name} not found.", 5)
        active.write_text(json.dumps(sorted(running | {name})))
elif verb == "disable":
    for name in rest:
        (wants / name).unlink(missing_ok=True)
        if "--now" in words:
            active.write_text(json.dumps(sorted(running - {name})))
    if wants.is_dir() and not list(wants.iterdir()):
        wants.rmdir()
elif verb == "clean":
    if set(rest) & running:
        fail("Failed to clean unit: Unit is not inactive.")
elif verb == "reset-failed":
    fail("Failed to reset failed state: Unit not loaded.")
elif verb == "show":
    name = rest[0]
    print(f"ActiveState={'active' if name in running else 'inactive'}")
    print(f"UnitFileState={'enabled' if enabled(name) else 'disabled'}")
    print(f"NextElapseUSecRealtime={'Tue 2026-11-24 02:00:00 UTC' if name in running else ''}")
else:
    fail(f"Unknown command verb {verb}.")
"""
_LOGINCTL = r"""
words = [word for word in words if word != "--no-ask-password"]
lingers = state / "linger"
if words[0] == "show-user":
    print("yes" if lingers.exists() else "no")
elif words[0] == "enable-linger":
    lingers.write_text(words[1])
else:
    fail("unknown")
"""
_SCHTASKS = r"""
import re, xml.etree.ElementTree
told = state / "account.json"
account = json.loads(told.read_text()) if told.exists() else {"sid": "S-1-5-21-7-7-7-1001", "administrator": True}
switches = [word for word in words if word in ("/XML", "/HRESULT", "/F") and words[0] != "/Create"]
given = dict(zip(words[1::2], words[2::2]))
task = state / ("task-" + given["/TN"])
def denied():
    fail("ERROR: Acceso denegado.", 5 if "/HRESULT" in switches else 1)
def owner():
    return re.search("<UserId>(.*?)</UserId>", task.read_bytes().decode("utf-16"))[1]
if (state / "denied").exists():
    denied()
elif words[0] == "/Create":
    data = pathlib.Path(given["/XML"]).read_bytes()
    if not data.startswith(b"\xff\xfe") or words[-1] != "/F":
        fail("ERROR: The task XML is malformed.")
    root = xml.etree.ElementTree.fromstring(data.decode("utf-16").split("?>", 1)[1])
    if root.tag != "{http://schemas.microsoft.com/windows/2004/02/mit/task}Task":
        fail("ERROR: The task XML contains an unexpected node.")
    if not account["administrator"]:
        denied()
    sid = lambda found: "<UserId>" + (found[1] if found[1].startswith("S-1-") else account["sid"]) + "</UserId>"
    task.write_bytes(re.sub("<UserId>(.*?)</UserId>", sid, data.decode("utf-16")).encode("utf-16"))
elif not task.exists():
    fail("ERROR: El sistema no puede encontrar el archivo especificado.", 2 if "/HRESULT" in switches else 1)
elif not account["administrator"] and owner() != account["sid"]:
    denied()
elif words[0] == "/Query":
    sys.stdout.buffer.write(task.read_bytes().decode("utf-16").encode("cp850", "replace"))
elif words[0] == "/Delete" and words[-1] == "/F":
    task.unlink()
else:
    fail("ERROR: Invalid syntax.")
"""
_EACH = r"""#!{python}
import json, os, pathlib, sys
state, words = pathlib.Path({state!r}), sys.argv[1:]
def fail(text, code=1):
    print(text, file=sys.stderr)
    sys.exit(code)
with (state / "calls.jsonl").open("a") as calls:
    calls.write(json.dumps([{name!r}, *words]) + "\n")
refusing = state / "refuse.json"
verb = next((word for word in words if not word.startswith("--")), "")
if refusing.exists() and [{name!r}, verb] in json.loads(refusing.read_text()):
    fail("Permission denied")
{body}
"""
PROGRAMS = {"crontab": _CRONTAB, "systemctl": _SYSTEMCTL, "loginctl": _LOGINCTL, "schtasks": _SCHTASKS}


class Schedulers:
    """A folder of such programs, and their state; nothing else is on PATH."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.state = folder / "state"
        self.programs = folder / "programs"
        self.units = folder / "config/systemd/user"
        for one in (self.state, self.programs):
            one.mkdir(parents=True)
        for name in names:
            path = self.programs / name
            text = _EACH.format(python=sys.executable, state=str(self.state), name=name, body=PROGRAMS[name])
            path.write_text(text, "utf-8")
            path.chmod(0o755)

    @property
    def environment(self) -> dict[str, str]:
        """Variables under which they are found."""
        return {
            "PATH": str(self.programs),
            "XDG_CONFIG_HOME": str(self.units.parents[1]),
            "SYSTEMD_UNIT_PATH": str(self.units),
        }

    def refuse(self, *calls: tuple[str, str]) -> None:
        """Let these programs refuse these verbs."""
        (self.state / "refuse.json").write_text(json.dumps(calls), "utf-8")

    def deny(self, *, denied: bool = True) -> None:
        """Let the Task Scheduler refuse everything, as for an account without any right."""
        (self.state / "denied").write_text("") if denied else (self.state / "denied").unlink()

    def sign_in(self, sid: str, *, administrator: bool) -> None:
        """Whom the Task Scheduler takes the caller for; it tells accounts by their SIDs, as the real one does.

        Who is no administrator installs nothing that starts with the machine, and sees no task of others.
        """
        told = {"sid": sid, "administrator": administrator}
        (self.state / "account.json").write_text(json.dumps(told), "utf-8")

    def calls(self) -> list[list[str]]:
        """Every call so far, and forget them."""
        path = self.state / "calls.jsonl"
        lines = path.read_text("utf-8").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]

    @property
    def crontab(self) -> bytes | None:
        """The crontab, if there is one."""
        path = self.state / "crontab"
        return path.read_bytes() if path.exists() else None

    @crontab.setter
    def crontab(self, data: bytes) -> None:
        (self.state / "crontab").write_bytes(data)


def tree(folder: Path) -> dict[str, bytes | str]:
    """Everything below a folder: files with their bytes, links with their targets, folders."""
    found: dict[str, bytes | str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        found[name] = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else "/"
    return found
