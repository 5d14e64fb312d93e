# Installs the languages in which the quick start has a receiver, if they are missing. Sourced by ./test, after
# environment.sh.

prepare_languages() {
    missing=
    for pair in node:nodejs go:golang-go java:default-jdk-headless php:php-cli; do
        command -v "${pair%%:*}" >/dev/null 2>&1 || missing="$missing ${pair#*:}"
    done
    # shellcheck disable=SC2086 - several names
    if [ -n "$missing" ] && ! install_packages $missing; then
        say "The tests of the quick start run its receivers. Run: sudo apt-get install$missing"
        return 1
    fi
}
