# Debian packages the project builds and tests with. Sourced by ./dev.

# One name a line; alternatives in order of preference, separated by |.
readonly BUILD_PACKAGES="
g++
cmake
ninja-build
ccache
pkg-config
libboost1.81-dev|libboost1.83-dev|libboost-dev
libhiredis-dev
libjemalloc-dev
libpqxx-dev
nlohmann-json3-dev
libspdlog-dev
libsodium-dev
libssl-dev
libcli11-dev
libtomlplusplus-dev
prometheus-cpp-dev
libcurl4-openssl-dev
zlib1g-dev
libgtest-dev
libgmock-dev
libbenchmark-dev
"
readonly STORE_PACKAGES="
postgresql
redis-server
util-linux
"
readonly STACK_PACKAGES="
$STORE_PACKAGES
clang-19
curl
jq
nodejs
npm
openssl
pgbouncer
"
readonly FUZZ_PACKAGES="
clang-19
libclang-rt-19-dev
"
readonly CHECK_PACKAGES="
clang-format-19
clang-tidy-19
"

is_installed() {
    # Any node will do to begin with, from wherever: the localnet brings a newer one where it is too old.
    case $1 in
        nodejs) if command -v node >/dev/null; then return 0; fi ;;
        npm) if command -v npm >/dev/null; then return 0; fi ;;
    esac
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

is_available() {
    [ -n "$(apt-cache madison "$1" 2>/dev/null)" ]
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Installs what of the lists is missing; touches nothing, and asks for no password, where all is there.
install_packages() {
    local wanted="$*" entry name missing=() updated=no
    for entry in $wanted; do
        local found=no
        for name in ${entry//|/ }; do
            if is_installed "$name"; then found=yes; fi
        done
        [ $found = yes ] || missing+=("$entry")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    local names=()
    for entry in "${missing[@]}"; do
        if [ $updated = no ]; then
            as_root apt-get update -qq
            updated=yes
        fi
        for name in ${entry//|/ }; do
            if is_available "$name"; then names+=("$name"); break; fi
        done
    done
    say "installing ${names[*]}"
    apt_install "${names[@]}"
}

# Says to Debian's postgresql package that no cluster is to be made, and no server started.
readonly NO_CLUSTER=/etc/postgresql-common/createcluster.d/shield-relay.conf

allow_clusters() {
    [ -e "$NO_CLUSTER" ] || return 0
    as_root rm -f "$NO_CLUSTER"
    as_root rmdir -p --ignore-fail-on-non-empty "${NO_CLUSTER%/*}"
}

# What is said to the packages is gone when apt is done: the machine's own clusters are not our affair.
apt_install() (
    trap allow_clusters EXIT
    as_root mkdir -p "${NO_CLUSTER%/*}"
    echo 'create_main_cluster = false' | as_root tee "$NO_CLUSTER" >/dev/null
    as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
        apt-get install -y -qq --no-install-recommends "$@" >/dev/null
)
