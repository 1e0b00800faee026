#pragma once
// A Solana node and its chain in memory. Blocks come when the test says so; withdraws are told
// apart by the nullifier in their instruction. It keeps a record of every transaction it ever took,
// and notes each moment in which two of one nullifier could have landed.

#include "relay/base/encoding.hpp"
#include "relay/base/task.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/transaction_error.hpp"
#include "relay/solana/units.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace relay::test {

/// A custom error of the withdraw instruction.
solana::TransactionError program_error(std::uint32_t number);

class FakeChain final : public rpc::SolanaRpc {
  public:
    /// A transaction that the node forwarded to a leader at least once.
    struct Taken {
        solana::Hash nullifier{};
        solana::Hash root{};
        solana::BlockHeight last_valid;
        /// On its way to a block.
        bool pending = false;
        std::optional<solana::Slot> slot;
        std::optional<solana::TransactionError> error;
        std::size_t times = 0;
        bool landed() const { return slot && !error; }
    };

    base::Task<rpc::RpcResult<rpc::LatestBlockhash>> latest_blockhash() override;
    base::Task<rpc::RpcResult<solana::Signature>> send(base::Bytes wire,
                                                       rpc::Preflight preflight) override;
    base::Task<rpc::RpcResult<rpc::SignatureReport>> signature_statuses(
        std::vector<solana::Signature> signatures) override;
    base::Task<rpc::RpcResult<std::vector<rpc::Finding>>> look_into(
        std::vector<rpc::Question> questions) override;
    base::Task<rpc::RpcResult<solana::Lamports>> balance(solana::Pubkey address) override;
    base::Task<rpc::RpcResult<rpc::Simulation>> simulate(base::Bytes wire) override;
    base::Task<rpc::RpcResult<std::vector<rpc::SlotPrice>>> recent_prices(
        std::vector<solana::Pubkey> writable) override;
    base::Task<rpc::RpcResult<std::optional<solana::Slot>>> deployed_in(
        solana::Pubkey program) override;
    base::Task<rpc::RpcResult<rpc::AccountsReport>> accounts(
        std::vector<solana::Pubkey> addresses) override;
    base::Task<rpc::RpcResult<std::vector<rpc::AccountsReport>>> agreed_accounts(
        std::vector<solana::Pubkey> addresses, rpc::AccountData data) override;
    base::Task<rpc::RpcResult<solana::Lamports>> minimum_balance() override;
    std::chrono::milliseconds slot_time() const override { return slot_time_; }
    std::vector<rpc::NodeTrouble> troubles() const override { return {}; }

    /// Makes blocks, each a slot later: what is pending lands in the first.
    void advance(std::uint64_t blocks = 1);
    solana::BlockHeight height() const { return height_; }
    solana::Slot slot() const { return slot_; }

    /// Whatever is sent is taken, and lost on its way to the leader.
    void set_dropping(bool dropping) { dropping_ = dropping; }
    /// No call is answered, nor has any effect.
    void set_unavailable(bool unavailable) { unavailable_ = unavailable; }
    /// This many sends are taken without an answer.
    void lose_answers(std::size_t sends) { answers_to_lose_ = sends; }
    /// Nothing can be proven absent, however old.
    void set_unproving(bool unproving) { unproving_ = unproving; }
    /// Takes a landed transaction out of its block again, as a fork does.
    void take_back(const solana::Signature& signature);
    /// Recent statuses are not known, only the history is.
    void set_forgetful(bool forgetful) { forgetful_ = forgetful; }
    /// Slots from a block to its being final.
    void set_finality_depth(std::uint64_t slots) { finality_depth_ = slots; }
    void set_slot_time(std::chrono::milliseconds time) { slot_time_ = time; }
    /// Slots from a block to its being confirmed.
    void set_confirmation_depth(std::uint64_t slots) { confirmation_depth_ = slots; }
    void set_balance(solana::Lamports balance) { balance_ = balance; }
    /// Withdraws of this nullifier fail so, until told otherwise; in the preflight, or only in a
    /// block where `in_preflight` is false.
    void set_verdict(const solana::Hash& nullifier, std::optional<solana::TransactionError> error,
                     bool in_preflight = true);
    /// Withdraws by this root fail with "root not found" until it is pushed.
    void hide_root(const solana::Hash& root) { hidden_roots_.insert(root); }
    /// The program is deployed anew, in the present slot; it never was before.
    void deploy() { deployed_in_ = slot_; }
    void set_deployment(std::optional<solana::Slot> slot) { deployed_in_ = slot; }
    /// What every simulation finds.
    void set_simulation(std::optional<solana::TransactionError> error) {
        simulated_ = {.error = std::move(error)};
    }
    void set_simulation(rpc::Simulation simulation) { simulated_ = std::move(simulation); }
    void set_prices(std::vector<rpc::SlotPrice> prices) { prices_ = std::move(prices); }
    void push_root(const solana::Hash& root) {
        hidden_roots_.erase(root);
        roots_.push_back(root);
    }
    /// Somebody else's withdraw spends it.
    void spend(const solana::Hash& nullifier) { spent_.insert(nullifier); }

