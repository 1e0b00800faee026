// The linker: what it makes is what the loader wants, and what it must refuse is refused with its
// reason.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { ALLOWED_SYSCALLS, link } from '../program/link.mjs';

const compiler = process.env.CC ?? 'clang-19';
const FLAGS = [
  '-target',
  'bpf',
  '-O2',
  '-ffreestanding',
  '-fno-builtin',
  '-nostdinc',
  '-x',
  'c',
  '-c',
];

function compile(source, machine = 'v2') {
  const folder = mkdtempSync(join(tmpdir(), 'link-test-'));
  try {
    writeFileSync(join(folder, 'in.c'), source);
    execFileSync(compiler, [
      ...FLAGS,
      `-mcpu=${machine}`,
      join(folder, 'in.c'),
      '-o',
      join(folder, 'out.o'),
    ]);
    return readFileSync(join(folder, 'out.o'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('an object with calls, data and a pointer table becomes a shared object', () => {
  const { file, syscalls } = link(
    compile(`
    extern void sol_log_(const char *, unsigned long long);
    static const char first[] = "first", second[] = "second";
    static const char *const words[] = {first, second};
    __attribute__((noinline)) static unsigned long long twice(unsigned long long n) { sol_log_(words[n & 1], 5); return n * 2; }
    unsigned long long entrypoint(unsigned char *input) { return twice(input[0]) - twice(input[1]); }`),
  );
  assert.deepEqual(syscalls, ['sol_log_']);
  assert.equal(file.readUInt16LE(16), 3, 'a shared object');
  assert.equal(file.readUInt32LE(48), 0, 'SBPFv0');
});

test('the built program uses the syscalls of the list', () => {
  const text = readFileSync(new URL('../build/shield_pool.so', import.meta.url)).toString('latin1');
  const names = new Set(text.match(/sol_[a-z0-9_]+/g));
  assert.deepEqual([...names].sort(), [...ALLOWED_SYSCALLS].sort());
});

const entry = (body) =>
  `${body} unsigned long long entrypoint(unsigned char *input) { return use(input); }`;
const refused = [
  [
    'a syscall that is not on the list',
    /not on the list: sol_blake3/,
    entry(
      'extern unsigned long long sol_blake3(unsigned char *); static unsigned long long use(unsigned char *i) { return sol_blake3(i); }',
    ),
  ],
  [
    'a variable',
    /writable/,
    entry(
      'int counter = 5; static unsigned long long use(unsigned char *i) { return counter += i[0]; }',
    ),
  ],
  [
    'no entrypoint',
    /no symbol entrypoint/,
    'unsigned long long other(unsigned char *input) { return input[0]; }',
  ],
  [
    '32-bit jumps',
    /-mcpu=v2/,
    entry(
      'static unsigned long long use(unsigned char *i) { unsigned a = *(unsigned *)i; return a > 5u ? a * 3u : a - 7u; }',
    ),
    'v3',
  ],
];
for (const [name, reason, source, machine] of refused) {
  test(`${name} is refused`, () => assert.throws(() => link(compile(source, machine)), reason));
}

test('what is no object is refused', () => {
  assert.throws(() => link(Buffer.from('nothing of the kind')), /not a little-endian ELF64/);
});
