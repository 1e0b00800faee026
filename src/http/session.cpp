#include "session.hpp"

#include "relay/base/deadlines.hpp"
#include "relay/base/peer_watch.hpp"
#include "relay/base/task.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

namespace relay::http {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds kDiscardTime{1};
constexpr std::size_t kBetweenPauses = 64UL * 1024;
constexpr std::chrono::milliseconds kPause{10};

} // namespace

bool Session::is_closed() {
    return !socket.is_open() || base::has_hung_up(socket.native_handle());
}

// The wait goes on where nobody is to be called any more, until more comes or the socket closes.
std::shared_ptr<void> Session::on_arrival(std::function<void()> call) {
    auto kept = std::make_shared<std::function<void()>>(std::move(call));
    socket.async_wait(asio::ip::tcp::socket::wait_read,
                      [weak = std::weak_ptr(kept)](boost::system::error_code) {
                          if (const auto still = weak.lock()) {
                              (*still)();
                          }
                      });
    return kept;
}

// Awaited at once by the session's own coroutine, whose frame holds the session.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-reference-coroutine-parameters)
base::Task<void> discard_input(Session& session, base::Deadlines& deadlines) {
    boost::system::error_code error;
    session.socket.shutdown(asio::ip::tcp::socket::shutdown_send, error);
    const base::Deadlines::Guard limit(deadlines, kDiscardTime, [&session] { session.close(); });
    std::size_t discarded = 0;
    while (!error) {
        discarded += co_await session.socket.async_read_some(
            session.space(), asio::redirect_error(asio::use_awaitable, error));
        if (discarded >= kBetweenPauses) {
            discarded = 0;
            co_await base::sleep_for(kPause);
        }
    }
}

} // namespace relay::http
