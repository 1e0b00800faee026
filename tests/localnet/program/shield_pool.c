/* The shield-pool program, as far as a relay meets it: the withdraw instruction for native SOL.
 *
 * Data: [2] [proof 260] [root 32] [nullifier 32] [outputs_hash 32] [amount u64] [nullifier 32]
 *       [n u8] n x ([recipient 32] [amount u64]), integers little endian, 1 <= n <= 5.
 * Accounts: pool (w), treasury (w), roots ring, nullifier shard (w), n recipients (w), system
 * program. The first four are derived from the seeds [name, mint] and owned by this program;
 * genesis makes them.
 *
 * Faults are looked for in this order: data, accounts, proof, root, nullifier, outputs, balances.
 * Every check comes before the first write. */
#include "blake3.h"
#include "errors.h"
#include "groth16.h"
#include "sol.h"
#include "verifying_key.h"

enum {
    TAG_WITHDRAW = 2,
    SELECTOR_SIZE = 4,
    PROOF_SIZE = 260,
    PUBLIC_INPUTS_SIZE = 104,
    OUTPUT_SIZE = 40,
    MAX_OUTPUTS = 5,
    FIXED_ACCOUNTS = 5,
    MAX_ACCOUNTS = 16,
    ROOTS = 64,
    ROOTS_HEADER = 8,
    SHARD_HEADER = 4,
    FEE_FIXED = 2500000,
    FEE_PER_MILLE = 5,
};

typedef struct {
    const u8 *proof, *public_inputs, *root, *nullifier, *outputs_hash, *outputs;
    u64 amount, output_count;
    Account *pool, *treasury, *roots_ring, *shard, *recipients;
} Withdraw;

static const u8 NATIVE_MINT[32] = {0};
static const u8 SYSTEM_PROGRAM[32] = {0};

INLINE u64 output_amount(const Withdraw* w, u64 i) {
    return load_u64(w->outputs + OUTPUT_SIZE * i + 32);
}

static u64 read_data(const Input* input, Withdraw* w) {
    const u64 before_outputs = 1 + PROOF_SIZE + PUBLIC_INPUTS_SIZE + 32 + 1;
    const u8* data = input->data;
    if (input->data_length < before_outputs) {
        return ERROR_INSTRUCTION_DATA;
    }
    w->proof = data + 1;
    w->public_inputs = w->proof + PROOF_SIZE;
    w->root = w->public_inputs;
    w->nullifier = w->root + 32;
    w->outputs_hash = w->nullifier + 32;
    w->amount = load_u64(w->outputs_hash + 32);
    const u8* nullifier_again = w->public_inputs + PUBLIC_INPUTS_SIZE;
    w->output_count = nullifier_again[32];
    w->outputs = data + before_outputs;
    if (w->output_count == 0 || w->output_count > MAX_OUTPUTS ||
        input->data_length != before_outputs + w->output_count * OUTPUT_SIZE) {
        return ERROR_INSTRUCTION_DATA;
    }
    return equal_32(nullifier_again, w->nullifier) ? 0 : ERROR_NULLIFIER_MISMATCH;
}

/* The account must stand at the address derived from [name, mint] and belong to this program. */
OWN_FRAME u64 check_derived(const Input* input, const Account* account, const Slice* name,
                            u64 owner_error) {
    u8 expected[32], bump;
    Slice seeds[2] = {*name, {NATIVE_MINT, 32}};
    if (sol_try_find_program_address(seeds, 2, input->program_id, expected, &bump) ||
        !equal_32(expected, account->key)) {
        return ERROR_WRONG_ACCOUNT;
    }
    return equal_32(account->owner, input->program_id) ? 0 : owner_error;
}

#define NAME(text) (&(Slice){(const u8*)(text), sizeof(text) - 1})

static u64 check_derived_accounts(const Input* input, const Withdraw* w) {
    u64 error = check_derived(input, w->pool, NAME("pool"), ERROR_POOL_OWNER);
    if (!error) {
        error = check_derived(input, w->treasury, NAME("treasury"), ERROR_TREASURY_OWNER);
    }
    if (!error) {
        error = check_derived(input, w->roots_ring, NAME("roots_ring"), ERROR_ROOTS_OWNER);
    }
    if (!error) {
        error = check_derived(input, w->shard, NAME("nullifier_shard"), ERROR_SHARD_OWNER);
    }
    return error;
}

static u64 read_accounts(const Input* input, Withdraw* w) {
    Account* accounts = input->accounts;
    if (input->account_count < FIXED_ACCOUNTS + w->output_count) {
        return ERROR_MISSING_ACCOUNTS;
    }
    w->pool = &accounts[0];
    w->treasury = &accounts[1];
    w->roots_ring = &accounts[2];
    w->shard = &accounts[3];
    w->recipients = &accounts[4];
    u64 error = check_derived_accounts(input, w);
    if (error) {
        return error;
    }
    if (!w->pool->is_writable) {
        return ERROR_POOL_NOT_WRITABLE;
    }
    if (!w->treasury->is_writable) {
        return ERROR_TREASURY_NOT_WRITABLE;
    }
    if (!w->shard->is_writable || !equal_32(accounts[4 + w->output_count].key, SYSTEM_PROGRAM)) {
        return ERROR_WRONG_ACCOUNT;
    }
    if (w->roots_ring->data_length != ROOTS_HEADER + 32 * ROOTS ||
        w->shard->data_length < SHARD_HEADER) {
        return ERROR_ACCOUNT_SIZE;
    }
    for (u64 i = 0; i < w->output_count; i++) {
        if (!w->recipients[i].is_writable) {
            return ERROR_RECIPIENT_NOT_WRITABLE;
        }
        if (!equal_32(w->recipients[i].key, w->outputs + OUTPUT_SIZE * i)) {
            return ERROR_RECIPIENT;
        }
    }
    return 0;
}

