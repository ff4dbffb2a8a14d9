#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Inside the box, as root: makes the user and starts the session; ends when it is ready. What a command
# in the session needs in its environment is left in the run's folder, session.env.
#   $1 the run's folder   $2 this repository's tests   $3 shell or x11   $4 light or dark
#   $5 the user's number  $6 home   $7 where the user finds the tests   $8 a locale such as de_DE, or ''
set -eu
LAB=$1 TESTS=$2 KIND=$3 LOOK=$4 USER_ID=$5 HOME=$6 TESTS_HERE=$7 LOCALE=$8
RUNTIME=/run/user/$USER_ID
SCREEN=1280x800
# Two labs share /tmp, where X servers lock their numbers.
DISPLAY_NUMBER=$((100 + $(cksum <<<"$LAB" | cut -d ' ' -f 1) % 30000))

make_user() {
    # The machine may have somebody of this number.
    sed -i -E "/^(jo|[^:]*:[^:]*:$USER_ID):/d" /etc/passwd /etc/group
    echo "jo:x:$USER_ID:$USER_ID:Jo:$HOME:/bin/bash" >>/etc/passwd
    echo "jo:x:$USER_ID:" >>/etc/group
    mount -t tmpfs -o mode=755 tmpfs "${HOME%/*}"
    mkdir -p "$HOME" "$RUNTIME"
    # The home is a part of the run's folder, so that pictures and logs can be seen from outside.
    mount --bind "$LAB/session" "$HOME"
    mkdir -p "$HOME"/.config "$HOME"/.cache "$HOME"/.local/share/keyrings
    mount --bind "$TESTS" "$TESTS_HERE"
    if [ -n "$LOCALE" ]; then
        chmod -R a+rX "$LAB/locale"
        mkdir -p /run/locale
        mount --bind "$LAB/locale" /run/locale
    fi
}

# GTK 4 draws with cairo and mutter with llvmpipe: there is no GPU.
write_environment() {
    cat <<V
PATH=/usr/bin:/bin:/usr/sbin:/sbin
HOME=$HOME
USER=jo
LOGNAME=jo
SHELL=/bin/bash
TERM=dumb
PYTHONDONTWRITEBYTECODE=1
LANG=${LOCALE:-C}.UTF-8
XDG_RUNTIME_DIR=$RUNTIME
XDG_CURRENT_DESKTOP=GNOME
XDG_DATA_DIRS=/usr/share
DBUS_SESSION_BUS_ADDRESS=unix:path=$RUNTIME/bus
GSK_RENDERER=cairo
LIBGL_ALWAYS_SOFTWARE=1
SESSION_KIND=$KIND
SESSION_LOOK=$LOOK
V
    [ -z "$LOCALE" ] || echo LOCPATH=/run/locale
    if [ "$KIND" = x11 ]; then
        printf '%s\n' "DISPLAY=:$DISPLAY_NUMBER" GDK_BACKEND=x11 XDG_SESSION_TYPE=x11
    else
        printf '%s\n' WAYLAND_DISPLAY=wayland-0 GDK_BACKEND=wayland XDG_SESSION_TYPE=wayland
    fi
}

as_user() {
    (cd "$HOME" && exec setpriv --reuid="$USER_ID" --regid="$USER_ID" --clear-groups \
        env -i "${ENVIRONMENT[@]}" "$@")
}

in_background() {
    local log=$1
    shift
    as_user "$@" >>"$HOME/log/$log.log" 2>&1 </dev/null &
}

# wait_until COMMAND...: at most 20 s.
wait_until() {
    local look
    for look in {1..400}; do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.05
    done
    echo "looked $look times, and it is not true: $*"
    exit 1
}

start_bus() {
    in_background session-bus dbus-daemon --session --nofork "--address=unix:path=$RUNTIME/bus"
    wait_until test -S "$RUNTIME/bus"
    # What the bus starts (the accessibility bus, dconf) needs the same.
    as_user dbus-update-activation-environment --all 2>/dev/null
}

