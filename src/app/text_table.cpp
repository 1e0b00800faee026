#include "text_table.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace relay::app {

std::size_t width(const std::string& text) {
    std::size_t letters = 0;
    bool in_colour = false;
    for (const char byte : text) {
        const bool begins_letter = (static_cast<unsigned char>(byte) & 0xc0U) != 0x80U;
        if (byte == '\x1b') {
            in_colour = true;
        } else if (in_colour) {
            in_colour = byte != 'm';
        } else if (begins_letter) {
            ++letters;
        }
    }
    return letters;
}

std::string TextTable::text() const {
    std::vector<std::size_t> widths(rows_.front().size());
    for (const auto& row : rows_) {
        for (std::size_t column = 0; column < widths.size(); ++column) {
            widths[column] = std::max(widths[column], width(row[column]));
        }
    }
    std::string text;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t column = 0; column < widths.size(); ++column) {
            line += row[column] + std::string(widths[column] - width(row[column]) + 2, ' ');
        }
        line.resize(line.find_last_not_of(' ') + 1);
        text += line + '\n';
    }
    return text;
}

} // namespace relay::app
