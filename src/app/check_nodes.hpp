#pragma once
// What `relayd check` asks of the RPC nodes: whether each is of the cluster, tells what can be
// true, and has the program and its accounts as the settings name them. Private to app.

#include "check_list.hpp"
#include "relay/app/settings.hpp"
#include "relay/solana/pubkey.hpp"

#include <boost/asio/io_context.hpp>
#include <optional>

namespace relay::app {

/// `payer`: none where its key could not be read.
void check_nodes(CheckList& list, boost::asio::io_context& io, const Settings& settings,
                 const std::optional<solana::Pubkey>& payer);

} // namespace relay::app
