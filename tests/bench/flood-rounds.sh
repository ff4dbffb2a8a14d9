#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What tests/bench/flood does in namespaces of its own.
#   flood-rounds.sh ROUNDS RATE KIND...
set -eu
. "$(dirname "$0")/../lib/common.sh"
. "$(dirname "$0")/net.sh"
. "$(dirname "$0")/peers.sh"

ROUNDS=$1 RATE=$2
shift 2

# Data planes of their own for each kind: authentic bad packets use up sequence numbers.
one_kind() {
    PIDS_CLIENT='' PIDS_SERVER=''
    if way_pair --sas 2; then
        python3 "$TESTS_DIR/bench/flood.py" measure "$SERVER_NS" "$TARGET" "$PIDS_SERVER" \
            "$RATE" "$1" >>"$RUN/figures"
    else
        tail -qn 3 "$RUN"/*.log >&2
    fi
    way_down
    rm -f "$RUN"/*.log
}

net_up
for round in $(seq "$ROUNDS"); do
    for kind in "$@"; do
        printf '# round %s: %s\n' "$round" "$kind" >&2
        one_kind "$kind"
    done
    set -- "${@:2}" "$1"
done
