#pragma once
// Rows of text in columns that stand one below the other, for people. Private to app.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace relay::app {

class TextTable {
  public:
    explicit TextTable(std::vector<std::string> titles) : rows_{std::move(titles)} {}

    /// REQUIRES: as many cells as there are titles.
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    bool empty() const { return rows_.size() == 1; }

    /// Lines, of which the first has the titles; no line ends in a space. Colours take no place.
    std::string text() const;

  private:
    std::vector<std::vector<std::string>> rows_;
};

/// How many columns of a terminal the text takes: its letters (UTF-8), without what colours it.
std::size_t width(const std::string& text);

} // namespace relay::app
