import type { CorefileFact } from '../../facts/index.js';
import type { Draft } from '../../kit/index.js';
import { wordsOf } from '../text/words.js';

/** One server block and the line of its zones. */
export interface CorefileBlock {
  readonly line: number;
  readonly fact: Draft<CorefileFact>;
}

interface Open {
  readonly line: number;
  readonly zones: readonly string[];
  readonly forwards: { from: string; to: readonly string[]; forceTcp?: boolean }[];
  readonly plugins: string[];
  readonly bind: string[];
  kubernetes?: readonly string[];
  cacheSeconds?: number;
}

/** `forward . /etc/resolv.conf {`: the zone, then targets; `proxy` of CoreDNS up to 1.4 is the same. */
function plugin(block: Open, words: readonly string[]): void {
  const [name = '', ...args] = words;
  block.plugins.push(name);
  switch (name) {
    case 'forward':
    case 'proxy':
      block.forwards.push({ from: args[0] ?? '', to: args.slice(1) });
      break;
    case 'kubernetes':
      block.kubernetes = args;
      break;
    case 'bind':
      block.bind.push(...args);
      break;
    case 'cache': {
      const seconds = args.find((arg) => /^\d{1,9}$/.test(arg));
      if (seconds !== undefined) block.cacheSeconds = Number(seconds);
    }
  }
}

/**
 * Reads a Corefile (caddyfile syntax): server blocks of plugins, whose options may have a block of their own; `(snippet)` and `import` are
 * left out.
 */
export function readCorefile(lines: readonly string[], source: string | undefined): readonly CorefileBlock[] {
  const blocks: CorefileBlock[] = [];
  let open: Open | undefined;
  let depth = 0;
  for (const [line, raw] of lines.entries()) {
    const words = wordsOf(raw.slice(0, 4000));
    const comment = words.findIndex((word) => word.startsWith('#'));
    const told = comment < 0 ? words : words.slice(0, comment);
    for (const [i, word] of told.entries()) {
      if (word === '{' || (i === told.length - 1 && word.endsWith('{') && !word.startsWith('{$'))) depth++;
      else if (word === '}') depth--;
    }
    const bare = told.filter((word) => word !== '{' && word !== '}').map((word) => word.replace(/\{$/, ''));
    const opens = told.at(-1)?.endsWith('{') === true;
    if (depth <= 0) {
      if (open) blocks.push({ line: open.line, fact: factOf(open, source) });
      open = undefined;
      depth = 0;
    } else if (!open && opens && depth === 1) {
      const zones = bare.flatMap((word) => word.split(',')).filter((word) => word !== '');
      if (!zones.some((zone) => zone.startsWith('('))) open = { line, zones, forwards: [], plugins: [], bind: [] };
    } else if (open && bare.length > 0 && depth === (opens ? 2 : 1)) plugin(open, bare);
    else if (open && bare[0] === 'force_tcp') {
      const last = open.forwards.at(-1);
      if (last) last.forceTcp = true;
    }
  }
  if (open) blocks.push({ line: open.line, fact: factOf(open, source) });
  return blocks;
}

const factOf = (block: Open, source: string | undefined): Draft<CorefileFact> => ({
  kind: 'corefile',
  ...(source !== undefined && { source }),
  zones: block.zones,
  forwards: block.forwards,
  ...(block.kubernetes && { kubernetes: block.kubernetes }),
  ...(block.bind.length > 0 && { bind: block.bind }),
  ...(block.cacheSeconds !== undefined && { cacheSeconds: block.cacheSeconds }),
  plugins: block.plugins,
});
