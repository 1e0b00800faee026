# A Debian 13 beside the machine's own system, to build and test in: the newer compiler, libraries, Postgres
# and Redis. Sourced by ./dev.
#
# It is a folder that debootstrap fills, kept for later runs of any clone. What runs in it has mounts and
# process ids of its own, by unshare: the kernel undoes them all when the run ends, however it ends.

readonly DEBIAN13=${XDG_CACHE_HOME:-$HOME/.cache}/shield-relay/debian13

# debian13_inside COMMAND...: in the root, with the work tree as /relay, where build and .local are folders of
# its own: the machine's compiler and Debian 13's share no build.
debian13_inside() {
    # shellcheck disable=SC2016 # the inner shell's own
    as_root unshare --mount --pid --fork --kill-child bash -euc '
        root=$1/root tree=$2
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        mount -t tmpfs tmpfs "$root/dev/shm"
        mkdir -p "$root/relay" "$root/ccache"
        mount --bind "$tree" "$root/relay"
        mount --bind "$tree/build/debian13" "$root/relay/build"
        mount --bind "$tree/.local/debian13" "$root/relay/.local"
        mount --bind "$1/ccache" "$root/ccache"
        cp -L /etc/resolv.conf "$root/etc/resolv.conf"
        shift 2
        exec chroot "$root" env CCACHE_DIR=/ccache LANG=C.UTF-8 "$@"
    ' bash "$DEBIAN13" "$root" "$@"
}

# The root, where there is none: bare, for ./dev itself installs what it needs in it. RELAY_DEBIAN_MIRROR is where
# from, by default where the machine's own Debian packages come from.
debian13_make() {
    local mirror
    [ ! -d "$DEBIAN13/root" ] || return 0
    install_packages debootstrap
    say "making a Debian 13 in $DEBIAN13"
    # shellcheck disable=SC2016 # apt's own
    mirror=${RELAY_DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' \
        'Created-By: Packages' 'Label: Debian' 2>/dev/null | head -n 1)}
    as_root rm -rf "$DEBIAN13/made"
    # shellcheck disable=SC2016 # the inner shell's own
    as_root unshare --mount bash -euc '
        made=$1 mirror=$2
        debootstrap --variant=minbase trixie "$made" ${mirror:+"$mirror"} >"$made.log" 2>&1
        # Files that a crash may lose, for speed; and no package starts a server.
        echo force-unsafe-io >"$made/etc/dpkg/dpkg.cfg.d/unsafe-io"
        printf "#!/bin/sh\nexit 101\n" >"$made/usr/sbin/policy-rc.d"
        chmod 755 "$made/usr/sbin/policy-rc.d"
    ' bash "$DEBIAN13/made" "$mirror" || fail "debootstrap failed: see $DEBIAN13/made.log"
    as_root mv "$DEBIAN13/made" "$DEBIAN13/root"
}

# debian13 [PRESET] [ctest arguments]
debian13() {
    case "${1:-}" in '' | -*) set -- quick "$@" ;; esac
    mkdir -p "$DEBIAN13/ccache" "$root/build/debian13" "$local/debian13"
    # One run makes it; others wait for it.
    (flock 9 && debian13_make) 9>"$DEBIAN13/lock"
    debian13_inside env ${RELAY_WERROR:+"RELAY_WERROR=$RELAY_WERROR"} /relay/dev suites "$@"
}

debian13_clean() {
    [ ! -d "$DEBIAN13" ] || as_root rm -rf --one-file-system "$DEBIAN13"
    rmdir "${DEBIAN13%/*}" 2>/dev/null || true
}
