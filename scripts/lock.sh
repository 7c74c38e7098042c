#!/usr/bin/env bash
# Pins every package with the hashes of its files, for all systems and Pythons at once:
#   requirements.lock        what the program needs
#   requirements-test.lock   that, in the same versions, and what tests and linters need
#   requirements-bench.lock  that, and the peers that come from PyPI
# uv resolves for Linux and Windows together; it stays out of .venv.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

tool=$(mktemp -d)
trap 'rm -rf -- "$tool"' EXIT
"${PYTHON:-python3}" -m venv "$tool"
"$tool/bin/python" -m pip install -q --disable-pip-version-check 'uv>=0.9,<1'

compile() { # compile FILE ARG...: no address of a registry and no remark of the tool goes into FILE
  UV_SYSTEM_CERTS=1 UV_NATIVE_TLS=1 "$tool/bin/uv" pip compile -q --universal --python-version 3.11 --generate-hashes \
    --no-header --no-annotate --no-emit-index-url --upgrade pyproject.toml "${@:2}" -o "$1"
}
compile requirements.lock
compile requirements-test.lock --extra test --constraints requirements.lock
compile requirements-bench.lock --extra bench --constraints requirements.lock
