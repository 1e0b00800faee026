#include "witnesses.hpp"

#include "node.hpp"
#include "node_health.hpp"
#include "nodes.hpp"
#include "relay/base/task.hpp"
#include "relay/base/task_group.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/rpc/evidence.hpp"
#include "relay/rpc/node_rpc.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace relay::rpc {

using Kind = RpcError::Kind;

namespace {

bool knows_more(const SignatureStatus& told, const std::optional<SignatureStatus>& known) {
    return !known || (told.committed && !known->committed) || (told.final && !known->final);
}

} // namespace

/// What the nodes have said of one question so far.
struct Witnesses::Tally {
    std::optional<SignatureStatus> status;
    bool past = false;
    std::size_t absent = 0;
    std::size_t not_yet = 0;
    std::size_t cannot_tell = 0;

    void add(const Word& word) {
        past = past || word.past;
        if (word.status) {
            if (knows_more(*word.status, status)) {
                status = word.status;
            }
            return;
        }
        switch (word.witness) {
            case Witness::Absent:
                ++absent;
                break;
            case Witness::NotYet:
                ++not_yet;
                break;
            case Witness::CannotTell:
                ++cannot_tell;
                break;
        }
    }
};

// Each is awaited at once, by a frame that holds what it refers to.
// NOLINTBEGIN(cppcoreguidelines-avoid-reference-coroutine-parameters)

base::Task<RpcResult<std::vector<Finding>>> Witnesses::look_into(std::vector<Question> asked) {
    const auto choice = co_await nodes_.choose(RpcMethod::History);
    // One on trial is asked for its own sake where others can tell, and nobody waits for it.
    const auto& nodes = choice.well.empty() ? choice.on_trial : choice.well;
    for (auto* node : choice.well.empty() ? std::vector<Node*>() : choice.on_trial) {
        auto nobodys = std::make_shared<base::OneShot<Testimonies>>(tasks_.executor());
        tasks_.spawn("try out a witness", testify_beside(node, asked, std::move(nobodys)));
    }
    // Shared with the questions, which go on when nobody waits any more.
    std::vector<std::shared_ptr<base::OneShot<Testimonies>>> answers;
    for (auto* node : nodes) {
        answers.push_back(std::make_shared<base::OneShot<Testimonies>>(tasks_.executor()));
        tasks_.spawn("ask a witness", testify_beside(node, asked, answers.back()));
    }
    std::vector<Tally> tallies(asked.size());
    RpcError failure = nodes_.none_for(RpcMethod::History);
    bool answered = false;
    for (const auto& answer : answers) {
        const auto words = co_await answer->get();
        if (!words) {
            failure = words.error();
            continue;
        }
        answered = true;
        for (std::size_t index = 0; index < asked.size(); ++index) {
            tallies[index].add((*words)[index]);
        }
    }
    if (!answered) {
        co_return std::unexpected(std::move(failure));
    }
    std::vector<Finding> findings;
    findings.reserve(asked.size());
    for (std::size_t index = 0; index < asked.size(); ++index) {
        findings.push_back(find(asked[index], std::move(tallies[index])));
    }
    co_return findings;
}

base::Task<void> Witnesses::testify_beside(Node* node, std::vector<Question> asked,
                                           std::shared_ptr<base::OneShot<Testimonies>> answer) {
    auto words = co_await testify(node, std::move(asked));
    answer->set(std::move(words));
}

base::Task<Witnesses::Testimonies> Witnesses::testify(Node* node, std::vector<Question> asked) {
    const auto& clock = node->health.clock;
    const bool wants_to_read = std::ranges::any_of(asked, [&](const Question& question) {
        return question.age >= kLeastLife && !clock.first_past(question.last_valid_block_height);
    });
    if (wants_to_read && node->health.is_witness) {
        co_await nodes_.read_clock(node);
    }
    std::vector<solana::Signature> signatures;
    std::optional<solana::Slot> reached;
    for (const auto& question : asked) {
        signatures.push_back(question.signature);
        if (const auto past = clock.first_past(question.last_valid_block_height)) {
            reached = std::max(reached.value_or(past->slot), past->slot);
        }
    }
    const auto report = co_await history_of(node, std::move(signatures), reached);
    if (!report) {
        co_return std::unexpected(report.error());
    }
    const Testimony testimony{report->slot, !node->health.without_history_since,
                              node->health.consensus};
    std::vector<Word> words;
    words.reserve(asked.size());
    for (std::size_t index = 0; index < asked.size(); ++index) {
        const bool past = clock.first_past(asked[index].last_valid_block_height).has_value();
        const auto witness =
            node->health.is_witness ? weigh(asked[index], clock, testimony) : Witness::CannotTell;
        words.push_back({report->statuses[index], past, witness});
    }
    co_return words;
}

/// The best that the node has: good for `reached`, with its history, or what comes nearest.
base::Task<RpcResult<SignatureReport>> Witnesses::history_of(
    Node* node, std::vector<solana::Signature> signatures, std::optional<solana::Slot> reached) {
    StatusQuery query{reached, node->health.has_history(nodes_.now())};
    const Call<SignatureReport> call = [&](NodeRpc& rpc) {
        return rpc.signature_statuses(signatures, query);
    };
    for (;;) {
        auto report = co_await nodes_.ask<SignatureReport>(node, RpcMethod::History, call);
        if (report) {
            if (query.history) {
                node->health.without_history_since.reset();
            }
            co_return report;
        }
        const auto kind = report.error().kind;
        if (kind == Kind::NoHistory && query.history) {
            node->health.without_history_since = nodes_.now();
            query.history = false;
        } else if ((kind == Kind::NotReached || kind == Kind::Refused) && query.reached) {
            query.reached.reset(); // what it knows may be a landing; it proves nothing yet
        } else {
            co_return report;
        }
    }
}

Finding Witnesses::find(const Question& question, Tally tally) const {
    const auto longest = 2 * nodes_.slot_time() * static_cast<int>(kBlockhashLife + kExpiryMargin);
    Finding finding;
    finding.absent = !tally.status && tally.absent > 0 && tally.not_yet == 0;
    finding.overdue =
        (tally.past && question.age >= kLeastLife) || question.age >= std::max(longest, kLeastLife);
    if (!finding.absent) {
        const auto all = tally.absent + tally.not_yet + tally.cannot_tell;
        finding.missing = std::to_string(all - tally.absent) + " of " + std::to_string(all) +
                          " RPC nodes cannot yet prove that it did not land";
    }
    finding.status = std::move(tally.status);
    return finding;
}

// NOLINTEND(cppcoreguidelines-avoid-reference-coroutine-parameters)

} // namespace relay::rpc
