# What every script of the stack says and waits with. Sourced.

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
fail() { printf 'dev: %s\n' "$*" >&2; exit 1; }

# await WHAT COMMAND...: until the command succeeds, at most a minute.
await() {
    local what=$1
    shift
    for _ in $(seq 1200); do
        if "$@" 2>/dev/null; then return 0; fi
        sleep 0.05
    done
    fail "$what did not come up within a minute"
}
