# SPDX-License-Identifier: GPL-2.0-or-later
# Tests in TAP, one line each. Sourced.
#
#   try NAME FUNCTION ARGUMENT...   runs it in a subshell with `set -eu`; what it printed is shown
#                                   only if it failed; TAP_STATUS is its exit status
#   fail WHY, skip WHY              end the test from inside
#   tap_end                         the plan, and exit status 1 if a test failed
#
# TAP_ONLY is a regular expression: other tests are not run (nor counted).

TAP_COUNT=0
TAP_FAILED=0
TAP_OUTPUT=$(mktemp)

fail() {
    printf '%s\n' "$*"
    exit 1
}

skip() {
    printf '%s\n' "$*"
    exit 77
}

# (Never in a condition, such as `try … || …`: bash then ignores every `set -e` inside.)
try() {
    local name=$1 begin status
    shift
    [[ "$name" =~ ${TAP_ONLY:-} ]] || return 0
    TAP_COUNT=$((TAP_COUNT + 1))
    begin=$(now)
    set +e
    (
        set -eu
        "$@"
    ) >"$TAP_OUTPUT" 2>&1 </dev/null
    status=$?
    set -e
    case $status in
    0) say "ok $TAP_COUNT - $name ($(since "$begin") s)" ;;
    77) say "ok $TAP_COUNT - $name # SKIP $(tail -n 1 "$TAP_OUTPUT")" ;;
    *)
        TAP_FAILED=$((TAP_FAILED + 1))
        say "not ok $TAP_COUNT - $name ($(since "$begin") s)"
        sed 's/^/#   /' "$TAP_OUTPUT"
        ;;
    esac
    TAP_STATUS=$status
}

tap_end() {
    say "1..$TAP_COUNT"
    rm -f "$TAP_OUTPUT"
    [ "$TAP_FAILED" = 0 ]
}
