#include "operator_commands.hpp"

#include "job_text.hpp"
#include "relay/app/command_line.hpp"
#include "relay/base/encoding.hpp"
#include "relay/jobs/job.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"
#include "relay_client.hpp"
#include "request_target.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace relay::app {

using nlohmann::json;

namespace {

/// A bulk retry commits up to 500 jobs, one by one.
constexpr std::chrono::seconds kPatience{60};

using TextOf = std::string (*)(const json&);

/// Prints the data, or the complaint. The exit code.
int show(const Answer& answer, const CommandWords& words, TextOf text_of_data) {
    if (!answer) {
        std::cerr << "relayd: " << answer.error().line << '\n';
        return 1;
    }
    if (words.has("json")) {
        std::cout << answer->data.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
    } else {
        std::cout << text_of_data(answer->data);
    }
    return 0;
}

/// "older-than", as the API calls it.
std::string parameter_name(std::string flag) {
    std::ranges::replace(flag, '-', '_');
    return flag;
}

/// Those of the command's flags that choose jobs.
bool is_choice(const std::string& flag) {
    return flag != "json" && flag != "url" && flag != "payload" && flag != "dry-run";
}

RequestTarget list_target(const char* path, const CommandWords& words) {
    RequestTarget target(path);
    for (const auto& [flag, value] : words.flags) {
        if (is_choice(flag)) {
            target.parameter(parameter_name(flag), value);
        }
    }
    return target;
}

int find(RelayClient& relay, const CommandWords& words) {
    const auto target = target_to_find(words.argument);
    if (!target) {
        throw BadUsage(
            "find: that is no request id (a UUID), no nullifier (64 hex digits) and no signature "
            "(base58 of 64 bytes)");
    }
    const auto answer = relay.get(RequestTarget(*target));
    const bool is_list = answer && answer->data.contains("jobs");
    const int code = show(answer, words, is_list ? jobs_text : job_text);
    return is_list && answer->data.at("jobs").empty() ? 1 : code;
}

/// The flags as the body of a bulk retry. A limit that is no number goes as it is: the relay says
/// what is wrong with it.
std::string bulk_body(const CommandWords& words) {
    json body = {{"dry_run", words.has("dry-run")}};
    for (const auto& [flag, value] : words.flags) {
        if (!is_choice(flag)) {
            continue;
        }
        std::uint64_t number = 0;
        const auto [end, error] =
            std::from_chars(value.data(), value.data() + value.size(), number);
        const bool is_number =
            flag == "limit" && error == std::errc{} && end == value.data() + value.size();
        body[parameter_name(flag)] = is_number ? json(number) : json(value);
    }
    return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

int retry(RelayClient& relay, const CommandWords& words) {
    if (words.argument.empty() && !words.has("code")) {
        throw BadUsage("dead retry: name a job, or all with an error by --code CODE");
    }
    if (words.argument.empty()) {
        return show(relay.post(RequestTarget("/admin/dead-letters/retry"), bulk_body(words)), words,
                    bulk_text);
    }
    const bool is_bulk =
        words.has("dry-run") ||
        std::ranges::any_of(words.flags, [](const auto& flag) { return is_choice(flag.first); });
    if (is_bulk) {
        throw BadUsage("dead retry: either a job or --code with its flags, not both");
    }
    const auto target =
        RequestTarget("/admin/dead-letters").segment(words.argument).segment("retry");
    return show(relay.post(target, ""), words, job_text);
}

int set_fleet(RelayClient& relay, const CommandWords& words, const char* path) {
    json body = json::object();
    for (const char* name : {"reason", "until"}) {
        if (const auto given = words.flags.find(name); given != words.flags.end()) {
            body[name] = given->second;
        }
    }
    return show(
        relay.post(RequestTarget(path), body.dump(-1, ' ', false, json::error_handler_t::replace)),
        words, fleet_text);
}

} // namespace

std::optional<std::string> target_to_find(const std::string& text) {
    if (jobs::JobId::parse(text)) {
        return RequestTarget("/admin/jobs").segment(text).text();
    }
    const auto digits = std::string_view(text).substr(text.starts_with("0x") ? 2 : 0);
    solana::Hash nullifier{};
    if (base::decode_hex(digits, nullifier)) {
        return RequestTarget("/admin/jobs").parameter("nullifier", digits).text();
    }
    if (solana::Signature::parse(text)) {
        return RequestTarget("/admin/jobs").parameter("signature", text).text();
    }
    return std::nullopt;
}

int run_operator_command(const Invocation& invocation) {
    const auto& words = invocation.words;
    RelayClient relay(RelayClient::Listener::Admin, words, invocation.settings, kPatience);
    switch (invocation.command) {
        case Command::Jobs:
            return show(relay.get(list_target("/admin/jobs", words)), words, jobs_text);
        case Command::Job: {
            auto target = RequestTarget("/admin/jobs").segment(words.argument);
            if (words.has("payload")) {
                target.parameter("payload", "true");
            }
            return show(relay.get(target), words, job_text);
        }
        case Command::Find:
            return find(relay, words);
        case Command::DeadList:
            return show(relay.get(list_target("/admin/dead-letters", words)), words, jobs_text);
        case Command::DeadRetry:
            return retry(relay, words);
        case Command::DeadDiscard:
            return show(
                relay.post(
                    RequestTarget("/admin/dead-letters").segment(words.argument).segment("discard"),
                    ""),
                words, job_text);
        case Command::Pause:
            return set_fleet(relay, words, "/admin/worker/pause");
        case Command::Resume:
            return set_fleet(relay, words, "/admin/worker/resume");
        case Command::Drain:
            return set_fleet(relay, words, "/admin/worker/drain");
        case Command::Audit:
            return show(relay.get(list_target("/admin/audit", words)), words, changes_text);
        case Command::Serve:
        case Command::Migrate:
        case Command::Check:
        case Command::Address:
        case Command::Config:
        case Command::Keygen:
        case Command::Health:
        case Command::Submit:
        case Command::Status:
        case Command::Completions:
        case Command::Man:
            break;
    }
    std::unreachable();
}

} // namespace relay::app
