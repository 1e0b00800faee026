// JSON text with BigInt written as an exact integer: a validator answers 64-bit numbers, which
// JSON.stringify cannot write. Objects' undefined members are left out, as JSON.stringify does.

export function toJson(value) {
  if (typeof value === 'bigint') return value.toString();
  if (value === null || value === undefined || typeof value !== 'object')
    return JSON.stringify(value ?? null);
  if (Array.isArray(value)) return `[${value.map(toJson).join(',')}]`;
  const members = [];
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${toJson(member)}`);
  }
  return `{${members.join(',')}}`;
}
