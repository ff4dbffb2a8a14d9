# SPDX-License-Identifier: GPL-2.0-or-later
# Builds for the tests, in build-tests/ (which git ignores). Sourced, after common.sh.
#
#   build_product            as a packager would, in build-tests/product
#   build_sanitized gcc|clang
#   build_threads            with the thread sanitizer
#   stage_product FOLDER [gcc|clang]   installs it into FOLDER, as if FOLDER were /

BUILD_ROOT=${BUILD_ROOT:-$SOURCE_DIR/build-tests}

# build_in NAME MESON-OPTION...: what meson and ninja say is shown only if they fail. Two runs at a
# time take turns.
build_in() {
    local dir=$BUILD_ROOT/$1 log=$BUILD_ROOT/$1.log
    shift
    mkdir -p "$BUILD_ROOT"
    if ! (
        flock 9
        # (--reconfigure: ninja does not see a new folder.)
        if [ -e "$dir/build.ninja" ]; then
            set -- --reconfigure "$@"
        else
            rm -rf "$dir"
        fi
        meson setup "$dir" "$SOURCE_DIR" --prefix=/usr --sysconfdir=/etc --localstatedir=/var \
            -Dwerror=true "$@" && ninja -C "$dir"
    ) >"$log" 2>&1 </dev/null 9>"$dir.lock"; then
        tail -n 40 "$log" >&2
        die "the build in $dir failed"
    fi
    give_back "$BUILD_ROOT"
}

build_product() { build_in product; }

# An error of the sanitizers ends the test: none may be overlooked.
build_sanitized() {
    CC=$1 build_in "$1" --buildtype=debug -Doptimization=1 \
        -Db_sanitize=address,undefined -Db_lundef=false
}

# Only what has threads: tests/unit/meson.build says which.
build_threads() {
    CC=gcc build_in tsan --buildtype=debug -Doptimization=1 -Db_sanitize=thread -Db_lundef=false
}

stage_product() {
    local log=$BUILD_ROOT/install.log
    meson install -C "$BUILD_ROOT/${2:-product}" --no-rebuild --destdir "$1" >"$log" 2>&1 </dev/null || {
        tail -n 20 "$log" >&2
        die "the installation into $1 failed"
    }
}
