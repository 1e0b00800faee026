#include "text_file.hpp"

#include <array>
#include <cstddef>
#include <fstream>
#include <ios>
#include <optional>
#include <string>

namespace relay::app {

std::optional<std::string> read_text_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text;
    std::array<char, 4096> block{};
    while (file.read(block.data(), block.size()) || file.gcount() > 0) {
        text.append(block.data(), static_cast<std::size_t>(file.gcount()));
    }
    // A directory opens, and is bad at the first read.
    return file.is_open() && !file.bad() ? std::optional(text) : std::nullopt;
}

} // namespace relay::app
