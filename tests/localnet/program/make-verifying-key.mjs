#!/usr/bin/env node
// Writes the proof maker's key:  make-verifying-key.mjs > verifying_key.h
//                                make-verifying-key.mjs --json > ../verifying-key.json
// The header is for the program, the other is for a relay that checks proofs (RELAY_PROOF_KEY), with
// the program_vkey for it. Both are committed, so that neither needs npm packages; tests compare them.
import { pathToFileURL } from 'node:url';
import { circuitHash, selectorOf, verifyingKey } from '../src/groth16.mjs';

function initializer(bytes, indent) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)].map(
      (byte) => `0x${byte.toString(16).padStart(2, '0')}`,
    );
    lines.push(`${indent}    ${row.join(', ')},`);
  }
  return `{\n${lines.join('\n')}\n${indent}}`;
}

export function verifyingKeyHeader() {
  const key = verifyingKey();
  const members = ['alpha', 'beta', 'gamma', 'delta'].map(
    (name) => `    .${name} = ${initializer(key[name], '    ')},`,
  );
  const inputs = key.inputs.map((point) => `        ${initializer(point, '        ')},`).join('\n');
  return `/* The verifying key of the tests' proofs, whose trapdoor is public.
 * Written by make-verifying-key.mjs. */
#pragma once
#include "groth16.h"

// clang-format off

static const VerifyingKey VERIFYING_KEY = {
${members.join('\n')}
    .inputs = {
${inputs}
    },
};

/* The first public input of every proof: which circuit it is for. */
static const u8 CIRCUIT_HASH[32] = ${initializer(circuitHash, '')};

/* The first four bytes of every proof: which key it is for. */
static const u8 VERIFYING_KEY_SELECTOR[4] __attribute__((aligned(4))) = ${initializer(selectorOf(key), '')};
`;
}

export function verifyingKeyJson() {
  const key = verifyingKey();
  const hex = (bytes) => Buffer.from(bytes).toString('hex');
  const members = {
    selector: hex(selectorOf(key)),
    program_vkey: hex(circuitHash),
    alpha: hex(key.alpha),
    beta: hex(key.beta),
    gamma: hex(key.gamma),
    delta: hex(key.delta),
    ic: key.inputs.map(hex),
  };
  return `${JSON.stringify(members, null, 2)}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.stdout.write(process.argv[2] === '--json' ? verifyingKeyJson() : verifyingKeyHeader());
