// Writes the ELF shared object that Solana's loader accepts as an SBPFv0 program.
//
// Address and file offset are the same number for everything loaded. The image holds the code and
// the read-only data already; this adds the dynamic tables, by which the loader binds syscalls by
// name, the section table and the headers.

export const HEADERS_SIZE = 64 + 3 * 56;

const SECTION = { PROGBITS: 1, STRTAB: 3, DYNAMIC: 6, REL: 9, DYNSYM: 11 };
const FLAG = { WRITE: 1, ALLOC: 2, EXEC: 4 };
const SEGMENT = { LOAD: 1, DYNAMIC: 2 };
const RELOCATION_CALL = 10; // R_BPF_64_32
const DYNAMIC = {
  STRTAB: 5,
  SYMTAB: 6,
  SYMENT: 11,
  REL: 17,
  RELSZ: 18,
  RELENT: 19,
  TEXTREL: 22,
  FLAGS: 30,
  RELCOUNT: 0x6ffffffa,
};
const FLAGS_TEXTREL = 4;

export const alignUp = (value, alignment) => Math.ceil(value / alignment) * alignment;

/**
 * @param {Buffer} image code and data, at their addresses
 * @param {{address: number, size: number}} text
 * @param {{address: number, size: number}} readOnly
 * @param {number} entry address of the entrypoint
 * @param {string[]} syscalls names, in the order of their symbol numbers (from 1)
 * @param {{address: number, symbol: number}[]} calls the call instructions to bind
 */
export function writeImage({ image, text, readOnly, entry, syscalls, calls }) {
  const dynamic = layOutDynamic(image.length, syscalls, calls);
  const sections = [
    { name: '.text', type: SECTION.PROGBITS, flags: FLAG.ALLOC | FLAG.EXEC, ...text },
    ...(readOnly.size
      ? [{ name: '.rodata', type: SECTION.PROGBITS, flags: FLAG.ALLOC, ...readOnly }]
      : []),
    ...dynamic.sections,
  ];
  const sectionNames = stringTable([...sections.map((section) => section.name), '.shstrtab']);
  sections.push({
    name: '.shstrtab',
    type: SECTION.STRTAB,
    flags: 0,
    address: 0,
    offset: dynamic.end,
    data: sectionNames.bytes,
    alignment: 1,
  });
  const tableAt = alignUp(dynamic.end + sectionNames.bytes.length, 8);

  const file = Buffer.alloc(tableAt + 64 * (sections.length + 1));
  image.copy(file);
  for (const section of sections) section.data?.copy(file, section.offset ?? section.address);
  writeFileHeader(file, entry, tableAt, sections.length);
  const table = sections.find((section) => section.name === '.dynamic');
  writeSegment(file, 0, SEGMENT.LOAD, FLAG.EXEC + 1, text.address, text.size, 0x1000);
  writeSegment(file, 1, SEGMENT.LOAD, 4, readOnly.address, dynamic.end - readOnly.address, 0x1000);
  writeSegment(file, 2, SEGMENT.DYNAMIC, 6, table.address, table.data.length, 8);
  sections.forEach((section, index) =>
    writeSection(file, tableAt + 64 * (index + 1), section, sections, sectionNames),
  );
  return file;
}

function stringTable(strings) {
  const offsets = new Map();
  let text = '\0';
  for (const string of strings) {
    offsets.set(string, text.length);
    text += `${string}\0`;
  }
  return { bytes: Buffer.from(text, 'latin1'), offsets };
}

function layOutDynamic(start, syscalls, calls) {
  const names = stringTable(syscalls);
  const symbols = dynamicSymbols(syscalls, names);
  const relocations = callRelocations(calls);
  const entries = (calls.length ? 9 : 4) + 1;
  const at = { dynamic: start };
  at.symbols = at.dynamic + entries * 16;
  at.names = at.symbols + symbols.length;
  at.relocations = alignUp(at.names + names.bytes.length, 8);
  const dynamic = dynamicTable(at, calls.length, relocations.length);
  const sections = [
    {
      name: '.dynamic',
      type: SECTION.DYNAMIC,
      flags: FLAG.WRITE | FLAG.ALLOC,
      address: at.dynamic,
      data: dynamic,
      link: '.dynstr',
      entrySize: 16,
    },
    {
      name: '.dynsym',
      type: SECTION.DYNSYM,
      flags: FLAG.ALLOC,
      address: at.symbols,
      data: symbols,
      link: '.dynstr',
      info: 1,
      entrySize: 24,
    },
    {
      name: '.dynstr',
      type: SECTION.STRTAB,
      flags: FLAG.ALLOC,
      address: at.names,
      data: names.bytes,
    },
  ];
  if (calls.length) {
    sections.push({
      name: '.rel.dyn',
      type: SECTION.REL,
      flags: FLAG.ALLOC,
      address: at.relocations,
      data: relocations,
      link: '.dynsym',
      entrySize: 16,
    });
  }
  return { sections, end: at.relocations + relocations.length };
}

