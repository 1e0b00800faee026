#include "check_proofs.hpp"

#include "check_list.hpp"
#include "landed_withdraws.hpp"
#include "relay/app/settings.hpp"
#include "relay/base/encoding.hpp"
#include "relay/groth16/verifier.hpp"
#include "relay/jobs/proof_checks.hpp"
#include "relay/jobs/proof_gate.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/shield_pool.hpp"
#include "run_alone.hpp"

#include <boost/asio/io_context.hpp>
#include <expected>
#include <optional>
#include <string>

namespace relay::app {

namespace {

constexpr const char* kWhat = "proofs";

using Landed = rpc::RpcResult<std::optional<solana::Withdraw>>;

/// By the word of the first node that tells.
Landed landed_withdraw(boost::asio::io_context& io, const Settings& settings) {
    Landed landed = std::unexpected(rpc::RpcError());
    for (const auto& url : settings.solana.rpc_urls) {
        rpc::HttpClient client(io.get_executor(), url, settings.solana.rpc_limits);
        landed = run_alone(io, newest_landed_withdraw(client, settings.solana.plan));
        if (landed) {
            break;
        }
    }
    return landed;
}

void judge(CheckList& list, const std::string& mode, bool is_enforced, const Landed& landed,
           const jobs::ProofChecks::Verify& verify) {
    if (!landed) {
        list.warn(kWhat, mode + ", and nobody tells whether the key is the program's: " +
                             landed.error().message);
        return;
    }
    const auto& withdraw = *landed;
    if (!withdraw) {
        list.warn(kWhat, mode +
                             ", and no withdraw was found on the chain that would tell whether "
                             "the key is the program's: observe first");
        return;
    }
    if (verify(jobs::posted_proof(*withdraw)) == groth16::Verdict::Valid) {
        list.pass(kWhat, mode + ": the newest withdraw on the chain verifies");
        return;
    }
    const auto words = mode +
                       ", but the newest withdraw on the chain does not verify: are "
                       "RELAY_PROOF_KEY and RELAY_PROOF_PROGRAM_VKEY the program's?";
    if (is_enforced) {
        list.fail(kWhat, words);
    } else {
        list.warn(kWhat, words);
    }
}

} // namespace

void check_proofs(CheckList& list, boost::asio::io_context& io, const Settings& settings) {
    const auto mode = settings.engine.proofs.mode;
    const auto name = std::string(to_string(mode));
    if (!settings.proof_key || !settings.program_vkey) {
        list.pass(kWhat, name + ": not checked before withdraws are accepted");
        return;
    }
    const auto key = ", key " + base::encode_hex(settings.proof_key->selector());
    judge(list, name + key, mode == jobs::ProofGate::Mode::Enforce, landed_withdraw(io, settings),
          jobs::verifier_of({*settings.proof_key, *settings.program_vkey}));
}

} // namespace relay::app
