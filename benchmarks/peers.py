"""The ways to compare: each a script to prepare, to back up, to verify and to restore.

The scripts find the databases in SRC, put the backup in DST and the restored databases in OUT; TMP is for the rest.
All but the plain copy take a consistent snapshot, as somebody must whose application is running.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[1]

SNAPSHOT = """
for f in "$SRC"/*.db; do sqlite3 "$f" ".backup '$TMP/${f##*/}'"; done
"""
OURS = """rexus() { "$PYTHON" "$PROGRAM" --config "$TMP/backup_config.json" --json "$@"; }
"""
ORIGINAL_BACKUP = """
import gzip, hashlib, os, pathlib, shutil
for path in sorted(pathlib.Path(os.environ["TMP"]).glob("*.db")):
    target = pathlib.Path(os.environ["DST"]) / f"{path.stem}.bak.gz"
    with path.open("rb") as plain, gzip.open(target, "wb") as packed:
        shutil.copyfileobj(plain, packed)
    digest = hashlib.md5()
    with path.open("rb") as plain:
        while chunk := plain.read(4096):
            digest.update(chunk)
    target.with_suffix(".md5").write_text(digest.hexdigest())
    path.unlink()
"""
ORIGINAL_VERIFY = """
import gzip, hashlib, os, pathlib, sys
for path in sorted(pathlib.Path(os.environ["DST"]).glob("*.gz")):
    digest = hashlib.md5()
    with gzip.open(path, "rb") as plain:
        while chunk := plain.read(4096):
            digest.update(chunk)
    if digest.hexdigest() != path.with_suffix(".md5").read_text():
        sys.exit(str(path))
"""
ORIGINAL_RESTORE = """
import gzip, os, pathlib, shutil
for path in sorted(pathlib.Path(os.environ["DST"]).glob("*.gz")):
    name = path.name.removesuffix(".bak.gz") + ".db"
    with gzip.open(path, "rb") as packed, (pathlib.Path(os.environ["OUT"]) / name).open("wb") as plain:
        shutil.copyfileobj(packed, plain)
"""


@dataclass(frozen=True)
class Peer:
    """One way to back up; ``needs`` names its programs."""

    name: str
    needs: tuple[str, ...]
    backup: str
    verify: str
    restore: str
    prepare: str = ""
    slow: bool = False
    """Measured once only."""

    def absent(self) -> list[str]:
        """Programs it lacks on this machine."""
        own = str(Path(sys.executable).parent)
        return [name for name in self.needs if not (shutil.which(name) or shutil.which(name, path=own))]


def stream(name: str, pack: str, unpack: str, *needs: str) -> Peer:
    """A snapshot file, its SHA-256, and a compressor."""
    return Peer(
        name=f"sqlite3 .backup + {name}",
        needs=("sqlite3", "sha256sum", *needs),
        backup=SNAPSHOT
        + f"""
for f in "$TMP"/*.db; do
  n=${{f##*/}}; sha256sum < "$f" > "$DST/$n.sha256"; {pack} < "$f" > "$DST/$n.z"; rm "$f"
done""",
        verify=f"""
for z in "$DST"/*.z; do {unpack} < "$z" | sha256sum | cmp - "${{z%.z}}.sha256"; done""",
        restore=f"""
for z in "$DST"/*.z; do
  n=${{z##*/}}; n=${{n%.z}}; {unpack} < "$z" > "$OUT/$n"; sha256sum < "$OUT/$n" | cmp - "$DST/$n.sha256"
done""",
    )


def borg(codec: str) -> Peer:
    """Borg, not encrypted."""
    return Peer(
        name=f"borg {codec}",
        needs=("sqlite3", "borg"),
        prepare='borg init -e none "$DST/repository"',
        backup=SNAPSHOT + f'cd "$TMP"; borg create -C {codec} "$DST/repository::one" *.db; rm *.db',
        verify='borg check --verify-data "$DST/repository"',
        restore='cd "$OUT"; borg extract "$DST/repository::one"',
    )


PEERS = (
    Peer(
        name="rexus backups",
        needs=(),
        prepare=OURS
        + """
arguments=()
for f in "$SRC"/*.db; do n=${f##*/}; arguments+=(--database "${n%.db}=$f"); done
rexus config init --engine sqlite --root "$DST" --app-root "$TMP" "${arguments[@]}"
""",
        backup=OURS + "rexus backup --no-files",
        verify=OURS + "rexus verify --all --depth content",
        restore=OURS
        + 'm=$(ls "$DST"/backup_manifest_*.json); m=${m##*_manifest_}; rexus restore "${m%.json}" --all --to "$OUT"',
    ),
    Peer(
        name="copy + sync",
        needs=("cp", "sha256sum"),
        backup='cp "$SRC"/*.db "$DST"',
        verify='sha256sum "$DST"/*.db',
        restore='cp "$DST"/*.db "$OUT"',
    ),
    stream("gzip -1", "gzip -1", "gzip -d", "gzip"),
    stream("gzip -6", "gzip -6", "gzip -d", "gzip"),
    stream("pigz", "pigz", "pigz -d", "pigz"),
    stream("zstd -3", "zstd -q -3 -T0", "zstd -q -d", "zstd"),
    Peer(
        name="restic (encrypts)",
        needs=("sqlite3", "restic"),
        prepare='restic -q -r "$DST/repository" init',
        backup=SNAPSHOT + 'cd "$TMP"; restic -q -r "$DST/repository" backup *.db; rm *.db',
        verify='restic -q -r "$DST/repository" check --read-data',
        restore='restic -q -r "$DST/repository" restore latest --target "$OUT"',
    ),
    borg("lz4"),
    borg("zstd,3"),
    Peer(
        name="rustic (encrypts)",
        needs=("sqlite3", "rustic"),
        prepare='rustic -r "$DST/repository" init',
        backup=SNAPSHOT + 'cd "$TMP"; rustic -r "$DST/repository" backup *.db; rm *.db',
        verify='rustic -r "$DST/repository" check --read-data',
        restore='rustic -r "$DST/repository" restore latest "$OUT"',
    ),
    Peer(
        name="the original's way",
        needs=("sqlite3",),
        backup=SNAPSHOT + '"$PYTHON" -c "$ORIGINAL_BACKUP"',
        verify='"$PYTHON" -c "$ORIGINAL_VERIFY"',
        restore='"$PYTHON" -c "$ORIGINAL_RESTORE"',
        slow=True,
    ),
)


def variables(source: Path, work: Path) -> dict[str, str]:
    """What the scripts read, with folders below ``work``."""
    return {
        "SRC": str(source),
        "DST": str(work / "dst"),
        "OUT": str(work / "out"),
        "TMP": str(work / "tmp"),
        "PYTHON": sys.executable,
        "PROGRAM": str(PROJECT / "main_backup.py"),
        "ORIGINAL_BACKUP": ORIGINAL_BACKUP,
        "ORIGINAL_VERIFY": ORIGINAL_VERIFY,
        "ORIGINAL_RESTORE": ORIGINAL_RESTORE,
        "RESTIC_PASSWORD": "bench",
        "RESTIC_CACHE_DIR": str(work / "cache"),
        "RUSTIC_PASSWORD": "bench",
        "RUSTIC_CACHE_DIR": str(work / "cache"),
        "BORG_BASE_DIR": str(work / "cache"),
        "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes",
    }
