#include "client_commands.hpp"

#include "job_text.hpp"
#include "relay/app/command_line.hpp"
#include "relay/app/settings.hpp"
#include "relay_client.hpp"
#include "request_target.hpp"
#include "terminal.hpp"
#include "text_file.hpp"

#include <chrono>
#include <expected>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

namespace relay::app {

using nlohmann::json;
using std::chrono::steady_clock;

namespace {

/// The relay holds an answer so long at most; the call is given ten seconds beyond.
constexpr int kHeldSeconds = 25;
constexpr std::chrono::seconds kCallLimit{kHeldSeconds + 10};
/// For so long a relay that does not answer is asked again: it may be restarted.
constexpr std::chrono::seconds kPatience{60};
constexpr std::chrono::seconds kBetweenTries{1};
/// Docker gives a health check five seconds.
constexpr std::chrono::seconds kHealthLimit{3};

int complain(const std::string& line) {
    std::cerr << "relayd: " << line << '\n';
    return 1;
}

void print(const json& data, const CommandWords& words, std::string (*text_of_data)(const json&)) {
    if (words.has("json")) {
        std::cout << data.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
    } else {
        std::cout << text_of_data(data);
    }
}

bool is_final(const json& job) {
    const auto status = text_of(job, "status");
    return status == "completed" || status == "failed";
}

/// What has changed, for who watches.
class Progress {
  public:
    void tell(const json& job) {
        const auto waiting = text_of(job, "waiting_for");
        const auto words =
            text_of(job, "status") + (waiting.empty() ? "" : ", waits for " + waiting);
        if (is_watched() && std::exchange(told_, words) != words) {
            std::cerr << words << '\n';
        }
    }

  private:
    std::string told_;
};

/// The job when it is final, or why that is not known.
Answer wait_for_end(RelayClient& relay, const std::string& id) {
    Progress progress;
    auto heard = steady_clock::now();
    for (;;) {
        const auto target =
            RequestTarget("/status").segment(id).parameter("wait", std::to_string(kHeldSeconds));
        auto answer = relay.get(target);
        if (answer) {
            heard = steady_clock::now();
            progress.tell(answer->data);
            if (is_final(answer->data)) {
                return answer;
            }
            continue;
        }
        const auto status = answer.error().status;
        const bool may_pass = status == 0 || status == 429 || status >= 500;
        if (!may_pass || steady_clock::now() - heard > kPatience) {
            return answer;
        }
        std::this_thread::sleep_for(kBetweenTries);
    }
}

int show_end(const Answer& answer, const CommandWords& words) {
    if (!answer) {
        return complain(answer.error().line);
    }
    print(answer->data, words, job_text);
    return text_of(answer->data, "status") == "failed" ? 1 : 0;
}

std::optional<std::string> read_withdraw(const std::string& path) {
    if (path != "-") {
        return read_text_file(path);
    }
    std::ostringstream text; // by its path, /dev/stdin, a socket would not open
    text << std::cin.rdbuf();
    return std::cin.bad() ? std::nullopt : std::optional(std::move(text).str());
}

} // namespace

int submit(const CommandWords& words, const Settings& settings) {
    const auto body = read_withdraw(words.argument);
    if (!body) {
        return complain("cannot read " + words.argument);
    }
    RelayClient relay(RelayClient::Listener::Public, words, settings, kCallLimit);
    const auto answer = relay.post(RequestTarget("/withdraw"), *body);
    if (!answer && answer.error().status == 0) {
        return complain(answer.error().line +
                        " (it may have been accepted all the same: submit it again, it is paid "
                        "once)");
    }
    if (!answer) {
        return complain("refused: " + answer.error().line);
    }
    const auto id = text_of(answer->data, "request_id");
    if (!words.has("wait")) {
        print(answer->data, words, job_text);
        return 0;
    }
    if (is_watched()) {
        std::cerr << "accepted as " << id << '\n';
    }
    const auto end = wait_for_end(relay, id);
    if (!end) {
        return complain("accepted as " + id + ", and its end is not known: " + end.error().line +
                        " (relayd status " + id + " --wait asks again)");
    }
    return show_end(end, words);
}

int status(const CommandWords& words, const Settings& settings) {
    RelayClient relay(RelayClient::Listener::Public, words, settings, kCallLimit);
    if (words.has("wait")) {
        return show_end(wait_for_end(relay, words.argument), words);
    }
    return show_end(relay.get(RequestTarget("/status").segment(words.argument)), words);
}

int health(const CommandWords& words, const Settings& settings) {
    RelayClient relay(RelayClient::Listener::Admin, words, settings, kHealthLimit);
    auto answer = relay.get(RequestTarget(words.has("live") ? "/health/live" : "/health/ready"));
    if (!answer && answer.error().status == 404) {
        answer = relay.get(RequestTarget("/health")); // --url names the public listener
    }
    if (!answer) {
        return complain(answer.error().line);
    }
    print(answer->data, words, health_text);
    return answer->status == 200 ? 0 : 1;
}

} // namespace relay::app
