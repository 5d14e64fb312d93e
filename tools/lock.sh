#!/bin/sh
# Writes requirements.lock and requirements-assistance.lock anew: ./tools/lock.sh [--upgrade]. Needs network; run it when
# dependencies change. The first has two parts: what the server needs, then what only tests need; the second has what the
# extra `assistance` needs on top. Every file is pinned by hash.
set -eu
cd "$(dirname "$0")/.."
. tools/environment.sh
[ -x .venv/bin/python ] || make_venv
.venv/bin/python -m pip --quiet --disable-pip-version-check install uv
lock() {
    .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-annotate --no-header --no-emit-package dastak-sdk "$@"
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
lock pyproject.toml --group build -o "$work/run" --constraint requirements.lock "$@" >/dev/null 2>&1 ||
    lock pyproject.toml --group build -o "$work/run" "$@" >/dev/null
lock pyproject.toml --group build --group dev -o "$work/all" --constraint "$work/run" >/dev/null
{
    echo "# Every package of the server and its tests, pinned by hash. Written by tools/lock.sh; do not edit."
    cat "$work/run"
    echo "$tests_only"
    .venv/bin/python tools/lock_rest.py "$work/run" "$work/all"
} >requirements.lock
lock pyproject.toml --group build --extra assistance -o "$work/more" --constraint "$work/all" >/dev/null
{
    echo "# Every package that the extra \`assistance\` adds, pinned by hash. Written by tools/lock.sh; do not edit."
    .venv/bin/python tools/lock_rest.py "$work/run" "$work/more"
} >requirements-assistance.lock
