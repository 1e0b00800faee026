#!/usr/bin/env bash
# What no compiler checks: dependencies run app -> http -> jobs -> {rpc, withdraw} -> solana -> observability -> base,
# the big libraries stay out of headers, files stay small, and coroutines keep clear of two faults
# of g++ 12 (see CONTRIBUTING.md).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

failed=no
report() {
    [ -z "$2" ] && return
    printf 'layers: %s\n%s\n' "$1" "$2" >&2
    failed=yes
}

modules=(base observability solana withdraw rpc jobs http app)
for index in "${!modules[@]}"; do
    module=${modules[$index]}
    for above in "${modules[@]:$((index + 1))}"; do
        report "$module must not know $above:" \
            "$(grep -rnE "#include [\"<]relay/$above/" "include/relay/$module" "src/$module" || true)"
    done
done

report "libraries that belong in .cpp files, in a header:" \
    "$(grep -rnE '#include <(pqxx|hiredis|boost/beast|openssl|sodium|spdlog|CLI|prometheus)' include || true)"

report "files over 400 lines:" \
    "$(git ls-files -- src include tests | grep -E '\.(cpp|hpp|mjs|c|h|sh)$' | xargs wc -l |
        awk '$1 > 400 && $2 != "total" { print "  " $2 ": " $1 }')"

# Every test file stands in a CMakeLists.txt by its name, or none of its tests ever runs.
report "tests that are in no build:" \
    "$(for file in $(git ls-files -- tests | grep -E '(_test|_fuzz)\.cpp$|\.test\.mjs$'); do
        grep -rqw --include=CMakeLists.txt "$(basename "$file" | sed -E 's/\.test\.mjs$//; s/_fuzz\.cpp$//')" tests ||
            echo "  $file"
    done)"

# g++ 12 misplaces the frame of some coroutines that await inside a condition.
report "co_await inside a condition; name its result first:" \
    "$(grep -rnE '(if|while) ?\(.*co_await|(&&|\|\||\?) ?co_await' --include='*.[ch]pp' src include tests || true)"

# g++ 12 frees a braced aggregate or a lambda twice where it is made inside a co_await expression.
report "a braced value or a lambda made inside a co_await expression; name it first:" \
    "$(grep -rnE 'co_await [^;{(]*\((.*[(,] ?)?[[{]' --include='*.[ch]pp' src include tests || true)"

report "spawned without an owner:" \
    "$(grep -rnE 'asio::detached|experimental::awaitable_operators' --include='*.[ch]pp' src include || true)"

[ $failed = no ] || exit 1
echo "layers: clean"
