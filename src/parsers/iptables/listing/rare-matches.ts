import { eachOf, flag, option, type Phrase, phrase, quoted } from './phrase.js';

/** The other matches, as in matches.ts. Those of IPv6 extension headers and some of tc's kind stay unread. */
const NUMBER = '(!)?(\\d+(?::\\d+)?)';

const COMPARE: Readonly<Record<string, string>> = { '==': 'eq', '!=': 'eq', '<': 'lt', '>': 'gt' };
const hops = (word: string, name: string): Phrase =>
  phrase(
    `${word} match ${word} (==|!=|<|>) (\\d+)`,
    ([, how = '', count]) => `-m ${name}${option(`${name}-${COMPARE[how]}`, count, how === '!=' ? '!' : '')}`,
  );

const POLICY_ENTRY = '(?: \\[\\d+\\]|(?: !)? (?:reqid|spi|proto|mode|tunnel-dst|tunnel-src) \\S+)';
const policy = phrase(
  `policy match dir (in|out) pol (none|ipsec)( strict)?((?:${POLICY_ENTRY})*)`,
  ([, dir, pol, strict, entries = '']) => {
    const options = eachOf(
      entries,
      /(?:(!) +)?(?:\[(\d+)\]|(reqid|spi|proto|mode|tunnel-dst|tunnel-src) +(\S+))/g,
      ([, not, index, name = '', value]) =>
        index === undefined
          ? option(name, name === 'proto' ? (ESP[value ?? ''] ?? value) : value, not)
          : index === '0'
            ? ''
            : ' --next',
    );
    return `-m policy --dir ${dir} --pol ${pol}${flag('strict', strict)}${options}`;
  },
);
const ESP: Readonly<Record<string, string>> = { '50': 'esp', '51': 'ah', '108': 'ipcomp' };

const DAY =
  '(?: from ([\\d:]+) to ([\\d:]+))?(?: on ((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[A-Za-z,]*))?(?: on (\\d+(?:st|nd|rd|th)\\S*))?';
const DATES = '(?: starting from (\\S+ \\S+))?(?: until date (\\S+ \\S+))?( UTC)?( contiguous)?';
const date = (text: string | undefined): string | undefined => text?.replace(/ +/, 'T');
const time = phrase(
  `TIME${DAY}${DATES}`,
  ([, from, to, weekdays, days, start, stop, utc, contiguous]) =>
    `-m time${option('timestart', from)}${option('timestop', to)}${option('monthdays', days?.replace(/st|nd|rd|th/g, ''))}${option('weekdays', weekdays)}` +
    `${option('datestart', date(start))}${option('datestop', date(stop))}${utc === undefined ? ' --kerneltz' : ''}${flag('contiguous', contiguous)}`,
);

const string = phrase(
  'STRING match ?(!)? ?"((?:[^"\\\\]|\\\\.)*)" ALGO name (\\S+)(?: FROM (\\d+))?(?: TO (\\d+))?( ICASE)?',
  ([, negated, text = '', algorithm, from, to, icase]) =>
    `-m string${option(/^\|[\da-f]+\|$/.test(text) ? 'hex-string' : 'string', `"${text}"`, negated)}${option('algo', algorithm)}${option('from', from)}${option('to', to)}${flag('icase', icase)}`,
);

const connlimit = phrase(
  '#conn (src|dst)/(\\d+) (<=|>) (\\d+)',
  ([, side, mask, how, count]) =>
    `-m connlimit${option(how === '>' ? 'connlimit-above' : 'connlimit-upto', count)}${option('connlimit-mask', mask)} --connlimit-${side === 'src' ? 's' : 'd'}addr`,
);

const connbytes = phrase(
  '(!)? ?connbytes (\\d+(?::\\d+)?) connbytes mode (packets|bytes|avgpkt) connbytes direction (original|reply|both)',
  ([, negated, count, mode, direction]) =>
    `-m connbytes${option('connbytes', count, negated)}${option('connbytes-mode', mode)}${option('connbytes-dir', direction)}`,
);

const spis = (word: string, name: string, key: string): Phrase =>
  phrase(
    `${word}(?: spis?:(!)?(\\S+))?( reserved)?`,
    ([, negated, spi, reserved]) =>
      `-m ${name}${option(key, spi, negated)}${reserved === undefined ? '' : name === 'ipcomp' ? ' --compres' : ' --ahres'}`,
  );

const ecn = phrase(
  'ECN match(?: (!)?(ECE))?(?: (!)?(CWR))?(?: (!)?ECT=(\\d))?',
  ([, notEce, ece, notCwr, cwr, notEct, ect]) =>
    `-m ecn${option('ecn-tcp-ece', ece && '', notEce)}${option('ecn-tcp-cwr', cwr && '', notCwr)}${option('ecn-ip-ect', ect, notEct)}`,
);

const socket = phrase(
  'socket((?: --(?:transparent|nowildcard|restore-skmark))*)',
  ([, words = '']) => `-m socket${words.replace(/ +/g, ' ')}`,
);

const GROUP = '(?:! )?(?:src|dst)-group \\S+';
const devgroup = phrase(
  `${GROUP}(?: ${GROUP})?`,
  ([words]) =>
    `-m devgroup${eachOf(words, /(?:(!) +)?((?:src|dst)-group) +(\S+)/g, ([, not, name = '', value]) => option(name, value, not))}`,
);

