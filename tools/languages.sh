# Sees to it that the tests find what runs the documented snippets and receivers of other languages: Node, Go, a JDK, PHP,
# Mono. Sourced by ./test, after environment.sh. What is on the machine already is used; of the rest Go and the JDK are
# the largest, some 700 MB on the disk together.

missing_languages() {
    PYTHONPATH=tests .venv/bin/python -m support.languages | tr '\n' ' '
}

prepare_languages() {
    missing=$(missing_languages)
    if [ -n "$missing" ]; then
        # shellcheck disable=SC2086
        install_packages $missing || true
        missing=$(missing_languages)
    fi
    if [ -n "$missing" ]; then
        say "The tests run the snippets of docs/verify-in-any-language.md. Run: sudo apt-get install $missing"
        return 1
    fi
}
