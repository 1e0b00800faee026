// Reads the relocatable object that `clang -target bpf` writes: sections, symbols, relocations.
// Throws with a plain sentence on anything that is not such an object.

const ELF_MAGIC = 0x7f454c46;
const MACHINE_BPF = 247;
const TYPE_RELOCATABLE = 1;
const SECTION_SYMBOLS = 2;
const SECTION_RELA = 4;
const SECTION_REL = 9;

/** @returns {{bytes: Buffer, sections: object[], symbols: object[], relocations: object[]}} */
export function readObject(bytes) {
  checkHeader(bytes);
  const sections = readSections(bytes);
  return {
    bytes,
    sections,
    symbols: readSymbols(bytes, sections),
    relocations: readRelocations(bytes, sections),
  };
}

function checkHeader(bytes) {
  const isLittleEndianElf64 =
    bytes.length > 64 && bytes.readUInt32BE(0) === ELF_MAGIC && bytes[4] === 2 && bytes[5] === 1;
  if (!isLittleEndianElf64) throw new Error('the input is not a little-endian ELF64 file');
  if (bytes.readUInt16LE(16) !== TYPE_RELOCATABLE)
    throw new Error('the input is not a relocatable object');
  if (bytes.readUInt16LE(18) !== MACHINE_BPF)
    throw new Error('the input is not for the bpf machine');
}

function textAt(bytes, offset) {
  return bytes.toString('latin1', offset, bytes.indexOf(0, offset));
}

function readSections(bytes) {
  const tableAt = Number(bytes.readBigUInt64LE(40));
  const count = bytes.readUInt16LE(60);
  const sections = Array.from({ length: count }, (_, index) => {
    const at = tableAt + index * 64;
    return {
      nameOffset: bytes.readUInt32LE(at),
      type: bytes.readUInt32LE(at + 4),
      flags: Number(bytes.readBigUInt64LE(at + 8)),
      offset: Number(bytes.readBigUInt64LE(at + 24)),
      size: Number(bytes.readBigUInt64LE(at + 32)),
      link: bytes.readUInt32LE(at + 40),
      info: bytes.readUInt32LE(at + 44),
      alignment: Number(bytes.readBigUInt64LE(at + 48)) || 1,
      address: undefined, // given by the linker to the sections it keeps
    };
  });
  const names = sections[bytes.readUInt16LE(62)];
  for (const section of sections) section.name = textAt(bytes, names.offset + section.nameOffset);
  return sections;
}

function readSymbols(bytes, sections) {
  const table = sections.find((section) => section.type === SECTION_SYMBOLS);
  if (!table) throw new Error('the object has no symbol table');
  const namesAt = sections[table.link].offset;
  const symbols = [];
  for (let at = table.offset; at < table.offset + table.size; at += 24) {
    symbols.push({
      name: textAt(bytes, namesAt + bytes.readUInt32LE(at)),
      section: bytes.readUInt16LE(at + 6), // 0: defined elsewhere
      value: Number(bytes.readBigUInt64LE(at + 8)),
    });
  }
  return symbols;
}

function readRelocations(bytes, sections) {
  const relocations = [];
  for (const section of sections) {
    if (section.type !== SECTION_REL && section.type !== SECTION_RELA) continue;
    const entrySize = section.type === SECTION_RELA ? 24 : 16;
    for (let at = section.offset; at < section.offset + section.size; at += entrySize) {
      relocations.push({
        target: sections[section.info],
        offset: Number(bytes.readBigUInt64LE(at)),
        type: bytes.readUInt32LE(at + 8),
        symbol: bytes.readUInt32LE(at + 12),
      });
    }
  }
  return relocations;
}
