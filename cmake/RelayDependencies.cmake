# Every library comes from the system's packages; nothing is downloaded or vendored.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus 3.3 REQUIRED) # its headers alone are used
find_package(prometheus-cpp REQUIRED COMPONENTS core)

find_package(PkgConfig REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(pqxx REQUIRED IMPORTED_TARGET libpqxx)
pkg_check_modules(pq REQUIRED IMPORTED_TARGET libpq)

# Optional: coroutine frames come and go by the dozen a job, most too large for glibc's thread cache.
find_library(RELAY_JEMALLOC jemalloc)
