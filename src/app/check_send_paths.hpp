#pragma once
// What `relayd check` finds of the send-only endpoints, and of whom they are tipped to. Nothing
// that could land is sent to any of them. Private to app.

#include "check_list.hpp"
#include "relay/app/settings.hpp"

#include <boost/asio/io_context.hpp>

namespace relay::app {

void check_send_paths(CheckList& list, boost::asio::io_context& io, const Settings& settings);

} // namespace relay::app
