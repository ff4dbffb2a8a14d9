#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What tests/bench/run does in namespaces of its own: every way in turn, round after round.
#   rounds.sh ROUNDS quick|full WAY...     figures go to $RUN/figures, a JSON object in each line
set -eu
. "$(dirname "$0")/../lib/common.sh"
. "$(dirname "$0")/net.sh"
. "$(dirname "$0")/peers.sh"

ROUNDS=$1 LENGTH=$2
shift 2

# A way that does not come up is a figure too: it is missing, and its log says why.
one_way() {
    local way=$1 round=$2
    printf '# round %s: %s\n' "$round" "$way" >&2
    if way_up "$way"; then
        python3 "$TESTS_DIR/bench/measure.py" "$way" "$TARGET" "$LENGTH" "$SERVER_NS" \
            "$PIDS_CLIENT" "$PIDS_SERVER" >>"$RUN/figures"
    else
        printf '# %s did not come up; %s/*.log has why (BENCH_KEEP=1 keeps it)\n' "$way" "$RUN" >&2
        tail -qn 3 "$RUN"/*.log >&2 || true
    fi
    way_down
    rm -f "$RUN"/*.log
}

net_up
for round in $(seq "$ROUNDS"); do
    for way in "$@"; do
        one_way "$way" "$round"
    done
    # Another one is first in the next round.
    set -- "${@:2}" "$1"
done
