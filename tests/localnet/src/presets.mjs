// Faults that come together, each set under one name: {node, preset}.

export const PRESETS = {
  /** A provider's balancer: most calls are answered some slots late, statuses far behind the rest. */
  pool: [
    { fault: 'lag', slots: 40, methods: ['getSignatureStatuses'] },
    { fault: 'lag', slots: 3, p: 0.5 },
    { fault: 'nat', idle: 5000 },
  ],
  /** A node of last year: no word of Alpenglow, nor of minContextSlot for statuses. */
  old: [{ fault: 'no_ag_genesis_cert' }, { fault: 'ignores_min_context_slot' }],
  /** A plan without history that counts every call, and says so in its provider's own shapes. */
  cheap: [
    { fault: 'max_signatures', n: 5 },
    { fault: 'no_history' },
    { fault: 'http429', retryAfter: null, p: 0.1 },
    { fault: 'bare_error', code: -32007, p: 0.05 },
    { fault: 'html', status: 403, p: 0.02 },
  ],
  /** A cluster with more to do than it can: much is lost, much comes late. */
  congested: [
    { fault: 'drop', p: 0.5 },
    { fault: 'hold', slots: 20, p: 0.5 },
  ],
  /** Numbers that are plausible and wrong. */
  liar: [{ fault: 'height_is_slot' }, { fault: 'wrong_last_valid', add: -100 }],
};
