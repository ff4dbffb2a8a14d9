# SPDX-License-Identifier: GPL-2.0-or-later
# A person at the lab's desktop: an ordinary user, in a session without a screen. Sourced.
#
#   desktop_begin KIND [LANGUAGE] [dark] [REGULAR-EXPRESSION]
#                        interop_begin, and then session_start
#   session_start KIND [LANGUAGE] [dark]
#                        KIND is `shell` (GNOME Shell on Wayland, which is NetworkManager's secret agent), or
#                        `x11` (Xvfb, openbox and picom; nm-applet is started by session_applet).
#                        LANGUAGE is a locale's name such as de_DE. Both have a session bus, an unlocked
#                        keyring and the accessibility bus. The screen is 1280×800.
#   session COMMAND...   as the user, in the session
#   session_background FILE COMMAND...   the same, until the lab ends; output in SESSION/log/FILE.log
#   drive COMMAND...     reads and uses what is on the screen: lib/desktop/drive says what there is
#   screenshot NAME      SESSION/shots/NAME.png; with LOG_DIR set it is kept
#   SESSION              the user's home, as it is called out here
#
# Everything runs in the lab's namespaces and ends with it.

# shellcheck source=interop.sh
. "$(dirname "${BASH_SOURCE[0]}")/interop.sh"

SESSION_UID=1000
SESSION_HOME=/home/jo
SESSION_TESTS=/mnt # where the user sees this folder: it may be in a home of somebody else

desktop_begin() {
    local kind=$1 language='' look=''
    shift
    case ${1:-} in [a-z][a-z]_[A-Z][A-Z]) language=$1 && shift ;; esac
    case ${1:-} in dark | light) look=$1 && shift ;; esac
    desktop_need "$kind"
    interop_begin "${1:-}"
    session_start "$kind" "$language" "$look"
}

# A machine without these packages (another distribution, SKIP_PACKAGES) has no desktop to be tried.
desktop_need() {
    local program missing='' programs="dbus-daemon gnome-keyring-daemon gsettings secret-tool"
    need_root
    packages_need desktop
    case $1 in
    shell) programs="$programs gnome-shell" ;;
    x11) programs="$programs Xvfb openbox picom xdotool import nm-applet nm-connection-editor" ;;
    esac
    for program in $programs; do
        command -v "$program" >/dev/null || missing="$missing $program"
    done
    /usr/bin/python3 -c 'import gi; gi.require_version("Atspi", "2.0"); from gi.repository import Atspi' \
        2>/dev/null || missing="$missing Atspi for Python"
    [ -z "$missing" ] || {
        say "1..0 # SKIP a desktop cannot be started, there is no:$missing"
        exit 0
    }
}

