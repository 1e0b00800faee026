#pragma once
// What `relayd check` has found: a line each, printed as it is found, or one JSON document at the
// end. Private to app.

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace relay::app {

class CheckList {
  public:
    enum class Form { Lines, Json };

    explicit CheckList(Form form) : form_(form) {}

    /// Runs the check: what it returns is well, what it throws is not. Whether it is well.
    bool run(const std::string& what, const std::function<std::string()>& check);

    void pass(const std::string& what, std::string_view words) { note("ok", what, words); }
    /// What a promise can do without, where others have it.
    void warn(const std::string& what, std::string_view why) { note("warn", what, why); }
    void fail(const std::string& what, std::string_view why);

    /// Prints the document, where it is to be one. 1 where anything failed, else 0.
    int finish() const;

  private:
    void note(const char* result, const std::string& what, std::string_view words);

    Form form_;
    bool all_good_ = true;
    nlohmann::json found_ = nlohmann::json::array();
};

} // namespace relay::app
