// The keypair file, as solana-keygen writes it:
//
//   file   = '[' number { ',' number } ']'      64 numbers, JSON's white space anywhere between
//   number = 0 to 255 in decimal                no sign, fraction, exponent or leading zero
//
// The first 32 are the ed25519 seed, the last 32 its public key: libsodium's secret key, too.
// The text is made, read and taken apart in sodium_malloc'd memory; no copy reaches the ordinary
// heap.

#include "relay/solana/keypair.hpp"

#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace relay::solana {
namespace {

constexpr std::size_t kSeedBytes = crypto_sign_SEEDBYTES;
constexpr std::size_t kSecretBytes = crypto_sign_SECRETKEYBYTES;
// 64 numbers, each on a line of its own and indented, take about 700 bytes.
constexpr std::size_t kMaxFileBytes = 4096;

struct SecretText {
    SecretBytes bytes;
    std::size_t size = 0;
};

class FileDescriptor {
  public:
    explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    ~FileDescriptor() {
        if (descriptor_ >= 0) {
            ::close(descriptor_);
        }
    }
    int get() const { return descriptor_; }

  private:
    int descriptor_;
};

SecretBytes allocate_secret(std::size_t size) {
    auto* bytes = static_cast<std::uint8_t*>(sodium_malloc(size));
    if (bytes == nullptr) {
        throw std::bad_alloc();
    }
    return SecretBytes(bytes);
}

std::unexpected<base::Error> refuse(const std::filesystem::path& path, const std::string& reason) {
    return base::fail("keypair file " + path.string() + ": " + reason);
}

std::string last_system_error() {
    return std::generic_category().message(errno);
}

/// What is wrong with the file itself, or nothing.
std::optional<std::string> file_fault(int descriptor) {
    struct stat status{};
    if (::fstat(descriptor, &status) != 0) {
        return "cannot be examined (" + last_system_error() + ")";
    }
    if (!S_ISREG(status.st_mode)) {
        return "is not a regular file; name the file that solana-keygen wrote";
    }
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        return "is open to group or others; make it the relay's alone with chmod 600";
    }
    if (static_cast<std::size_t>(status.st_size) > kMaxFileBytes) {
        return "is too long for a keypair; name the file that solana-keygen wrote";
    }
    return std::nullopt;
}

base::Result<SecretText> read_private_file(const std::filesystem::path& path) {
    // Links are followed: mounted secrets are often links. Without O_NONBLOCK a pipe in the file's
    // place would hold the start for ever.
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file.get() < 0) {
        return refuse(path, "cannot be opened (" + last_system_error() +
                                "); name a readable file that solana-keygen wrote");
    }
    if (const std::optional<std::string> fault = file_fault(file.get())) {
        return refuse(path, *fault);
    }
    SecretText text{.bytes = allocate_secret(kMaxFileBytes)};
    while (text.size < kMaxFileBytes) {
        const ssize_t count =
            ::read(file.get(), text.bytes.get() + text.size, kMaxFileBytes - text.size);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return refuse(path, "cannot be read (" + last_system_error() + ")");
        }
        if (count == 0) {
            break;
        }
        text.size += static_cast<std::size_t>(count);
    }
    return text;
}

/// Takes the file's text apart from left to right.
class NumberReader {
  public:
    explicit NumberReader(std::string_view text) : rest_(text) {}

    bool take(char expected) {
        skip_white_space();
        if (!rest_.starts_with(expected)) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }

    bool take_byte(std::uint8_t& byte) {
        skip_white_space();
        unsigned value = 0;
        std::size_t digits = 0;
        while (digits < rest_.size() && digits < 4 && rest_[digits] >= '0' &&
               rest_[digits] <= '9') {
            value = value * 10 + static_cast<unsigned>(rest_[digits] - '0');
            ++digits;
        }
        const bool leading_zero = digits > 1 && rest_.front() == '0';
        if (digits == 0 || leading_zero || value > 255) {
            return false;
        }
        rest_.remove_prefix(digits);
        byte = static_cast<std::uint8_t>(value);
        return true;
    }

    bool at_end() {
        skip_white_space();
        return rest_.empty();
    }

  private:
    void skip_white_space() {
        rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
    }

