#pragma once
// The operator's database URL, or his keywords and values, as libpq reads it, once it is certain
// that nothing of a login has got into a part that is told: libpq takes what stands before a stray
// character for a host, a port or a database, and quotes that in its complaints.

#include "relay/base/error.hpp"
#include "relay/base/secret.hpp"

#include <map>
#include <string>

namespace relay::postgres {

/// By libpq's keywords.
using Parameters = std::map<std::string, std::string>;

struct DatabaseUrl {
    Parameters parameters;
    /// What is to be taken out of all that libpq and the server say.
    base::Secrets secrets;

    /// The error repeats no word of the text.
    static base::Result<DatabaseUrl> parse(const std::string& text);
};

/// What PGHOST and the other variables say, and the service that PGSERVICE names.
Parameters default_parameters();

} // namespace relay::postgres
