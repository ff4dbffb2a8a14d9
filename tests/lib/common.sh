# SPDX-License-Identifier: GPL-2.0-or-later
# Small things that every script of tests/ needs. Sourced, by bash with `set -eu`.

TESTS_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
SOURCE_DIR=$(cd "$TESTS_DIR/.." && pwd)

# Tools of the distribution only: an interpreter in somebody's home must not decide a test.
export PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8

say() { printf '%s\n' "$*"; }

die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# Seconds since boot with a fraction: unlike the wall clock it is never set.
now() {
    local up _
    read -r up _ </proc/uptime
    printf '%s\n' "$up"
}

since() { awk -v from="$1" -v to="$(now)" 'BEGIN { printf "%.1f\n", to - from }'; }

# The same in hundredths, as a whole number.
now_in_hundredths() {
    local up
    up=$(now)
    printf '%s\n' "$((10#${up/./}))"
}

# wait_for SECONDS COMMAND...: until it succeeds; false when the time is over. However long COMMAND
# takes, its last try begins within SECONDS.
wait_for() {
    local until=$(($(now_in_hundredths) + $1 * 100))
    shift
    while ! "$@" >/dev/null 2>&1; do
        sleep 0.05
        [ "$(now_in_hundredths)" -lt "$until" ] || return 1
    done
}

need_root() {
    [ "$(id -u)" = 0 ] ||
        die "needs root, to make network namespaces and to mount inside them: sudo $0"
}

# A file or folder made by root for the person who typed sudo belongs to that person.
give_back() {
    if [ -n "${SUDO_UID:-}" ] && [ -e "$1" ]; then
        chown -R "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$1"
    fi
}
