#include "relay/app/commands.hpp"

#include "check.hpp"
#include "client_commands.hpp"
#include "completions.hpp"
#include "config_report.hpp"
#include "man_page.hpp"
#include "operator_commands.hpp"
#include "relay/app/app.hpp"
#include "relay/app/command_line.hpp"
#include "relay/app/settings.hpp"
#include "relay/observability/logging.hpp"
#include "relay/postgres/migrations.hpp"
#include "relay/solana/keypair.hpp"
#include "relay_client.hpp"
#include "setting_rules.hpp"

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
    if (const auto fault = fault_of_payer(settings, payer->address())) {
        complain(*fault);
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

int make_keypair(const CommandWords& words) {
    const auto address = solana::Keypair::create(words.argument);
    if (!address) {
        return complain(address.error().message);
    }
    std::cout << address->to_string() << '\n';
    return 0;
}

int print_config(const Choice& choice, const CommandWords& words) {
    std::cout << (words.has("json") ? config_json(choice) : config_text(choice));
    if (choice.fault) {
        complain("with these settings relayd would not start: " + *choice.fault);
        return 2;
    }
    return 0;
}

int print_completions(const CommandWords& words) {
    const auto text = completions(words.argument, setting_infos());
    if (!text) {
        throw BadUsage("completions: must be one of: bash, zsh, fish");
    }
    std::cout << *text;
    return 0;
}

int perform(Invocation invocation) {
    auto& settings = invocation.settings;
    switch (invocation.command) {
        case Command::Serve:
            return serve(std::move(settings));
        case Command::Migrate:
            return migrate(settings);
        case Command::Check:
            return check(settings, invocation.words);
        case Command::Address:
            return print_address(settings);
        case Command::Config:
            return print_config(invocation.choice, invocation.words);
        case Command::Keygen:
            return make_keypair(invocation.words);
        case Command::Health:
            return health(invocation.words, settings);
        case Command::Submit:
            return submit(invocation.words, settings);
        case Command::Status:
            return status(invocation.words, settings);
        case Command::Completions:
            return print_completions(invocation.words);
        case Command::Man:
            std::cout << man_page(setting_infos());
            return 0;
        case Command::Jobs:
        case Command::Job:
        case Command::Find:
        case Command::DeadList:
        case Command::DeadRetry:
        case Command::DeadDiscard:
        case Command::Pause:
        case Command::Resume:
        case Command::Drain:
        case Command::Audit:
            return run_operator_command(invocation);
    }
    std::unreachable();
}

} // namespace

int run_command(Invocation invocation) {
    observability::start_logging(invocation.settings.log_level, invocation.settings.log_format);
    try {
        const int code = perform(std::move(invocation));
        if (!std::cout.flush()) {
            return complain("standard output does not take what is printed");
        }
        return code;
    } catch (const BadUsage& usage) {
        complain(usage.what());
        return 2;
    } catch (const std::exception& error) {
        return complain(error.what());
    }
}

} // namespace relay::app