const cluster = phrase(
  'cluster (!)?node_mask=(0x[\\da-f]+) total_nodes=(\\d+) hash_seed=(0x[\\da-f]+)',
  ([, negated, mask, nodes, seed]) =>
    `-m cluster${option('cluster-local-nodemask', mask, negated)}${option('cluster-total-nodes', nodes)}${option('cluster-hash-seed', seed)}`,
);

const frag = phrase(
  'frag(?: ids?:(!)?(\\S+))?(?: length:(!)?(\\d+))?( reserved)?( first)?( more)?( last)?',
  ([, notId, id, notLength, length, res, first, more, last]) =>
    `-m frag${option('fragid', id, notId)}${option('fraglen', length, notLength)}${flag('fragres', res)}${flag('fragfirst', first)}${flag('fragmore', more)}${flag('fraglast', last)}`,
);

export const rareMatches: readonly (readonly [string, Phrase])[] = [
  ['length', phrase(`length ${NUMBER}`, ([, negated, size]) => `-m length${option('length', size, negated)}`)],
  ...['MAC', 'MAC!'].map(
    (word) =>
      [
        word,
        phrase(
          'MAC ?(!)? ?([\\da-fA-F:]{17})',
          ([, negated, mac]) => `-m mac${option('mac-source', mac?.toLowerCase(), negated)}`,
        ),
      ] as const,
  ),
  ['PKTTYPE', phrase('PKTTYPE (!)?= (\\S+)', ([, negated, type]) => `-m pkttype${option('pkt-type', type, negated)}`)],
  ['tcpmss', phrase(`tcpmss match ${NUMBER}`, ([, negated, size]) => `-m tcpmss${option('mss', size, negated)}`)],
  ['TTL', hops('TTL', 'ttl')],
  ['HL', hops('HL', 'hl')],
  ['tos', phrase('tos match ?(!)?(\\S+)', ([, negated, value]) => `-m tos${option('tos', value, negated)}`)],
  ...['tos', 'match0x'].map(
    (word) =>
      [
        word,
        phrase('tos match(!)?(0x\\S+)', ([, negated, value]) => `-m tos${option('tos', value, negated)}`),
      ] as const,
  ),
  ['DSCP', phrase('DSCP match (!)?(0x[\\da-f]+)', ([, negated, value]) => `-m dscp${option('dscp', value, negated)}`)],
  ['#conn', connlimit],
  ['connbytes', connbytes],
  [
    'connlabel',
    phrase(
      "connlabel( !)? '?([^ ']+)'?( set)?",
      ([, negated, label, also]) => `-m connlabel${option('label', label, negated)}${flag('set', also)}`,
    ),
  ],
  ['socket', socket],
  ['u32', phrase('u32 ?(!)? ?"([^"]*)"', ([, negated, tests]) => `-m u32${option('u32', `"${tests}"`, negated)}`)],
  ['STRING', string],
  ['TIME', time],
  ['policy', policy],
  [
    'helper',
    phrase(
      'helper match (!)? ?"([^"]*)"',
      ([, negated, name = '']) => `-m helper${option('helper', quoted(name), negated)}`,
    ),
  ],
  ['match', phrase('match bpf pinned (\\S+)', ([, path = '']) => `-m bpf --object-pinned ${path}`)],
  [
    'match',
    phrase(
      'match bpf (\\d+ \\d+ \\d+ \\d+(?:,\\d+ \\d+ \\d+ \\d+)*)\\0?',
      ([, code = '']) => `-m bpf --bytecode "${code.split(',').length},${code}"`,
    ),
  ],
  [
    'cgroup',
    phrase(
      'cgroup(?: (!)? ?(/\\S*))?(?: (!)? ?(\\d+))?',
      ([, notPath, path, notId, id]) =>
        `-m cgroup${option('path', path && quoted(path), notPath)}${option('cgroup', id, notId)}`,
    ),
  ],
  ['cpu', phrase('cpu (!)? ?(\\d+)', ([, negated, cpu]) => `-m cpu${option('cpu', cpu, negated)}`)],
  ['cluster', cluster],
  ['src-group', devgroup],
  ['dst-group', devgroup],
  ['ECN', ecn],
  ['esp', spis('esp', 'esp', 'espspi')],
  ['ah', spis('ah', 'ah', 'ahspi')],
  ['comp', spis('comp', 'ipcomp', 'ipcompspi')],
  ['frag', frag],
  ['nfacct-name', phrase('nfacct-name (\\S+)', ([, name]) => `-m nfacct --nfacct-name ${name}`)],
  [
    'OS',
    phrase('OS fingerprint match (!)? ?(\\S+)', ([, negated, genre]) => `-m osf${option('genre', genre, negated)}`),
  ],
  ['quota:', phrase('quota: (\\d+) bytes', ([, bytes]) => `-m quota --quota ${bytes}`)],
  ['realm', phrase('(!)? ?realm (\\S+)', ([, negated, realm]) => `-m realm${option('realm', realm, negated)}`)],
  ['mh', phrase(`mh(?: ${NUMBER})?`, ([, negated, type]) => `-m mh${option('mh-type', type, negated)}`)],
  ['eui64', phrase('eui64', () => '-m eui64')],
];
