#pragma once
// One connection to Redis for blocking commands, made when first needed and again after any fault:
// a cut, a time-out, and every error reply, since those (READONLY from a demoted master, LOADING,
// OOM, NOAUTH) speak of a server that a new connection may find changed. Used by one thread at a
// time. Throws base::Outage, nothing else.

#include "relay/jobs/redis_queue.hpp"

#include <memory>
#include <string>
#include <variant>
#include <vector>

struct redisContext;

namespace relay::jobs {

class RedisSession {
  public:
    explicit RedisSession(RedisSettings settings);
    ~RedisSession();

    /// An integer, or an array of texts; any other reply is an Outage.
    using Reply = std::variant<long long, std::vector<std::string>>;
    Reply command(const std::vector<std::string>& arguments);

  private:
    struct CloseContext {
        void operator()(redisContext* context) const;
    };

    void connect();
    Reply send(const std::vector<std::string>& arguments);

    RedisSettings settings_;
    std::unique_ptr<redisContext, CloseContext> context_;
};

} // namespace relay::jobs
