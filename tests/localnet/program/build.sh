#!/bin/bash
# Builds build/shield_pool.so and build/groth16_verdict.so from the sources beside this file, unless
# they are newer than all of them.
# CC names the compiler (clang-19 by default); it must have the bpf target.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$here/../build
programs=(shield_pool groth16_verdict)
compiler=${CC:-clang-19}

is_current() {
    local program source
    for program in "${programs[@]}"; do
        [ -f "$out/$program.so" ] || return 1
        for source in "$here"/*.c "$here"/*.h "$here"/*.mjs "$here"/build.sh; do
            [ "$source" -nt "$out/$program.so" ] && return 1
        done
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
for name in "${programs[@]}"; do
    "$compiler" "${flags[@]}" -c "$here/$name.c" -o "$work/$name.o"
    "$here/../node.sh" "$here/link.mjs" "$work/$name.o" "$work/$name.so" >/dev/null
    mv "$work/$name.so" "$out/$name.so"
done
