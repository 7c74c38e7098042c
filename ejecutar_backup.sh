#!/usr/bin/env bash
# Starts Rexus Backups: without arguments its window (where there is no screen: its menu), with
# arguments one command.
# The first start makes the environment beside this file; later ones only look whether it is current.
set -euo pipefail
here=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")

if [[ ! -x $here/.venv/bin/python ]] || ! cmp -s "$here/requirements.lock" "$here/.venv/installed-run.lock"; then
  "$here/scripts/setup.sh" run || {
    echo "No se pudo preparar el entorno de Rexus Backups; no se ha tocado ningún dato." >&2
    echo "Corrija lo indicado arriba (Python 3.11 o posterior, paquetes, conexión, permisos) y vuelva a ejecutarlo." >&2
    exit 3
  }
fi
exec "$here/.venv/bin/python" "$here/main_backup.py" "$@"
