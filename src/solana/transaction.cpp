// Solana's legacy transaction format, for transactions that the payer alone signs:
//
//   transaction = count(1) signature[64] message
//   message     = header  count(n) address[32]*n  blockhash[32]  count(m) instruction*m
//   header      = signers u8 (1)  read-only signers u8 (0)  read-only others u8
//   instruction = program index u8  count(k) account index u8 * k  count(l) data byte * l
//   count       = compact-u16
//
// The addresses stand in this order: the payer, other writable accounts, read-only accounts; within
// each, as the instructions first name them, an instruction's program before its accounts.

#include "relay/solana/transaction.hpp"

#include "relay/base/encoding.hpp"
#include "relay/solana/keypair.hpp"
#include "relay/solana/pubkey.hpp"
#include "relay/solana/signature.hpp"
#include "relay/solana/units.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace relay::solana {
namespace {

constexpr std::uint32_t kTransfer = 2;

/// The message's key list: every address once.
class KeyList {
  public:
    KeyList(const Pubkey& payer, std::span<const Instruction> instructions) {
        add(payer, /*writable=*/true);
        for (const Instruction& instruction : instructions) {
            add(instruction.program, /*writable=*/false);
            for (const AccountMeta& account : instruction.accounts) {
                assert(!account.signer || account.address == payer);
                add(account.address, account.writable);
            }
        }
        const auto readonly =
            std::ranges::stable_partition(keys_, [](const Key& key) { return key.writable; });
        readonly_count_ = readonly.size();
        assert(keys_.size() <= 256);
    }

    std::size_t size() const { return keys_.size(); }
    std::size_t readonly_count() const { return readonly_count_; }
    const Pubkey& operator[](std::size_t index) const { return keys_[index].address; }

    std::uint8_t index_of(const Pubkey& address) const {
        return static_cast<std::uint8_t>(std::ranges::find(keys_, address, &Key::address) -
                                         keys_.begin());
    }

  private:
    struct Key {
        Pubkey address;
        bool writable = false;
    };

    void add(const Pubkey& address, bool writable) {
        const auto found = std::ranges::find(keys_, address, &Key::address);
        if (found != keys_.end()) {
            found->writable |= writable;
        } else {
            keys_.push_back({address, writable});
        }
    }

    std::vector<Key> keys_;
    std::size_t readonly_count_ = 0;
};

void write_count(base::ByteWriter& writer, std::size_t count) {
    assert(count <= 0xffff);
    writer.compact_u16(static_cast<std::uint16_t>(count));
}

void write_instruction(base::ByteWriter& writer, const Instruction& instruction,
                       const KeyList& keys) {
    writer.u8(keys.index_of(instruction.program));
    write_count(writer, instruction.accounts.size());
    for (const AccountMeta& account : instruction.accounts) {
        writer.u8(keys.index_of(account.address));
    }
    write_count(writer, instruction.data.size());
    writer.bytes(instruction.data);
}

} // namespace

Instruction transfer(const Pubkey& from, const Pubkey& to, Lamports amount) {
    return {.program = kSystemProgram,
            .accounts = {{.address = from, .writable = true}, {.address = to, .writable = true}},
            .data = base::ByteWriter(12).u32(kTransfer).u64(amount.value).take()};
}

base::Bytes encode_message(const Pubkey& payer, std::span<const Instruction> instructions,
                           const Hash& blockhash) {
    const KeyList keys(payer, instructions);
    base::ByteWriter writer(kMaxTransactionBytes);
    writer.u8(1).u8(0).u8(static_cast<std::uint8_t>(keys.readonly_count()));
    write_count(writer, keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i) {
        writer.bytes(keys[i].bytes);
    }
    writer.bytes(blockhash);
    write_count(writer, instructions.size());
    for (const Instruction& instruction : instructions) {
        write_instruction(writer, instruction, keys);
    }
    return writer.take();
}

std::optional<Pubkey> account_at(base::ByteView wire, std::size_t index) {
    // Count, signature and header stand before the keys; a count below 128 is one byte.
    constexpr std::size_t kCountAt = 1 + sizeof(Signature::bytes) + 3;
    const auto start = kCountAt + 1 + index * sizeof(Pubkey::bytes);
    if (wire.size() <= kCountAt || wire[kCountAt] >= 0x80 || index >= wire[kCountAt] ||
        wire.size() < start + sizeof(Pubkey::bytes)) {
        return std::nullopt;
    }
    Pubkey address;
    std::ranges::copy(wire.subspan(start, address.bytes.size()), address.bytes.begin());
    return address;
}

std::size_t transaction_size(const Pubkey& payer, std::span<const Instruction> instructions) {
    return 1 + Signature{}.bytes.size() + encode_message(payer, instructions, Hash{}).size();
}

base::Bytes draft_transaction(const Pubkey& payer, std::span<const Instruction> instructions) {
    const base::Bytes message = encode_message(payer, instructions, Hash{});
    const Signature none;
    base::ByteWriter writer(1 + none.bytes.size() + message.size());
    writer.compact_u16(1).bytes(none.bytes).bytes(message);
    return writer.take();
}

SignedTransaction sign_transaction(const Keypair& payer, std::span<const Instruction> instructions,
                                   const Hash& blockhash) {
    const base::Bytes message = encode_message(payer.address(), instructions, blockhash);
    const Signature signature = payer.sign(message);
    base::ByteWriter writer(1 + signature.bytes.size() + message.size());
    writer.compact_u16(1).bytes(signature.bytes).bytes(message);
    return {.signature = signature, .wire = writer.take()};
}

} // namespace relay::solana
