import type { Since } from './front.js';

/** Options of tcpdump that take a value; what is left over is the filter. */
const TAKES_VALUE = /^-[a-zA-Z#]*[BcCDEFGijmMrsTVwWyzQ]$/;
const LONG_VALUE =
  /^--(?:interface|buffer-size|direction|time-stamp-type|time-stamp-precision|snapshot-length|relinquish-privileges|linktype|count)$/;

/** What the command line of tcpdump says of its output. */
export interface TcpdumpCommand {
  readonly dev?: string;
  readonly filter?: string;
  readonly since?: Exclude<Since, undefined>;
  readonly ascii?: true;
}

export function argumentsOf(argv: readonly string[]): TcpdumpCommand {
  const filter: string[] = [];
  let dev: string | undefined;
  let stamps = 0;
  let ascii = false;
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (/^-[a-zA-Z#]+$/.test(word)) {
      stamps += word.split('t').length - 1;
      ascii ||= word.includes('A');
    }
    if (word.startsWith('--interface=')) dev = word.slice(12);
    else if (word === '--interface' || /^-[a-zA-Z#]*i$/.test(word)) dev = argv[++i];
    else if (/^-[a-hj-zA-Z#]*i./.test(word) && !word.startsWith('--')) dev = word.slice(word.indexOf('i') + 1);
    else if (TAKES_VALUE.test(word) || LONG_VALUE.test(word)) i++;
    else if (!word.startsWith('-')) filter.push(word);
  }
  return {
    ...(dev !== undefined && { dev }),
    ...(filter.length > 0 && { filter: filter.join(' ').replace(/^['"]|['"]$/g, '') }),
    ...(stamps === 3 && { since: 'previous' as const }),
    ...(stamps === 5 && { since: 'first' as const }),
    ...(ascii && { ascii: true as const }),
  };
}
