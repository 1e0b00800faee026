#pragma once
// The relay's signing key: the only code that sees secret bytes. They live in one locked, guarded
// allocation (sodium_malloc), left out of core dumps, and are wiped when the Keypair dies.

#include "relay/base/encoding.hpp"
#include "relay/base/error.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>

namespace relay::solana {

/// Frees what sodium_malloc gave; it is wiped first.
struct WipeAndFree {
    void operator()(std::uint8_t* secret) const;
};
using SecretBytes = std::unique_ptr<std::uint8_t[], WipeAndFree>;

class Keypair {
  public:
    /// Reads solana-keygen's form: a JSON array of 64 numbers, seed then public key. Refused, with
    /// the file's name and the mend in the message: a file that is absent, not a regular file, or
    /// open to group or others in any way; text that is not 64 bytes; a public half that is not
    /// the seed's. No message ever quotes the content.
    static base::Result<Keypair> load(const std::filesystem::path& path);

    /// Makes a new key and its file, in the form that load() reads, for its owner alone; its
    /// address once it is on the disk. Refused where anything stands at the path: no key is ever
    /// written over. Whatever goes wrong later takes the file away again.
    static base::Result<Pubkey> create(const std::filesystem::path& path);

    const Pubkey& address() const { return address_; }
    Signature sign(base::ByteView message) const;

  private:
    Keypair(SecretBytes secret, const Pubkey& address);

    SecretBytes secret_; // seed, then public key
    Pubkey address_;
};

} // namespace relay::solana
