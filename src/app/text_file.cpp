#include "text_file.hpp"

#include <array>
#include <cstddef>
#include <fstream>
#include <ios>
#include <optional>
#include <string>

namespace relay::app {

namespace {

constexpr std::size_t kMostBytes = 1024UL * 1024;

} // namespace

std::optional<std::string> read_text_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text;
    std::array<char, 4096> block{};
    while (file.read(block.data(), block.size()) || file.gcount() > 0) {
        text.append(block.data(), static_cast<std::size_t>(file.gcount()));
        if (text.size() > kMostBytes) {
            return std::nullopt;
        }
    }
    // A directory opens, and is bad at the first read.
    return file.is_open() && !file.bad() ? std::optional(text) : std::nullopt;
}

} // namespace relay::app
