#include "relay/base/resolver.hpp"

#include "relay/base/error.hpp"
#include "relay/base/task.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_type.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

namespace relay::base {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using Answer = Result<Resolver::Addresses>;

bool is_numeric_address(const std::string& text) {
    boost::system::error_code error;
    asio::ip::make_address(text, error);
    return !error;
}

/// Touched under its mutex, by the io thread, blocking callers and look-ups.
struct Resolver::State : std::enable_shared_from_this<State> {
    using Wakers = std::list<std::function<void()>>;

    struct Name {
        Addresses last; // good
        Clock::time_point found_at;
        std::string fault;
        bool under_way = false;
        Wakers wakers; // called when the look-up under way ends
    };

    LookUp look_up;
    Times times;
    std::mutex mutex;
    std::condition_variable ended;
    std::map<std::string, Name> names; // those of the settings: nodes and stores
    std::size_t threads = 0;

    State(LookUp function, Times chosen) : look_up(std::move(function)), times(chosen) {}

    std::optional<Answer> begin(const std::string& text);
    Answer answer(const std::string& text) const;
    std::chrono::milliseconds patience(const std::string& text,
                                       std::chrono::milliseconds limit) const;
    void start(const std::string& text);
    void run(const std::string& text);
};

/// What is known well enough to need no look-up; else sees to it that there is one.
std::optional<Answer> Resolver::State::begin(const std::string& text) {
    auto& name = names[text];
    if (!name.last.empty() && Clock::now() - name.found_at < times.fresh) {
        return name.last;
    }
    if (!name.under_way) {
        start(text);
    }
    return name.under_way ? std::nullopt : std::optional(answer(text));
}

void Resolver::State::start(const std::string& text) {
    auto& name = names[text];
    name.fault = "no address of " + text + " was found in time";
    if (threads >= kMostAtOnce) {
        name.fault = "too many look-ups of names are under way";
        return;
    }
    try {
        std::thread([self = shared_from_this(), text] { self->run(text); }).detach();
    } catch (const std::system_error& error) {
        name.fault = error.what();
        return;
    }
    name.under_way = true;
    ++threads;
}

/// On the look-up's own thread.
void Resolver::State::run(const std::string& text) {
    Answer found = fail("the look-up failed");
    try {
        found = look_up(text);
    } catch (const std::exception& error) {
        found = fail(error.what());
    }
    const std::lock_guard lock(mutex);
    auto& name = names[text];
    name.under_way = false;
    --threads;
    if (found && !found->empty()) {
        name.last = std::move(*found);
        name.found_at = Clock::now();
    } else {
        name.fault = found ? "the name " + text + " has no address" : found.error().message;
    }
    for (const auto& wake : name.wakers) {
        wake();
    }
    ended.notify_all();
}

Answer Resolver::State::answer(const std::string& text) const {
    const auto& name = names.at(text);
    return name.last.empty() ? Answer(fail(name.fault)) : Answer(name.last);
}

std::chrono::milliseconds Resolver::State::patience(const std::string& text,
                                                    std::chrono::milliseconds limit) const {
    return names.at(text).last.empty() ? limit : std::min(limit, times.patience);
}

Resolver::Resolver(LookUp look_up) : Resolver(std::move(look_up), Times{}) {}
Resolver::Resolver(LookUp look_up, Times times)
    : state_(std::make_shared<State>(std::move(look_up), times)) {}

Resolver::~Resolver() = default;

Result<Resolver::Addresses> Resolver::resolve_blocking(const std::string& name,
                                                       std::chrono::milliseconds limit) {
    if (is_numeric_address(name)) {
        return Addresses{name};
    }
    std::unique_lock lock(state_->mutex);
    if (auto known = state_->begin(name)) {
        return std::move(*known);
    }
    const auto& entry = state_->names.at(name);
    state_->ended.wait_for(lock, state_->patience(name, limit),
                           [&entry] { return !entry.under_way; });
    return state_->answer(name);
}

Task<Result<Resolver::Addresses>> Resolver::resolve(std::string name,
                                                    std::chrono::milliseconds limit) {
    if (is_numeric_address(name)) {
        co_return Addresses(1, name);
    }
    const auto state = state_;
    const auto executor = co_await asio::this_coro::executor;
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    // Shared with the handler that wakes it, which may come to its turn after this frame is gone.
    const auto timer = std::make_shared<asio::steady_timer>(executor);
    struct Waiting {
        State& state;
        State::Wakers& wakers;
        State::Wakers::iterator entry;
        ~Waiting() {
            const std::lock_guard lock(state.mutex);
            wakers.erase(entry);
        }
    };
    std::optional<Waiting> waiting;
    {
        const std::lock_guard lock(state->mutex);
        if (auto known = state->begin(name)) {
            co_return std::move(*known);
        }
        auto& wakers = state->names.at(name).wakers;
        timer->expires_after(state->patience(name, limit));
        // The executor lives as long as this frame, and the waker is gone before it.
        wakers.push_back([executor, timer] {
            asio::post(executor, [timer] { timer->expires_at(Clock::time_point::min()); });
        });
        waiting.emplace(*state, wakers, std::prev(wakers.end()));
    }
    boost::system::error_code ignored;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (cancellation.cancelled() != asio::cancellation_type::none) {
        throw boost::system::system_error(asio::error::operation_aborted);
    }
    waiting.reset();
    const std::lock_guard lock(state->mutex);
    co_return state->answer(name);
}

Result<Resolver::Addresses> Resolver::system_look_up(const std::string& name) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    const int fault = ::getaddrinfo(name.c_str(), nullptr, &hints, &found);
    if (fault != 0) {
        return fail("the name " + name + " was not found: " + ::gai_strerror(fault));
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
    Addresses addresses;
    for (const auto* one = found; one != nullptr; one = one->ai_next) {
        std::array<char, NI_MAXHOST> text{};
        if (::getnameinfo(one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0,
                          NI_NUMERICHOST) == 0 &&
            std::ranges::find(addresses, text.data()) == addresses.end()) {
            addresses.emplace_back(text.data());
        }
    }
    return addresses;
}

} // namespace relay::base
