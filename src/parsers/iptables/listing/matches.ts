import { eachOf, flag, option, type Phrase, phrase, quoted } from './phrase.js';

/*
 * The matches that hosts of containers have. Each is what the extension's own print function writes (iptables, extensions/libxt_*.c), of
 * all versions; the options are those of its save function.
 */
const CT =
  '(?:! )?ct(?:state|proto|origsrc|origdst|replsrc|repldst|origsrcport|origdstport|replsrcport|repldstport|status|expire|dir) \\S+';
const MARK = '(!)? ?(0x[\\da-f]+(?:/0x[\\da-f]+)?)';

const conntrack = phrase(
  `${CT}(?: ${CT})*`,
  ([words]) =>
    `-m conntrack${eachOf(words, /(?:(!) +)?(ct\w+) +(\S+)/g, ([, negated, name = '', value]) => option(name, value, negated))}`,
);

const CT_WORDS =
  'ctstate ctproto ctorigsrc ctorigdst ctreplsrc ctrepldst ctorigsrcport ctorigdstport ctreplsrcport ctrepldstport ctstatus ctexpire ctdir';

const VIPS = '(?:! )?(?:ipvs|(?:vproto|vaddr|vport|vdir|vmethod|vportctl) \\S+)';
const ipvs = phrase(
  `${VIPS}(?: ${VIPS})*`,
  ([words]) =>
    `-m ipvs${eachOf(words, /(?:(!) +)?(?:(ipvs)|(v\w+) +(\S+))/g, ([, negated, plain, name = '', value]) => option(plain ?? name, plain ? '' : value, negated))}`,
);

const OWNER: Readonly<Record<string, string>> = {
  'UID match': 'uid-owner',
  'GID match': 'gid-owner',
  'PID match': 'pid-owner',
  'SID match': 'sid-owner',
  'CMD match': 'cmd-owner',
  'socket exists': 'socket-exists',
};
const OWN = '(?:! )?(?:owner (?:[UGPS]ID|CMD) match \\S+|owner socket exists|incl\\. suppl\\. groups)';
const owner = phrase(
  `${OWN}(?: ${OWN})*`,
  ([words]) =>
    `-m owner${eachOf(
      words,
      /(?:(!) +)?(?:owner +(\w+ \w+)|incl\. +suppl\. +groups)(?:(?<=match) +(\S+))?/g,
      ([, negated, what, value]) =>
        option(what === undefined ? 'suppl-groups' : (OWNER[what] ?? ''), value ?? '', negated),
    )}`,
);

const RECENT: Readonly<Record<string, string>> = { SET: 'set', CHECK: 'rcheck', UPDATE: 'update', REMOVE: 'remove' };
const recent = phrase(
  '(!)? ?recent: (SET|CHECK|UPDATE|REMOVE)(?: seconds: (\\d+))?( reap)?(?: hit_count: (\\d+))?( TTL-Match)?(?: name: (\\S+))?(?: side: (source|dest))?(?: mask: (\\S+))?',
  ([, negated, act = '', seconds, reap, hits, ttl, name, side, mask]) =>
    `-m recent${option(RECENT[act] ?? '', '', negated)}${option('seconds', seconds)}${flag('reap', reap)}${option('hitcount', hits)}${flag('rttl', ttl)}` +
    `${option('name', name)}${option('mask', mask)}${side === undefined ? '' : ` --r${side}`}`,
);

const set = phrase(
  '(!)? ?match-set (\\S+) ((?:src|dst)(?:,(?:src|dst))*)( return-nomatch)?((?: ! update-(?:sub)?counters)*)((?:(?: !)? (?:packets|bytes)-(?:eq|lt|gt) \\d+)*)',
  ([, negated, name, dirs, nomatch, updates, counters]) =>
    `-m set${option('match-set', `${name} ${dirs}`, negated)}${flag('return-nomatch', nomatch)}` +
    eachOf(updates, /update-\w+/g, ([word = '']) => ` ! --${word}`) +
    eachOf(counters, /(?:(!) +)?([\w-]+) +(\d+)/g, ([, not, key = '', value]) => option(key, value, not)),
);

const addrtype = phrase(
  'ADDRTYPE match(?: src-type ?(!)?([A-Z,]+))?(?: dst-type ?(!)?([A-Z,]+))?( limit-in)?( limit-out)?',
  ([, notSrc, src, notDst, dst, inside, outside]) =>
    `-m addrtype${option('src-type', src, notSrc)}${option('dst-type', dst, notDst)}${flag('limit-iface-in', inside)}${flag('limit-iface-out', outside)}`,
);

/** What is hashed, joined by `-`; the name of the table is not printed. */
const HASH =
  '(?: mode (\\S+))?(?: htable-size (\\d+))?(?: htable-max (\\d+))?(?: htable-gcinterval (\\d+))?(?: htable-expire (\\d+))?(?: srcmask (\\d+))?(?: dstmask (\\d+))?( rate-match)?(?: rate-interval (\\d+))?';
