import type { Claim } from '../../kit/index.js';

/** What a command line of netstat asks for. */
export interface NetstatMode {
  readonly what: 'sockets' | 'route' | 'interfaces' | 'statistics' | 'groups' | 'other';
  readonly wide: boolean;
  readonly letters: string;
}

const LONG: Readonly<Record<string, string>> = {
  route: 'r',
  interfaces: 'i',
  groups: 'g',
  statistics: 's',
  masquerade: 'M',
  wide: 'W',
  notrim: 'T',
  all: 'a',
  listening: 'l',
  tcp: 't',
  udp: 'u',
  udplite: 'U',
  raw: 'w',
  sctp: 'S',
  unix: 'x',
  inet: '4',
  inet6: '6',
  version: 'V',
  help: 'h',
};

const WHAT: readonly (readonly [RegExp, NetstatMode['what']])[] = [
  [/[VhM]/, 'other'],
  [/r/, 'route'],
  [/[iI]/, 'interfaces'],
  [/s/, 'statistics'],
  [/g/, 'groups'],
];

/** Of `netstat` and `busybox netstat`. */
export function netstatMode(argv: readonly string[]): NetstatMode {
  let letters = '';
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word.startsWith('--')) letters += LONG[word.slice(2).split('=')[0] ?? ''] ?? '';
    else if (word.startsWith('-I')) letters += 'i';
    else if (word.startsWith('-')) {
      letters += word.slice(1);
      if (word.endsWith('A')) letters += argv[++i] === 'inet6' ? '6' : '4';
    }
  }
  return {
    what: WHAT.find(([which]) => which.test(letters))?.[1] ?? 'sockets',
    wide: /[WT]/.test(letters),
    letters,
  };
}

const PROTOCOLS: readonly (readonly [string, string])[] = [
  ['t', 'tcp'],
  ['u', 'udp'],
  ['U', 'udplite'],
  ['w', 'raw'],
  ['S', 'sctp'],
];

/** What `netstat …` lists of sockets: without `-l` and `-a` none that has no peer, with `-l` no others. */
export function claimNetstat(argv: readonly string[]): Claim | undefined {
  if (argv[0] !== 'netstat') return undefined;
  const { what, letters } = netstatMode(argv);
  if (what !== 'sockets') return undefined;
  const protocols = PROTOCOLS.filter(([letter]) => letters.includes(letter)).map(([, name]) => name);
  if (protocols.length === 0 && letters.includes('x')) return { kinds: [] };
  const family =
    /6/.test(letters) && !/4/.test(letters) ? '6' : /4/.test(letters) && !/6/.test(letters) ? '4' : undefined;
  return {
    scope: {
      ...(protocols.length > 0 && { protocol: protocols.join(' ') }),
      ...(family !== undefined && { family }),
    },
    kinds: letters.includes('a') ? ['socket', 'connections'] : letters.includes('l') ? ['socket'] : ['connections'],
  };
}
