/** A variable that ./dev sets for all that it starts. */
export function required(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: run this by ./dev`);
  return value;
}
