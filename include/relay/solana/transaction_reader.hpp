#pragma once
// What a transaction of anybody's carries for one program. Pure; takes any bytes.
//
//   transaction = count(n) signature[64]*n message
//   message     = [0x80 where it is of version 0]  header[3]  count(n) address[32]*n  blockhash[32]
//                 count(m) instruction*m  ...
//   instruction = program index u8  count(k) account index u8 * k  count(l) data byte * l
//
// Source: Solana's transaction wire format; count = compact-u16.

#include "relay/base/encoding.hpp"
#include "relay/solana/pubkey.hpp"

#include <vector>

namespace relay::solana {

/// The data of the instructions that call the program, in order; those that other programs made
/// are not among them. None where the bytes are no transaction.
std::vector<base::Bytes> instruction_data(base::ByteView wire, const Pubkey& program);

} // namespace relay::solana
