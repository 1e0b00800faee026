#!/usr/bin/env node
// Links one object from `clang -target bpf` into a Solana SBPFv0 program:  link.mjs in.o out.so
//
// It refuses, with a reason, whatever the loader would refuse or, worse, accept and fail on later:
// writable data, opcodes of later instruction sets, and syscalls that mainnet has not got (an
// unknown syscall loads and then fails when it is called, so the names are checked here against a
// list).
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { HEADERS_SIZE, alignUp, writeImage } from './elf-image.mjs';
import { readObject } from './elf-object.mjs';

/** The syscalls this program may use: all are on mainnet. */
export const ALLOWED_SYSCALLS = new Set([
  'sol_log_',
  'sol_sha256',
  'sol_alt_bn128_group_op',
  'sol_try_find_program_address',
  'sol_memcpy_',
  'sol_memset_',
  'sol_memcmp_',
]);

const FLAG_WRITE = 1;
const FLAG_ALLOC = 2;
const FLAG_EXEC = 4;
const SECTION_NOBITS = 8;
const INSTRUCTION_SIZE = 8;
const OPCODE_CALL = 0x85;
const OPCODE_LOAD_64 = 0x18; // takes two instruction slots
const CALL_RELATIVE = 0x10; // in the register byte of a call
const RELOCATION = { ABSOLUTE_64_LOAD: 1, ABSOLUTE_64_DATA: 2, CALL: 10 };
const PROGRAM_REGION = 0x1_0000_0000n; // where the virtual machine maps the file

/** @param {Buffer} objectBytes @returns {{file: Buffer, syscalls: string[]}} */
export function link(
  objectBytes,
  { entrySymbol = 'entrypoint', allowedSyscalls = ALLOWED_SYSCALLS } = {},
) {
  const object = readObject(objectBytes);
  const { image, text, readOnly } = layOut(object);
  const bindings = { symbols: new Map(), calls: [] };
  for (const relocation of object.relocations) {
    if (relocation.target.address !== undefined) relocate(object, image, relocation, bindings);
  }
  const syscalls = [...bindings.symbols.keys()];
  const unknown = syscalls.filter((name) => !allowedSyscalls.has(name));
  if (unknown.length) throw new Error(`syscalls that are not on the list: ${unknown.join(', ')}`);
  checkInstructions(image, text, new Set(bindings.calls.map((call) => call.address)));
  const entry = object.symbols.find(
    (symbol) => symbol.name === entrySymbol && symbol.section !== 0,
  );
  if (!entry) throw new Error(`there is no symbol ${entrySymbol}`);
  const file = writeImage({
    image,
    text,
    readOnly,
    entry: addressOf(object, entry),
    syscalls,
    calls: bindings.calls,
  });
  return { file, syscalls };
}

function layOut(object) {
  const { code, data } = chooseSections(object.sections);
  let end = HEADERS_SIZE;
  const place = (sections) => {
    const address = alignUp(end, 8);
    end = address;
    for (const section of sections) {
      section.address = alignUp(end, section.alignment);
      end = section.address + section.size;
    }
    const size = alignUp(end - address, 8);
    end = address + size;
    return { address, size };
  };
  const text = place(code);
  const readOnly = place(data);
  const image = Buffer.alloc(end);
  for (const section of [...code, ...data]) {
    object.bytes.copy(image, section.address, section.offset, section.offset + section.size);
  }
  return { image, text, readOnly };
}

function chooseSections(sections) {
  const code = [];
  const data = [];
  for (const section of sections) {
    if (!(section.flags & FLAG_ALLOC) || section.size === 0) continue;
    if (section.name.startsWith('.BTF') || section.name.startsWith('.eh_frame')) continue;
    const isWritable =
      section.type === SECTION_NOBITS ||
      (section.flags & FLAG_WRITE && !section.name.startsWith('.data.rel.ro'));
    if (section.flags & FLAG_EXEC) code.push(section);
    else if (isWritable)
      throw new Error(
        `the section ${section.name} is writable: a program has no variables of its own`,
      );
    else data.push(section);
  }
  if (!code.length) throw new Error('there is no code');
  return { code, data };
}

