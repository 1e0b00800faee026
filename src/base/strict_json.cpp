#include "relay/base/strict_json.hpp"

#include "relay/base/error.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace relay::base {
namespace {

using Json = nlohmann::json;

/// Builds the value from the parser's events, and stops at the first refusal. (nlohmann's own
/// builder keeps the last of equal keys and knows no bounds. Its lexer and parser take no stack.)
class StrictBuilder {
  public:
    explicit StrictBuilder(JsonLimits limits) : limits_(limits) {}

    bool null() { return add(nullptr); }
    bool boolean(bool value) { return add(value); }
    bool number_integer(std::int64_t value) { return add(value); }
    bool number_unsigned(std::uint64_t value) { return add(value); }
    bool number_float(double value, const std::string& /*text*/) { return add(value); }
    bool string(std::string& value) { return add(std::move(value)); }
    bool binary(Json::binary_t& /*value*/) { return false; } // not in JSON text

    bool start_object(std::size_t /*count*/) { return open(Json::object()); }
    bool end_object() { return close(); }
    bool start_array(std::size_t /*count*/) { return open(Json::array()); }
    bool end_array() { return close(); }

    bool key(std::string& name) {
        auto& members = open_.back()->get_ref<Json::object_t&>();
        const auto [member, is_new] = members.emplace(std::move(name), nullptr);
        member_ = &member->second;
        return is_new || refuse("an object names the same key twice; name each key once");
    }

    bool parse_error(std::size_t position, const std::string& /*last_token*/,
                     const nlohmann::detail::exception& error) {
        constexpr int kNumberOverflow = 406;
        const std::string place = " at byte " + std::to_string(position);
        return refuse(error.id == kNumberOverflow ? "a number is too great" + place
                                                  : "not valid JSON" + place);
    }

    Json take() { return std::move(root_); }
    std::string& refusal() { return refusal_; }

  private:
    bool add(Json value) { return place(std::move(value)) != nullptr; }

    /// Where it stands now, or null where it was one too many.
    Json* place(Json value) {
        if (++values_ > limits_.values) {
            refuse("holds more than " + std::to_string(limits_.values) + " values");
            return nullptr;
        }
        if (open_.empty()) {
            root_ = std::move(value);
            return &root_;
        }
        if (open_.back()->is_array()) {
            return &open_.back()->get_ref<Json::array_t&>().emplace_back(std::move(value));
        }
        *member_ = std::move(value);
        return member_;
    }

    bool open(Json container) {
        if (open_.size() == limits_.depth) {
            return refuse("nested deeper than " + std::to_string(limits_.depth) + " levels");
        }
        auto* const placed = place(std::move(container));
        if (placed != nullptr) {
            open_.push_back(placed);
        }
        return placed != nullptr;
    }

    bool close() {
        open_.pop_back();
        return true;
    }

    bool refuse(std::string reason) {
        refusal_ = std::move(reason);
        return false;
    }

    JsonLimits limits_;
    std::size_t values_ = 0;
    Json root_;
    std::vector<Json*> open_; // from the root inwards; only the last one grows
    Json* member_ = nullptr;  // where the open object's next value goes
    std::string refusal_;
};

} // namespace

Result<nlohmann::json> parse_bounded_json(std::string_view text, JsonLimits limits) {
    // nlohmann's lexer skips the mark, and takes a NUL for the end of the text.
    if (text.starts_with("\xef\xbb\xbf")) {
        return fail("begins with a byte order mark; send plain UTF-8");
    }
    if (text.find('\0') != std::string_view::npos) {
        return fail("holds a NUL byte, which JSON text cannot");
    }
    StrictBuilder builder(limits);
    if (!Json::sax_parse(text.data(), text.data() + text.size(), &builder)) {
        return fail(std::move(builder.refusal()));
    }
    return builder.take();
}

Result<nlohmann::json> parse_strict_json(std::string_view text) {
    return parse_bounded_json(text, kPostedJson);
}

} // namespace relay::base
