#pragma once
// What `relayd check` asks of Postgres and Redis. Private to app.

#include "check_list.hpp"
#include "relay/app/settings.hpp"

#include <boost/asio/io_context.hpp>

namespace relay::app {

void check_stores(CheckList& list, boost::asio::io_context& io, const Settings& settings);

} // namespace relay::app
