import { setTimeout as pause } from 'node:timers/promises';

/** What check() gives once that is truthy, or an error when it has not been for so long. */
export async function until(what, check, seconds = 30, everyMs = 20) {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const value = await check();
    if (value) return value;
    if (Date.now() >= deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await pause(everyMs);
  }
}
