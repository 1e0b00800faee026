/* The shield-pool program's custom errors: the numbers a relay classifies a failure by.
 * Only those that this program can give are named; 0 is success. */
#pragma once

enum ShieldPoolError {
    ERROR_ROOT_NOT_FOUND = 0x1001,

    ERROR_PROOF_INVALID = 0x1010,

    ERROR_DOUBLE_SPEND = 0x1020,
    ERROR_SHARD_FULL = 0x1021,
    ERROR_NULLIFIER_MISMATCH = 0x1024,

    ERROR_CONSERVATION = 0x1031,
    ERROR_OUTPUTS_HASH = 0x1032,
    ERROR_AMOUNT = 0x1033,
    ERROR_RECIPIENT = 0x1034,

    ERROR_OVERFLOW = 0x1040,

    ERROR_WRONG_ACCOUNT =
        0x1050, /* not the address derived for its place, or a privilege is missing */
    ERROR_POOL_OWNER = 0x1051,
    ERROR_TREASURY_OWNER = 0x1052,
    ERROR_ROOTS_OWNER = 0x1053,
    ERROR_SHARD_OWNER = 0x1054,
    ERROR_POOL_NOT_WRITABLE = 0x1055,
    ERROR_TREASURY_NOT_WRITABLE = 0x1056,
    ERROR_RECIPIENT_NOT_WRITABLE = 0x1057,
    ERROR_POOL_TOO_SHORT = 0x1058,
    ERROR_ACCOUNT_SIZE = 0x105A,

    ERROR_INSTRUCTION_DATA = 0x1061,
    ERROR_MISSING_ACCOUNTS = 0x1062,
    ERROR_UNKNOWN_INSTRUCTION = 0x1063,
};
