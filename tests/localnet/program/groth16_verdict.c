/* The shield-pool program's check of a proof alone, for comparing it with the relay's.
 *
 * Data: [proof 260] [first input 32] [second input 32]. Success where that takes the proof. */
#include "groth16.h"
#include "sol.h"
#include "verifying_key.h"

enum { SELECTOR_SIZE = 4, PROOF_SIZE = 260, MAX_ACCOUNTS = 4, ERROR_OTHER_KEY = 1, ERROR_REFUSED };

u64 entrypoint(u8* serialized) {
    Account accounts[MAX_ACCOUNTS];
    Input input = {.accounts = accounts};
    u64 error = parse_input(serialized, &input, MAX_ACCOUNTS);
    if (error) {
        return error;
    }
    if (input.data_length != PROOF_SIZE + 2 * SCALAR_SIZE) {
        return ERROR_INVALID_INSTRUCTION_DATA;
    }
    const u8* first_input = input.data + PROOF_SIZE;
    if (load_u32(input.data) != load_u32(VERIFYING_KEY_SELECTOR)) {
        return ERROR_OTHER_KEY;
    }
    return groth16_verify(&VERIFYING_KEY, input.data + SELECTOR_SIZE, first_input,
                          first_input + SCALAR_SIZE)
               ? 0
               : ERROR_REFUSED;
}