/* The circuit's public inputs are the program's key hash and the digest of the 104 bytes, with its
 * top three bits cleared so that it fits the field. */
static u64 check_proof(const Withdraw* w) {
    u8 digest[32];
    Slice statement = {w->public_inputs, PUBLIC_INPUTS_SIZE};
    if (load_u32(w->proof) != load_u32(VERIFYING_KEY_SELECTOR)) {
        return ERROR_PROOF_INVALID;
    }
    sol_sha256(&statement, 1, digest);
    digest[0] &= 0x1f;
    return groth16_verify(&VERIFYING_KEY, w->proof + SELECTOR_SIZE, CIRCUIT_HASH, digest)
               ? 0
               : ERROR_PROOF_INVALID;
}

static u64 check_root(const Withdraw* w) {
    const u8* roots = w->roots_ring->data + ROOTS_HEADER;
    for (u64 i = 0; i < ROOTS; i++) {
        if (equal_32(roots + 32 * i, w->root)) {
            return 0;
        }
    }
    return ERROR_ROOT_NOT_FOUND;
}

/* How many nullifiers a shard holds follows from its account's length. The scan looks at the first
 * eight bytes of each, as a load test's shard holds tens of thousands. */
static u64 check_nullifier(const Withdraw* w) {
    u64 capacity = (w->shard->data_length - SHARD_HEADER) / 32;
    u64 count = load_u32(w->shard->data);
    if (count > capacity) {
        return ERROR_ACCOUNT_SIZE;
    }
    u64 first_bytes = load_u64(w->nullifier);
    const u8* end = w->shard->data + SHARD_HEADER + 32 * count;
    for (const u8* at = w->shard->data + SHARD_HEADER; at != end; at += 32) {
        if (load_u64(at) == first_bytes && equal_32(at, w->nullifier)) {
            return ERROR_DOUBLE_SPEND;
        }
    }
    return count < capacity ? 0 : ERROR_SHARD_FULL;
}

static u64 check_outputs(const Withdraw* w) {
    u8 digest[32];
    blake3(w->outputs, OUTPUT_SIZE * w->output_count, digest);
    if (!equal_32(digest, w->outputs_hash)) {
        return ERROR_OUTPUTS_HASH;
    }
    u64 total = 0;
    for (u64 i = 0; i < w->output_count; i++) {
        if (__builtin_add_overflow(total, output_amount(w, i), &total)) {
            return ERROR_OVERFLOW;
        }
    }
    if (total > w->amount) {
        return ERROR_AMOUNT;
    }
    if (w->amount > ~0ULL / FEE_PER_MILLE) {
        return ERROR_OVERFLOW;
    }
    u64 fee = FEE_FIXED + w->amount * FEE_PER_MILLE / 1000;
    if (w->amount - total != fee) {
        return ERROR_CONSERVATION;
    }
    return *w->pool->lamports < w->amount ? ERROR_POOL_TOO_SHORT : 0;
}

static void apply(const Withdraw* w) {
    u64 count = load_u32(w->shard->data);
    copy_32(w->shard->data + SHARD_HEADER + 32 * count, w->nullifier);
    store_u32(w->shard->data, (u32)count + 1);
    u64 fee = w->amount;
    *w->pool->lamports -= w->amount;
    for (u64 i = 0; i < w->output_count; i++) {
        *w->recipients[i].lamports += output_amount(w, i);
        fee -= output_amount(w, i);
    }
    *w->treasury->lamports += fee;
}

OWN_FRAME u64 withdraw(const Input* input) {
    Withdraw w;
    u64 error = read_data(input, &w);
    if (!error) {
        error = read_accounts(input, &w);
    }
    if (!error) {
        error = check_proof(&w);
    }
    if (!error) {
        error = check_root(&w);
    }
    if (!error) {
        error = check_nullifier(&w);
    }
    if (!error) {
        error = check_outputs(&w);
    }
    if (!error) {
        apply(&w);
        LOG("withdraw paid");
    }
    return error;
}

u64 entrypoint(u8* serialized) {
    Account accounts[MAX_ACCOUNTS];
    Input input = {.accounts = accounts};
    u64 error = parse_input(serialized, &input, MAX_ACCOUNTS);
    if (error) {
        return error;
    }
    if (input.data_length < 1) {
        return ERROR_INVALID_INSTRUCTION_DATA;
    }
    return input.data[0] == TAG_WITHDRAW ? withdraw(&input) : ERROR_UNKNOWN_INSTRUCTION;
}
