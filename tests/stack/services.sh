# Private servers for one run: Postgres, Redis and the localnet, each started from nothing in a
# directory of its own and ended by the pid it wrote there. Sourced by ./dev.
#
# A stack is a directory, $1 of every function. Servers that already run on the machine are never
# touched: these listen on unix sockets and free loopback ports only.

# Postgres refuses to run as root, and its user may not be able to enter the checkout: sockets and
# data live in a directory under /tmp, whose name the stack remembers.
stack_home() {
    local stack=$1
    if [ ! -f "$stack/home" ]; then
        mkdir -p "$stack"
        mktemp -d /tmp/shield-relay.XXXXXX >"$stack/home"
        chmod 755 "$(cat "$stack/home")"
    fi
    cat "$stack/home"
}

postgres_bin() {
    local newest
    newest=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    [ -x "$newest/initdb" ] || fail "no Postgres server found: install the package postgresql"
    echo "$newest"
}

# From / on, since the working directory may be one that postgres may not enter.
as_postgres() (
    if [ "$(id -u)" = 0 ]; then cd / && runuser -u postgres -- "$@"; else "$@"; fi
)

# start_postgres STACK [durable]: durable keeps fsync on, as a deployment has it.
start_postgres() {
    local stack=$1 fsync=off home bin
    [ "${2:-}" = durable ] && fsync=on
    home=$(stack_home "$stack")
    bin=$(postgres_bin)
    if [ ! -d "$home/postgres" ]; then
        mkdir -p "$home/postgres" "$home/run"
        [ "$(id -u)" != 0 ] || chown postgres "$home/postgres" "$home/run"
        as_postgres "$bin/initdb" -D "$home/postgres" -U relay -A trust -E UTF8 --no-sync \
            >"$stack/initdb.log" 2>&1 || fail "initdb failed: see $stack/initdb.log"
    fi
    : >"$home/postgres.log"
    [ "$(id -u)" != 0 ] || chown postgres "$home/postgres.log"
    as_postgres "$bin/pg_ctl" -D "$home/postgres" -l "$home/postgres.log" -w -t 60 \
        -o "-c listen_addresses='' -c unix_socket_directories='$home/run' -c fsync=$fsync \
            -c max_connections=200 -c shared_buffers=128MB" start >/dev/null ||
        fail "Postgres did not start: see $home/postgres.log"
    export STACK_POSTGRES_URL="postgresql://relay@/postgres?host=$home/run"
    psql -qX "$STACK_POSTGRES_URL" -tAc "SELECT 1 FROM pg_database WHERE datname = 'relay'" |
        grep -q 1 || psql -qX "$STACK_POSTGRES_URL" -c 'CREATE DATABASE relay'
    export STACK_DATABASE_URL="postgresql://relay@/relay?host=$home/run"
}

start_redis() {
    local stack=$1 home
    home=$(stack_home "$stack")
    mkdir -p "$home/redis"
    redis-server --port 0 --unixsocket "$home/redis/redis.sock" --dir "$home/redis" \
        --appendonly no --save '' --maxmemory-policy noeviction --daemonize yes \
        --pidfile "$home/redis/redis.pid" --logfile "$home/redis/redis.log" >/dev/null
    await "Redis" test -S "$home/redis/redis.sock"
    export STACK_REDIS_URL="unix://$home/redis/redis.sock"
}

# start_localnet STACK [server flags]: sets STACK_RPC_URL and STACK_CONTROL_URL.
start_localnet() {
    local stack=$1 home
    shift
    home=$(stack_home "$stack")
    "$localnet/setup.sh"
    if [ ! -f "$stack/relay.json" ]; then
        "$localnet/node.sh" "$localnet/keygen.mjs" --out "$stack/relay.json" >"$stack/relay.address"
    fi
    rm -f "$home/localnet.json"
    # setsid: a Ctrl-C at the terminal must end the servers in order, not all at once.
    setsid "$localnet/node.sh" "$localnet/server.mjs" --port 0 --payer "$(cat "$stack/relay.address")" \
        --ready-file "$home/localnet.json" "$@" >"$stack/localnet.log" 2>&1 &
    echo $! >"$home/localnet.pid"
    await "the localnet (see $stack/localnet.log)" test -s "$home/localnet.json"
    STACK_RPC_URL=$(jq -r .url "$home/localnet.json")
    STACK_CONTROL_URL=$(jq -r .control "$home/localnet.json")
    export STACK_RPC_URL STACK_CONTROL_URL
}

# Becomes a command without the variables of the build and the tests, which are no settings of relayd's. For the
# background: its process is then the command itself, and none that outlives a kill.
become_without_our_variables() {
    local name flags=()
    for name in $(compgen -e RELAY_ | grep -E '^RELAY_(WERROR|TEST|BENCH|CHAOS)' || true); do
        flags+=(-u "$name")
    done
    exec env "${flags[@]}" "$@"
}

# start_relay STACK RELAYD PORT ADMIN_PORT, of which 0 is any free one: sets STACK_HTTP and STACK_ADMIN (host:port).
start_relay() {
    local stack=$1 program=$2 port=$3 admin=$4 home
    home=$(stack_home "$stack")
    : >"$stack/relayd.log"
    RELAY_DATABASE_URL=$STACK_DATABASE_URL RELAY_REDIS_URL=$STACK_REDIS_URL \
        RELAY_SOLANA_RPC_URLS=$STACK_RPC_URL RELAY_SOLANA_KEYPAIR=$stack/relay.json \
        RELAY_PROOF_CHECK=enforce RELAY_PROOF_KEY=$localnet/verifying-key.json \
        RELAY_PROOF_PROGRAM_VKEY=$(jq -r .program_vkey "$localnet/verifying-key.json") \
        RELAY_HTTP_PORT=$port RELAY_ADMIN_PORT=$admin \
        become_without_our_variables setsid "$program" serve >"$stack/relayd.log" 2>&1 &
    echo $! >"$home/relayd.pid"
    await "relayd (see $stack/relayd.log)" grep -q 'event=working' "$stack/relayd.log"
    [ "$(cat "/proc/$(cat "$home/relayd.pid")/comm")" = relayd ] || fail "what would be ended is not relayd"
    STACK_HTTP=$(sed -n 's/.*relayd serving.* http=\([^ ]*\).*/\1/p' "$stack/relayd.log")
    STACK_ADMIN=$(sed -n 's/.*relayd serving.* admin=\([^ ]*\).*/\1/p' "$stack/relayd.log")
    export STACK_HTTP STACK_ADMIN
}

end_process() {
    local pid_file=$1 pid
    [ -s "$pid_file" ] || return 0
    pid=$(head -n 1 "$pid_file")
    kill "$pid" 2>/dev/null || return 0
    for _ in $(seq 400); do
        kill -0 "$pid" 2>/dev/null || return 0
        sleep 0.05
    done
    kill -9 "$pid" 2>/dev/null || true
}

# stop_stack STACK: in the reverse order of starting; the data goes with it.
stop_stack() {
    local stack=$1 home
    [ -f "$stack/home" ] || return 0
    home=$(cat "$stack/home")
    end_process "$home/relayd.pid"
    end_process "$home/localnet.pid"
    end_process "$home/redis/redis.pid"
    if [ -f "$home/postgres/postmaster.pid" ]; then
        as_postgres "$(postgres_bin)/pg_ctl" -D "$home/postgres" -m fast -w stop >/dev/null || true
    fi
    rm -rf "$home" "$stack/home"
}
