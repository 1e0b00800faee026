#include "check.hpp"

#include "check_host.hpp"
#include "check_list.hpp"
#include "check_nodes.hpp"
#include "check_proofs.hpp"
#include "check_send_paths.hpp"
#include "check_stores.hpp"
#include "relay/app/command_line.hpp"
#include "relay/app/settings.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/pubkey.hpp"
#include "setting_rules.hpp"

#include <boost/asio/io_context.hpp>
#include <optional>
#include <stdexcept>

namespace relay::app {

int check(const Settings& settings, const CommandWords& words) {
    CheckList list(words.has("json") ? CheckList::Form::Json : CheckList::Form::Lines);
    boost::asio::io_context io;
    list.pass("settings", "every value is valid");
    check_host(list, settings);
    check_stores(list, io, settings);
    std::optional<solana::Pubkey> payer;
    list.run("keypair", [&] {
        const auto key = solana::Keypair::load(settings.solana.keypair);
        if (!key) {
            throw std::runtime_error(key.error().message);
        }
        payer = key->address();
        if (const auto fault = fault_of_payer(settings, *payer)) {
            throw std::runtime_error(*fault);
        }
        return payer->to_string();
    });
    check_nodes(list, io, settings, payer);
    check_send_paths(list, io, settings);
    check_proofs(list, io, settings);
    return list.finish();
}

} // namespace relay::app
