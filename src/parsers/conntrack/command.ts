/** A command line of conntrack, as far as what it prints depends on it. */
export interface ConntrackCommand {
  readonly action: 'list' | 'stats' | 'count' | 'events';
  readonly table: 'conntrack' | 'expect' | 'dying' | 'unconfirmed';
  readonly xml: boolean;
  /** Options that select entries, by long name: `{ protocol: 'udp', 'orig-dst': '10.96.0.10' }`. */
  readonly scope: Readonly<Record<string, string>>;
}

const ACTIONS: Readonly<Record<string, ConntrackCommand['action']>> = {
  L: 'list',
  dump: 'list',
  G: 'list',
  get: 'list',
  S: 'stats',
  stats: 'stats',
  C: 'count',
  count: 'count',
  E: 'events',
  event: 'events',
};

/** Selecting options with a value (conntrack-tools src/conntrack.c), by their properties' names where facts have one of it. */
const SELECTS: Readonly<Record<string, string>> = {
  '-p': 'protocol',
  '--proto': 'protocol',
  '-f': 'family',
  '--family': 'family',
  '-s': 'source',
  '--src': 'source',
  '--orig-src': 'source',
  '-d': 'destination',
  '--dst': 'destination',
  '--orig-dst': 'destination',
  '-r': 'replySource',
  '--reply-src': 'replySource',
  '-q': 'replyDestination',
  '--reply-dst': 'replyDestination',
  '--sport': 'sourcePort',
  '--orig-port-src': 'sourcePort',
  '--dport': 'destinationPort',
  '--orig-port-dst': 'destinationPort',
  '--reply-port-src': 'replySourcePort',
  '--reply-port-dst': 'replyDestinationPort',
  '--state': 'state',
  '-u': 'status',
  '--status': 'status',
  '-m': 'mark',
  '--mark': 'mark',
  '-w': 'zone',
  '--zone': 'zone',
  '--orig-zone': 'zoneOriginal',
  '--reply-zone': 'zoneReply',
  '-l': 'label',
  '--label': 'label',
  '-e': 'event',
  '--event-mask': 'event',
};
/** These take an address or stand alone: what NAT touched. */
const NAT: ReadonlySet<string> = new Set(['-n', '--src-nat', '-g', '--dst-nat', '-j', '--any-nat']);

const isTable = (word: string | undefined): word is ConntrackCommand['table'] =>
  word === 'conntrack' || word === 'expect' || word === 'dying' || word === 'unconfirmed';

/** A long option may hold its value: `--proto=udp`. */
const split = (word: string): readonly [string, string | undefined] => {
  const equals = word.startsWith('--') ? word.indexOf('=') : -1;
  return equals === -1 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
};

export function conntrackCommand(argv: readonly string[]): ConntrackCommand | undefined {
  if (argv[0] !== 'conntrack') return undefined;
  let action: ConntrackCommand['action'] | undefined;
  let table: ConntrackCommand['table'] = 'conntrack';
  const scope: Record<string, string> = {};
  for (let i = 1; i < argv.length; i++) {
    const [option, glued] = split(argv[i] ?? '');
    const letter = /^-([LGSCE])/.exec(option)?.[1] ?? (option.startsWith('--') ? option.slice(2) : '');
    const selected = SELECTS[option];
    if (letter in ACTIONS) {
      action = ACTIONS[letter];
      const next = argv[i + 1];
      if (isTable(next)) table = next;
      // `-S exp`: getopt takes the beginning of the table's name.
      else if (next?.startsWith('exp')) table = 'expect';
    } else if (NAT.has(option)) scope['nat'] = argv[i + 1]?.startsWith('-') === false ? (argv[++i] ?? '') : 'any';
    else if (selected !== undefined) {
      const value = glued ?? argv[++i] ?? '';
      scope[selected] = selected === 'family' ? value.replace('ipv', '') : value.toLowerCase();
    }
  }
  const format = argv.join(' ');
  return action && { action, table, xml: /(?:-o|--output)[ =]?\S*\bxml\b/.test(format), scope };
}