const hashed = ([mode, size, max, gc, expire, srcmask, dstmask, rate, interval]: readonly (
  | string
  | undefined
)[]): string => {
  const values = {
    mode: mode?.replaceAll('-', ','),
    'htable-size': size,
    'htable-max': max,
    'htable-gcinterval': gc,
    'htable-expire': expire,
    srcmask,
    dstmask,
  };
  const options = Object.entries(values).map(([name, value]) => option(`hashlimit-${name}`, value));
  return `${options.join('')}${flag('hashlimit-rate-match', rate)}${option('hashlimit-rate-interval', interval)}`;
};
const hashlimit = phrase(
  `limit: (above|up to) (\\S+)(?: burst (\\S+))?${HASH}`,
  ([, way, rate, burst, ...rest]) =>
    `-m hashlimit${option(way === 'above' ? 'hashlimit-above' : 'hashlimit-upto', rate)}${option('hashlimit-burst', burst)}${hashed(rest)}`,
);
const oldHashlimit = phrase(
  `limit: avg (\\S+) burst (\\d+) mode (\\S+)${HASH.slice(HASH.indexOf('(?: htable-size'))}`,
  ([, rate, burst, ...rest]) =>
    `-m hashlimit${option('hashlimit', rate)}${option('hashlimit-burst', burst)}${hashed(rest)}`,
);
const limit = phrase(
  'limit: avg (\\S+) burst (\\d+)',
  ([, rate, burst]) => `-m limit${option('limit', rate)}${burst === '5' ? '' : option('limit-burst', burst)}`,
);

const statistic = phrase(
  'statistic mode (?:random( !)? probability ([\\d.]+)|nth( !)? every (\\d+)(?: packet (\\d+))?)',
  ([, notRandom, probability, notNth, every, packet = '0']) =>
    probability !== undefined
      ? `-m statistic --mode random${option('probability', probability, notRandom)}`
      : `-m statistic --mode nth${option('every', every, notNth)}${option('packet', packet)}`,
);

const physdev = phrase(
  'PHYSDEV match((?:(?: !)? --physdev-(?:is-in|is-out|is-bridged|(?:in|out) \\S+))+)',
  ([, words = '']) => `-m physdev ${words.trim().replace(/ +/g, ' ')}`,
);

const iprange = (side: 'source' | 'destination', name: string): Phrase =>
  phrase(
    `${side} IP range (!)? ?(\\S+-\\S+)${side === 'source' ? '(?: destination IP range (!)? ?(\\S+-\\S+))?' : ''}`,
    ([, negated, range, not, second]) => `-m iprange${option(name, range, negated)}${option('dst-range', second, not)}`,
  );

const rpfilter = phrase(
  'rpfilter( loose)?( validmark)?( accept-local)?( invert)?',
  ([, loose, mark, local, invert]) =>
    `-m rpfilter${flag('loose', loose)}${flag('validmark', mark)}${flag('accept-local', local)}${flag('invert', invert)}`,
);

/** Nothing parts it from `match bpf` behind it. */
const comment: Phrase = {
  pattern: /\/\* (.*?) \*\//y,
  write: ([, text = '']) => `-m comment --comment ${quoted(text)}`,
};

/** By the word that a phrase starts with, behind the `!` of those that are negated in front. */
export const commonMatches: readonly (readonly [string, Phrase])[] = [
  ['/*', comment],
  ...CT_WORDS.split(' ').map((word) => [word, conntrack] as const),
  ['state', phrase('(!)? ?state ([A-Z,]+)', ([, negated, states]) => `-m state${option('state', states, negated)}`)],
  ['mark', phrase(`mark match ${MARK}`, ([, negated, mark]) => `-m mark${option('mark', mark, negated)}`)],
  ['MARK', phrase(`MARK match ${MARK}`, ([, negated, mark]) => `-m mark${option('mark', mark, negated)}`)],
  ['connmark', phrase(`connmark match ${MARK}`, ([, negated, mark]) => `-m connmark${option('mark', mark, negated)}`)],
  ['CONNMARK', phrase(`CONNMARK match ${MARK}`, ([, negated, mark]) => `-m connmark${option('mark', mark, negated)}`)],
  ['ADDRTYPE', addrtype],
  ['match-set', set],
  ['limit:', hashlimit],
  ['limit:', oldHashlimit],
  ['limit:', limit],
  ['statistic', statistic],
  ['recent:', recent],
  ['PHYSDEV', physdev],
  ['owner', owner],
  ['incl.', owner],
  ['source', iprange('source', 'src-range')],
  ['destination', iprange('destination', 'dst-range')],
  ['rpfilter', rpfilter],
  ...['ipvs', 'vproto', 'vaddr', 'vport', 'vdir', 'vmethod', 'vportctl'].map((word) => [word, ipvs] as const),
];
