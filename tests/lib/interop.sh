# SPDX-License-Identifier: GPL-2.0-or-later
# What the scripts of tests/interop/ have in common: a lab with the product staged in it, profiles
# typed at nmcli, and what has to be true afterwards. Sourced; each such script is a TAP program:
#
#   sudo tests/interop/TOPIC [REGULAR-EXPRESSION]     only the tests whose name matches
#
# STAGE names a staged install to use; without it the product is built.

# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
. "$TESTS_DIR/lib/packages.sh"
. "$TESTS_DIR/lib/build.sh"
. "$TESTS_DIR/lib/lab.sh"
. "$TESTS_DIR/lib/gateway.sh"
. "$TESTS_DIR/lib/tap.sh"

SERVICE=nm-ike-service

interop_begin() {
    TAP_ONLY=${1:-}
    need_root
    packages_need build lab interop
    lab_create
    if [ -z "${STAGE:-}" ]; then
        build_product
        STAGE=$LAB/stage
        stage_product "$STAGE"
    fi
    LAB_VPN_LOG=${LAB_VPN_LOG:-DEBUG} lab_start "$STAGE"
    gateway_start
    lab_background dns.log gw "$TESTS_DIR/lib/dns.py" "$GATEWAY" "vpn.example.org=$GATEWAY"
    wait_for 5 grep -q ready "$LAB/dns.log"
    desktop_state >"$LAB/baseline"
    grep -qx 'device eth0' "$LAB/baseline" || die "the desktop cannot be looked at"
}

# check NAME FUNCTION ARGUMENT...: a test of its own, that starts with a desktop without a VPN
# and a gateway without an SA, whatever the one before it did.
check() {
    [[ "$1" =~ ${TAP_ONLY:-} ]] || return 0
    LOG_MARK=$(stat -c %s "$LAB/nm.log")
    GATEWAY_MARK=$(stat -c %s "$LAB/gateway/charon.log")
    try "$@"
    case $TAP_STATUS in
    0 | 77) ;;
    *)
        interop_show_logs
        interop_keep_more
        ;;
    esac
    interop_clean
}

# What else helps to understand a failed test; desktop.sh takes a picture of the screen.
interop_keep_more() { :; }

interop_show_logs() {
    say '#   --- NetworkManager and the VPN service:'
    nm_log | tail -n 40 | sed 's/^/#   /'
    say '#   --- the gateway:'
    gateway_log | tail -n 25 | sed 's/^/#   /'
}

nm_log() { tail -c "+$((LOG_MARK + 1))" "$LAB/nm.log"; }
gateway_log() { tail -c "+$((GATEWAY_MARK + 1))" "$LAB/gateway/charon.log"; }

interop_clean() {
    local uuid
    for uuid in $(box nmcli -g UUID,TYPE connection show | sed -n 's/:vpn$//p'); do
        box nmcli connection delete "$uuid" >/dev/null 2>&1 || true
    done
    if ! wait_for 10 nothing_left; then
        say "#   (left behind on the desktop, and cleared away for the next test)"
        desktop_diff | sed 's/^/#   /'
        service_signal KILL
    fi
    gateway_restore
    gateway_forget
    wait_for 10 gateway_has_no_sa || say "#   (the gateway does not get rid of its SAs)"
}

# What GLib or a sanitizer says of the service, whatever else it did right. (NetworkManager 1.42 complains of
# itself when a VPN ends that has no uplink at the moment.)
no_complaints() {
    ! sed '/(NetworkManager:[0-9]*): nm-CRITICAL .*nm-dispatcher/d' "$LAB"/nm*.log |
        grep -A 30 -E '(CRITICAL|WARNING|ERROR) \*\*|Sanitizer|runtime error' ||
        fail "(in the log of all tests above)"
}

interop_end() {
    local status=0
    [ "$TAP_COUNT" = 0 ] || TAP_ONLY='' try "no complaint of GLib or a sanitizer" no_complaints
    tap_end || status=1
    exit $status
}

# --- profiles ----------------------------------------------------------------------------------

