#pragma once
// Comparing what was sent with a secret, without telling by the time it takes how much was right;
// and taking secrets out of what others say, who may quote what they were sent.

#include <string>
#include <string_view>
#include <vector>

namespace relay::base {

/// Takes a time that depends on the length of what was given only.
bool equal_secrets(std::string_view given, std::string_view secret);

/// The secrets that one dependency was given.
class Secrets {
  public:
    /// Nothing is added where it is shorter than four letters: each place where it is missing would
    /// tell it.
    void add(std::string secret);
    /// The text, "(hidden)" in each secret's place.
    std::string hide_in(std::string text) const;

  private:
    std::vector<std::string> secrets_; // the longest first: one may hold another
};

} // namespace relay::base
