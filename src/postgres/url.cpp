#include "url.hpp"

#include "relay/base/error.hpp"
#include "relay/base/secret.hpp"
#include "relay/base/url.hpp"

#include <libpq-fe.h>
#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace relay::postgres {

namespace {

using Options = std::unique_ptr<PQconninfoOption, decltype(&::PQconninfoFree)>;

Parameters read_options(const PQconninfoOption* option) {
    Parameters parameters;
    for (; option->keyword != nullptr; ++option) {
        if (option->val != nullptr && *option->val != '\0') {
            parameters.emplace(option->keyword, option->val);
        }
    }
    return parameters;
}

/// Whether the test holds for each element of the list that libpq takes hosts and ports in.
template <class Test>
bool holds_for_each(std::string_view list, Test test) {
    for (std::size_t begin = 0; begin <= list.size();) {
        const auto end = std::min(list.find(',', begin), list.size());
        if (const auto element = list.substr(begin, end - begin);
            !element.empty() && !test(element)) {
            return false;
        }
        begin = end + 1;
    }
    return true;
}

/// A directory of sockets, or an abstract one, is a host too.
bool is_host(std::string_view text) {
    if (text.starts_with('/') || text.starts_with('@')) {
        return text.find_first_of("=@: ", 1) == std::string_view::npos;
    }
    return base::is_host(text);
}

/// Such as only a login with a / in it, or a list of keywords without a space, would have.
bool is_database(std::string_view text) {
    return text.find_first_of("@:=/?") == std::string_view::npos;
}

/// Nothing where each told part can be what it stands for.
const char* fault_of(const Parameters& parameters) {
    const auto value = [&](const char* keyword) {
        const auto found = parameters.find(keyword);
        return found == parameters.end() ? std::string_view() : std::string_view(found->second);
    };
    if (!holds_for_each(value("host"), is_host) || !holds_for_each(value("hostaddr"), is_host)) {
        return "must have a host that is a name, an address or a directory of sockets, special "
               "characters of the login as %XX";
    }
    if (!holds_for_each(value("port"),
                        [](std::string_view port) { return base::parse_port(port).has_value(); })) {
        return "must have ports from 1 to 65535, special characters of the login as %XX";
    }
    if (!is_database(value("dbname"))) {
        return "must have a database without any of @ : = / ? in its name, special characters of "
               "the login as %XX";
    }
    return nullptr;
}

/// As libpq read it, and as it is written. A user without a password may be both, run together; it
/// is told between quotes.
base::Secrets secrets_of(const Parameters& parameters, std::string_view text) {
    base::Secrets secrets;
    const bool has_password = parameters.contains("password");
    for (const auto& [keyword, value] : parameters) {
        if (keyword == "password" || keyword == "sslpassword" || keyword == "options") {
            secrets.add(value);
        } else if (keyword == "user" && !has_password) {
            secrets.add('"' + value + '"');
        }
    }
    if (const auto begin = text.find("://"); begin != std::string_view::npos) {
        const auto authority = text.substr(begin + 3);
        if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
            const auto login = authority.substr(0, at);
            const auto colon = login.find(':');
            secrets.add(std::string(colon == std::string_view::npos ? std::string_view()
                                                                    : login.substr(colon + 1)));
        }
    }
    return secrets;
}

} // namespace

base::Result<DatabaseUrl> DatabaseUrl::parse(const std::string& text) {
    char* words = nullptr; // may quote the password
    const Options options(::PQconninfoParse(text.c_str(), &words), ::PQconninfoFree);
    ::PQfreemem(words);
    if (!options || text.find('\0') != std::string::npos) {
        return base::fail(
            "must be a URL that libpq can read, such as postgresql://user@host:port/database, "
            "special characters as %XX");
    }
    DatabaseUrl url;
    url.parameters = read_options(options.get());
    if (const char* fault = fault_of(url.parameters)) {
        return base::fail(fault);
    }
    url.secrets = secrets_of(url.parameters, text);
    return url;
}

Parameters default_parameters() {
    const Options options(::PQconndefaults(), ::PQconninfoFree);
    return options ? read_options(options.get()) : Parameters{};
}

} // namespace relay::postgres
