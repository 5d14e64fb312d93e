# Sees to it that the tests find the programs of PostgreSQL, PgBouncer, coturn and Janus, from which they start servers of
# their own, ffprobe, which looks at films, and libfaketime, by which they set the clock of a process.
# Sourced by ./test and ./check, after environment.sh. Databases that are on the machine already are left alone.

# What somebody chose to do without: set by ./test and ./check with --without-janus.
without=

missing_programs() {
    # shellcheck disable=SC2086
    PYTHONPATH=tests .venv/bin/python -m support.programs $without | tr '\n' ' '
}

# Of some packages, those that this system's archive has: apt-get installs none of a list in which one is unknown.
available() {
    for package in "$@"; do
        if apt-cache policy "$package" | grep -q '^  Candidate: [^(]'; then printf '%s ' "$package"; fi
    done
}

# Debian's packages start services and make a first database; the tests want neither, so for the moment of the
# installation files say so to the packages. Files that are there already are somebody else's, and stay as they are.
install_programs() (
    policy=/usr/sbin/policy-rc.d
    clusters=/etc/postgresql-common/createcluster.d/dastak-tests.conf
    ours=
    trap 'for file in $ours; do as_root rm -f "$file"; done' EXIT
    trap 'exit 1' INT TERM
    if [ ! -e $policy ]; then
        ours="$ours $policy"
        printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
        as_root chmod 755 $policy
    fi
    if ! command -v pg_lsclusters >/dev/null 2>&1; then
        ours="$ours $clusters"
        as_root mkdir -p "${clusters%/*}"
        echo "create_main_cluster = false" | as_root tee $clusters >/dev/null
    fi
    install_packages "$@" || exit 1
    for service in pgbouncer coturn janus; do
        case " $* " in
        *" $service "*) as_root systemctl disable --quiet $service >/dev/null 2>&1 || true ;;
        esac
    done
)

prepare_postgres() {
    missing=$(missing_programs)
    if [ -n "$missing" ] && as_root true && command -v apt-get >/dev/null 2>&1; then
        as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 || true
        # shellcheck disable=SC2046,SC2086
        set -- $(available $missing)
        if [ $# -gt 0 ]; then install_programs "$@" || true; fi
        missing=$(missing_programs)
    fi
    if [ "$missing" = "janus " ] && command -v apt-get >/dev/null 2>&1 && [ -z "$(available janus)" ]; then
        say "The tests start the gateway Janus, and the archive of this system has none (Debian 12 and Ubuntu have it, Debian 13"
        say "has not). Install one, so that \`janus\` is in the PATH, or run all tests but those of calls over it: ./test --without-janus"
        return 1
    fi
    if [ -n "$missing" ]; then
        say "The tests start PostgreSQL (14 or newer), PgBouncer, coturn and Janus of their own, look at films with ffprobe, and set clocks. Run: sudo apt-get install $missing"
        say "or say where PostgreSQL's programs are: DASTAK_TEST_POSTGRES_BIN=/path/to/bin"
        return 1
    fi
}
