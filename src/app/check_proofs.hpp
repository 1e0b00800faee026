#pragma once
// What `relayd check` says of the check of proofs: whether it is on, and whether the key is the
// program's, by a withdraw that the program has carried out. Private to app.

#include "check_list.hpp"
#include "relay/app/settings.hpp"

#include <boost/asio/io_context.hpp>

namespace relay::app {

void check_proofs(CheckList& list, boost::asio::io_context& io, const Settings& settings);

} // namespace relay::app
