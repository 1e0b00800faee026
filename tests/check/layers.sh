#!/usr/bin/env bash
# What no compiler checks: which module may know which (CONTRIBUTING.md has the picture), that big
# libraries stay out of headers and files small, and that coroutines keep clear of two faults of
# g++ 12.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

failed=no
report() {
    [ -z "$2" ] && return
    printf 'layers: %s\n%s\n' "$1" "$2" >&2
    failed=yes
}

# Each module and all that it may include, tests and their support of that module included.
declare -A below=(
    [base]=""
    [observability]="base"
    [groth16]="base"
    [solana]="base observability"
    [withdraw]="base observability solana"
    [rpc]="base observability solana"
    [jobs]="base groth16 observability solana rpc"
    [postgres]="base groth16 observability solana rpc jobs"
    [redis]="base groth16 observability solana rpc jobs"
    [http]="base groth16 observability solana rpc jobs withdraw"
    [app]="base groth16 observability solana rpc jobs withdraw postgres redis http"
)
for folder in src/*/ include/relay/*/ tests/unit/*/ tests/support/*/; do
    module=$(basename "$folder")
    [ "$folder" = src/asio/ ] && continue
    if [ -z "${below[$module]+known}" ]; then
        report "a folder that is no module:" "  $folder"
        continue
    fi
    allowed=$(tr ' ' '|' <<<"$module ${below[$module]}")
    report "$module must not know what these include:" \
        "$(grep -rnE '#include "(relay|support)/' "$folder" | grep -vE "#include \"(relay|support)/($allowed)/" || true)"
done

report "libraries that belong in .cpp files, in a header:" \
    "$(grep -rnE '#include <(pqxx|hiredis|boost/beast|openssl|sodium|spdlog|CLI|prometheus)' include || true)"

report "files over 400 lines:" \
    "$(git ls-files -- src include tests | grep -E '\.(cpp|hpp|mjs|c|h|sh)$' | xargs wc -l |
        awk '$1 > 400 && $2 != "total" { print "  " $2 ": " $1 }')"

report "functions over 50 lines:" \
    "$(git ls-files -- src include tests | grep -E '\.[ch]pp$' | xargs awk '
        FNR == 1 { start = 0 }
        /^[A-Za-z].*[({,]$/ && !/^(namespace|class|struct|enum|using|extern|template)/ && !start { start = FNR }
        /^[}]/ { if (start && FNR - start > 50 && $0 == "}") print "  " FILENAME ":" start; start = 0 }')"

report "lines of docs over 120 columns:" \
    "$(git ls-files -- '*.md' | xargs awk 'length > 120 { print "  " FILENAME ":" FNR }')"

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
