# SPDX-License-Identifier: GPL-2.0-or-later
# Debian's kernel under QEMU, for what the machine's own kernel may lack: ESP, XFRM interfaces, netem.
# Sourced, after common.sh, packages.sh and build.sh.
#
#   vm_why_not                 why there can be no such machine here; nothing if there can
#   vm_layer NAME PACKAGE...   the distribution's packages in a folder of their own, without touching
#                              this machine: peers that exclude each other stand side by side. The
#                              folder comes to those in VM_LAYERS
#   vm_run SECONDS LAYERS COMMAND...   as root in the virtual machine
#
# The virtual machine sees this one's files, read only, with LAYERS (folders, apart by spaces, the last
# one on top) and then its own memory over them: what is installed or built here is there. It has no
# network. Standard output and error come back as standard output; the status is the command's, 124
# if the time ran out, 125 if the machine did not come that far.

# shellcheck disable=SC2030,SC2031 # what a run has lives in the subshell of vm_run

VM_CACHE=${VM_CACHE:-$BUILD_ROOT/vm}
VM_FLAVOUR=cloud-amd64
VM_MEMORY=2048 # MiB; files that are written take half at most
# What has to be there before the root file system is.
VM_FIRST_MODULES="virtio_pci virtiofs overlay virtio_console"

vm_why_not() {
    local program
    [ "$(uname -m)" = x86_64 ] || { say "the virtual machine is for x86-64 only" && return; }
    command -v apt-get >/dev/null || { say "the virtual machine's kernel comes from Debian" && return; }
    for program in qemu-system-x86_64 busybox depmod cpio; do
        command -v $program >/dev/null || { say "no $program here" && return; }
    done
    vm_virtiofsd >/dev/null || { say "no virtiofsd here" && return; }
    (vm_kernel) >"$VM_CACHE.log" 2>&1 || say "Debian's kernel could not be had: $(tail -n 1 "$VM_CACHE.log")"
}

vm_virtiofsd() {
    local program
    for program in /usr/lib/qemu/virtiofsd /usr/libexec/virtiofsd; do
        [ ! -x $program ] || { say $program && return; }
    done
    return 1
}

# --- the kernel, once -----------------------------------------------------------------------------

# Sets VM_KERNEL: a folder with vmlinuz, tree/ (modules) and initramfs.
vm_kernel() {
    VM_KERNEL=$VM_CACHE/$VM_FLAVOUR
    mkdir -p "$VM_CACHE"
    (
        flock 9
        [ -e "$VM_KERNEL/ready" ] || vm_kernel_fetch
        # (The start of the virtual machine may be of a newer version of these scripts.)
        vm_initramfs
    ) 9>"$VM_CACHE/lock"
}

vm_kernel_fetch() {
    local package release
    rm -rf "$VM_KERNEL"
    mkdir -p "$VM_KERNEL/deb" "$VM_KERNEL/tree"
    package=$(apt-cache depends --important linux-image-$VM_FLAVOUR |
        sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
    [ -n "$package" ] || die "apt knows no linux-image-$VM_FLAVOUR (apt-get update?)"
    (cd "$VM_KERNEL/deb" && apt-get -q -o APT::Sandbox::User=root download "$package" >&2)
    dpkg -x "$VM_KERNEL"/deb/*.deb "$VM_KERNEL/tree"
    rm -rf "$VM_KERNEL/deb"
    release=$(ls "$VM_KERNEL/tree/lib/modules")
    depmod -b "$VM_KERNEL/tree" "$release"
    cp "$VM_KERNEL"/tree/boot/vmlinuz-* "$VM_KERNEL/vmlinuz"
    touch "$VM_KERNEL/ready"
}

vm_initramfs() {
    local root=$VM_KERNEL/initramfs.d release module path
    release=$(ls "$VM_KERNEL/tree/lib/modules")
    rm -rf "$root"
    mkdir -p "$root/bin"
    cp "$(command -v busybox)" "$root/bin/busybox"
    for module in $VM_FIRST_MODULES; do
        modprobe -d "$VM_KERNEL/tree" -S "$release" --show-depends "$module"
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r path; do
        cp "$path" "$root/"
        say "${path##*/}"
    done >"$root/modules"
    install -m 755 "$TESTS_DIR/lib/vm-init.sh" "$root/init"
    cp "$TESTS_DIR/lib/vm-start.sh" "$root/start"
    (cd "$root" && find . | cpio -o -H newc --quiet) >"$VM_KERNEL/initramfs"
}

# --- layers -----------------------------------------------------------------------------------------

