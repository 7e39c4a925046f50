const UNITS: Readonly<Record<string, number>> = { d: 86400, h: 3600, m: 60, s: 1, ms: 0.001 };

/** `1d2h3m` in seconds. */
export function seconds(text: string): number {
  let sum = 0;
  for (const [, count, unit] of text.slice(0, 40).matchAll(/(\d{1,10})(d|h|ms|m|s)/g))
    sum += Number(count) * (UNITS[unit ?? ''] ?? 0);
  return sum;
}
