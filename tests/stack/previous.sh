# The release before this one, as a program: an upgrade has both at work for a while. Sourced by ./dev.

# The last commit whose relayd may still run anywhere. At a release, that release.
PREVIOUS_RELEASE=a21e4776d0c1e7c907525cc59a090c358300f787

# Sets RELAY_TEST_PREVIOUS_RELAYD. From the repository's own history, built once; a clone without that history has no
# such program, and the test of upgrades says that it was skipped.
with_previous_release() {
    if ! git cat-file -e "$PREVIOUS_RELEASE^{commit}" 2>/dev/null; then
        say "no previous release in this clone's history (git fetch --unshallow): upgrades are not tried"
        return 0
    fi
    export RELAY_TEST_PREVIOUS_RELAYD=$local/previous/relayd-$PREVIOUS_RELEASE
    [ ! -x "$RELAY_TEST_PREVIOUS_RELAYD" ] || return 0
    say "building the previous release"
    local source=$local/previous/source
    rm -rf "$local/previous"
    mkdir -p "$source"
    git archive "$PREVIOUS_RELEASE" | tar -x -C "$source"
    local launcher=()
    command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    (
        cd "$source"
        export RELAY_WERROR=OFF CCACHE_BASEDIR=$source
        cmake --preset release "${launcher[@]}" && cmake --build --preset release --target relayd
    ) >"$local/previous/build.log" 2>&1 || { tail -50 "$local/previous/build.log"; fail "the previous release cannot be built"; }
    mv "$source/build/release/relayd" "$RELAY_TEST_PREVIOUS_RELAYD"
    rm -rf "$source"
}
