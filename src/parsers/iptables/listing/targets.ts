import { eachOf, flag, option, type Phrase, phrase, quoted } from './phrase.js';

const ALL = 0xffffffff;
const hex = (n: number): string => `0x${(n >>> 0).toString(16)}`;

/** MARK and CONNMARK print what the two numbers amount to; iptables-save prints the numbers. */
function marked(how: string, value: string, mask: string | undefined): string {
  const n = Number.parseInt(value, 16);
  const [set, bits] =
    how === 'and'
      ? [0, ~n]
      : how === 'or'
        ? [n, n]
        : how === 'xor'
          ? [n, 0]
          : [n, mask === undefined ? ALL : Number.parseInt(mask, 16)];
  return ` --set-xmark ${hex(set)}/${hex(bits)}`;
}

const SET_MARK = '(and|or|xor|set|xset) (0x[\\da-f]+)(?:/(0x[\\da-f]+))?';

/** libxt_CONNMARK.c: `save mask 0xff`, `restore ctmask 0x1 nfmask ~0x2`; before 1.4.3 `mask ` stood directly behind. */
function savedMark(act: string, mask: string | undefined, masks: string | undefined): string {
  const both = mask ?? hex(ALL);
  const of = (name: string): string => new RegExp(`${name} +~?(0x[\\da-f]+)`).exec(masks ?? '')?.[1] ?? both;
  return ` --${act}-mark --nfmask ${of('nfmask')} --ctmask ${of('ctmask')}`;
}

const LEVELS = 'emerg alert crit error warning notice info debug'.split(' ');
const LOG_FLAGS: readonly (readonly [bit: number, word: string, name: string])[] = [
  [1, 'tcp-sequence', 'log-tcp-sequence'],
  [2, 'tcp-options', 'log-tcp-options'],
  [4, 'ip-options', 'log-ip-options'],
  [8, 'uid', 'log-uid'],
  [32, 'macdecode', 'log-macdecode'],
];

const log = phrase(
  'LOG(?: flags (\\d+))? level (\\w+)((?: (?:tcp-sequence|tcp-options|ip-options|uid|macdecode))*)(?: prefix [`"](.*)[\'"])?',
  ([, flags, level = '', words = '', prefix]) => {
    const bits = Number(flags ?? 0);
    const number = LEVELS.includes(level) ? LEVELS.indexOf(level) : Number(level.replace(/^warn$/, '4'));
    const shown = LOG_FLAGS.filter(([bit, word]) => bits & bit || words.split(/ +/).includes(word));
    return `${option('log-prefix', prefix && quoted(prefix))}${number === 4 || Number.isNaN(number) ? '' : ` --log-level ${number}`}${shown.map(([, , name]) => ` --${name}`).join('')}`;
  },
);

const RANDOM = '( random)?( random-fully)?( persistent)?';
const random = ([first, fully, persistent]: readonly (string | undefined)[]): string =>
  `${flag('random', first)}${flag('random-fully', fully)}${flag('persistent', persistent)}`;
const nat = (name: string): Phrase =>
  phrase(
    `(to:\\S+(?: to:\\S+)*)${RANDOM}`,
    ([, to, ...rest]) => `${eachOf(to, /to:(\S+)/g, ([, x]) => option(name, x))}${random(rest)}`,
  );

const SETS = '(?:add|del|map)-set \\S+ (?:src|dst)\\S*';
const set = phrase(
  `(${SETS}(?: exist)?(?: timeout \\d+)?(?: ${SETS})*)((?: map-(?:mark|prio|queue))*)`,
  ([, sets = '', maps = '']) =>
    ` ${sets.replace(/ +/g, ' ').replace(/\b(add-set|del-set|map-set|exist|timeout)\b(?= |$)/g, '--$1')}${maps.replace(/ +/g, ' --')}`,
);

