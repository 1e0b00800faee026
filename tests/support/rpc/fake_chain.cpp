#include "support/rpc/fake_chain.hpp"

#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction_error.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace relay::test {

using rpc::RpcError;
using rpc::RpcResult;
using solana::BlockHeight;
using solana::Signature;
using solana::TransactionError;

namespace {

constexpr std::uint64_t kBlockhashLife = 150;
constexpr std::uint32_t kWithdrawInstruction = 2;

/// Takes the fields of a transaction's wire apart; throws where they end too soon.
class WireReader {
  public:
    explicit WireReader(base::ByteView wire) : rest_(wire) {}

    base::ByteView take(std::size_t size) {
        if (size > rest_.size()) {
            throw std::invalid_argument("a transaction was sent that ends too soon");
        }
        const auto field = rest_.first(size);
        rest_ = rest_.subspan(size);
        return field;
    }

    std::size_t count() {
        std::size_t value = 0;
        for (int shift = 0;; shift += 7) {
            const auto byte = take(1)[0];
            value |= static_cast<std::size_t>(byte & 0x7f) << shift;
            if (byte < 0x80) {
                return value;
            }
        }
    }

  private:
    base::ByteView rest_;
};

struct Decoded {
    Signature signature;
    BlockHeight blockhash_height;
    solana::Withdraw withdraw;
};

/// The height stands in the blockhash's first bytes.
solana::Hash blockhash_at(BlockHeight height) {
    solana::Hash hash{};
    for (std::size_t index = 0; index < 8; ++index) {
        hash[index] = static_cast<std::uint8_t>(height.value >> (8 * index));
    }
    hash[31] = 0xb1;
    return hash;
}

Decoded decode(base::ByteView wire) {
    Decoded decoded;
    WireReader reader(wire);
    reader.take(1);
    std::ranges::copy(reader.take(64), decoded.signature.bytes.begin());
    reader.take(3);
    reader.take(32 * reader.count());
    const auto blockhash = reader.take(32);
    for (std::size_t index = 8; index-- > 0;) {
        decoded.blockhash_height.value = decoded.blockhash_height.value << 8 | blockhash[index];
    }
    base::ByteView data;
    for (auto instructions = reader.count(); instructions > 0; --instructions) {
        reader.take(1);
        reader.take(reader.count());
        data = reader.take(reader.count());
    }
    decoded.withdraw = solana::decode_withdraw(data).value();
    return decoded;
}

std::unexpected<RpcError> unavailable() {
    RpcError error;
    error.message = "the test's node does not answer";
    return std::unexpected(std::move(error));
}

std::unexpected<RpcError> preflight_failed(TransactionError reason) {
    RpcError error;
    error.kind = RpcError::Kind::PreflightFailed;
    error.code = -32002;
    error.message = "the test's node refused the transaction";
    error.transaction_error = std::move(reason);
    return std::unexpected(std::move(error));
}

TransactionError plain_error(TransactionError::Kind kind) {
    TransactionError error;
    error.kind = kind;
    return error;
}

} // namespace

TransactionError program_error(std::uint32_t number) {
    TransactionError error;
    error.kind = TransactionError::Kind::Custom;
    error.instruction = kWithdrawInstruction;
    error.number = number;
    error.text = "custom " + std::to_string(number);
    return error;
}

base::Task<bool> FakeChain::answers(const char* method) {
    ++calls_[method];
    co_await boost::asio::post(co_await boost::asio::this_coro::executor,
                               boost::asio::use_awaitable);
    co_return !unavailable_;
}

std::size_t FakeChain::calls(const std::string& method) const {
    const auto found = calls_.find(method);
    return found == calls_.end() ? 0 : found->second;
}

base::Task<RpcResult<rpc::LatestBlockhash>> FakeChain::latest_blockhash() {
    const bool answered = co_await answers("latest_blockhash");
    if (!answered) {
        co_return unavailable();
    }
    co_return rpc::LatestBlockhash{blockhash_at(height_),
                                   BlockHeight{height_.value + kBlockhashLife}};
}

void FakeChain::set_verdict(const solana::Hash& nullifier, std::optional<TransactionError> error,
                            bool in_preflight) {
    if (error) {
        verdicts_[nullifier] = {std::move(*error), in_preflight};
    } else {
        verdicts_.erase(nullifier);
    }
}

std::optional<TransactionError> FakeChain::judge(const Taken& withdraw, bool preflight) const {
    const auto verdict = verdicts_.find(withdraw.nullifier);
    if (verdict != verdicts_.end() && (verdict->second.in_preflight || !preflight)) {
        return verdict->second.error;
    }
    if (hidden_roots_.contains(withdraw.root)) {
        return program_error(solana::kRootNotFound);
    }
    if (spent_.contains(withdraw.nullifier)) {
        return program_error(solana::kDoubleSpend);
    }
    return std::nullopt;
}

bool FakeChain::may_land(const Taken& transaction) const {
    return !transaction.slot && height_.value <= transaction.last_valid.value + 1;
}

void FakeChain::note_double_risk(const Signature& signature, const Taken& transaction) {
    for (const auto& [other_signature, other] : taken_) {
        if (other_signature != signature && other.nullifier == transaction.nullifier &&
            (may_land(other) || other.landed())) {
            double_risks_.push_back(signature.to_string() + " was taken while " +
                                    other_signature.to_string() +
                                    (other.landed() ? " had landed" : " could land"));
        }
    }
}

