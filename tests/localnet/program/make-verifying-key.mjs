#!/usr/bin/env node
// Writes verifying_key.h from the proof maker's key:  make-verifying-key.mjs > verifying_key.h
// The header is committed, so building the program needs no npm packages; a test compares the two.
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

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  process.stdout.write(verifyingKeyHeader());