const ct = phrase(
  'CT( notrack)?(?: helper (\\S+))?(?: timeout (\\S+))?(?: ctevents (\\S+))?(?: expevents (\\S+))?(?: (zone(?:-orig|-reply)?) (\\S+))?',
  ([, notrack, helper, timeout, events, expected, zone = 'zone', id]) =>
    `${flag('notrack', notrack)}${option('helper', helper)}${option('timeout', timeout)}${option('ctevents', events)}${option('expevents', expected)}${option(zone, id)}`,
);

const nflog = phrase(
  '((?:nflog-\\w+ (?:"(?:[^"\\\\]|\\\\.)*"|[^\\s"]\\S*) ?)+)',
  ([, words = '']) =>
    ` ${words
      .trim()
      .replace(/ +(?=nflog-)/g, ' ')
      .replace(/\bnflog-/g, '--nflog-')}`,
);

const TTL: Readonly<Record<string, string>> = { 'set to': 'set', 'decrement by': 'dec', 'increment by': 'inc' };
const ttl = (word: string): Phrase =>
  phrase(`${word} (set to|decrement by|increment by) (\\d+)`, ([, how = '', n]) =>
    option(`${word.toLowerCase()}-${TTL[how]}`, n),
  );

const synproxy = phrase('SYNPROXY((?: sack-perm| timestamp| wscale \\d+| mss \\d+| ecn)*)', ([, words]) =>
  eachOf(words, /(sack-perm|timestamp|ecn)|(wscale|mss) +(\d+)/g, ([, word, name = '', n]) =>
    word === undefined ? option(name, n) : ` --${word}`,
  ),
);