session_start() {
    SESSION=$LAB/session
    session_locale "${2:-}"
    mkdir -p "$SESSION/log" "$SESSION/shots"
    box bash "$TESTS_DIR/lib/desktop/session-init.sh" "$LAB" "$TESTS_DIR" "$1" "${3:-light}" \
        "$SESSION_UID" "$SESSION_HOME" "$SESSION_TESTS" "${2:-}" \
        >"$LAB/session-init.log" 2>&1 </dev/null ||
        lab_broken "$LAB/session-init.log" "$SESSION"/log/*.log
    mapfile -t SESSION_ENV <"$LAB/session.env"
    sed -n 's/^the session did not start/# &/p' "$LAB/session-init.log"
}

# C.UTF-8 has no translations, and an installation may have no other locale: one is made for the lab.
session_locale() {
    [ -n "$1" ] || return 0
    command -v localedef >/dev/null || die "no localedef, to make the locale $1"
    mkdir -p "$LAB/locale"
    localedef -i "$1" -f UTF-8 "$LAB/locale/$1.UTF-8" || die "the locale $1 cannot be made"
}

session() {
    nsenter -t "$LAB_BOX" -m -n -p -u --wdns="$SESSION_HOME" -- \
        setpriv --reuid="$SESSION_UID" --regid="$SESSION_UID" --clear-groups \
        env -i "${SESSION_ENV[@]}" "$@"
}

session_background() {
    local file=$1
    shift
    session "$@" >>"$SESSION/log/$file.log" 2>&1 </dev/null &
    SESSION_BACKGROUND=$!
}

drive() { session /usr/bin/python3 "$SESSION_TESTS/lib/desktop/drive" "$@"; }

screenshot() { drive screenshot "$SESSION_HOME/shots/$1.png"; }

interop_keep_more() { screenshot "failed-$TAP_COUNT" || true; }

session_applet() {
    session_background nm-applet nm-applet
    wait_for 10 agent_is_registered || lab_broken "$SESSION/log/nm-applet.log"
}

# NetworkManager logs every agent that comes.
agent_is_registered() { grep -q 'agent-manager: agent.*agent registered' "$LAB/nm.log"; }

# --- the keyring ---------------------------------------------------------------------------------

# keyring_has UUID KEY VALUE: under the attributes that NetworkManager's agents use.
keyring_has() {
    [ "$(session secret-tool lookup connection-uuid "$1" setting-name vpn setting-key "$2")" = "$3" ]
}
# A keyring that does not answer has nothing either: so it must have what was just put there.
keyring_lives() {
    printf 'alive' | session secret-tool store --label=control control "$TAP_COUNT" &&
        [ "$(session secret-tool lookup control "$TAP_COUNT")" = alive ] &&
        session secret-tool clear control "$TAP_COUNT"
}
keyring_has_no() {
    keyring_lives || return 1
    [ -z "$(session secret-tool search --all connection-uuid "$1" setting-name vpn setting-key "$2" 2>/dev/null)" ]
}

# (`secret-tool lock` of libsecret 0.20.5 crashes.)
KEYRING_PASSWORD='keyring password'
keyring_lock() {
    local service=org.freedesktop.secrets collection=/org/freedesktop/secrets/collection/login
    session gdbus call --session --dest $service --object-path /org/freedesktop/secrets \
        --method org.freedesktop.Secret.Service.Lock "['$collection']"
}

# keyring_is_empty UUID: nothing at all is kept for that connection.
keyring_is_empty() {
    keyring_lives || return 1
    [ -z "$(session secret-tool search --all connection-uuid "$1" 2>/dev/null)" ]
}

uuid_of() { box nmcli -g connection.uuid connection show "$1"; }

# What NetworkManager wrote to the disk has none of these words.
file_has_not() {
    local word file="/etc/NetworkManager/system-connections/$1.nmconnection"
    box test -s "$file" || fail "$file does not exist"
    for word in "${@:2}"; do
        ! box grep -F "$word" "$file" || fail "$file says $word"
    done
}

# saved_as NAME LINE...: vpn.data has these lines and no other.
saved_as() {
    local name=$1
    shift
    box nmcli -e no -g vpn.data connection show "$name" | sed 's/, /\n/g' | sort >"$LAB/saved"
    printf '%s\n' "$@" | sort | diff - "$LAB/saved" || fail "vpn.data is not what was typed (<), but (>)"
}

# --- asked for a password ------------------------------------------------------------------------

# begin_connecting NAME: in the session, as a person does it; finish_connecting waits for its end.
begin_connecting() {
    session nmcli -w 60 connection up "$1" >"$LAB/nmcli.out" 2>&1 &
    CONNECTING=$!
}

finish_connecting() {
    wait "$CONNECTING" || {
        cat "$LAB/nmcli.out"
        fail "it did not connect"
    }
}

must_not_connect() {
    ! wait "$CONNECTING" || fail "it connected"
    cat "$LAB/nmcli.out"
}

# asks WORDS...: the question on the screen has each of these lines.
asks() {
    local line
    drive prompt --look | tee "$LAB/prompt"
    for line in "$@"; do
        grep -qxF -- "$line" "$LAB/prompt" || fail "the question does not say: $line"
    done
}

# connects_unasked NAME
connects_unasked() {
    session nmcli -w 30 connection up "$1" || fail "it did not connect by itself"
    drive no-prompt
    reaches "$PROTECTED"
}

# --- a locked keyring ----------------------------------------------------------------------------

LOCKED='text: The login keyring did not get unlocked when you logged into your computer.'

with_password_in_locked_keyring() {
    profile work main psk-xauth password= password-flags=1
    begin_connecting work
    drive prompt "Password=$XAUTH_PASSWORD"
    finish_connecting
    must_soon 20 keyring_has "$(uuid_of work)" password "$XAUTH_PASSWORD"
    down work
    keyring_lock
}

# keyring_unlocked LABEL: of the field. What is behind the keyring's password comes in answer to it.
keyring_unlocked() {
    with_password_in_locked_keyring
    begin_connecting work
    asks "$LOCKED"
    drive prompt "$1=$KEYRING_PASSWORD"
    finish_connecting
    drive no-prompt
    reaches "$PROTECTED"
    down work
    must_leave_nothing_at_once
}

# Who looks into it asks: nmcli (by our dialog), GNOME Shell for each of NetworkManager's requests, our dialog.
cancel_while_locked() {
    local times
    for times in {1..5}; do
        drive prompt --look >"$LAB/prompt"
        grep -qxF "$LOCKED" "$LAB/prompt" || return 0
        drive prompt --cancel
        say "cancelled $times times"
    done
    fail "the keyring's password was asked for more than 4 times"
}
