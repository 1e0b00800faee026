// The accounts that send-only services want a tip on, as they publish them, and tips in transactions.
import { SYSTEM_PROGRAM } from './addresses.mjs';
import * as base58 from './base58.mjs';

const TAG_TRANSFER = 2;

export const TIP_ACCOUNTS = {
  /** helius.dev/docs/sending-transactions/sender */
  helius: [
    '4ACfpUFoaSD9bfPdeu6DBt89gB6ENTeHBXCAi87NhDEE',
    'D2L6yPZ2FmmmTKPgzaMKdhu6EWZcTpLy1Vhx8uvZe7NZ',
    '9bnz4RShgq1hAnLnZbP8kbgBg1kEmcJBYQq3gQbmnSta',
    '5VY91ws6B2hMmBFRsXkoAAdsPHBJwRfBht4DXox3xkwn',
    '2nyhqdwKcJZR2vcqCyrYsaPVdAnFoJjiksCXJ7hfEYgD',
    '2q5pghRs6arqVjRvT5gfgWfWcHWmw1ZuCzphgd5KfWGJ',
    'wyvPkWjVZz1M8fHQnMMCDTQDbkManefNNhweYk5WkcF',
    '3KCKozbAaF75qEU33jtzozcJ29yJuaLJTy2jFdzUY8bT',
    '4vieeGHPYPG2MmyPRcYjdiDmmhN3ww7hsFNap8pVN3Ey',
    '4TQLFNWK8AovT1gFvda5jfw2oJeRMKEmw7aH6MGBJ3or',
  ],
  /** docs.jito.wtf/lowlatencytxnsend, getTipAccounts */
  jito: [
    '96gYZGLnJYVFmbjzopPSU6QiEV5fGqZNyN9nmNhvrZU5',
    'HFqU5x63VTqvQss8hp11i4wVV8bD44PvwucfZ2bU7gRe',
    'Cw8CFyM9FkoMi7K7Crf6HNQqf4uEMzpKw6QNghXLvLkY',
    'ADaUMid9yfUytqMBgopwjb2DTLSokTSzL1zt6iGPaS49',
    'DfXygSm4jCyNCybVYYK6DwvWqjKee8pbDmJGcLWNDXjh',
    'ADuUkR4vqLUMWXxW9gh6D6L8pMSawimctcNZ5pGwDcEt',
    'DttWaMuVvTiduZRnguLF7jNxTgiMBZ1hyAumKUiL2KRL',
    '3AVi9Tg9Uo68tJfuvoKvqKNWKkC5wPdSSdeBnizKZ6jT',
  ],
};

/** Lamports that the message's own instructions transfer to any of the accounts. */
export function tipIn({ keys, instructions }, accounts) {
  const transfers = instructions.filter(
    ({ program, data }) =>
      keys[program].equals(SYSTEM_PROGRAM) &&
      data.length === 12 &&
      data.readUInt32LE(0) === TAG_TRANSFER,
  );
  return transfers.reduce((sum, { accounts: [, to], data }) => {
    const isTip = keys[to] !== undefined && accounts.includes(base58.encode(keys[to]));
    return isTip ? sum + data.readBigUInt64LE(4) : sum;
  }, 0n);
}
