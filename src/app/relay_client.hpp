#pragma once
// A running relay, as a command asks it over HTTP: the envelope is opened here, and what went wrong
// becomes one line for a person. Blocks. Private to app.

#include "relay/app/command_line.hpp"
#include "relay/app/settings.hpp"
#include "relay/base/error.hpp"
#include "relay/base/secret.hpp"
#include "relay/rpc/http_client.hpp"
#include "relay/rpc/url.hpp"
#include "request_target.hpp"

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

namespace relay::app {

/// A command that is put wrongly: exit code 2.
class BadUsage : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// Why there is no answer of use.
struct Complaint {
    /// HTTP's; 0: nothing came, or nothing that is a relay's.
    unsigned status = 0;
    /// "nullifier_conflict"; empty where no relay has answered.
    std::string code;
    /// One line that stands by itself: what is wrong, where, and what to try.
    std::string line;
};

struct Reply {
    unsigned status = 0;
    /// The envelope's `data`.
    nlohmann::json data;
};

using Answer = base::Result<Reply, Complaint>;

class RelayClient {
  public:
    enum class Listener { Public, Admin };

    /// Where `--url` says, else where the settings say. Throws BadUsage where neither can be asked.
    RelayClient(Listener listener, const CommandWords& words, const Settings& settings,
                std::chrono::milliseconds timeout);

    Answer get(const RequestTarget& target);
    /// `body`: JSON; empty: none.
    Answer post(const RequestTarget& target, std::string body);

  private:
    Answer ask(const char* method, const RequestTarget& target, std::string body);
    Complaint unanswered(const std::string& reason) const;

    Listener listener_;
    rpc::Url url_;
    /// Before each target: what --url has as its path.
    std::string prefix_;
    std::string token_;
    /// What answers there may be anybody, and quote what it was sent.
    base::Secrets secrets_;
    boost::asio::io_context io_;
    rpc::HttpClient http_;
};

/// The complaint that a relay's error makes.
Complaint complaint_of(unsigned status, const nlohmann::json& error);

} // namespace relay::app
