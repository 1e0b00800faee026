#include "support/base/vectors.hpp"

#include "relay/base/encoding.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <ios>
#include <map>
#include <string>
#include <string_view>

namespace relay::test {

const nlohmann::json& load_vectors(std::string_view file_name) {
    static std::map<std::string, nlohmann::json, std::less<>> loaded;
    if (const auto found = loaded.find(file_name); found != loaded.end()) {
        return found->second;
    }
    std::ifstream file(std::filesystem::path(RELAY_TEST_VECTORS) / file_name);
    file.exceptions(std::ios::badbit | std::ios::failbit);
    return loaded.emplace(file_name, nlohmann::json::parse(file)).first->second;
}

base::Bytes bytes_of_hex(std::string_view hex) {
    return base::decode_hex(hex).value();
}

} // namespace relay::test
