#pragma once
// A file in a directory of its own under the system's temporary directory, gone with the object.

#include <filesystem>
#include <string_view>

namespace relay::test {

class TemporaryFile {
  public:
    explicit TemporaryFile(std::string_view content,
                           std::filesystem::perms mode = std::filesystem::perms::owner_read |
                                                         std::filesystem::perms::owner_write);
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile();

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path directory() const { return path_.parent_path(); }

  private:
    std::filesystem::path path_;
};

} // namespace relay::test
