#!/usr/bin/env bash
# Makes .venv and installs what the lock files name; returns at once when that was done before.
#
#   setup.sh run|test|bench    run: the program; test: tests and linters too; bench: peers to compare with
#
# PYTHON names the Python to build on. A copy of the lock file in .venv tells what is installed.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
purpose=${1:-run}
lock=requirements.lock
[[ $purpose == run ]] || lock=requirements-$purpose.lock
[[ -f $lock ]] || { echo "setup.sh: unknown purpose: $purpose" >&2; exit 2; }

done_before() { [[ -x .venv/bin/python ]] && cmp -s "$lock" ".venv/installed-$purpose.lock"; }

if done_before; then exit 0; fi
if [[ -e .venv && ! ( -w .venv && -x .venv ) ]]; then # made by somebody else, and closed to this user
  me=$(id -un 2>/dev/null || id -u) owner=$(stat -c %U .venv 2>/dev/null || echo '?')
  echo "The user $me can't use the environment $PWD/.venv, which belongs to $owner." >&2
  echo "El usuario $me no puede usar el entorno $PWD/.venv, que pertenece a $owner." >&2
  echo "Inicie el programa como $owner, o dé permiso de lectura y ejecución: chmod -R go+rX '$PWD/.venv'" >&2
  echo "Si su Python es de la carpeta personal de $owner, haga el entorno con otro: PYTHON=/usr/bin/python3 scripts/setup.sh" >&2
  exit 3
fi
base=$(scripts/bootstrap.sh "$purpose")

exec {self}<scripts/setup.sh
if command -v flock >/dev/null; then flock "$self"; fi # two first starts at once
if done_before; then exit 0; fi

echo "Setting up / Preparando el entorno: .venv ($lock)" >&2
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then "$base" -m venv --clear .venv; fi
.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$lock" >&2
cp -- "$lock" ".venv/installed-$purpose.lock"
