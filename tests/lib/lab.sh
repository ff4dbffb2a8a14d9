# SPDX-License-Identifier: GPL-2.0-or-later
# A desktop, a gateway and a protected network, in namespaces of their own. Sourced.
#
#   lab_create           makes the run's folder, LAB, and sets a trap that calls lab_down in any case
#   lab_start [STAGE]    starts all; STAGE is a tree that `meson install --destdir` made. LAB_VPN_LOG
#                        is the VPN service's log level in NetworkManager's words, else INFO;
#                        LAB_ROAD=road: there is a second way to the gateway
#   lab_down             the end of it
#   box COMMAND...       on the desktop, as root, with nothing of the caller's environment
#   gw, lan, road COMMAND...   in the gateway's, the protected network's, the NAT's namespace
#   LAB                  the run's folder: nm.log (NetworkManager and the VPN service's stderr),
#                        gateway/charon.log, dbus.log

HOST_ADDRESS=198.51.100.2
GATEWAY=198.51.100.1
GATEWAY_2=198.51.100.3
PROTECTED=10.99.0.2
PROTECTED_2=10.98.0.2
SILENT=203.0.113.9
export HOST_ADDRESS GATEWAY GATEWAY_2 PROTECTED PROTECTED_2 SILENT

lab_create() {
    lab_sweep
    LAB=$(mktemp -d "${TMPDIR:-/tmp}/nm-ike-lab.XXXXXX")
    echo $$ >"$LAB/owner"
    trap lab_down EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
}

# Folders of runs that were killed: files only, since all else has ended with them.
lab_sweep() {
    local folder
    for folder in "${TMPDIR:-/tmp}"/nm-ike-lab.??????; do
        if [ -s "$folder/owner" ] && ! kill -0 "$(cat "$folder/owner")" 2>/dev/null; then
            rm -rf "$folder"
        fi
    done
}

lab_start() {
    # --pdeathsig and --kill-child: killed in any way, this script takes the whole lab with it.
    setpriv --pdeathsig KILL unshare --pid --mount --net --fork --kill-child --mount-proc \
        bash "$TESTS_DIR/lib/lab-init.sh" "$LAB" "${LAB_ROAD:-}" >"$LAB/init.log" 2>&1 </dev/null &
    LAB_OUTER=$!
    wait_for 10 lab_is_ready init || lab_broken "$LAB/init.log"
    LAB_INIT=$(pgrep -P "$LAB_OUTER")
    lab_enter host unshare --mount --uts \
        bash "$TESTS_DIR/lib/box-init.sh" "$LAB" "${1:-}" "${LAB_VPN_LOG:-INFO}" >"$LAB/box.log" 2>&1 </dev/null &
    wait_for 20 lab_is_ready box || lab_broken "$LAB/box.log" "$LAB/nm.log" "$LAB/dbus.log"
    LAB_BOX=$(lab_find_box)
}

lab_is_ready() { [ -e "$LAB/$1.ready" ]; }

lab_broken() {
    tail -n 20 "$@" >&2
    die "the lab did not start"
}

# The box's first process, by the number it has out here.
lab_find_box() {
    local pid
    for pid in $(pgrep -f "^bash $TESTS_DIR/lib/box-init.sh $LAB"); do
        # nsenter waits outside the pid namespace with the same words in its command line.
        [ "$(readlink "/proc/$pid/ns/pid")" = "$(readlink "/proc/$LAB_INIT/ns/pid")" ] &&
            printf '%s\n' "$pid" && return
    done
    die "the lab's desktop has ended"
}

# lab_enter NAMESPACE COMMAND...
lab_enter() {
    local namespace=$1
    shift
    nsenter -t "$LAB_INIT" -m -p --wdns="$PWD" ip netns exec "$namespace" "$@"
}

gw() { lab_enter gw "$@"; }
lan() { lab_enter lan "$@"; }
road() { lab_enter road "$@"; }

box() {
    nsenter -t "$LAB_BOX" -m -n -p -u --wdns="$PWD" -- env -i \
        PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=dumb "$@"
}

# lab_background FILE COMMAND...: COMMAND is one of the above; it ends with the lab at the latest.
# Its output goes to FILE in the run's folder.
lab_background() {
    local file=$1
    shift
    "$@" >"$LAB/$file" 2>&1 </dev/null &
    LAB_BACKGROUND=$!
}

lab_down() {
    local status=$?
    trap - EXIT INT TERM HUP
    if [ -n "${LAB_INIT:-}" ]; then
        # With its first process the kernel kills all of a pid namespace.
        kill -KILL "$LAB_INIT" 2>/dev/null || true
        wait "$LAB_OUTER" 2>/dev/null || true
    fi
    lab_keep_logs
    [ -n "${LAB_KEEP:-}" ] || rm -rf "${LAB:?}"
    LAB_INIT=
    [ "$status" = 0 ] || exit "$status"
}

# With LOG_DIR set the logs outlive the lab.
lab_keep_logs() {
    local file
    [ -n "${LOG_DIR:-}" ] || return 0
    mkdir -p "$LOG_DIR"
    for file in "$LAB"/*.log "$LAB"/gateway/*.log "$LAB"/session/log/*.log "$LAB"/session/shots/*.png; do
        [ ! -e "$file" ] || cp "$file" "$LOG_DIR/"
    done
}
