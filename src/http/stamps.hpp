#pragma once
// What each answer of a server carries of its own: the time, and an id where the client sent none.
// Private to http.

#include <ctime>
#include <random>
#include <string>
#include <string_view>

namespace relay::http {

class Stamps {
  public:
    std::string make_request_id();
    /// As http_date() writes it; good until the next call.
    std::string_view date();

  private:
    std::mt19937_64 random_{std::random_device{}()};
    std::time_t dated_ = 0;
    std::string date_;
};

} // namespace relay::http
