import { eachOf, type Groups, option, type Phrase, phrase } from './phrase.js';

const FLAGS = ['FIN', 'SYN', 'RST', 'PSH', 'ACK', 'URG'];

/** `0x17` → `FIN,SYN,RST,ACK`; names stay. */
function tcpFlags(text: string): string {
  if (!/^0x[\da-f]+$/i.test(text)) return text;
  const bits = Number.parseInt(text, 16);
  return FLAGS.filter((_, i) => bits & (1 << i)).join(',') || 'NONE';
}

const PART = / +(spts?|dpts?|option|flags)[:=](!?)(\S+)/g;

function partOf(protocol: string, [, key = '', negated, value = '']: Groups): string {
  if (key.startsWith('spt')) return option('sport', value, negated);
  if (key.startsWith('dpt')) return option('dport', value, negated);
  if (key === 'option') return option(`${protocol}-option`, value, negated);
  const [mask = '', set = ''] = value.split('/');
  return option('tcp-flags', `${tcpFlags(mask)} ${tcpFlags(set)}`, negated);
}

/** Chunk types of SCTP (RFC 9260 and followers), as libxt_sctp.c names them. */
const CHUNKS: ReadonlyMap<number, string> = new Map([
  ...'DATA INIT INIT_ACK SACK HEARTBEAT HEARTBEAT_ACK ABORT SHUTDOWN SHUTDOWN_ACK ERROR COOKIE_ECHO COOKIE_ACK ECN_ECNE ECN_CWR SHUTDOWN_COMPLETE'
    .split(' ')
    .map((name, i) => [i, name] as const),
  [64, 'I_DATA'],
  [128, 'ASCONF_ACK'],
  [130, 'RE_CONFIG'],
  [132, 'PAD'],
  [192, 'FORWARD_TSN'],
  [193, 'ASCONF'],
  [194, 'I_FORWARD_TSN'],
]);

const chunks = (text: string): string =>
  text.replace(/0x([\da-fA-F]{4})/g, (hex, digits: string) => CHUNKS.get(Number.parseInt(digits, 16)) ?? hex);

const DCCP = 'REQUEST RESPONSE DATA ACK DATAACK CLOSEREQ CLOSE RESET SYNC SYNCACK INVALID'.split(' ');
const dccpTypes = (text: string): string =>
  text
    .split(',')
    .map((t) => DCCP[Math.min(Number(t), DCCP.length - 1)] ?? t)
    // The types from INVALID on are one bit each, and one name.
    .filter((t, i, all) => all.indexOf(t) === i)
    .join();

const PORTS = '((?: (?:spts?|dpts?):\\S+)*)';

/** `tcp spts:1024:65535 dpt:!80 flags:0x17/0x02` and its kin. */
export const portPhrases: readonly (readonly [string, Phrase])[] = [
  [
    'tcp',
    phrase(
      'tcp((?: (?:spts?|dpts?|option|flags)[:=]\\S+)*)',
      ([, parts]) => `-m tcp${eachOf(parts, PART, (g) => partOf('tcp', g))}`,
    ),
  ],
  ['udp', phrase(`udp${PORTS}`, ([, parts]) => `-m udp${eachOf(parts, PART, (g) => partOf('udp', g))}`)],
  [
    'sctp',
    phrase(`sctp${PORTS}(?:( !)? (any|all|only) (\\S+))?`, ([, parts, negated, which, types = '']) => {
      const ports = eachOf(parts, PART, (g) => partOf('sctp', g));
      return `-m sctp${ports}${option('chunk-types', which && `${which} ${chunks(types)}`, negated)}`;
    }),
  ],
  [
    'dccp',
    phrase(`dccp${PORTS}(?:( !)? ([A-Z\\d][A-Z\\d,]*))?( option=\\S+)?`, ([, parts, negated, types, last]) => {
      const ports = eachOf(parts, PART, (g) => partOf('dccp', g));
      const rest = eachOf(last, PART, (g) => partOf('dccp', g));
      return `-m dccp${ports}${option('dccp-types', types && dccpTypes(types), negated)}${rest}`;
    }),
  ],
  [
    'multiport',
    phrase(
      'multiport (sports|dports|ports) (!)? ?(\\S+)',
      ([, which = '', negated, list]) => `-m multiport${option(which, list, negated)}`,
    ),
  ],
];
