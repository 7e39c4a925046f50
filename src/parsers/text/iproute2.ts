/** A command line of `ip` or `bridge`, read as iproute2 reads it. */
export interface Iproute2Command {
  /** Full name of the object: `address`, `route`, `neighbour`, `fdb` … */
  readonly object: string;
  /** Words behind the object: `['show', 'dev', 'cni0']`. */
  readonly args: readonly string[];
  /** `-4` and `-6` (or `-family inet6`). */
  readonly family?: '4' | '6';
  /** `-j` and `-br` print other formats than the plain one. */
  readonly plain: boolean;
  /** `-br` without `-j`. */
  readonly brief: boolean;
}

/*
 * Objects in the order of iproute2's ip/ip.c and bridge/bridge.c: the first one that the typed word is a prefix of is meant, so `ip r` is
 * route and not rule, `ip n` is neighbour and not netns.
 */
const OBJECTS: Readonly<Record<string, readonly string[]>> = {
  ip: [
    'address',
    'addrlabel',
    'maddress',
    'route',
    'rule',
    'neighbor',
    'neighbour',
    'ntable',
    'ntbl',
    'link',
    'l2tp',
    'fou',
    'ila',
    'macsec',
    'tunnel',
    'tunl',
    'tuntap',
    'tap',
    'token',
    'tcpmetrics',
    'tcp_metrics',
    'monitor',
    'xfrm',
    'mroute',
    'mrule',
    'netns',
    'netconf',
    'vrf',
    'sr',
    'nexthop',
    'mptcp',
    'ioam',
    'stats',
    'help',
  ],
  bridge: ['link', 'fdb', 'mdb', 'mst', 'vlan', 'vni', 'monitor', 'help'],
};

/*
 * Options in iproute2's order; the ones of `VALUED` take the next word. `-n` is a namespace for both programs, `-b` a batch file.
 */
const OPTIONS = [
  'loops',
  'family',
  '4',
  '6',
  '0',
  'M',
  'B',
  'I',
  'D',
  'human-readable',
  'iec',
  'stats',
  'statistics',
  'details',
  'resolve',
  'oneline',
  'timestamp',
  'tshort',
  'Version',
  'force',
  'batch',
  'brief',
  'json',
  'pretty',
  'rcvbuf',
  'color',
  'colour',
  'compressvlans',
  'help',
  'netns',
  'Numeric',
  'all',
  'echo',
];
const VALUED: ReadonlySet<string> = new Set(['loops', 'family', 'batch', 'rcvbuf', 'netns']);
/** Objects that `-br` prints otherwise; for the rest it changes nothing. */
const BRIEF: ReadonlySet<string> = new Set(['address', 'link', 'neighbor', 'neighbour']);
const FAMILIES: ReadonlyMap<string, '4' | '6'> = new Map([
  ['inet', '4'],
  ['inet6', '6'],
]);

const firstWithPrefix = (names: readonly string[], word: string): string | undefined =>
  word === '' ? undefined : names.find((name) => name.startsWith(word));

/** Reads `ip` and `bridge` command lines with all abbreviations; undefined for other programs and for words that iproute2 refuses. */
export function iproute2Command(argv: readonly string[]): Iproute2Command | undefined {
  const words = argv[0] === 'busybox' ? argv.slice(1) : argv;
  const objects = Object.hasOwn(OBJECTS, words[0] ?? '') ? OBJECTS[words[0] ?? ''] : undefined;
  if (!objects) return undefined;
  let family: '4' | '6' | undefined;
  let [json, brief] = [false, false];
  let i = 1;
  for (; i < words.length; i++) {
    const word = words[i] ?? '';
    if (!word.startsWith('-') || word === '-') break;
    // `-color=never`; two dashes are as good as one.
    const option = firstWithPrefix(OPTIONS, word.replace(/^--?/, '').replace(/=.*$/, ''));
    if (option === undefined) return undefined;
    if (option === '4' || option === '6') family = option;
    else if (option === 'family') family = FAMILIES.get(words[i + 1] ?? '');
    else if (option === 'json') json = true;
    else if (option === 'brief') brief = true;
    if (VALUED.has(option)) i++;
  }
  const object = firstWithPrefix(objects, words[i] ?? '');
  if (object === undefined) return undefined;
  return {
    object: object === 'neighbor' ? 'neighbour' : object,
    args: words.slice(i + 1),
    plain: !json && !(brief && BRIEF.has(object)),
    brief: brief && !json && BRIEF.has(object),
    ...(family && { family }),
  };
}

/** The command line without its `-j`; undefined when it has none. */
export function jsonAsPlain(argv: readonly string[]): readonly string[] | undefined {
  const words: string[] = argv.slice(0, 1);
  let json = false;
  let i = 1;
  for (; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (!word.startsWith('-')) break;
    const option = firstWithPrefix(OPTIONS, word.replace(/^--?/, ''));
    if (option === 'json') json = true;
    else words.push(word);
    const value = argv[i + 1];
    if (VALUED.has(option ?? '') && value !== undefined) {
      words.push(value);
      i++;
    }
  }
  return json ? [...words, ...argv.slice(i)] : undefined;
}

const SHOW = ['show', 'list', 'lst', 'ls'];

/** Words behind `show` (or one of its names, or nothing); undefined when the verb is another one, which prints no listing. */
export function shown(args: readonly string[]): readonly string[] | undefined {
  const [verb, ...rest] = args;
  if (verb === undefined) return [];
  return SHOW.some((name) => name.startsWith(verb)) ? rest : undefined;
}

/**
 * Selection of a `show`: pairs (`dev cni0`, `master br0`), lone words (`up` gives `{ up: '' }`), and one bare word, which means `bare`.
 * `flags` are the words that take no value.
 */
export function selection(
  words: readonly string[],
  bare: string,
  flags: ReadonlySet<string>,
  keys: ReadonlySet<string>,
): Record<string, string> {
  const pairs: [string, string][] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (flags.has(word)) pairs.push([word, '']);
    else if (keys.has(word)) pairs.push([word, words[++i] ?? '']);
    else pairs.push([bare, word]);
  }
  return Object.fromEntries(pairs);
}

/**
 * What a file's name says of the family, as the option would: `ip6-route`, `ip-6-route-table-all`, `ipv6-neigh`. `object` is a pattern for the
 * object's first letters.
 */
export function namedFamily(object: string): (name: string) => { readonly scope?: { readonly family: '6' } } {
  const six = new RegExp(`(?:^|-)ip(?:v?6|(?:-\\w)*-6)(?:-\\w)*-?${object}`);
  return (name) => (six.test(name) ? { scope: { family: '6' } } : {});
}
