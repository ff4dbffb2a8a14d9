# SPDX-License-Identifier: GPL-2.0-or-later
# Installs what a suite needs from the distribution, and only what is missing. Sourced.
# shellcheck source=common.sh

PACKAGES_BUILD="gcc libc6-dev meson ninja-build pkg-config gettext
    libnm-dev libglib2.0-dev libssl-dev libmnl-dev libsecret-1-dev
    libjson-glib-dev libxml2-dev libplist-dev
    libgtk-3-dev libnma-dev libgtk-4-dev libnma-gtk4-dev python3"
# What makes packets faster where it is; everything works without it.
[ "$(uname -m)" != x86_64 ] || PACKAGES_BUILD="$PACKAGES_BUILD libipsec-mb-dev"
PACKAGES_CLANG="clang libclang-rt-dev llvm"
PACKAGES_LINT="clang-format universal-ctags appstream libxml2-utils groff-base shellcheck python3
    xvfb xauth libgtk-4-bin libgtk-3-bin"
PACKAGES_LAB="network-manager dbus iproute2 iputils-ping procps util-linux curl python3 libglib2.0-bin
    strongswan-charon strongswan-swanctl strongswan-pki libcharon-extra-plugins
    libcharon-extauth-plugins libstrongswan-standard-plugins libstrongswan-extra-plugins"
PACKAGES_INTEROP="tcpdump nftables"
# A session of GNOME without a screen (tests/lib/desktop.sh), and eyes and hands for it.
PACKAGES_DESKTOP="gnome-shell gjs gnome-control-center network-manager-gnome gnome-keyring libsecret-tools
    dconf-gsettings-backend gsettings-desktop-schemas at-spi2-core python3-gi gir1.2-atspi-2.0
    libgl1-mesa-dri libegl-mesa0 fonts-cantarell fonts-dejavu-core adwaita-icon-theme
    locales openssl softhsm2 gnutls-bin xvfb openbox picom xdotool x11-utils imagemagick"
PACKAGES_VM="qemu-system-x86 qemu-system-common busybox-static kmod cpio apt"
PACKAGES_BENCH="network-manager-vpnc iproute2 iputils-ping util-linux python3 iperf3 openssl
    strongswan-charon strongswan-swanctl libcharon-extra-plugins libcharon-extauth-plugins
    libstrongswan-standard-plugins libstrongswan-extra-plugins
    vpnc wireguard-go wireguard-tools openconnect ocserv"

package_is_installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

packages_missing() {
    local package
    for package in "$@"; do
        package_is_installed "$package" || printf '%s ' "$package"
    done
}

# A package that brings a daemon starts it when it is installed; a gateway or a NetworkManager that
# nobody asked for would take over ports and interfaces of the machine. Exit status 101 forbids it.
packages_forbid_services() {
    [ ! -e /usr/sbin/policy-rc.d ] || return 0
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
    chmod 755 /usr/sbin/policy-rc.d
    PACKAGES_OUR_POLICY=yes
}

packages_allow_services() {
    [ "${PACKAGES_OUR_POLICY:-no}" = no ] || rm -f /usr/sbin/policy-rc.d
    PACKAGES_OUR_POLICY=no
}

packages_installed() {
    dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort -u
}

# packages_keep_disabled FILE: nor at the next boot, whatever was not installed when packages_installed
# wrote FILE. What the machine's owner had before stays as it is.
packages_keep_disabled() {
    local unit
    command -v systemctl >/dev/null || return 0
    packages_installed | comm -13 "$1" - | xargs -r dpkg -L |
        sed -nE 's|^(/usr)?/lib/systemd/system/([^/]+)$|\2|p' | sort -u |
        while read -r unit; do
            [ "$(systemctl is-enabled "$unit" 2>/dev/null)" != enabled ] ||
                systemctl disable "$unit" >/dev/null 2>&1 || true
        done
}

# However the installation ended.
packages_leave_quiet() {
    packages_allow_services
    packages_keep_disabled "$PACKAGES_BEFORE"
    rm -f "$PACKAGES_BEFORE"
}

packages_apt() {
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@"
}

# packages_install_missing PACKAGE...
packages_install_missing() {
    local missing log status=0
    command -v apt-get >/dev/null ||
        die "can install what it needs only on Debian and its relatives; elsewhere install the" \
            "equivalents of: $(printf '%s ' "$@"), and call with SKIP_PACKAGES=1"
    missing=$(packages_missing "$@")
    [ -n "$missing" ] || return 0
    [ "$(id -u)" = 0 ] || die "these packages are missing, and installing them needs root: $missing"
    say "installing from the distribution: $missing"
    log=$(mktemp)
    PACKAGES_BEFORE=$(mktemp)
    packages_installed >"$PACKAGES_BEFORE"
    trap packages_leave_quiet EXIT
    packages_forbid_services
    # shellcheck disable=SC2086 # a list of words
    { packages_apt update && packages_apt install --no-install-recommends $missing; } \
        </dev/null >"$log" 2>&1 || status=$?
    trap - EXIT
    packages_leave_quiet
    [ "$status" = 0 ] || {
        tail -n 20 "$log" >&2
        rm -f "$log"
        die "the distribution's packages could not be installed (apt-get said the above)"
    }
    rm -f "$log"
}

# packages_need build|clang|lint|lab|interop|desktop|vm|bench...
packages_need() {
    local group words=
    [ -z "${SKIP_PACKAGES:-}" ] || return 0
    for group in "$@"; do
        case "$group" in
        build) words="$words $PACKAGES_BUILD" ;;
        clang) words="$words $PACKAGES_CLANG" ;;
        lint) words="$words $PACKAGES_LINT" ;;
        lab) words="$words $PACKAGES_LAB" ;;
        interop) words="$words $PACKAGES_INTEROP" ;;
        desktop) words="$words $PACKAGES_DESKTOP" ;;
        vm) words="$words $PACKAGES_VM" ;;
        bench) words="$words $PACKAGES_BENCH" ;;
        esac
    done
    # shellcheck disable=SC2086 # a list of words
    packages_install_missing $words
}