/** Phrases by the name of the target. */
export const TARGETS: ReadonlyMap<string, readonly Phrase[]> = new Map<string, readonly Phrase[]>([
  ['REJECT', [phrase('reject-with (\\S+)', ([, type]) => option('reject-with', type))]],
  ['DNAT', [nat('to-destination')]],
  ['SNAT', [nat('to-source')]],
  ['SAME', [nat('to')]],
  ['NETMAP', [phrase('(?:to:)?(\\S+)', ([, to]) => option('to', to))]],
  [
    'MASQUERADE',
    [
      phrase(`(?:masq ports: (\\S+))?${RANDOM}`, ([, ports, ...rest]) => `${option('to-ports', ports)}${random(rest)}`),
      phrase('random-fully', () => ' --random-fully'),
      phrase('random', () => ' --random'),
    ],
  ],
  [
    'REDIRECT',
    [
      phrase(`(?:redir ports (\\S+))?${RANDOM}`, ([, ports, ...rest]) => `${option('to-ports', ports)}${random(rest)}`),
      phrase('random', () => ' --random'),
    ],
  ],
  ['MARK', [phrase(`MARK ${SET_MARK}`, ([, how = '', value = '', mask]) => marked(how, value, mask))]],
  [
    'CONNMARK',
    [
      phrase(
        `CONNMARK ${SET_MARK}(?: (left|right)-shift-mark (\\d+))?`,
        ([, how = '', value = '', mask, side, bits]) =>
          `${marked(how, value, mask)}${option(`${side}-shift-mark`, bits)}`,
      ),
      phrase(
        'CONNMARK (save|restore)(?: ?mask (0x[\\da-f]+))?((?: (?:nf|ct)mask ~?0x[\\da-f]+)*)(?: (left|right)-shift-mark (\\d+))?',
        ([, act = '', mask, masks, side, bits]) =>
          `${savedMark(act, mask, masks)}${option(`${side}-shift-mark`, bits)}`,
      ),
    ],
  ],
  ['LOG', [log]],
  ['NFLOG', [nflog]],
  [
    'ULOG',
    [
      phrase(
        'ULOG copy_range (\\d+) nlgroup (\\d+)(?: prefix "(.*)")? queue_threshold (\\d+)',
        ([, range, group, prefix, threshold]) =>
          `${option('ulog-prefix', prefix && quoted(prefix))}${option('ulog-nlgroup', group)}${range === '0' ? '' : option('ulog-cprange', range)}${threshold === '1' ? '' : option('ulog-qthreshold', threshold)}`,
      ),
    ],
  ],
  [
    'TCPMSS',
    [
      phrase('TCPMSS clamp to PMTU', () => ' --clamp-mss-to-pmtu'),
      phrase('TCPMSS set (\\d+)', ([, n]) => option('set-mss', n)),
    ],
  ],
  [
    'TPROXY',
    [
      phrase(
        'TPROXY redirect (\\S+):(\\d+) mark (\\S+)',
        ([, ip, port, mark]) => `${option('on-port', port)}${option('on-ip', ip)}${option('tproxy-mark', mark)}`,
      ),
    ],
  ],
  ['CT', [ct]],
  ['SET', [set]],
  ['DSCP', [phrase('DSCP set (\\S+)', ([, n]) => option('set-dscp', n))]],
  [
    'TOS',
    [
      // No blank before a name.
      phrase('TOS set ?(\\S+)', ([, n]) => option('set-tos', n)),
      phrase('TOS (and|or|xor) (0x\\S+)', ([, how, n]) => option(`${how}-tos`, n)),
    ],
  ],
  [
    'ECN',
    [
      phrase('ECN TCP remove', () => ' --ecn-tcp-remove'),
      phrase(
        'ECN(?: ECE=(\\d))?(?: CWR=(\\d))?(?: ECT codepoint=(\\d))?',
        ([, ece, cwr, ect]) => `${option('ecn-tcp-ece', ece)}${option('ecn-tcp-cwr', cwr)}${option('ecn-ip-ect', ect)}`,
      ),
    ],
  ],
  ['TTL', [ttl('TTL')]],
  ['HL', [ttl('HL')]],
  ['CLASSIFY', [phrase('CLASSIFY set (\\S+)', ([, id]) => option('set-class', id))]],
  ['CHECKSUM', [phrase('CHECKSUM fill', () => ' --checksum-fill')]],
  [
    'NFQUEUE',
    [
      phrase(
        'NFQUEUE (?:num (\\d+)|balance (\\S+))( bypass)?( cpu-fanout)?',
        ([, num, balance, bypass, fanout]) =>
          `${option('queue-num', num)}${option('queue-balance', balance)}${flag('queue-bypass', bypass)}${flag('queue-cpu-fanout', fanout)}`,
      ),
    ],
  ],
  [
    'TEE',
    [
      phrase(
        'TEE gw:(\\S+)(?: oif=(\\S+))?',
        ([, gateway, dev]) => `${option('gateway', gateway)}${option('oif', dev)}`,
      ),
    ],
  ],
  ['AUDIT', [phrase('AUDIT (accept|drop|reject)', ([, type]) => option('type', type))]],
  [
    'IDLETIMER',
    [
      phrase(
        'timeout:(\\d+) label:(\\S+)( alarm)?',
        ([, timeout, label, alarm]) => `${option('timeout', timeout)}${option('label', label)}${flag('alarm', alarm)}`,
      ),
    ],
  ],
  ['SYNPROXY', [synproxy]],
  ['TCPOPTSTRIP', [phrase('TCPOPTSTRIP options (\\S+)', ([, list]) => option('strip-options', list))]],
  ['CONNSECMARK', [phrase('CONNSECMARK (save|restore)', ([, act]) => ` --${act}`)]],
  ['SECMARK', [phrase('SECMARK selctx (\\S+)', ([, context]) => option('selctx', context))]],
  [
    'SNPT',
    [
      phrase(
        'SNPT src-pfx (\\S+) dst-pfx (\\S+)',
        ([, src, dst]) => `${option('src-pfx', src)}${option('dst-pfx', dst)}`,
      ),
    ],
  ],
  [
    'DNPT',
    [
      phrase(
        'DNPT src-pfx (\\S+) dst-pfx (\\S+)',
        ([, src, dst]) => `${option('src-pfx', src)}${option('dst-pfx', dst)}`,
      ),
    ],
  ],
]);
