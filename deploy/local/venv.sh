#!/bin/sh
# Makes the virtual environment named by $1 with a Python that Trivsel runs on (3.11 to 3.13), installing
# Debian's when there is none. Needs nothing but a shell.
set -eu

target=$1

fits() {
    "$1" -c 'import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null
}

find_python() {
    for name in python3 python3.11 python3.12 python3.13 /usr/bin/python3; do
        if command -v "$name" >/dev/null 2>&1 && fits "$name"; then
            command -v "$name"
            return
        fi
    done
    return 1
}

install_python() {
    if [ "$(id -u)" = 0 ]; then
        root=""
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        root="sudo -n"
    else
        return 1
    fi
    command -v apt-get >/dev/null 2>&1 || return 1
    echo "Installing python3 and python3-venv from Debian ..." >&2
    $root apt-get update --quiet </dev/null >&2
    $root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends \
        -o DPkg::Lock::Timeout=300 python3 python3-venv </dev/null >&2
}

python=$(find_python) || { install_python && python=$(find_python); } || {
    echo "Trivsel needs Python 3.11, 3.12 or 3.13 with its venv module. Run this as root, then try again:" >&2
    echo "    apt-get update && apt-get install python3 python3-venv" >&2
    exit 1
}
"$python" -m venv "$target"
