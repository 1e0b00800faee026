#include "relay/app/commands.hpp"

#include "check.hpp"
#include "relay/app/app.hpp"
#include "relay/app/command_line.hpp"
#include "relay/app/settings.hpp"
#include "relay/observability/logging.hpp"
#include "relay/postgres/migrations.hpp"
#include "relay/solana/keypair.hpp"

#include <sys/resource.h>
#include <exception>
#include <iostream>
#include <string>
#include <utility>

namespace relay::app {

namespace {

int complain(const std::string& what) {
    std::cerr << "relayd: " << what << '\n';
    return 1;
}

/// As many descriptors as the system grants: each client and each RPC call holds one.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int serve(Settings settings) {
    auto payer = solana::Keypair::load(settings.solana.keypair);
    if (!payer) {
        complain(payer.error().message);
        return 2;
    }
    raise_descriptor_limit();
    App app(std::move(settings), std::move(*payer));
    return app.run();
}

int migrate(const Settings& settings) {
    const auto applied = postgres::migrate(settings.database);
    for (const auto& name : applied) {
        std::cout << "applied: " << name << '\n';
    }
    if (applied.empty()) {
        std::cout << "the schema is up to date\n";
    }
    return 0;
}

int print_address(const Settings& settings) {
    const auto payer = solana::Keypair::load(settings.solana.keypair);
    if (!payer) {
        return complain(payer.error().message);
    }
    std::cout << payer->address().to_string() << '\n';
    return 0;
}

} // namespace

int run_command(Invocation invocation) {
    auto& settings = invocation.settings;
    observability::start_logging(settings.log_level, settings.log_format);
    try {
        switch (invocation.command) {
            case Command::Serve:
                return serve(std::move(settings));
            case Command::Migrate:
                return migrate(settings);
            case Command::Check:
                return check(settings);
            case Command::Address:
                return print_address(settings);
        }
        std::unreachable();
    } catch (const std::exception& error) {
        return complain(error.what());
    }
}

} // namespace relay::app
