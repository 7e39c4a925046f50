import type { Claim } from '../../kit/index.js';

/** Protocol that an option asks for; 'other' for sockets of no network. */
const LETTERS: Readonly<Record<string, string>> = {
  t: 'tcp',
  u: 'udp',
  w: 'raw',
  d: 'dccp',
  S: 'sctp',
  M: 'mptcp',
  x: 'other',
  0: 'other',
};
const LONG: Readonly<Record<string, string>> = {
  tcp: 't',
  udp: 'u',
  raw: 'w',
  dccp: 'd',
  sctp: 'S',
  mptcp: 'M',
  unix: 'x',
  packet: '0',
  tipc: 'x',
  vsock: 'x',
  xdp: 'x',
  listening: 'l',
  all: 'a',
  summary: 's',
  ipv4: '4',
  ipv6: '6',
  numeric: 'n',
  version: 'V',
  help: 'h',
  kill: 'K',
  events: 'E',
};
const VALUED: ReadonlySet<string> = new Set(['-f', '-A', '-F', '-D', '-N', '--family', '--query', '--socket', '--net']);

/** What a command line asks for alone: then no column tells it. */
export interface Asked {
  readonly protocol?: string;
  readonly state?: string;
}

interface Options {
  readonly letters: string;
  /** Names of `-A` and `-f`. */
  readonly names: readonly string[];
  /** `state established`, `sport = :22`. */
  readonly filter: readonly string[];
}

function read(argv: readonly string[]): Options {
  let letters = '';
  const names: string[] = [];
  const filter: string[] = [];
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (filter.length > 0) filter.push(word);
    else if (word.startsWith('--')) {
      const [name = '', value] = word.slice(2).split('=');
      letters += LONG[name] ?? '';
      if (VALUED.has(`--${name}`)) names.push(...(value ?? argv[++i] ?? '').split(','));
    } else if (word.startsWith('-')) {
      letters += word.slice(1);
      if (VALUED.has(`-${word.at(-1)}`)) names.push(...(argv[++i] ?? '').split(','));
    } else filter.push(word);
  }
  return { letters, names, filter };
}

const protocolsOf = ({ letters, names }: Options): readonly string[] => [
  ...new Set([
    ...[...letters].flatMap((l) => (Object.hasOwn(LETTERS, l) ? [LETTERS[l] ?? ''] : [])),
    ...names.flatMap((n) => (n === 'inet' || n === 'inet6' || n === 'all' ? [] : [protocolNamed(n)])),
  ]),
];

const protocolNamed = (name: string): string => (/^(?:tcp|udp|raw|dccp|sctp|mptcp)$/.test(name) ? name : 'other');

const STATES: Readonly<Record<string, string>> = {
  established: 'ESTAB',
  'syn-sent': 'SYN-SENT',
  'syn-recv': 'SYN-RECV',
  'fin-wait-1': 'FIN-WAIT-1',
  'fin-wait-2': 'FIN-WAIT-2',
  'time-wait': 'TIME-WAIT',
  closed: 'UNCONN',
  'close-wait': 'CLOSE-WAIT',
  'last-ack': 'LAST-ACK',
  listening: 'LISTEN',
  closing: 'CLOSING',
};

export function askedFor(argv: readonly string[]): Asked {
  const options = read(argv);
  const [protocol, ...more] = protocolsOf(options);
  const word = options.filter[0] === 'state' ? (options.filter[1] ?? '') : '';
  const state = Object.hasOwn(STATES, word) && options.filter[2] !== 'state' ? STATES[word] : undefined;
  return {
    ...(protocol !== undefined && more.length === 0 && { protocol }),
    ...(state !== undefined && { state }),
  };
}

/** What `ss …` lists: without `-l` and `-a` no sockets without a peer, with `-l` no others. */
export function claimSs(argv: readonly string[]): Claim | undefined {
  if (argv[0] !== 'ss') return undefined;
  const asked = read(argv);
  const { letters, names, filter } = asked;
  if (/[VhKE]/.test(letters)) return undefined;
  if (letters.includes('s') && !/[altu]/.test(letters)) return { kinds: ['socket-usage'] };
  const protocols = protocolsOf(asked).filter((p) => p !== 'other');
  const family = /^[^4]*6[^4]*$/.test(letters) || names.includes('inet6') ? '6' : /4/.test(letters) ? '4' : undefined;
  if (protocolsOf(asked).length > 0 && protocols.length === 0) return { kinds: [] };
  return {
    scope: {
      ...(protocols.length > 0 && { protocol: protocols.join(' ') }),
      ...(family !== undefined && { family }),
      ...(filter.length > 0 && { filter: filter.join(' ') }),
    },
    kinds:
      letters.includes('a') || filter[0] === 'state'
        ? ['socket', 'connections']
        : letters.includes('l')
          ? ['socket']
          : ['connections'],
  };
}
