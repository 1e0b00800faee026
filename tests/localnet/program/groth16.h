/* Groth16 over BN254 for two public inputs, through the runtime's alt_bn128 syscalls.
 *
 * Points are big endian in the layout of Ethereum's EIP-196 and EIP-197. A proof is A (64 bytes),
 * B (128), C (64). Any fault, a point off its curve included, makes a proof invalid. */
#pragma once
#include "sol.h"

enum { BN254_ADD = 0, BN254_MULTIPLY = 2, BN254_PAIRING = 3 };
enum { G1_SIZE = 64, G2_SIZE = 128, SCALAR_SIZE = 32, PAIR_SIZE = G1_SIZE + G2_SIZE };

typedef struct {
    u8 alpha[G1_SIZE];
    u8 beta[G2_SIZE];
    u8 gamma[G2_SIZE];
    u8 delta[G2_SIZE];
    u8 inputs[3][G1_SIZE]; /* the constant one, then one for each public input */
} VerifyingKey;

/* The base field's modulus, for negating a point. */
static const u8 BN254_FIELD[32] = {0x30, 0x64, 0x4e, 0x72, 0xe1, 0x31, 0xa0, 0x29, 0xb8, 0x50, 0x45,
                                   0xb6, 0x81, 0x81, 0x58, 0x5d, 0x97, 0x81, 0x6a, 0x91, 0x68, 0x71,
                                   0xca, 0x8d, 0x3c, 0x20, 0x8c, 0x16, 0xd8, 0x7c, 0xfd, 0x47};
/* The group's order: a public input at or above it would be another name for a smaller one. */
static const u8 BN254_ORDER[32] = {0x30, 0x64, 0x4e, 0x72, 0xe1, 0x31, 0xa0, 0x29, 0xb8, 0x50, 0x45,
                                   0xb6, 0x81, 0x81, 0x58, 0x5d, 0x28, 0x33, 0xe8, 0x48, 0x79, 0xb9,
                                   0x70, 0x91, 0x43, 0xe1, 0xf5, 0x93, 0xf0, 0x00, 0x00, 0x01};

INLINE int is_below(const u8* a, const u8* b) {
    for (int i = 0; i < 32; i++) {
        if (a[i] != b[i]) {
            return a[i] < b[i];
        }
    }
    return 0;
}

INLINE void subtract(u8* difference, const u8* a, const u8* b) {
    int borrow = 0;
    for (int i = 31; i >= 0; i--) {
        int digit = (int)a[i] - (int)b[i] - borrow;
        borrow = digit < 0;
        difference[i] = (u8)digit;
    }
}

/* sum += point * scalar; 0 on success. */
OWN_FRAME u64 add_multiple(u8* sum, const u8* point, const u8* scalar) {
    u8 operands[2 * G1_SIZE], product[G1_SIZE];
    sol_memcpy_(operands, point, G1_SIZE);
    sol_memcpy_(operands + G1_SIZE, scalar, SCALAR_SIZE);
    u64 error = sol_alt_bn128_group_op(BN254_MULTIPLY, operands, G1_SIZE + SCALAR_SIZE, product);
    if (error) {
        return error;
    }
    sol_memcpy_(operands, sum, G1_SIZE);
    sol_memcpy_(operands + G1_SIZE, product, G1_SIZE);
    return sol_alt_bn128_group_op(BN254_ADD, operands, 2 * G1_SIZE, sum);
}

INLINE void put_pair(u8* pairs, int index, const u8* g1, const u8* g2) {
    sol_memcpy_(pairs + index * PAIR_SIZE, g1, G1_SIZE);
    sol_memcpy_(pairs + index * PAIR_SIZE + G1_SIZE, g2, G2_SIZE);
}

/* 1 when e(-A, B) e(alpha, beta) e(inputs, gamma) e(C, delta) is one. */
OWN_FRAME int groth16_verify(const VerifyingKey* key, const u8* proof, const u8* first_input,
                             const u8* second_input) {
    u8 pairs[4 * PAIR_SIZE], inputs[G1_SIZE], negated_a[G1_SIZE], result[32];
    const u8 *a = proof, *b = proof + G1_SIZE, *c = proof + G1_SIZE + G2_SIZE;
    if (!is_below(first_input, BN254_ORDER) || !is_below(second_input, BN254_ORDER)) {
        return 0;
    }
    sol_memcpy_(inputs, key->inputs[0], G1_SIZE);
    if (add_multiple(inputs, key->inputs[1], first_input) ||
        add_multiple(inputs, key->inputs[2], second_input)) {
        return 0;
    }
    copy_32(negated_a, a);
    subtract(negated_a + 32, BN254_FIELD, a + 32);
    put_pair(pairs, 0, negated_a, b);
    put_pair(pairs, 1, key->alpha, key->beta);
    put_pair(pairs, 2, inputs, key->gamma);
    put_pair(pairs, 3, c, key->delta);
    if (sol_alt_bn128_group_op(BN254_PAIRING, pairs, sizeof(pairs), result)) {
        return 0;
    }
    for (int i = 0; i < 31; i++) {
        if (result[i]) {
            return 0;
        }
    }
    return result[31] == 1;
}
