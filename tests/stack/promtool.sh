# promtool, of Debian's prometheus package, without the server that it would start. Sourced by ./dev.

# Sets RELAY_TEST_PROMTOOL.
with_promtool() {
    export RELAY_TEST_PROMTOOL=$local/promtool/usr/bin/promtool
    if command -v promtool >/dev/null; then
        RELAY_TEST_PROMTOOL=$(command -v promtool)
        return 0
    fi
    [ ! -x "$RELAY_TEST_PROMTOOL" ] || return 0
    say "unpacking promtool"
    rm -rf "$local/promtool"
    mkdir -p "$local/promtool"
    as_root apt-get update -qq
    (cd "$local/promtool" && apt-get download -qq prometheus >/dev/null 2>&1 && dpkg-deb -x ./*.deb . && rm ./*.deb) ||
        fail "Debian's prometheus package cannot be had"
}
