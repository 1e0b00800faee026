/* BLAKE3-256 of at most 1024 bytes (one chunk), computed in the program.
 *
 * Mainnet's runtime has no BLAKE3 syscall switched on, and five outputs are 200 bytes, so one chunk
 * is all the program needs: no tree, no key, no longer output. */
#pragma once
#include "sol.h"

#define BLAKE3_BLOCK 64
#define BLAKE3_ROUNDS 7
enum { BLAKE3_CHUNK_START = 1, BLAKE3_CHUNK_END = 2, BLAKE3_ROOT = 8 };

static const u32 BLAKE3_IV[8] = {0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
                                 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
static const u8 BLAKE3_PERMUTATION[16] = {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};

INLINE u32 rotate_right(u32 value, int bits) {
    return (value >> bits) | (value << (32 - bits));
}

INLINE void blake3_mix(u32* v, int a, int b, int c, int d, u32 x, u32 y) {
    v[a] += v[b] + x;
    v[d] = rotate_right(v[d] ^ v[a], 16);
    v[c] += v[d];
    v[b] = rotate_right(v[b] ^ v[c], 12);
    v[a] += v[b] + y;
    v[d] = rotate_right(v[d] ^ v[a], 8);
    v[c] += v[d];
    v[b] = rotate_right(v[b] ^ v[c], 7);
}

INLINE void blake3_round(u32* v, const u32* m) {
    blake3_mix(v, 0, 4, 8, 12, m[0], m[1]); /* columns */
    blake3_mix(v, 1, 5, 9, 13, m[2], m[3]);
    blake3_mix(v, 2, 6, 10, 14, m[4], m[5]);
    blake3_mix(v, 3, 7, 11, 15, m[6], m[7]);
    blake3_mix(v, 0, 5, 10, 15, m[8], m[9]); /* diagonals */
    blake3_mix(v, 1, 6, 11, 12, m[10], m[11]);
    blake3_mix(v, 2, 7, 8, 13, m[12], m[13]);
    blake3_mix(v, 3, 4, 9, 14, m[14], m[15]);
}

OWN_FRAME void blake3_compress(u32* chaining_value, const u8* block, u32 length, u32 flags) {
    u32 v[16], message[16], permuted[16];
    for (int i = 0; i < 16; i++) {
        message[i] = load_u32(block + 4 * i);
    }
    for (int i = 0; i < 8; i++) {
        v[i] = chaining_value[i];
    }
    for (int i = 0; i < 4; i++) {
        v[8 + i] = BLAKE3_IV[i];
    }
    v[12] = 0; /* the chunk's number: there is only the first */
    v[13] = 0;
    v[14] = length;
    v[15] = flags;
    for (int round = 0; round < BLAKE3_ROUNDS; round++) {
        blake3_round(v, message);
        for (int i = 0; i < 16; i++) {
            permuted[i] = message[BLAKE3_PERMUTATION[i]];
        }
        for (int i = 0; i < 16; i++) {
            message[i] = permuted[i];
        }
    }
    for (int i = 0; i < 8; i++) {
        chaining_value[i] = v[i] ^ v[8 + i];
    }
}

OWN_FRAME void blake3(const u8* input, u64 length, u8* digest) {
    u32 chaining_value[8];
    u8 last_block[BLAKE3_BLOCK];
    u32 flags = BLAKE3_CHUNK_START;
    for (int i = 0; i < 8; i++) {
        chaining_value[i] = BLAKE3_IV[i];
    }
    while (length > BLAKE3_BLOCK) {
        blake3_compress(chaining_value, input, BLAKE3_BLOCK, flags);
        flags = 0;
        input += BLAKE3_BLOCK;
        length -= BLAKE3_BLOCK;
    }
    sol_memset_(last_block, 0, BLAKE3_BLOCK);
    sol_memcpy_(last_block, input, length);
    flags |= BLAKE3_CHUNK_END | BLAKE3_ROOT;
    blake3_compress(chaining_value, last_block, (u32)length, flags);
    for (int i = 0; i < 8; i++) {
        store_u32(digest + 4 * i, chaining_value[i]);
    }
}
