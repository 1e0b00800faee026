#pragma once
// What the sessions of a pool share: an end to calls that a frozen server would hold for ever, and
// word of a lost connection.
//
// libpq waits without a limit once connected, and no server-side timeout runs in a server that
// stands still. A call past its deadline has its socket shut down under it, which libpq reports as
// a lost connection.

#include "relay/base/error.hpp"
#include "relay/base/resolver.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace relay::postgres {

class Watch {
  public:
    class Guard {
      public:
        Guard(Watch& watch, int socket, std::chrono::milliseconds limit);
        ~Guard();
        Guard(const Guard&) = delete;
        Guard& operator=(const Guard&) = delete;

      private:
        Watch& watch_;
        std::list<std::pair<std::chrono::steady_clock::time_point, int>>::iterator entry_;
    };

    Watch();

    /// Rises when a connection is lost: the others of the pool are then made anew before they are
    /// used, instead of failing one call each.
    std::atomic<unsigned> generation{0};

    /// The addresses of a server's host, within a time limit; blocks.
    base::Result<std::vector<std::string>> find_addresses(const std::string& host);

  private:
    void run(const std::stop_token& stop);

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::list<std::pair<std::chrono::steady_clock::time_point, int>> watched_;
    std::chrono::steady_clock::time_point wakes_at_;
    base::Resolver resolver_;
    std::jthread thread_; // last: ends before what it uses
};

} // namespace relay::postgres
