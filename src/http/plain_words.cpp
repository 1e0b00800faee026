#include "plain_words.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>

namespace relay::http {

namespace {

constexpr std::string_view kHidden = "...";

bool is_word(char character) {
    return std::isalnum(static_cast<unsigned char>(character)) != 0;
}

/// "db.internal", "10.0.0.1", "localhost:5432", "[::1]:80", "http://x", "/run/redis.sock", "a@b".
bool may_be_a_name(std::string_view word) {
    if (word.find("://") != std::string_view::npos || word.find('@') != std::string_view::npos ||
        word.find("::") != std::string_view::npos || word.find("localhost") == 0) {
        return true;
    }
    if (word.size() > 1 && word.front() == '/') {
        return true;
    }
    for (std::size_t index = 1; index + 1 < word.size(); ++index) {
        const bool joins = word[index] == '.' || word[index] == ':';
        if (joins && is_word(word[index - 1]) && is_word(word[index + 1])) {
            return true;
        }
    }
    return false;
}

std::string without_quoted(std::string_view text) {
    std::string plain;
    while (!text.empty()) {
        const auto open = std::min(text.find('"'), text.size());
        plain += text.substr(0, open);
        text.remove_prefix(open);
        if (text.empty()) {
            break;
        }
        const auto close = text.find('"', 1);
        plain += kHidden;
        text.remove_prefix(close == std::string_view::npos ? text.size() : close + 1);
    }
    return plain;
}

} // namespace

std::string plain_words(std::string_view text) {
    const auto unquoted = without_quoted(text);
    std::string plain;
    std::string_view rest = unquoted;
    while (!rest.empty()) {
        const auto space = std::min(rest.find(' '), rest.size());
        auto word = rest.substr(0, space);
        rest.remove_prefix(std::min(space + 1, rest.size()));
        std::string_view end;
        const bool bracketed = word.starts_with('(');
        word.remove_prefix(bracketed ? 1 : 0);
        while (!word.empty() &&
               std::string_view(":;,.)").find(word.back()) != std::string_view::npos) {
            end = std::string_view(word.data() + word.size() - 1, end.size() + 1);
            word.remove_suffix(1);
        }
        plain += plain.empty() ? "" : " ";
        plain += bracketed ? "(" : "";
        plain += word != kHidden && may_be_a_name(word) ? kHidden : word;
        plain += end;
    }
    return plain;
}

} // namespace relay::http
