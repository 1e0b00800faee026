#include "config_file.hpp"

#include "relay/app/settings.hpp"
#include "relay/base/error.hpp"
#include "text_file.hpp"

// Compiled in: the library would be one more package to install beside relayd.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::app {

namespace {

std::string place(const toml::source_position& position) {
    return ", line " + std::to_string(position.line) + ", column " +
           std::to_string(position.column);
}

/// A key as it may be repeated: whoever forgets a quote writes a secret where a key belongs.
std::string shown(std::string_view key) {
    const bool is_plain = !key.empty() && key.size() <= 40 && std::ranges::all_of(key, [](char c) {
        return (c >= 'a' && c <= 'z') || c == '_' || c == '-' || c == '.';
    });
    return is_plain ? std::string(key) : "(not shown)";
}

/// What toml++ says is wrong, without the text that it quotes.
std::string without_quotes(std::string_view words) {
    constexpr std::string_view kRedefined = "cannot redefine existing ";
    if (const auto at = words.find(kRedefined); at != std::string_view::npos) {
        const auto open = std::min(words.find('\'', at), words.size() - 1);
        const auto close = std::min(words.find('\'', open + 1), words.size());
        return shown(words.substr(open + 1, close - open - 1)) + " is set twice: keep one";
    }
    std::string text(words.substr(0, std::min(words.find(", saw"), words.find('\''))));
    while (text.ends_with(' ')) {
        text.pop_back();
    }
    std::ranges::replace(text, '\n', ' ');
    return "this is no TOML, where a text stands in quotes: " + text;
}

/// One reading of a file: the tables are walked, each key becomes a setting or a complaint.
class Walk {
  public:
    Walk(const std::string& path, const std::vector<SettingInfo>& infos)
        : file_("--config " + path), infos_(infos) {}

    base::Result<ConfigValues> run(const toml::table& root) {
        walk(root, "", "");
        if (complaint_) {
            return base::fail(*complaint_);
        }
        return std::move(values_);
    }

  private:
    void walk(const toml::table& table, const std::string& prefix, const std::string& section) {
        for (const auto& [key, node] : table) {
            auto name = prefix + std::string(key.str());
            std::ranges::replace(name, '_', '-');
            const auto* inner = node.as_table();
            if (inner != nullptr) {
                walk(*inner, name + "-", section + (section.empty() ? "" : ".") + shown(key.str()));
            } else {
                const auto label = section.empty() ? "" : "[" + section + "] ";
                set(name, label + shown(key.str()), key.source().begin, node);
            }
            if (complaint_) {
                return;
            }
        }
    }

    void set(const std::string& name, const std::string& shown_name,
             const toml::source_position& position, const toml::node& node) {
        const auto info = std::ranges::find(infos_, name, &SettingInfo::name);
        if (info == infos_.end()) {
            complaint_ = file_ + place(position) + ": there is no setting " + shown_name +
                         ": relayd --help lists them";
            return;
        }
        const auto text = text_of(node, info->form);
        if (!text) {
            complaint_ =
                file_ + place(node.source().begin) + ": " + shown_name + " " + wanted(info->form);
            return;
        }
        const auto [known, is_new] =
            values_.emplace(name, ConfigValue{.text = *text, .line = position.line});
        if (!is_new) {
            complaint_ = file_ + place(position) + ": " + shown_name + " is set in line " +
                         std::to_string(known->second.line) + " too: keep one";
        }
    }

    static std::optional<std::string> text_of(const toml::node& node, SettingForm form) {
        if (form == SettingForm::Number) {
            const auto number = node.value_exact<std::int64_t>();
            return number ? std::optional(std::to_string(*number)) : std::nullopt;
        }
        if (const auto* list = node.as_array(); list != nullptr && form == SettingForm::List) {
            std::string joined;
            for (const auto& element : *list) {
                const auto text = element.value_exact<std::string_view>();
                if (!text) {
                    return std::nullopt;
                }
                joined.append(joined.empty() ? "" : ",").append(*text);
            }
            return joined;
        }
        return node.value_exact<std::string>();
    }

    static std::string wanted(SettingForm form) {
        switch (form) {
            case SettingForm::Text:
                return "must be a text in quotes";
            case SettingForm::Number:
                return "must be a whole number, without quotes";
            case SettingForm::List:
                return R"(must be a list of texts in quotes: ["one", "two"])";
        }
        std::unreachable();
    }

    std::string file_;
    const std::vector<SettingInfo>& infos_;
    ConfigValues values_;
    std::optional<std::string> complaint_;
};

} // namespace

base::Result<ConfigValues> read_config_file(const std::string& path,
                                            const std::vector<SettingInfo>& infos) {
    const auto text = read_text_file(path);
    if (!text) {
        return base::fail("--config: cannot read " + path);
    }
    const auto parsed = toml::parse(std::string_view(*text));
    if (!parsed) {
        const auto& error = parsed.error();
        return base::fail("--config " + path + place(error.source().begin) + ": " +
                          without_quotes(error.description()));
    }
    return Walk(path, infos).run(parsed.table());
}

} // namespace relay::app
