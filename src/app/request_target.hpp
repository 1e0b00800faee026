#pragma once
// Path and query of a call, whatever a person typed into them: each part is percent-encoded.
// Private to app. Source: RFC 3986.

#include <string>
#include <string_view>
#include <utility>

namespace relay::app {

class RequestTarget {
  public:
    /// REQUIRES: a path as it goes over the wire.
    explicit RequestTarget(std::string path) : text_(std::move(path)) {}

    /// REQUIRES: no parameter yet.
    RequestTarget& segment(std::string_view text);
    RequestTarget& parameter(std::string_view name, std::string_view value);
    const std::string& text() const { return text_; }

  private:
    std::string text_;
    bool has_parameter_ = false;
};

} // namespace relay::app
