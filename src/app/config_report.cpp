#include "config_report.hpp"

#include "relay/app/command_line.hpp"
#include "terminal.hpp"
#include "text_table.hpp"

#include <nlohmann/json.hpp>
#include <string>

namespace relay::app {

using nlohmann::json;

namespace {

constexpr const char* kSet = "(set)";

/// The default of a secret is none.
bool is_hidden(const ChosenSetting& setting) {
    return setting.info.secret && setting.source != kDefaultSource && !setting.text.empty();
}

} // namespace

std::string config_text(const Choice& choice) {
    TextTable table({"SETTING", "VALUE", "FROM"});
    for (const auto& setting : choice.settings) {
        const auto shown = is_hidden(setting) ? kSet : printable(setting.text);
        table.add({setting.info.name, shown.empty() ? "(none)" : shown, setting.source});
    }
    return table.text();
}

std::string config_json(const Choice& choice) {
    json list = json::array();
    for (const auto& setting : choice.settings) {
        list.push_back({{"name", setting.info.name},
                        {"value", is_hidden(setting) ? kSet : setting.text},
                        {"source", setting.source},
                        {"secret", setting.info.secret}});
    }
    return list.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

} // namespace relay::app