base::Task<RpcResult<Signature>> FakeChain::send(base::Bytes wire, rpc::Preflight preflight) {
    const bool answered = co_await answers("send");
    if (!answered) {
        co_return unavailable();
    }
    const auto decoded = decode(wire);
    Taken transaction;
    transaction.nullifier = decoded.withdraw.nullifier;
    transaction.root = decoded.withdraw.root;
    transaction.last_valid = BlockHeight{decoded.blockhash_height.value + kBlockhashLife};
    const auto known = taken_.find(decoded.signature);
    if (preflight == rpc::Preflight::Run) {
        if (known != taken_.end() && known->second.slot) {
            co_return preflight_failed(plain_error(TransactionError::Kind::AlreadyProcessed));
        }
        if (height_.value > transaction.last_valid.value + 1) {
            co_return preflight_failed(plain_error(TransactionError::Kind::BlockhashNotFound));
        }
        if (auto error = judge(transaction, /*preflight=*/true)) {
            co_return preflight_failed(std::move(*error));
        }
    }
    if (height_.value <= transaction.last_valid.value + 1 &&
        (known == taken_.end() || !known->second.slot)) {
        auto& record = taken_.try_emplace(decoded.signature, transaction).first->second;
        if (record.times++ == 0) {
            note_double_risk(decoded.signature, record);
        }
        record.pending = record.pending || !dropping_;
    }
    if (answers_to_lose_ > 0) {
        --answers_to_lose_;
        co_return unavailable();
    }
    co_return decoded.signature;
}

void FakeChain::advance(std::uint64_t blocks) {
    for (; blocks > 0; --blocks) {
        ++height_.value;
        ++slot_.value;
        for (auto& [signature, transaction] : taken_) {
            if (!std::exchange(transaction.pending, false) || !may_land(transaction)) {
                continue;
            }
            transaction.slot = slot_;
            transaction.error = judge(transaction, /*preflight=*/false);
            if (!transaction.error) {
                spent_.insert(transaction.nullifier);
            }
        }
    }
}

std::optional<rpc::SignatureStatus> FakeChain::status(const Signature& signature) const {
    const auto found = taken_.find(signature);
    if (found == taken_.end() || !found->second.slot) {
        return std::nullopt;
    }
    rpc::SignatureStatus status;
    status.slot = *found->second.slot;
    status.committed = slot_.value >= status.slot.value + confirmation_depth_;
    status.final = slot_.value >= status.slot.value + finality_depth_;
    status.error = found->second.error;
    return status;
}

base::Task<RpcResult<rpc::SignatureReport>> FakeChain::signature_statuses(
    std::vector<Signature> signatures) {
    const bool answered = co_await answers("signature_statuses");
    if (!answered) {
        co_return unavailable();
    }
    if (signatures.size() > rpc::kMaxSignaturesPerCall) {
        throw std::logic_error("more signatures in one call than a node takes");
    }
    rpc::SignatureReport report;
    report.slot = slot_;
    for (const auto& signature : signatures) {
        report.statuses.push_back(forgetful_ ? std::nullopt : status(signature));
    }
    co_return report;
}

base::Task<RpcResult<std::vector<rpc::Finding>>> FakeChain::look_into(
    std::vector<rpc::Question> questions) {
    const bool answered = co_await answers("look_into");
    if (!answered) {
        co_return unavailable();
    }
    if (questions.size() > rpc::kMaxSignaturesPerCall) {
        throw std::logic_error("more signatures in one call than a node takes");
    }
    std::vector<rpc::Finding> findings;
    for (const auto& question : questions) {
        rpc::Finding finding;
        finding.status = status(question.signature);
        finding.overdue = height_.value >= question.last_valid_block_height.value + 2;
        finding.absent = !finding.status && finding.overdue && !unproving_;
        finding.missing = finding.absent ? "" : "the test's node proves nothing";
        findings.push_back(std::move(finding));
    }
    co_return findings;
}

void FakeChain::take_back(const Signature& signature) {
    auto& transaction = taken_.at(signature);
    transaction.slot.reset();
    transaction.pending = false;
    spent_.erase(transaction.nullifier);
}

base::Task<RpcResult<solana::Lamports>> FakeChain::balance(solana::Pubkey) {
    const bool answered = co_await answers("balance");
    if (!answered) {
        co_return unavailable();
    }
    co_return balance_;
}

base::Task<RpcResult<rpc::Simulation>> FakeChain::simulate(base::Bytes) {
    const bool answered = co_await answers("simulate");
    if (!answered) {
        co_return unavailable();
    }
    co_return simulated_;
}

base::Task<RpcResult<std::vector<rpc::SlotPrice>>> FakeChain::recent_prices(
    std::vector<solana::Pubkey>) {
    const bool answered = co_await answers("recent_prices");
    if (!answered) {
        co_return unavailable();
    }
    co_return prices_;
}

base::Task<RpcResult<std::optional<solana::Slot>>> FakeChain::deployed_in(solana::Pubkey) {
    const bool answered = co_await answers("deployed_in");
    if (!answered) {
        co_return unavailable();
    }
    co_return deployed_in_;
}

std::vector<Signature> FakeChain::landed(const solana::Hash& nullifier) const {
    std::vector<Signature> signatures;
    for (const auto& [signature, transaction] : taken_) {
        if (transaction.nullifier == nullifier && transaction.landed()) {
            signatures.push_back(signature);
        }
    }
    return signatures;
}

} // namespace relay::test
