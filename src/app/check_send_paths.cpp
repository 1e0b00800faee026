#include "check_send_paths.hpp"

#include "check_list.hpp"
#include "node_accounts.hpp"
#include "relay/app/settings.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/rpc/send_path.hpp"
#include "relay/rpc/url.hpp"
#include "run_alone.hpp"

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <string>

namespace relay::app {

namespace asio = boost::asio;

namespace {

/// By what it says to a transaction of no bytes.
void check_endpoint(CheckList& list, asio::io_context& io, const rpc::Url& url,
                    const rpc::HttpClient::Limits& limits) {
    using Kind = rpc::RpcError::Kind;
    const auto what = "send path " + url.display();
    const auto endpoint = rpc::make_http_send_endpoint(io.get_executor(), url, limits);
    const auto answer = run_alone(io, endpoint->send({}));
    if (answer) {
        list.fail(what, "it takes a transaction of no bytes: it is no endpoint of Solana");
        return;
    }
    const auto& error = answer.error();
    const bool answered = error.code != 0;
    if (error.kind == Kind::Unsupported) {
        list.fail(what, "it does not know sendTransaction: " + error.message);
    } else if (error.kind == Kind::Refused) {
        list.pass(what, "it answers, and refuses what is no transaction");
    } else if (error.kind == Kind::Limited || answered) {
        list.warn(what, "it answers, but not as to what is no transaction: " + error.message);
    } else {
        list.fail(what, error.message);
    }
}

/// A tip to an account that does not exist, and is below the rent it would have to hold, fails the
/// withdraw's transaction.
void check_tipped(CheckList& list, asio::io_context& io, const Settings& settings) {
    const auto& solana = settings.solana;
    rpc::HttpClient client(io.get_executor(), solana.rpc_urls.front(), solana.rpc_limits);
    const auto accounts =
        run_alone(io, fetch_accounts(client, solana.tip.accounts, rpc::Commitment::Finalized));
    if (!accounts) {
        list.warn("tip accounts", "not looked at: " + accounts.error().message);
        return;
    }
    std::string missing;
    for (std::size_t index = 0; index < accounts->size(); ++index) {
        if (!(*accounts)[index]) {
            missing += (missing.empty() ? "" : ", ") + solana.tip.accounts[index].to_string();
        }
    }
    if (missing.empty()) {
        list.pass("tip accounts", std::to_string(accounts->size()) + ", each tipped in its turn " +
                                      std::to_string(solana.tip.lamports.value) + " lamports");
    } else {
        list.fail("tip accounts",
                  "there is no account " + missing + ": is RELAY_SOLANA_TIP_ACCOUNTS right?");
    }
}

} // namespace

void check_send_paths(CheckList& list, asio::io_context& io, const Settings& settings) {
    for (const auto& url : settings.solana.send_urls) {
        check_endpoint(list, io, url, settings.solana.rpc_limits);
    }
    if (!settings.solana.tip.accounts.empty()) {
        check_tipped(list, io, settings);
    }
}

} // namespace relay::app
