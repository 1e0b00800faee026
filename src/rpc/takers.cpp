#include "takers.hpp"

#include "relay/rpc/rpc.hpp"
#include "relay/solana/shield_pool.hpp"
#include "relay/solana/transaction_error.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <expected>
#include <utility>

namespace relay::rpc {

using Kind = RpcError::Kind;

namespace {

/// How much an answer to a send binds, where two nodes gave two: it was taken; it may have been; it
/// was judged; it was not looked at.
int weight(const SendAnswer& answer) {
    if (answer) {
        return 4;
    }
    if (answer.error().kind == Kind::Unavailable) {
        return 3;
    }
    if (answer.error().kind == Kind::PreflightFailed) {
        return is_verdict(answer.error()) ? 2 : 1;
    }
    return 0;
}

SendAnswer nothing() {
    RpcError error;
    error.kind = Kind::Refused;
    return std::unexpected(std::move(error));
}

} // namespace

bool is_verdict(const RpcError& error) {
    using Failure = solana::TransactionError::Kind;
    if (error.kind != Kind::PreflightFailed || !error.transaction_error) {
        return false;
    }
    const auto& failure = *error.transaction_error;
    return failure.kind == Failure::AlreadyProcessed ||
           (failure.kind == Failure::Custom &&
            solana::describe_program_error(failure.number).permanent);
}

SendAnswer surer(SendAnswer first, SendAnswer second) {
    return weight(second) > weight(first) ? std::move(second) : std::move(first);
}

Takers::Takers(const boost::asio::any_io_executor& executor, std::size_t how_many, RpcError none)
    : missing_(how_many),
      nodes_word_(std::unexpected(std::move(none))),
      paths_word_(nothing()),
      outcome_(executor) {
    if (missing_ == 0) {
        decide(nodes_word_);
    }
}

void Takers::node_told(SendAnswer answer) {
    if (answer) {
        decide(std::move(answer));
    } else {
        nodes_word_ =
            any_node_told_ ? surer(std::move(nodes_word_), std::move(answer)) : std::move(answer);
        any_node_told_ = true;
    }
    one_less();
}

void Takers::path_told(const SendAnswer& answer) {
    if (answer) {
        decide(answer);
    } else if (answer.error().kind == Kind::Unavailable) {
        paths_word_ = answer;
    }
    one_less();
}

void Takers::one_less() {
    if (--missing_ == 0) {
        decide(surer(std::move(nodes_word_), std::move(paths_word_)));
    }
}

void Takers::decide(SendAnswer answer) {
    if (!decided_) {
        decided_ = true;
        outcome_.set(std::move(answer));
    }
}

} // namespace relay::rpc