configure() {
    local desktop=org.gnome.desktop.interface
    as_user gsettings set $desktop toolkit-accessibility true
    as_user gsettings set $desktop enable-animations false
    # "Screen lock disabled", over everything
    as_user gsettings set org.gnome.desktop.notifications show-banners false
    if [ "$LOOK" = dark ]; then
        as_user gsettings set $desktop color-scheme prefer-dark
        as_user gsettings set $desktop gtk-theme Adwaita-dark
    fi
}

# On X11 nobody translates gsettings into XSETTINGS: GTK's own file says the same.
write_gtk_settings() {
    local version
    for version in 3 4; do
        mkdir -p "$HOME/.config/gtk-$version.0"
        printf '%s\n' '[Settings]' 'gtk-font-name=Cantarell 11' gtk-enable-animations=0 \
            "gtk-application-prefer-dark-theme=$([ "$LOOK" = dark ] && echo 1 || echo 0)" \
            >"$HOME/.config/gtk-$version.0/settings.ini"
    done
}

# The password of the "login" keyring (KEYRING_PASSWORD) comes on standard input, as from PAM; a new keyring is made with it.
start_keyring() {
    printf 'keyring password' | as_user gnome-keyring-daemon --unlock --components=secrets >/dev/null
}

# Before any program that wants to be seen.
start_accessibility() {
    as_user gdbus call --session --dest org.a11y.Bus --object-path /org/a11y/bus \
        --method org.a11y.Bus.GetAddress >/dev/null
}

start_x11() {
    in_background xvfb Xvfb ":$DISPLAY_NUMBER" -screen 0 ${SCREEN}x24 -nolisten tcp -noreset
    wait_until as_user xdotool getmouselocation
    in_background openbox openbox
    # Without a compositor popovers have black borders.
    in_background picom picom --backend xrender --config /dev/null
}

# GNOME Shell 43 starts ibus-daemon with a function of JavaScript that the child calls between fork() and exec(): if
# another thread had GLib's lock of types at that moment, both stand still for ever. Nobody types Chinese here: the one
# file that does it is overlaid, without the start.
shell_without_ibus() {
    local library name=/org/gnome/shell/misc/ibusManager.js
    library=$(find /usr/lib* -name libgnome-shell.so | head -n 1)
    gresource extract "$library" $name | sed 's/this\._spawn(/void (/' >"$HOME/ibus-manager.js" || return 0
    echo "$name=$HOME/ibus-manager.js"
}

# Unsafe mode lets a program on the session bus take pictures and move the pointer.
start_shell() {
    in_background gnome-shell env "G_RESOURCE_OVERLAYS=$(shell_without_ibus)" \
        gnome-shell --headless --unsafe-mode --virtual-monitor $SCREEN --wayland --no-x11
    as_user /usr/bin/python3 "$TESTS_HERE/lib/desktop/drive" shell-is-ready || exit 1
}

start_session() {
    start_bus
    configure
    start_keyring
    start_accessibility
    case $KIND in
    x11) start_x11 ;;
    shell) start_shell ;;
    esac
}

# Should a session not start in time, all that this user runs here ends, and begins once more.
start_session_again() {
    local attempt
    for attempt in 1 2 3; do
        ! (start_session) || return 0
        echo "the session did not start, attempt $attempt"
        pkill -KILL -U "$USER_ID" || true
        sleep 0.5
        rm -rf "${RUNTIME:?}"/*
    done
    exit 1
}

umask 022
make_user
write_gtk_settings
write_environment >"$LAB/session.env"
mapfile -t ENVIRONMENT <"$LAB/session.env"
chown -R "$USER_ID:$USER_ID" "$HOME" "$RUNTIME"
chmod 700 "$HOME" "$RUNTIME"
start_session_again
