#!/bin/bash
# Makes the localnet ready to start: npm packages by the lockfile, and the program built from source.
# Does nothing, quickly, when both are in place.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"

# One at a time, also when several tests start together.
exec 9>.setup-lock
flock 9

installed=node_modules/.installed-lockfile
if ! cmp -s package-lock.json "$installed"; then
    npm ci --no-audit --no-fund
    cp package-lock.json "$installed"
fi
program/build.sh
