#pragma once
// One connection to the server, and what a message on it came to. Private to http.

#include "relay/base/deadlines.hpp"
#include "relay/base/http_reader.hpp"
#include "relay/base/task.hpp"
#include "relay/http/message.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace relay::http {

/// What one message came to: a request, or its refusal, or, with neither, a peer that went away.
struct Incoming {
    Request request;
    std::optional<Response> refusal;
    bool is_whole = false;
    bool keep_alive = false;
    // What the answer needs to know, when the request is with its handler.
    bool is_http_1_0 = false;
    bool is_head = false;
    std::string request_id = {};
};

struct Session final : Connection {
    static constexpr std::size_t kReadBytes = 4096;

    boost::asio::ip::tcp::socket socket;
    /// What was read of it and belongs to no message yet: unread[0 .. pending).
    std::array<char, kReadBytes> unread{};
    std::string_view pending;
    std::string peer;
    /// Stands in the list of idle sessions.
    std::optional<std::list<Session*>::iterator> idle_entry;

    Session(boost::asio::ip::tcp::socket connected, std::string address)
        : socket(std::move(connected)), peer(std::move(address)) {}

    bool is_closed() override;
    std::shared_ptr<void> on_arrival(std::function<void()> call) override;

    void close() {
        boost::system::error_code ignored;
        socket.close(ignored);
    }
    boost::asio::mutable_buffer space() { return boost::asio::buffer(unread); }
    /// REQUIRES: nothing is pending.
    void add(std::size_t count) { pending = std::string_view(unread.data(), count); }
    void feed(base::HttpReader& reader) { pending.remove_prefix(reader.feed(pending)); }
};

/// Shuts our side and, for a moment, drops what the peer still sends: closing over unread bytes
/// would reset the connection and lose the answer. A flood is read slowly, so that its sender has
/// to wait, and may read meanwhile.
base::Task<void> discard_input(Session& session, base::Deadlines& deadlines);

} // namespace relay::http
