#!/bin/bash
# Builds build/shield_pool.so from the sources beside this file, unless it is newer than all of them.
# CC names the compiler (clang-19 by default); it must have the bpf target.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$here/../build
program=$out/shield_pool.so
compiler=${CC:-clang-19}

is_current() {
    [ -f "$program" ] || return 1
    local source
    for source in "$here"/*.c "$here"/*.h "$here"/*.mjs "$here"/build.sh; do
        [ "$source" -nt "$program" ] && return 1
    done
    return 0
}

is_current && exit 0
command -v "$compiler" >/dev/null || {
    echo "build.sh: $compiler is not installed (apt-get install clang-19, or set CC)" >&2
    exit 1
}
mkdir -p "$out"
# v2 is the newest instruction set that the loader takes; without the wider stack limit clang holds
# every frame to the 512 bytes of the Linux kernel.
flags=(-target bpf -mcpu=v2 -O2 -mllvm -bpf-stack-size=4096 -ffreestanding -fno-builtin -nostdinc
       -fno-jump-tables -fno-stack-protector -fno-unwind-tables -fno-asynchronous-unwind-tables
       -fno-ident -Wall -Wextra -Werror)
# Two runs at once must not see each other's half-written files.
work=$(mktemp -d "$out/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$compiler" "${flags[@]}" -c "$here/shield_pool.c" -o "$work/shield_pool.o"
"$here/../node.sh" "$here/link.mjs" "$work/shield_pool.o" "$work/shield_pool.so" >/dev/null
mv "$work/shield_pool.so" "$program"
