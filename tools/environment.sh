# Makes the project's own environment in .venv from requirements.lock. Sourced by ./start, ./test and ./check.
# prepare run|all: what the server needs, or what the tests need too.

say() { printf '%s\n' "$*" >&2; }

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then sudo "$@"
    else return 1
    fi
}

install_packages() {
    command -v apt-get >/dev/null 2>&1 || return 1
    say "Installing $* with apt-get …"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 || return 1
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2
}

find_python() {
    for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
        if [ -n "$candidate" ] && command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    say "Dastak needs Python 3.11 or newer, and found none. On Debian 12 or Ubuntu: sudo apt-get install python3-venv"
    return 1
}

# Debian and Ubuntu ship Python without the part that makes environments.
make_venv() {
    python=$(find_python)
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        install_packages "python$version-venv" || {
            say "Python $version cannot make environments yet. Run: sudo apt-get install python$version-venv"
            return 1
        }
    fi
    rm -rf .venv
    "$python" -m venv .venv
}

# The lock file has two parts; what only tests need comes after this line.
tests_only='# --- only for ./test and ./check ---'

prepare() {
    wanted="$1 $(cat requirements.lock pyproject.toml sdk/pyproject.toml | cksum) $(pwd)"
    have=$(cat .venv/prepared 2>/dev/null || true)
    if [ "$have" = "$wanted" ] || [ "$have" = "all ${wanted#* }" ]; then return; fi
    if ! .venv/bin/python -c 'import pip' 2>/dev/null; then make_venv; fi
    say "Preparing .venv from requirements.lock …"
    pip=".venv/bin/python -m pip --disable-pip-version-check --quiet"
    if [ "$1" = all ]; then
        $pip install --require-hashes -r requirements.lock
    else
        sed "\|^$tests_only\$|,\$d" requirements.lock >.venv/run.lock
        $pip install --require-hashes -r .venv/run.lock
    fi
    $pip install --no-deps --no-build-isolation -e sdk -e .
    printf '%s' "$wanted" >.venv/prepared
}
