# Finds a Chromium for the browser tests, or installs one. Sourced by ./test, after environment.sh.

known_browser() {
    for candidate in chromium google-chrome google-chrome-stable; do
        if command -v "$candidate" >/dev/null 2>&1; then
            command -v "$candidate"
            return
        fi
    done
    find "${PLAYWRIGHT_BROWSERS_PATH:-$HOME/.cache/ms-playwright}" -name chrome -type f -perm -u+x 2>/dev/null |
        sort | tail -n 1
}

find_browser() {
    if ! .venv/bin/python -m playwright --version >/dev/null 2>&1; then
        install_packages libatomic1 || say "The browser tests' driver needs libatomic. Run: sudo apt-get install libatomic1"
    fi
    browser=$(known_browser)
    if [ -z "$browser" ]; then
        # Debian packages Chromium; Ubuntu's package is a snap, so there the test library brings its own.
        if grep -qs '^ID=debian' /etc/os-release; then
            install_packages chromium fonts-dejavu-core || true
        else
            .venv/bin/python -m playwright install --with-deps chromium >&2 || true
        fi
        browser=$(known_browser)
    fi
    if [ -z "$browser" ]; then
        say "The browser tests need Chromium. Run: sudo apt-get install chromium   (Debian)"
        say "or: .venv/bin/python -m playwright install --with-deps chromium   (elsewhere)"
        return 1
    fi
    printf '%s' "$browser"
}
