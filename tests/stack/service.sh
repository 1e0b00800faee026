#!/usr/bin/env bash
# service.sh STACK postgres|redis start|crash: starts a server of a stack again, or ends it as a crash
# would. For tests that break what a relay works with.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/shell.sh"
source "$here/services.sh"
stack=$1
home=$(stack_home "$stack")

case "$2 $3" in
    "postgres start") start_postgres "$stack" durable ;;
    "postgres crash") as_postgres "$(postgres_bin)/pg_ctl" -D "$home/postgres" -m immediate -w stop >/dev/null ;;
    "redis start") start_redis "$stack" ;;
    "redis crash")
        kill -9 "$(cat "$home/redis/redis.pid")"
        rm -f "$home/redis/redis.sock"
        ;;
    *) fail "no such service or word: $2 $3" ;;
esac
