import type { NeighbourFact } from '../facts/index.js';
import { type Draft, defineParser, formatAddress, parseAddress } from '../kit/index.js';
import { gap, readRows, type Taken } from './text/rows.js';
import { share } from './text/share.js';
import { wordsOf } from './text/words.js';

/*
 * Address                  HWtype  HWaddress           Flags Mask            Iface
 * 10.244.1.0               ether   16:88:4f:00:36:49   CM                    flannel.1
 *
 * gateway (10.0.2.2) at 52:54:00:12:35:02 [ether] on eth0
 * ? (10.0.2.9) at <incomplete> on eth0
 *
 * net-tools arp.c arp_disp_2 and arp_disp (`-a`); busybox prints the second; BSD has `on em0 permanent [ethernet]` and octets of one digit.
 */
const HEADER =
  /^\s*(?:Address\s+HWtype\s+HWaddress|地址\s+类型\s+硬件地址|Adresa\s+HWtyp\s|Aadress\s+HWtüüp|Adresse\s+TypeMap\s|アドレス\s+HWタイプ|Endereço\s+TipoHW)\s*\S*\s+\S+\s+\S+(?:\s+\S+)?\s*$/;
/** `at` and `on` as net-tools' translations have them. */
const AT = /^\s*\S+ \(([^()\s]{1,60})\) (?:at|na|auf|aadressil|em|位于) (\S+)(?: (.*))?$/;
const ON: ReadonlySet<string> = new Set(['on', 'na', 'auf', 'liides', 'em', '在']);
const LINK_ADDRESS = /^[\da-f]{1,2}(?::[\da-f]{1,2}){1,31}$/i;
/** Masked ones too, which then are gaps. */
const HARDWARE = /^[\da-fx*]{1,2}(?:[:-][\da-fx*]{1,2}){1,31}$/i;
const COUNTS =
  /^\s*(?:[^\d:]{1,30}: \d+\s+[^\d:]{1,20}: \d+\s+[^\d:]{1,20}: \d+|arp: \D{0,40}\d+\D{1,60}|\S+ \(\S+\) -- \D{1,40})\s*$/;
const INCOMPLETE = /^(?:<(?!from_interface>)|\()[^\s\d<>()]{1,30}[)>]$/;
/** Busybox has an asterisk, and `PUP`. */
const PUBLISHED: ReadonlySet<string> = new Set(['<from_interface>', '*']);
/** `C` complete, `M` permanent, `P` published, and rarer ones. */
const FLAGS = /^[CMPAT!]{1,6}$/;

type Entry = Draft<NeighbourFact>;

/** `0:90:a9:fd:e4:35` as BSD prints it, in full. */
const fullAddress = (text: string): string =>
  text
    .split(':')
    .map((octet) => octet.padStart(2, '0'))
    .join(':')
    .toLowerCase();

/** What both forms say in the end; a reason when the entry can't be read. */
function entryOf(
  address: string,
  hardware: string,
  dev: string | undefined,
  is: { readonly permanent: boolean; readonly published: boolean },
): Entry | string {
  const parsed = parseAddress(address);
  if (!parsed)
    return /[g-z]/i.test(address) && !/[xX*]{2}/.test(address)
      ? 'a name stands in place of the address'
      : 'the address is masked or unreadable';
  const incomplete = INCOMPLETE.test(hardware);
  if (!incomplete && !PUBLISHED.has(hardware) && !LINK_ADDRESS.test(hardware))
    return 'the link-layer address is masked or unreadable';
  if (dev === undefined) return 'an entry without its device';
  return {
    kind: 'neigh',
    family: parsed.family,
    address: formatAddress(parsed),
    dev,
    flags: is.published ? ['proxy'] : [],
    ...(!incomplete && !PUBLISHED.has(hardware) && { lladdr: fullAddress(hardware) }),
    // The kernel gives no state: incomplete here is INCOMPLETE or FAILED there (net/ipv4/arp.c arp_state_to_flags).
    ...(incomplete && { state: 'INCOMPLETE' }),
    ...(is.permanent && !is.published && { state: 'PERMANENT' }),
  };
}

