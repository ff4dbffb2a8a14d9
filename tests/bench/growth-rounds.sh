#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What tests/bench/growth does in namespaces of its own.
#   growth-rounds.sh ROUNDS SAS...
set -eu
. "$(dirname "$0")/../lib/common.sh"
. "$(dirname "$0")/net.sh"
. "$(dirname "$0")/peers.sh"

ROUNDS=$1
shift

# one_size SAS: the last Child SA's address is the server's too.
one_size() {
    local last=10.81.$(($1 >> 8)).$(($1 & 255))
    PIDS_CLIENT='' PIDS_SERVER=''
    if way_pair --sas "$1"; then
        [ "$1" = 1 ] || server ip address add "$last/32" dev bench0
        python3 "$TESTS_DIR/bench/growth.py" measure "$SERVER_NS" "$1" "$TARGET" "$last" \
            "$PIDS_CLIENT" "$PIDS_SERVER" >>"$RUN/figures"
    else
        tail -qn 3 "$RUN"/*.log >&2
    fi
    way_down
    rm -f "$RUN"/*.log
}

net_up
for round in $(seq "$ROUNDS"); do
    for sas in "$@"; do
        printf '# round %s: %s Child SAs\n' "$round" "$sas" >&2
        one_size "$sas"
    done
    set -- "${@:2}" "$1"
done