function addressOf(object, symbol) {
  const section = object.sections[symbol.section];
  if (section?.address === undefined)
    throw new Error(
      `the symbol ${symbol.name || section?.name} stands in a section that is not loaded`,
    );
  return section.address + symbol.value;
}

function relocate(object, image, relocation, bindings) {
  const at = relocation.target.address + relocation.offset;
  const symbol = object.symbols[relocation.symbol];
  const isUndefined = symbol.section === 0;
  if (relocation.type === RELOCATION.CALL) {
    if (image[at] !== OPCODE_CALL) throw new Error(`the instruction at ${at} should be a call`);
    if (isUndefined) bindSyscall(image, at, symbol.name, bindings);
    else pointCall(image, at, addressOf(object, symbol));
    return;
  }
  if (isUndefined) throw new Error(`the data symbol ${symbol.name} is not defined`);
  if (relocation.type === RELOCATION.ABSOLUTE_64_LOAD)
    pointLoad(image, at, addressOf(object, symbol));
  else if (relocation.type === RELOCATION.ABSOLUTE_64_DATA)
    pointData(image, at, addressOf(object, symbol));
  else
    throw new Error(
      `the relocation type ${relocation.type} against ${symbol.name} is not supported`,
    );
}

// A syscall: the loader finds the call by its relocation and puts the hash of the name in.
function bindSyscall(image, at, name, bindings) {
  if (!bindings.symbols.has(name)) bindings.symbols.set(name, bindings.symbols.size + 1);
  bindings.calls.push({ address: at, symbol: bindings.symbols.get(name) });
  image[at + 1] = CALL_RELATIVE;
  image.writeInt32LE(-1, at + 4);
}

function pointCall(image, at, base) {
  const target = base + (image.readInt32LE(at + 4) + 1) * INSTRUCTION_SIZE;
  image[at + 1] = CALL_RELATIVE;
  image.writeInt32LE((target - at) / INSTRUCTION_SIZE - 1, at + 4);
}

function pointLoad(image, at, base) {
  if (image[at] !== OPCODE_LOAD_64)
    throw new Error(`the instruction at ${at} should be a 64-bit load`);
  const address = PROGRAM_REGION + BigInt(base + image.readInt32LE(at + 4));
  image[at + 1] &= 0x0f; // the upper half marks a map of the Linux kernel's, which is not meant here
  image.writeUInt32LE(Number(address & 0xffffffffn), at + 4);
  image.writeUInt32LE(Number(address >> 32n), at + 12);
}

function pointData(image, at, base) {
  image.writeBigUInt64LE(PROGRAM_REGION + BigInt(base) + image.readBigUInt64LE(at), at);
}

function checkInstructions(image, text, syscallAddresses) {
  for (let at = text.address; at < text.address + text.size; at += INSTRUCTION_SIZE) {
    const opcode = image[at];
    const isByteSwap = opcode === 0xd4 || opcode === 0xdc;
    if ((opcode & 7) === 6) throw new Error(`32-bit jump at ${at}: compile with -mcpu=v2`);
    if ((opcode & 7) === 4 && !isByteSwap)
      throw new Error(`32-bit arithmetic at ${at}: compile with -mcpu=v2`);
    if ((opcode & 0xe7) === 0xc3) throw new Error(`atomic operation at ${at}`);
    // The loader reads an offset of -1 as a syscall that waits for its name.
    if (opcode === OPCODE_CALL && image.readInt32LE(at + 4) === -1 && !syscallAddresses.has(at)) {
      throw new Error(`a call at ${at} calls itself`);
    }
    if (opcode === OPCODE_LOAD_64) at += INSTRUCTION_SIZE;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [input, output] = process.argv.slice(2);
  try {
    if (!output) throw new Error('usage: link.mjs in.o out.so');
    const { file, syscalls } = link(readFileSync(input));
    writeFileSync(output, file);
    console.log(`${output}: ${file.length} bytes, syscalls ${syscalls.join(' ')}`);
  } catch (error) {
    console.error(`link: ${error.message}`);
    process.exit(1);
  }
}