# Made in a chroot on an overlay, so that maintainer scripts run and users are made. A layer only adds:
# packages that the new ones exclude are still there below it.
vm_layer() {
    local layer=$VM_CACHE/layer-$1
    shift
    VM_LAYERS="${VM_LAYERS:-} $layer"
    [ "$(cat "$layer.packages" 2>/dev/null)" != "$*" ] || return 0
    rm -rf "$layer" "$layer.work"
    mkdir -p "$layer" "$layer.work/root" "$layer.work/work"
    unshare -m bash -eu "$TESTS_DIR/lib/vm-layer.sh" "$layer" "$@" >"$layer.log" 2>&1 </dev/null || {
        tail -n 20 "$layer.log" >&2
        return 1
    }
    rm -rf "$layer.work"
    find "$layer" -type c -delete
    say "$*" >"$layer.packages"
}

# --- a run ------------------------------------------------------------------------------------------

vm_run() {
    local limit=$1 layers=$2
    shift 2
    vm_kernel
    # In a subshell, whose end takes everything of it along.
    (
        VM=$(mktemp -d "$VM_CACHE/run.XXXXXX")
        VM_HELPERS=()
        VM_ARGUMENTS=()
        trap vm_clear EXIT
        trap 'exit 130' INT
        trap 'exit 143' TERM HUP
        vm_describe "$layers" "$@"
        vm_boot "$limit"
    )
}

vm_clear() {
    trap - EXIT
    [ -z "${VM_QEMU:-}" ] || kill "$VM_QEMU" 2>/dev/null || true
    [ ${#VM_HELPERS[@]} = 0 ] || kill "${VM_HELPERS[@]}" 2>/dev/null || true
    wait
    rm -rf "$VM"
}

# What this run has of its own is a second archive behind the first one: the kernel takes both.
vm_describe() {
    local layers=$1 layer n=0
    shift
    mkdir "$VM/own"
    printf '%q ' "$@" >"$VM/own/command"
    vm_share host /
    for layer in $layers; do
        n=$((n + 1))
        vm_share layer$n "$layer"
    done
    printf 'layers=%q\ntree=%q\ndirectory=%q\n' $n "$VM_KERNEL/tree" "$PWD" >"$VM/own/vars"
    { cat "$VM_KERNEL/initramfs" && cd "$VM/own" && find . -type f | cpio -o -H newc --quiet; } >"$VM/initramfs"
}

# vm_share TAG FOLDER: read only, and on this side of it too.
vm_share() {
    mkdir "$VM/$1"
    # shellcheck disable=SC2016 # for the inner shell
    unshare -m sh -c 'mount --make-rprivate / && mount --rbind "$2" "$3" && mount -o remount,bind,ro "$3" &&
        exec "$1" --socket-path="$4" -o source="$3" -o cache=always -o sandbox=chroot' - \
        "$(vm_virtiofsd)" "$2" "$VM/$1" "$VM/$1.sock" >"$VM/$1.log" 2>&1 </dev/null &
    VM_HELPERS+=($!)
    VM_ARGUMENTS+=(-chardev "socket,id=$1,path=$VM/$1.sock" -device "vhost-user-fs-pci,chardev=$1,tag=$1")
    wait_for 10 test -S "$VM/$1.sock" || {
        cat "$VM/$1.log" >&2
        exit 125
    }
}

vm_boot() {
    local status=0 cpus
    cpus=$(nproc)
    : >"$VM/console"
    : >"$VM/status"
    # Through a pipe: QEMU would make our own output non-blocking.
    mkfifo "$VM/out"
    cat "$VM/out" &
    local reader=$!
    # (TCG also where there is /dev/kvm: nested virtualisation may be there and not work.)
    timeout -k 5 "$1" qemu-system-x86_64 -M pc -accel tcg -cpu max -m $VM_MEMORY \
        -smp $((cpus > 4 ? 4 : cpus)) -nodefaults -no-user-config -display none -no-reboot \
        -kernel "$VM_KERNEL/vmlinuz" -initrd "$VM/initramfs" \
        -append "console=ttyS0 quiet panic=-1 rdinit=/init mitigations=off random.trust_cpu=on" \
        -serial "file:$VM/console" -device virtio-serial-pci \
        -chardev "file,id=out,path=$VM/out" -device virtserialport,chardev=out,nr=1 \
        -chardev "file,id=status,path=$VM/status" -device virtserialport,chardev=status,nr=2 \
        -object rng-random,id=rng,filename=/dev/urandom -device virtio-rng-pci,rng=rng \
        -object "memory-backend-memfd,id=mem,size=${VM_MEMORY}M,share=on" -numa node,memdev=mem \
        "${VM_ARGUMENTS[@]}" >"$VM/qemu.log" 2>&1 </dev/null &
    VM_QEMU=$!
    wait $VM_QEMU || status=$?
    VM_QEMU=
    # Ends the reader also if QEMU never opened its end.
    : <>"$VM/out"
    wait $reader || true
    vm_result $status
}

# vm_result QEMU'S-STATUS
vm_result() {
    local status
    status=$(cat "$VM/status")
    [ -z "$status" ] || exit "$status"
    tail -n 30 "$VM/console" "$VM/qemu.log" >&2
    case $1 in
    124 | 137) exit 124 ;;
    *) exit 125 ;;
    esac
}