/** A row of the table; an entry that is not complete has no type. */
function rowOf(words: readonly string[]): Entry | string | undefined {
  const dev = words.at(-1);
  const bare = INCOMPLETE.test(words[1] ?? '');
  const hardware = bare ? words[1] : words[2];
  const flags = words.slice(bare ? 2 : 3, -1);
  if (hardware === undefined || words.length < (bare ? 3 : 4) || words.length > 6) return undefined;
  if (!bare && (flags.length === 0 ? !PUBLISHED.has(hardware) : !FLAGS.test(flags[0] ?? ''))) return undefined;
  if (!HARDWARE.test(hardware) && !bare && !PUBLISHED.has(hardware)) return undefined;
  const letters = flags[0] ?? '';
  return entryOf(words[0] ?? '', hardware, dev, { permanent: letters.includes('M'), published: letters.includes('P') });
}

/** `NAME (ADDRESS) at LLADDR [ether] PERM PUB on DEV` */
function sentenceOf(line: string): Entry | string | undefined {
  const match = AT.exec(line);
  if (!match) return undefined;
  const rest = wordsOf(match[3] ?? '');
  const on = rest.findIndex((word) => ON.has(word));
  const has = (...names: readonly string[]) => rest.some((word) => names.includes(word));
  return entryOf(match[1] ?? '', match[2] ?? '', on === -1 ? undefined : rest[on + 1], {
    permanent: has('PERM', 'permanent'),
    published: has('PUB', 'PUP', 'published'),
  });
}

const isLine = (line: string): boolean => {
  const words = wordsOf(line.slice(0, 300));
  return HEADER.test(line) || COUNTS.test(line) || AT.test(line.slice(0, 300)) || rowOf(words) !== undefined;
};

/** Device and host of `arp -n -i eth0 HOST`; undefined when it changes the table. */
function selected(argv: readonly string[]): Record<string, string> | undefined {
  const scope: Record<string, string> = {};
  for (let i = 1; i < argv.length; i++) {
    const word = argv[i] ?? '';
    const letters = /^-[a-zA-Z]+$/.test(word) ? word.slice(1) : '';
    if (/[dsf]/.test(letters) || /^--(?:delete|set|file)/.test(word)) return undefined;
    if (letters.endsWith('i') || word === '--device') scope['dev'] = argv[++i] ?? '';
    else if (/[HtAp]$/.test(letters)) i++;
    else if (!word.startsWith('-')) scope['address'] = word;
  }
  return scope;
}

/** `arp` in all its forms: neighbours of IPv4. */
export const arp = defineParser<NeighbourFact>({
  command: 'arp',
  emits: ['neigh'],
  scope: 'stack',
  claims: {
    command(argv) {
      const words = argv[0] === 'busybox' ? argv.slice(1) : argv;
      const scope = words[0] === 'arp' ? selected(words) : undefined;
      return scope && (Object.keys(scope).length > 0 ? { scope } : {});
    },
    file: /(?:^|-)arp(?:-[anve]+)*$/,
    sniff(head) {
      if (head.some((line) => HEADER.test(line.slice(0, 200)))) return 3;
      const sentences = share(head, (line) => AT.test(line.slice(0, 300)));
      // Prose has brackets behind words as well.
      const real = head.some((line) => typeof sentenceOf(line.slice(0, 300)) === 'object');
      return sentences > 0.5 && real ? 3 : share(head, isLine) === 1 ? 2 : 0;
    },
  },
  parse(text, out) {
    readRows(text, out, (line, i): Taken => {
      if (HEADER.test(line) || COUNTS.test(line)) return 'noise';
      const short = line.slice(0, 1000);
      const entry = sentenceOf(short) ?? rowOf(wordsOf(short));
      if (entry === undefined) return gap('not an entry of arp');
      if (typeof entry === 'string') return gap(entry);
      out.fact(i, entry);
      return 'row';
    });
  },
});
