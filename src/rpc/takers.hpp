#pragma once
// What those who were given one transaction at once say of it: that one of them took it counts, as
// soon as it is said; where none did, the nodes' word that binds most. A send-only endpoint's
// refusal is nothing, and its silence may mean that it took it.

#include "relay/base/task.hpp"
#include "relay/base/wake_up.hpp"
#include "relay/rpc/rpc.hpp"
#include "relay/solana/signature.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>

namespace relay::rpc {

using SendAnswer = RpcResult<solana::Signature>;

/// A preflight's verdict that holds wherever it is asked; all else may be that node's state.
bool is_verdict(const RpcError& error);

/// The answer that binds more, of two nodes' to one send: the first where both bind alike.
SendAnswer surer(SendAnswer first, SendAnswer second);

class Takers {
  public:
    /// So many will tell; `none` is the word where nobody says anything that binds more.
    Takers(const boost::asio::any_io_executor& executor, std::size_t how_many, RpcError none);

    void node_told(SendAnswer answer);
    void path_told(const SendAnswer& answer);

    /// One waiter; the others go on by themselves.
    base::Task<SendAnswer> get() { return outcome_.get(); }

  private:
    void one_less();
    void decide(SendAnswer answer);

    std::size_t missing_;
    bool any_node_told_ = false;
    bool decided_ = false;
    SendAnswer nodes_word_;
    SendAnswer paths_word_;
    base::OneShot<SendAnswer> outcome_;
};

} // namespace relay::rpc
