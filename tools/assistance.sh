# Puts the extra `assistance` (reading cards, comparing faces) into .venv. Sourced by ./test after environment.sh.

prepare_assistance() {
    wanted=$(cksum <requirements-assistance.lock)
    if [ "$(cat .venv/assistance 2>/dev/null || true)" = "$wanted" ] &&
        .venv/bin/python -c 'import dlib, rapidocr' 2>/dev/null; then return; fi
    say "Preparing the extra \`assistance\` from requirements-assistance.lock …"
    .venv/bin/python -m pip --disable-pip-version-check --quiet install --no-deps --require-hashes \
        -r requirements-assistance.lock
    printf '%s' "$wanted" >.venv/assistance
}
