#include "check_list.hpp"

#include "terminal.hpp"

#include <exception>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace relay::app {

using nlohmann::json;

bool CheckList::run(const std::string& what, const std::function<std::string()>& check) {
    try {
        pass(what, check());
        return true;
    } catch (const std::exception& error) {
        fail(what, error.what());
        return false;
    }
}

void CheckList::fail(const std::string& what, std::string_view why) {
    all_good_ = false;
    note("FAIL", what, why);
}

void CheckList::note(const char* result, const std::string& what, std::string_view words) {
    // Database errors are of several lines; the first one says what is wrong.
    const auto line = printable(words.substr(0, words.find('\n')));
    if (form_ == Form::Json) {
        found_.push_back({{"result", result}, {"what", what}, {"words", line}});
        return;
    }
    const std::string gap(6 - std::string_view(result).size(), ' ');
    std::cout << coloured_status(result) << gap << what << ": " << line << '\n';
}

int CheckList::finish() const {
    if (form_ == Form::Json) {
        std::cout << found_.dump(-1, ' ', false, json::error_handler_t::replace) << '\n';
    }
    return all_good_ ? 0 : 1;
}

} // namespace relay::app
