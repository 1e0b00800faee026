#!/bin/bash
# Builds both images and proves them on a Debian machine without a container engine, as root:
#
#   docker/verify.sh          build, run, say what held; what was built stays for the next run
#   docker/verify.sh clean    remove the images that it built, and what it kept to build them
#
# The base image comes from debootstrap, the images from buildah. Then the steps of compose.yaml are
# played, each program from its image, as its uid, on a read-only root with no capabilities but those
# that compose.yaml adds: the chain, prepare-secrets, (the machine's own) Postgres and Redis, the relay.
# All listen on an address of their own, so nothing that runs already is in the way or touched.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
prefix=localhost/shield-relay-verify
base=$prefix-base
address=127.0.77.1
cd "$root"

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
ok() { printf 'ok    %s\n' "$*"; }
fail() {
    printf 'FAIL  %s\n' "$*" >&2
    [ -z "${work:-}" ] || tail -n 5 "$work"/*.log >&2
    exit 1
}

# expect WHAT COMMAND...: the command must succeed. refuse WHAT COMMAND...: it must not.
expect() {
    local what=$1
    shift
    if "$@" >"$work/output" 2>&1; then ok "$what"; else cat "$work/output" >&2; fail "$what"; fi
}
refuse() {
    local what=$1
    shift
    if "$@" >"$work/output" 2>&1; then cat "$work/output" >&2; fail "$what"; else ok "$what"; fi
}
await() {
    local what=$1
    shift
    for _ in $(seq 600); do
        if "$@" >"$work/output" 2>&1; then ok "$what"; return; fi
        sleep 0.1
    done
    cat "$work/output" >&2
    fail "$what: not within a minute"
}

[ "$(id -u)" = 0 ] || fail "must run as root: debootstrap, chroot and mounts need it"

if [ "${1:-}" = clean ]; then
    for image in "$prefix-relay" "$prefix-localnet" "$base"; do
        if buildah inspect --type image "$image" >/dev/null 2>&1; then buildah rmi -f "$image"; fi
    done
    # The layers kept for the next build have no name: all unnamed images go.
    buildah rmi --prune -f >/dev/null
    exit 0
fi
[ $# -eq 0 ] || fail "usage: docker/verify.sh [clean]"

# --- what it needs ---

source tests/stack/packages.sh
install_packages "buildah debootstrap docker-compose postgresql redis-server curl jq util-linux"

work=$(mktemp -d /tmp/shield-relay-verify.XXXXXX)
chmod 755 "$work"
containers=()
pids=()

# Ends in the reverse order of starting what this run started, and nothing else.
cleanup() {
    local index pid
    for ((index = ${#pids[@]} - 1; index >= 0; --index)); do
        pid=${pids[$index]}
        kill "$pid" 2>/dev/null || continue
        for _ in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
        kill -9 "$pid" 2>/dev/null || true
    done
    [ ${#containers[@]} -eq 0 ] || buildah rm "${containers[@]}" >/dev/null
    rm -rf "$work"
}
trap cleanup EXIT

# --- the images ---

# A minimal Debian 12 without documentation, as debian:bookworm-slim is.
make_base() {
    local tree=$work/base container
    debootstrap --variant=minbase bookworm "$tree" >"$work/debootstrap.log" 2>&1 ||
        { tail -n 5 "$work/debootstrap.log" >&2; fail "debootstrap"; }
    # Updates too; the mirror is the one that debootstrap chose.
    local mirror
    mirror=$(awk '/^deb / { print $2; exit }' "$tree/etc/apt/sources.list")
    printf 'deb %s bookworm main\ndeb %s bookworm-updates main\ndeb %s-security bookworm-security main\n' \
        "$mirror" "$mirror" "${mirror%/}" >"$tree/etc/apt/sources.list"
    printf 'path-exclude /usr/share/%s/*\n' doc man locale info >"$tree/etc/dpkg/dpkg.cfg.d/slim"
    rm -rf "$tree"/usr/share/{doc,man,locale,info}/* "$tree"/var/cache/apt/* "$tree"/var/lib/apt/lists/*
    # A machine behind a proxy that has a certificate of its own needs it in the build as well.
    if compgen -G '/usr/local/share/ca-certificates/*.crt' >/dev/null; then
        mkdir -p "$tree/usr/local/share/ca-certificates"
        cp /usr/local/share/ca-certificates/*.crt "$tree/usr/local/share/ca-certificates/"
    fi
    container=$(buildah from scratch)
    containers+=("$container")
    buildah add -q "$container" "$tree" / >/dev/null
    buildah config --cmd bash "$container"
    buildah commit -q "$container" "$base" >/dev/null
    rm -rf "$tree"
}

size_of() { buildah images --format '{{.Size}}' "$1" | head -n 1; }

# build TARGET: layers are kept, so what has not changed is not built again.
build() {
    buildah build --isolation chroot --format docker --layers --build-arg BASE="$base" \
        --build-arg JOBS="$(nproc)" --target "$1" -t "$prefix-$1" -f docker/Dockerfile . \
        >"$work/build-$1.log" 2>&1 || { tail -n 30 "$work/build-$1.log" >&2; fail "building $1"; }
    ok "$1: $(size_of "$prefix-$1")"
}

say "base image"
buildah inspect --type image "$base" >/dev/null 2>&1 || make_base
ok "$base: $(size_of "$base")"

say "building the images (the first time takes some minutes)"
build localnet
build relay

config_of() { buildah inspect --type image "$prefix-$1" | jq -r ".Docker.config$2"; }

say "what the images say of themselves"
expect "both run as uid 10001" test "$(config_of relay .User) $(config_of localnet .User)" = "10001:10001 10001:10001"
expect "relay starts relayd serve, and is ended by SIGTERM" \
    test "$(config_of relay '| [.Entrypoint[0], .Cmd[0], .StopSignal] | join(" ")')" = "relayd serve SIGTERM"
expect "relay exposes 3002 and 9090" \
    test "$(config_of relay '.ExposedPorts | keys | join(" ")')" = "3002/tcp 9090/tcp"

# --- running what is in them ---

# open_image NAME: a throwaway container of it; its root is then $work/NAME.
open_image() {
    local container
    container=$(buildah from "$prefix-$1")
    containers+=("$container")
    ln -s "$(buildah mount "$container")" "$work/$1"
    config_of "$1" '.Env[]' >"$work/$1.env"
}

# confined IMAGE UID CAPABILITIES 'SOURCE:TARGET[:ro]...' [NAME=VALUE...] COMMAND...
# Replaces this process; call it in a subshell. CAPABILITIES: none, or +name,+name.
confined() {
    local image=$1 uid=$2 capabilities=$3 binds=$4 bind source target mode
    shift 4
    [ "$capabilities" = none ] && capabilities= || capabilities=,$capabilities
    local tree names=()
    tree=$(readlink -f "$work/$image")
    mapfile -t names <"$work/$image.env"
    for bind in $binds; do
        IFS=: read -r source target mode <<<"$bind"
        mkdir -p "$tree$target"
    done
    tree=$tree binds="/dev:/dev $binds" directory=$(config_of "$image" .WorkingDir) hosts=$work/hosts exec unshare --mount --propagation private bash -c '
        set -euo pipefail
        mount --bind "$tree" "$tree"
        mount -o remount,bind,ro "$tree"
        mount -t proc proc "$tree/proc"
        mount --bind "$hosts" "$tree/etc/hosts"
        for bind in $binds; do
            IFS=: read -r source target mode <<<"$bind"
            mount --bind "$source" "$tree$target"
            [ -z "$mode" ] || mount -o "remount,bind,$mode" "$tree$target"
        done
        uid=$1 capabilities=$2
        shift 2
        exec chroot "$tree" env -C "${directory:-/}" setpriv --reuid "$uid" --regid "$uid" --clear-groups --no-new-privs \
            --inh-caps=-all --bounding-set="-all$capabilities" env -i "$@"
    ' confined "$uid" "$capabilities" "${names[@]}" "$@"
}

# start NAME confined...: in the background, with a log.
start() {
    local name=$1
    shift
    (confined "$@") >"$work/$name.log" 2>&1 &
    pids+=($!)
    started=$!
}

open_image relay
relay_container=${containers[-1]}
open_image localnet
printf '127.0.0.1 localhost\n%s chain postgres redis\n' "$address" >"$work/hosts"
mkdir -p "$work"/{keys,given,out/relay,out/postgres}
chown 10001:10001 "$work/keys"
chmod 700 "$work/keys"
for name in keypair admin-token database-password database-url rpc-urls; do
    cp docker/secret.none "$work/given/$name"
done

in_relay() { (confined relay 10001 none "$work/out/relay:/secrets:ro" "${relay_settings[@]}" "$@"); }
prepare() {
    (confined relay 0 +chown,+dac_override,+fowner "$work/given:/run/secrets:ro $work/out/relay:/out/relay
        $work/out/postgres:/out/postgres $work/keys:/localnet:ro" prepare-secrets)
}
relay_settings=(
    RELAY_HTTP_HOST="$address" RELAY_ADMIN_HOST="$address" RELAY_ADMIN_TOKEN_FILE=/secrets/admin-token
    RELAY_DATABASE_URL_FILE=/secrets/database-url RELAY_REDIS_URL=redis://redis:6379/0
    RELAY_SOLANA_RPC_URLS_FILE=/secrets/rpc-urls RELAY_SOLANA_KEYPAIR=/secrets/keypair.json
)

say "the chain, from its image"
# Its health check and ours are the images' own commands.
mapfile -t localnet_health < <(config_of localnet '.Healthcheck.Test[1:][]' | sed "s/^127\.0\.0\.1$/$address/")
mapfile -t relay_health < <(config_of relay '.Healthcheck.Test[1:][]')
chain_is_healthy() { (confined localnet 10001 none '' "${localnet_health[@]}"); }
refuse "its health check fails before it runs" chain_is_healthy
start chain localnet 10001 none "$work/keys:/keys" start-localnet --host "$address"
await "its health check succeeds" chain_is_healthy

say "prepare-secrets"
expect "lays the secrets out" prepare
sed 's/^/      /' "$work/output"
before=$(cat "$work/out/postgres/password" "$work/out/relay/admin-token")
expect "keeps what it made when it runs again" prepare
expect "the same password and token" test "$before" = "$(cat "$work/out/postgres/password" "$work/out/relay/admin-token")"
expect "all files are 0400, the relay's of uid 10001" \
    test "$(stat -c '%a %u' "$work"/out/relay/* "$work"/out/postgres/* | sort | uniq -c | tr -s ' \n' ' ')" = " 1 400 0 4 400 10001 "
expect "relayd reads the keypair, the chain's payer" \
    test "$(in_relay relayd address)" = "$(cat "$work/keys/relay.address")"
chmod 440 "$work/out/relay/keypair.json"
refuse "and refuses one that its group can read" in_relay relayd address
chmod 400 "$work/out/relay/keypair.json"
printf 'p@ss/w:rd%%\n' >"$work/given/database-password"
expect "a password of the operator's is taken" prepare
expect "and percent-encoded in the URL" \
    grep -qF 'relay:%70%40%73%73%2f%77%3a%72%64%25@postgres:5432' "$work/out/relay/database-url"

say "Postgres and Redis, the machine's own"
postgres=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
as_postgres() { (cd / && runuser -u postgres -- "$@"); }
install -d -o postgres -m 700 "$work/postgres"
install -o postgres -m 400 "$work/out/postgres/password" "$work/postgres.password"
expect "initdb" as_postgres "$postgres/initdb" -D "$work/postgres" -U relay -A scram-sha-256 -E UTF8 \
    --pwfile "$work/postgres.password" --no-sync
as_postgres "$postgres/postgres" -D "$work/postgres" -c listen_addresses="$address" -c port=5432 \
    -c unix_socket_directories= >"$work/postgres.log" 2>&1 &
pids+=($!)
await "Postgres is ready" "$postgres/pg_isready" -q -h "$address"
export PGPASSFILE=$work/pgpass
(umask 077 && printf '%s:5432:*:relay:p@ss/w\\:rd%%\n' "$address" >"$PGPASSFILE")
expect "its database is made" psql -qXw -h "$address" -U relay postgres -c 'CREATE DATABASE relay'
mkdir "$work/redis"
redis-server --bind "$address" --port 6379 --protected-mode no --dir "$work/redis" --appendonly yes --save '' \
    --maxmemory-policy noeviction >"$work/redis.log" 2>&1 &
pids+=($!)
await "Redis is ready" redis-cli -h "$address" ping

say "the relay, from its image: uid 10001, read-only root, no capabilities"
expect "buildah runs it too" buildah run --isolation chroot --user 10001:10001 "$relay_container" -- relayd --version
relay_is_healthy() { in_relay "${relay_health[@]}"; }
refuse "its health check fails before it runs" relay_is_healthy
start relay relay 10001 none "$work/out/relay:/secrets:ro" "${relay_settings[@]}" relayd serve
relay_pid=$started
await "its health check succeeds" relay_is_healthy
expect "it runs as uid 10001 without capabilities" \
    test "$(awk '/^(Uid|CapEff|CapBnd|NoNewPrivs):/ { print $2 }' "/proc/$relay_pid/status" | tr '\n' ' ')" = \
    "10001 0000000000000000 0000000000000000 1 "
await "/health says ok" sh -c "curl -s http://$address:3002/health | jq -e '.data.status == \"ok\"'"
expect "relayd check finds every dependency" in_relay relayd check
expect "metrics are served" curl -sf "http://$address:9090/metrics"

say "a withdraw"
(confined localnet 10001 none '' ./node.sh make-withdraw.mjs --amount 1000000000 --outputs 2) \
    >"$work/withdraw.json"
answer=$(curl -s "http://$address:3002/withdraw" -H 'Content-Type: application/json' -d @"$work/withdraw.json")
id=$(jq -r .data.request_id <<<"$answer")
[ "$id" != null ] || fail "not accepted: $answer"
ok "accepted as $id"
completed() { curl -s "http://$address:3002/status/$id?wait=5" | jq -e '.data.status == "completed"'; }
await "completed" completed
signature=$(curl -s "http://$address:3002/status/$id" | jq -r .data.tx_id)
chain_knows() {
    curl -s "http://$address:8899" -H 'Content-Type: application/json' -d \
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"getSignatureStatuses\",\"params\":[[\"$signature\"]]}" |
        jq -e '.result.value[0] | .err == null and .slot > 0'
}
expect "the chain knows $signature" chain_knows

say "SIGTERM"
kill -TERM "$relay_pid"
code=0
wait "$relay_pid" || code=$?
expect "relayd ends with exit code 0 (here $code)" test "$code" = 0
refuse "its health check fails again" relay_is_healthy

say "compose.yaml"
for profile in '' localnet; do
    expect "valid${profile:+ with the profile $profile}" env COMPOSE_PROFILES="$profile" \
        docker-compose --env-file docker/.env.example -f docker/compose.yaml config -q
done

say "everything held"