# profile NAME main|aggressive psk|psk-xauth [KEY=VALUE...]: what fits the gateway, changed as given.
# psk and password are secrets; KEY= leaves the key out.
profile() {
    local name=$1 pair key data='' secrets=''
    local -A value=([gateway]=$GATEWAY [ike-version]=1 [mode]=$2 [method]=$3)
    value[psk]=$PSK_MAIN
    if [ "$2" = aggressive ]; then
        value[psk]=$PSK_GROUP
        value[local-id]=keyid:office
    fi
    if [ "$3" = psk-xauth ]; then
        value[user]=$XAUTH_USER
        value[password]=$XAUTH_PASSWORD
    fi
    for pair in "${@:4}"; do
        value[${pair%%=*}]=${pair#*=}
    done
    for key in "${!value[@]}"; do
        [ -n "${value[$key]}" ] || continue
        case $key in
        psk | password) secrets="$secrets,$key=${value[$key]}" ;;
        *) data="$data,$key=${value[$key]//,/\\,}" ;;
        esac
    done
    box nmcli connection add type vpn con-name "$name" vpn-type ike \
        vpn.data "${data#,}" ${secrets:+vpn.secrets "${secrets#,}"}
}

up() { box nmcli -w 90 connection up "$@" || fail "nmcli connection up $1: exit status $?"; }
down() { box nmcli -w 20 connection down "$1"; }
is_active() { [ "$(box nmcli -g GENERAL.STATE connection show "$1")" = activated ]; }

# --- what must be true -------------------------------------------------------------------------

must() { "$@" || fail "not true: $*"; }
must_not() { ! "$@" || fail "true, and should not be: $*"; }
must_soon() {
    local seconds=$1
    shift
    wait_for "$seconds" "$@" || fail "not true after $seconds s: $*"
}

reaches() { box ping -q -c 2 -i 0.2 -W 2 "${@:2}" "$1"; }

# The tunnel's device, by the address of a gateway's pool on it.
tunnel_device() {
    box ip -4 -o addr show | awk '$4 ~ /^10\.7[78]\./ { print $2; exit }'
}

routed_to() { box ip -4 route get "$1" | grep -q " dev $2 "; }
name_server_is() { box grep -qx "nameserver $1" /etc/resolv.conf; }
search_domain_is() { box grep -Eq "^search( .*)? $1( |\$)" /etc/resolv.conf; }
# box_signal SIGNAL NAME: to each process of that name in this lab, whose pid namespace has no others.
box_signal() {
    local pid
    for pid in $(box pgrep -x "$2"); do
        box kill -s "$1" "$pid" || true
    done
}
service_signal() { box_signal "$1" "$SERVICE"; }
service_count() { box pgrep -c -x "$SERVICE" || true; }

# must_log REGULAR-EXPRESSION: in what NetworkManager and the service wrote during this test.
must_log() {
    wait_for 3 log_has "$1" || fail "no line of the log matches: $1"
}
log_has() { nm_log | grep -Eq "$1"; }

# What a VPN changes on a desktop, in a form that can be compared. (Without the dead: GNOME Shell 43 does not
# collect an auth dialog that ended before it looked.)
desktop_state() {
    box bash -c "
        ip -o link | sed -E 's/^[0-9]+: ([^:@]+).*/device \1/'
        ip -4 route; ip -6 route; ip rule; ip xfrm state; ip xfrm policy
        grep -v '^#' /etc/resolv.conf
        pgrep -l -r D,R,S,T '^nm-ike-' | sed 's/^[0-9]* /process /'
        true"
}

desktop_diff() { desktop_state | diff "$LAB/baseline" - || true; }
nothing_left() { desktop_state | cmp -s "$LAB/baseline" -; }

must_leave_nothing() {
    wait_for 10 nothing_left || {
        desktop_diff
        fail "left behind on the desktop: see above"
    }
    wait_for 15 gateway_has_no_sa || {
        gateway_ctl --list-sas
        fail "the gateway still has an SA"
    }
}

# Right after `down` everything has to be gone, without waiting for anybody's timer.
must_leave_nothing_at_once() {
    must_soon 4 nothing_left
    must_soon 4 gateway_has_no_sa
}
