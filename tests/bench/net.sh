# SPDX-License-Identifier: GPL-2.0-or-later
# Two ends joined by one veth, in namespaces without a name. Sourced, by what `bench_isolated` runs.
#
#   bench_create            makes the run's folder, RUN, and sees to it that nothing is left behind
#   bench_isolated SCRIPT ARGUMENT...   runs it in namespaces of its own; all it starts ends with it
#   net_up                  in there: SERVER_NS is the process that holds the other end's namespaces

bench_create() {
    bench_sweep
    RUN=$(mktemp -d "${TMPDIR:-/tmp}/nm-ike-bench.XXXXXX")
    export RUN
    echo $$ >"$RUN/owner"
    trap bench_down EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

# Folders of runs that were killed: files only, since all else has ended with them.
bench_sweep() {
    local folder
    for folder in "${TMPDIR:-/tmp}"/nm-ike-bench.??????; do
        if [ -s "$folder/owner" ] && ! kill -0 "$(cat "$folder/owner")" 2>/dev/null; then
            rm -rf "$folder"
        fi
    done
}

bench_isolated() {
    local status=0
    # --pdeathsig and --kill-child: killed in any way, this script takes everything with it.
    setpriv --pdeathsig KILL unshare --pid --mount --net --fork --kill-child --mount-proc \
        bash "$@" </dev/null &
    BENCH_OUTER=$!
    wait "$BENCH_OUTER" || status=$?
    BENCH_OUTER=
    return $status
}

bench_down() {
    local status=$?
    trap - EXIT INT TERM HUP
    if [ -n "${BENCH_OUTER:-}" ]; then
        kill -KILL "$BENCH_OUTER" 2>/dev/null || true
        wait "$BENCH_OUTER" 2>/dev/null || true
    fi
    [ -n "${BENCH_KEEP:-}" ] || rm -rf "${RUN:?}"
    exit "$status"
}

net_up() {
    mount --make-rprivate /
    mount -t tmpfs -o mode=755 tmpfs /run
    unshare --net --mount sh -c 'mount -t tmpfs -o mode=755 tmpfs /run; exec sleep infinity' &
    SERVER_NS=$!
    wait_for 5 net_is_apart
    ip link add uplink type veth peer name uplink netns "$SERVER_NS"
    ip link set lo up
    ip address add 192.0.2.2/24 dev uplink
    ip link set uplink up
    nsenter -t "$SERVER_NS" -n -m -- sh <<'C'
        ip link set lo up
        ip address add 192.0.2.1/24 dev uplink
        ip link set uplink up
        ip address add 10.82.0.1/24 dev lo
        echo 1 >/proc/sys/net/ipv4/ip_forward
        for f in all default uplink; do echo 0 >/proc/sys/net/ipv4/conf/$f/rp_filter; done
C
    for f in all default uplink; do echo 0 >/proc/sys/net/ipv4/conf/$f/rp_filter; done
}

# The other end has its namespaces, and its /run.
net_is_apart() {
    [ "$(readlink "/proc/$SERVER_NS/ns/net")" != "$(readlink /proc/self/ns/net)" ] &&
        [ "$(cat "/proc/$SERVER_NS/comm")" = sleep ]
}
