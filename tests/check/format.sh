#!/usr/bin/env bash
# Every source is as clang-format leaves it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
git ls-files --cached --others --exclude-standard -- '*.cpp' '*.hpp' 'tests/localnet/program/*.[ch]' |
    xargs clang-format-19 --dry-run --Werror
echo "format: clean"