    /// From now on there are the pool's accounts, of this program, with these roots in the ring
    /// beside those pushed later, and room for so many nullifiers. Without, there is no account.
    void open_pool(const solana::WithdrawPlan& plan, std::vector<solana::Hash> roots,
                   std::size_t room = 319);
    /// The account's data are these, whatever the pool holds; none: what it holds.
    void set_account_data(const solana::Pubkey& address, std::optional<base::Bytes> data);
    void set_lamports(const solana::Pubkey& address, solana::Lamports lamports) {
        lamports_[address] = lamports;
    }
    void set_minimum_balance(solana::Lamports lamports) { minimum_balance_ = lamports; }
    /// Reports are of a slot so many earlier.
    void set_reports_behind(std::uint64_t slots) { reports_behind_ = slots; }
    /// As where one of the nodes hangs.
    void set_agreement_hanging(bool hanging) { agreement_hangs_ = hanging; }
    /// When all nodes are asked, they tell what the pool truly holds, and not what was set.
    void set_agreeing_otherwise(bool otherwise) { agreeing_otherwise_ = otherwise; }
    /// The nodes do not agree on any account.
    void set_disagreeing(bool disagreeing) { disagreeing_ = disagreeing; }

    const std::map<solana::Signature, Taken>& taken() const { return taken_; }
    /// The signatures that landed for this nullifier, in any order.
    std::vector<solana::Signature> landed(const solana::Hash& nullifier) const;
    /// In words, each moment in which two transactions of one nullifier could have landed, and each
    /// first send of a second one while the first could.
    const std::vector<std::string>& double_risks() const { return double_risks_; }
    /// Calls by their method's name.
    std::size_t calls(const std::string& method) const;

  private:
    struct Verdict {
        solana::TransactionError error;
        bool in_preflight = true;
    };

    base::Task<bool> answers(const char* method);
    std::optional<solana::TransactionError> judge(const Taken& withdraw, bool preflight) const;
    bool may_land(const Taken& transaction) const;
    void note_double_risk(const solana::Signature& signature, const Taken& transaction);
    std::optional<rpc::SignatureStatus> status(const solana::Signature& signature) const;

    rpc::AccountsReport report_on(const std::vector<solana::Pubkey>& addresses,
                                  const std::map<solana::Pubkey, base::Bytes>& set) const;
    std::optional<rpc::Account> account(const solana::Pubkey& address,
                                        const std::map<solana::Pubkey, base::Bytes>& set) const;
    base::Bytes ring() const;
    base::Bytes shard() const;

    solana::BlockHeight height_{1'000};
    solana::Slot slot_{1'200};
    std::map<solana::Signature, Taken> taken_;
    std::map<solana::Hash, Verdict> verdicts_;
    std::set<solana::Hash> hidden_roots_;
    std::set<solana::Hash> spent_;
    std::vector<std::string> double_risks_;
    std::map<std::string, std::size_t> calls_;
    solana::Lamports balance_{1'000'000'000};
    std::uint64_t confirmation_depth_ = 0;
    std::optional<solana::Slot> deployed_in_;
    rpc::Simulation simulated_;
    std::vector<rpc::SlotPrice> prices_;
    std::size_t answers_to_lose_ = 0;
    bool dropping_ = false;
    bool unavailable_ = false;
    bool forgetful_ = false;
    bool unproving_ = false;
    std::uint64_t finality_depth_ = 0;
    std::chrono::milliseconds slot_time_{1};
    std::optional<solana::WithdrawPlan> plan_;
    std::vector<solana::Hash> roots_;
    std::size_t shard_room_ = 0;
    std::map<solana::Pubkey, base::Bytes> data_;
    std::map<solana::Pubkey, solana::Lamports> lamports_;
    solana::Lamports minimum_balance_{890'880};
    std::uint64_t reports_behind_ = 0;
    bool disagreeing_ = false;
    bool agreement_hangs_ = false;
    bool agreeing_otherwise_ = false;
};

} // namespace relay::test
