import type { Claim } from '../../kit/index.js';

const optionOf = (argv: readonly string[], short: string, long: string): string | undefined => {
  const i = argv.findIndex((w) => w === short || w === long);
  return i === -1 ? argv.find((w) => w.startsWith(`${long}=`))?.slice(long.length + 1) : argv[i + 1];
};

/** `ebtables [-t table] -L [chain]`, `ebtables-save`; of arptables the same. */
export function frameClaim(argv: readonly string[], program: 'ebtables' | 'arptables'): Claim | undefined {
  const name = argv[0] ?? '';
  const variant = new RegExp(`^${program}(?:-nft|-legacy)?(-save)?$`).exec(name);
  if (!variant) return undefined;
  const table = optionOf(argv, '-t', '--table');
  if (variant[1] !== undefined) return { scope: table === undefined ? {} : { table } };
  const at = argv.findIndex((w) => /^-[nvx]*L[nvx]*$/.test(w) || w === '--list');
  if (at === -1) return undefined;
  const next = argv[at + 1];
  // It lists one table, unlike the dump.
  return {
    scope: {
      table: table ?? 'filter',
      ...(next !== undefined && !next.startsWith('-') && { chain: next }),
    },
  };
}
