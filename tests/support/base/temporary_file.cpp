#include "support/base/temporary_file.hpp"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <ios>
#include <string>
#include <string_view>
#include <system_error>

namespace relay::test {
namespace {

std::filesystem::path make_directory() {
    std::string name = (std::filesystem::temp_directory_path() / "relay-test-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
        throw std::system_error(errno, std::generic_category(), "mkdtemp");
    }
    return name;
}

} // namespace

TemporaryFile::TemporaryFile(std::string_view content, std::filesystem::perms mode)
    : path_(make_directory() / "file") {
    std::ofstream(path_, std::ios::binary) << content;
    std::filesystem::permissions(path_, mode);
}

TemporaryFile::~TemporaryFile() {
    std::error_code ignored; // a leftover in the temporary directory fails no test
    std::filesystem::remove_all(directory(), ignored);
}

} // namespace relay::test
