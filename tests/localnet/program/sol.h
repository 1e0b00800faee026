/* The part of Solana's C interface that shield_pool.c uses, for stock clang's bpf target.
 *
 * Syscalls are declared here and bound by name by the runtime's loader; link.mjs holds the list of
 * those that mainnet has. The input parser fails with a builtin error when it is given more
 * accounts than it has room for. Nothing here allocates. */
#pragma once

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define INLINE static inline __attribute__((always_inline))
/* A function of its own gets a stack frame of its own; a frame holds at most 4096 bytes. */
#define OWN_FRAME static __attribute__((noinline))

/* The runtime reads a program's result as a builtin error in the upper half, or as a custom one
 * in the lower half. */
#define BUILTIN_ERROR(n) ((u64)(n) << 32)
#define ERROR_INVALID_ARGUMENT BUILTIN_ERROR(2)
#define ERROR_INVALID_INSTRUCTION_DATA BUILTIN_ERROR(3)

typedef struct {
    const u8* data;
    u64 length;
} Slice;

extern void sol_log_(const char* text, u64 length);
extern u64 sol_sha256(const Slice* parts, u64 count, u8 digest[32]);
extern u64 sol_alt_bn128_group_op(u64 operation, const u8* input, u64 length, u8* output);
extern u64 sol_try_find_program_address(const Slice* seeds, u64 count, const u8* program_id,
                                        u8 address[32], u8* bump);
extern void sol_memcpy_(void* to, const void* from, u64 length);
extern void sol_memset_(void* to, u8 value, u64 length);
extern void sol_memcmp_(const void* a, const void* b, u64 length, int* order);

#define LOG(text) sol_log_((text), sizeof(text) - 1)

/* The compiler may emit calls to these even in freestanding code. */
void* memcpy(void* to, const void* from, u64 length) {
    sol_memcpy_(to, from, length);
    return to;
}

void* memset(void* to, int value, u64 length) {
    sol_memset_(to, (u8)value, length);
    return to;
}

int memcmp(const void* a, const void* b, u64 length) {
    int order;
    sol_memcmp_(a, b, length, &order);
    return order;
}

/* The virtual machine allows unaligned loads and stores, and is little endian. */
INLINE u64 load_u64(const u8* at) {
    return *(const u64*)at;
}
INLINE u32 load_u32(const u8* at) {
    return *(const u32*)at;
}
INLINE void store_u64(u8* at, u64 value) {
    *(u64*)at = value;
}
INLINE void store_u32(u8* at, u32 value) {
    *(u32*)at = value;
}

INLINE int equal_32(const u8* a, const u8* b) {
    return load_u64(a) == load_u64(b) && load_u64(a + 8) == load_u64(b + 8) &&
           load_u64(a + 16) == load_u64(b + 16) && load_u64(a + 24) == load_u64(b + 24);
}

INLINE void copy_32(u8* to, const u8* from) {
    for (int i = 0; i < 32; i += 8) {
        store_u64(to + i, load_u64(from + i));
    }
}

typedef struct {
    const u8* key;
    const u8* owner;
    u64* lamports;
    u64 data_length;
    u8* data;
    u8 is_signer, is_writable, executable;
} Account;

typedef struct {
    Account* accounts;
    u64 account_count;
    const u8* data;
    u64 data_length;
    const u8* program_id;
} Input;

/* Each account is followed by this much room, for programs that grow their data. */
#define MAX_DATA_INCREASE 10240
#define NOT_A_DUPLICATE 0xff

/* Reads the runtime's serialized input in place. An account named twice is the same one, so both
 * entries share its lamports and data. */
INLINE u64 parse_input(u8* at, Input* input, u64 room) {
    u64 count = load_u64(at);
    at += 8;
    if (count > room) {
        return ERROR_INVALID_ARGUMENT;
    }
    input->account_count = count;
    for (u64 i = 0; i < count; i++) {
        Account* account = &input->accounts[i];
        u8 duplicate_of = at[0];
        if (duplicate_of != NOT_A_DUPLICATE) {
            *account = input->accounts[duplicate_of];
            at += 8;
            continue;
        }
        account->is_signer = at[1];
        account->is_writable = at[2];
        account->executable = at[3];
        account->key = at + 8;
        account->owner = at + 40;
        account->lamports = (u64*)(at + 72);
        account->data_length = load_u64(at + 80);
        account->data = at + 88;
        at += 88 + account->data_length + MAX_DATA_INCREASE;
        at = (u8*)(((u64)at + 7) & ~7ULL);
        at += 8; /* rent epoch */
    }
    input->data_length = load_u64(at);
    input->data = at + 8;
    input->program_id = input->data + input->data_length;
    return 0;
}
