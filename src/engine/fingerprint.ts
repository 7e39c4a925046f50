/** 64 bits as 16 hex digits from two differently seeded 32-bit multiplicative hashes; identity within a report, not security. */
function hash(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    a = Math.imul(a ^ c, 2654435761);
    b = Math.imul(b ^ c, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (a >>> 0).toString(16).padStart(8, '0') + (b >>> 0).toString(16).padStart(8, '0');
}

/** Stable across line numbers, times and counters: a baseline keyed by it survives a new capture of the same fault. */
export const fingerprintOf = (rule: string, nodes: readonly string[], subject: string): string =>
  hash([rule, ...[...nodes].sort(), subject].join('\u0000'));