    std::string_view rest_;
};

bool parse_numbers(const SecretText& text, std::span<std::uint8_t> bytes) {
    NumberReader reader({reinterpret_cast<const char*>(text.bytes.get()), text.size});
    char separator = '[';
    for (std::uint8_t& byte : bytes) {
        if (!reader.take(separator) || !reader.take_byte(byte)) {
            return false;
        }
        separator = ',';
    }
    return reader.take(']') && reader.at_end();
}

/// The file's text; its memory holds kMaxFileBytes.
SecretText write_numbers(std::span<const std::uint8_t> bytes) {
    SecretText text{.bytes = allocate_secret(kMaxFileBytes)};
    auto* letters = reinterpret_cast<char*>(text.bytes.get());
    char separator = '[';
    for (const std::uint8_t byte : bytes) {
        letters[text.size++] = separator;
        auto* const end = std::to_chars(letters + text.size, letters + kMaxFileBytes, byte).ptr;
        text.size = static_cast<std::size_t>(end - letters);
        separator = ',';
    }
    letters[text.size++] = ']';
    letters[text.size++] = '\n';
    return text;
}

bool write_all(int descriptor, const SecretText& text) {
    std::size_t written = 0;
    while (written < text.size) {
        const ssize_t count = ::write(descriptor, text.bytes.get() + written, text.size - written);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return false;
        }
        written += static_cast<std::size_t>(count);
    }
    return true;
}

/// The file's name is on the disk too.
bool sync_folder(const std::filesystem::path& path) {
    const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    const FileDescriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return opened.get() >= 0 && ::fsync(opened.get()) == 0;
}

} // namespace

void WipeAndFree::operator()(std::uint8_t* secret) const {
    sodium_free(secret);
}

Keypair::Keypair(SecretBytes secret, const Pubkey& address)
    : secret_(std::move(secret)), address_(address) {}

base::Result<Keypair> Keypair::load(const std::filesystem::path& path) {
    if (sodium_init() < 0) {
        throw std::runtime_error("libsodium could not be initialised");
    }
    const base::Result<SecretText> text = read_private_file(path);
    if (!text) {
        return std::unexpected(text.error());
    }
    SecretBytes secret = allocate_secret(kSecretBytes);
    if (!parse_numbers(*text, {secret.get(), kSecretBytes})) {
        return refuse(path,
                      "is not a JSON array of 64 numbers from 0 to 255; name the file that "
                      "solana-keygen wrote");
    }
    Pubkey address;
    const SecretBytes derived = allocate_secret(kSecretBytes);
    crypto_sign_seed_keypair(address.bytes.data(), derived.get(), secret.get());
    if (!std::equal(address.bytes.begin(), address.bytes.end(), secret.get() + kSeedBytes)) {
        return refuse(path,
                      "its last 32 bytes are not the public key of its first 32; the file is "
                      "damaged, restore it from a backup");
    }
    sodium_mprotect_readonly(secret.get());
    return Keypair(std::move(secret), address);
}

base::Result<Pubkey> Keypair::create(const std::filesystem::path& path) {
    if (sodium_init() < 0) {
        throw std::runtime_error("libsodium could not be initialised");
    }
    const FileDescriptor file(
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (file.get() < 0 && errno == EEXIST) {
        return refuse(path, "exists already, and is left as it is; name one that does not");
    }
    if (file.get() < 0) {
        return refuse(path, "cannot be made (" + last_system_error() + ")");
    }
    Pubkey address;
    const SecretBytes secret = allocate_secret(kSecretBytes);
    crypto_sign_keypair(address.bytes.data(), secret.get());
    const auto text = write_numbers({secret.get(), kSecretBytes});
    if (!write_all(file.get(), text) || ::fsync(file.get()) != 0 || !sync_folder(path)) {
        const auto reason = last_system_error();
        ::unlink(path.c_str());
        return refuse(path, "cannot be written (" + reason + ")");
    }
    return address;
}

Signature Keypair::sign(base::ByteView message) const {
    assert(secret_ != nullptr);
    Signature signature;
    crypto_sign_detached(signature.bytes.data(), nullptr, message.data(), message.size(),
                         secret_.get());
    return signature;
}

} // namespace relay::solana
