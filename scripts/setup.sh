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
base=$(scripts/bootstrap.sh "$purpose")

exec {self}<scripts/setup.sh
if command -v flock >/dev/null; then flock "$self"; fi # two first starts at once
if done_before; then exit 0; fi

echo "Setting up / Preparando el entorno: .venv ($lock)" >&2
if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then "$base" -m venv --clear .venv; fi
.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r "$lock" >&2
cp -- "$lock" ".venv/installed-$purpose.lock"