function dynamicSymbols(syscalls, names) {
  const GLOBAL_UNTYPED = 0x10;
  const table = Buffer.alloc(24 * (syscalls.length + 1));
  syscalls.forEach((name, index) => {
    const at = 24 * (index + 1);
    table.writeUInt32LE(names.offsets.get(name), at);
    table[at + 4] = GLOBAL_UNTYPED;
  });
  return table;
}

function callRelocations(calls) {
  const table = Buffer.alloc(16 * calls.length);
  [...calls]
    .sort((a, b) => a.address - b.address)
    .forEach((call, index) => {
      table.writeBigUInt64LE(BigInt(call.address), 16 * index);
      table.writeUInt32LE(RELOCATION_CALL, 16 * index + 8);
      table.writeUInt32LE(call.symbol, 16 * index + 12);
    });
  return table;
}

function dynamicTable(at, callCount, relocationsSize) {
  const bindings = [
    [DYNAMIC.REL, at.relocations],
    [DYNAMIC.RELSZ, relocationsSize],
    [DYNAMIC.RELENT, 16],
    [DYNAMIC.RELCOUNT, 0],
    [DYNAMIC.TEXTREL, 0],
  ];
  const entries = [
    [DYNAMIC.FLAGS, FLAGS_TEXTREL],
    ...(callCount ? bindings : []),
    [DYNAMIC.SYMTAB, at.symbols],
    [DYNAMIC.SYMENT, 24],
    [DYNAMIC.STRTAB, at.names],
    [0, 0],
  ];
  const table = Buffer.alloc(16 * entries.length);
  entries.forEach(([tag, value], index) => {
    table.writeBigUInt64LE(BigInt(tag), 16 * index);
    table.writeBigUInt64LE(BigInt(value), 16 * index + 8);
  });
  return table;
}

function writeFileHeader(file, entry, sectionTableAt, sectionCount) {
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(file);
  file.writeUInt16LE(3, 16); // a shared object
  file.writeUInt16LE(247, 18); // for the bpf machine
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(entry), 24);
  file.writeBigUInt64LE(64n, 32); // segments follow this header
  file.writeBigUInt64LE(BigInt(sectionTableAt), 40);
  file.writeUInt32LE(0, 48); // flags 0 mean SBPFv0
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(3, 56);
  file.writeUInt16LE(64, 58);
  file.writeUInt16LE(sectionCount + 1, 60);
  file.writeUInt16LE(sectionCount, 62); // the last one holds the names
}

function writeSegment(file, index, type, flags, address, size, alignment) {
  const at = 64 + 56 * index;
  file.writeUInt32LE(type, at);
  file.writeUInt32LE(flags, at + 4);
  [address, address, address, size, size, alignment].forEach((value, field) => {
    file.writeBigUInt64LE(BigInt(value), at + 8 + 8 * field);
  });
}

function writeSection(file, at, section, sections, names) {
  const linked = section.link ? sections.findIndex((other) => other.name === section.link) + 1 : 0;
  file.writeUInt32LE(names.offsets.get(section.name), at);
  file.writeUInt32LE(section.type, at + 4);
  file.writeBigUInt64LE(BigInt(section.flags), at + 8);
  file.writeBigUInt64LE(BigInt(section.address), at + 16);
  file.writeBigUInt64LE(BigInt(section.offset ?? section.address), at + 24);
  file.writeBigUInt64LE(BigInt(section.data?.length ?? section.size), at + 32);
  file.writeUInt32LE(linked, at + 40);
  file.writeUInt32LE(section.info ?? 0, at + 44);
  file.writeBigUInt64LE(BigInt(section.alignment ?? 8), at + 48);
  file.writeBigUInt64LE(BigInt(section.entrySize ?? 0), at + 56);
}
