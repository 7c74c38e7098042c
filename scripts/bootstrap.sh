#!/usr/bin/env bash
# Looks for the programs of the system that a purpose needs, and has missing ones installed.
#
#   bootstrap.sh run|test|bench|pictures
#
# As root on Debian it installs them; otherwise it names the exact command and ends with 1.
# Its only line on standard output is the Python to use (3.11 or newer, able to make environments).
set -euo pipefail
purpose=${1:-run}

python() { # the first Python that will do; PYTHON goes before all
  local name
  for name in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
    if "$name" -c 'import ensurepip, sqlite3, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  return 1
}

missing=()
want() { command -v "$1" >/dev/null || missing+=("$2"); } # want PROGRAM PACKAGE

libraries=$(PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null || true)
want_library() { [[ $libraries == *"$1"* ]] || missing+=("$2"); } # want_library FILE PACKAGE

screen() { # what a window of Qt needs of the system
  [[ $(uname -s) == Linux ]] || return 0
  local pair
  for pair in libEGL.so.1:libegl1 libGL.so.1:libgl1 libfontconfig.so.1:libfontconfig1 libdbus-1.so.3:libdbus-1-3 \
    libxkbcommon-x11.so.0:libxkbcommon-x11-0 libxcb-cursor.so.0:libxcb-cursor0 libxcb-icccm.so.4:libxcb-icccm4 \
    libxcb-image.so.0:libxcb-image0 libxcb-keysyms.so.1:libxcb-keysyms1 libxcb-render-util.so.0:libxcb-render-util0 \
    libxcb-shape.so.0:libxcb-shape0 libxcb-xkb.so.1:libxcb-xkb1; do
    want_library "${pair%%:*}" "${pair##*:}"
  done
}

odbc() { # what Microsoft's ODBC driver needs of the system
  [[ $(uname -s) == Linux ]] || return 0
  local pair
  for pair in libodbc.so.2:unixodbc libltdl.so.7:libltdl7 libkrb5.so.3:libkrb5-3 libgssapi_krb5.so.2:libgssapi-krb5-2; do
    want_library "${pair%%:*}" "${pair##*:}"
  done
}

python >/dev/null || missing+=(python3 python3-venv)
case $purpose in
  run)
    screen
    odbc ;;
  pictures)
    screen
    want Xvfb xvfb
    want xdotool xdotool
    want import imagemagick
    [[ -d /usr/share/fonts/truetype/open-sans ]] || missing+=(fonts-open-sans)
    [[ -d /usr/share/fonts/truetype/dejavu ]] || missing+=(fonts-dejavu-core) ;;
  test)
    screen
    odbc
    want Xvfb xvfb
    want xdotool xdotool
    [[ -d /usr/share/fonts/truetype/dejavu ]] || missing+=(fonts-dejavu-core)
    want gzip gzip
    want zstd zstd
    want systemd-analyze systemd ;;
  bench)
    want gzip gzip
    want zstd zstd
    want pigz pigz
    want sqlite3 sqlite3
    want restic restic
    # borgbackup comes from PyPI as source
    want cc build-essential
    want pkg-config pkg-config
    for header in acl/libacl.h:libacl1-dev openssl/ssl.h:libssl-dev lz4.h:liblz4-dev zstd.h:libzstd-dev xxhash.h:libxxhash-dev; do
      [[ -n $(find /usr/include -path "*/${header%%:*}" -print -quit 2>/dev/null) ]] || missing+=("${header##*:}")
    done
    own=$(python || true)
    if [[ -n $own ]] && ! "$own" -c 'import pathlib, sys, sysconfig
sys.exit(not (pathlib.Path(sysconfig.get_path("include")) / "Python.h").is_file())'; then
      missing+=(python3-dev)
    fi ;;
  *) echo "bootstrap.sh: unknown purpose: $purpose" >&2; exit 2 ;;
esac

if ((${#missing[@]})); then
  if ! command -v apt-get >/dev/null; then
    echo "Missing on this system (names of Debian's packages) / Faltan en este sistema: ${missing[*]}" >&2
    exit 1
  elif ((EUID)); then
    echo "Missing packages of the system. Run this, then try again / Faltan paquetes del sistema. Ejecute esto y vuelva a intentarlo:" >&2
    echo "    sudo apt-get update && sudo apt-get install -y ${missing[*]}" >&2
    exit 1
  fi
  echo "Installing packages of the system / Instalando paquetes del sistema: ${missing[*]}" >&2
  {
    apt-get -qq update
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${missing[@]}"
  } >&2
fi

python || {
  echo "Python 3.11 or newer is needed, with venv and sqlite3 / Hace falta Python 3.11 o posterior, con venv y sqlite3." >&2
  echo "Name another one with / Indique otro con: PYTHON=/path/to/python3" >&2
  exit 1
}
