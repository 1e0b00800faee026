#!/usr/bin/env bash
# docs/architecture.md is true: every file that it names stands in the tree, and every function that
# it names after a file is written in that file. docs/operations.md tells of every error event.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

map=docs/architecture.md
failed=no
complain() {
    printf 'map: %s\n' "$1" >&2
    failed=yes
}

count=0
file=
while IFS= read -r word; do
    case $word in
    -) file= ;; # a new paragraph
    */*.cpp | */*.hpp | */*.sh | */*.toml)
        file=$word
        [ -f "$file" ] || complain "$map names $file, which is not there"
        ;;
    *)
        # Setting names, types and plain words are no claim about a file.
        [[ -f $file && $word =~ ^([A-Za-z]+::)*[a-z_]+$ ]] || continue
        grep -qE "(^|[^A-Za-z_])${word##*::}\(" "$file" ||
            complain "$map names $word in $file, which has no such function"
        ;;
    esac
    count=$((count + 1))
done < <(awk '/^## Modules/ { exit } { print } /^$/ { print "`.`" }' "$map" | grep -oE '`[^`]+`' | tr -d '`' |
    sed 's/^\.$/-/')
# The tables at the end name files, and functions after a colon.
while IFS= read -r word; do
    [ -e "$word" ] || complain "$map names $word, which is not there"
done < <(awk '/^## Where/,0' "$map" | grep -oE '`[a-z/_]+\.(cpp|hpp|toml)`' | tr -d '`')

# The runbook knows each event that calls a person.
runbook=docs/operations.md
events=$(grep -rzohE '(log_error(\(|,)|\? log_error : [a-z_]+\()\s*"[a-z_]+"' include src | tr -d '\0' | grep -oE '"[a-z_]+"' | tr -d '"')
[ "$(wc -w <<<"$events")" -gt 8 ] || complain "hardly an error event was found: the form of the calls has changed"
for event in $events; do
    grep -q "event=$event\b" "$runbook" || complain "$runbook does not say what to do about event=$event"
done

[ "$count" -gt 40 ] || complain "only $count names were found in $map: its form has changed"
[ $failed = no ] || exit 1
echo "map: true"
