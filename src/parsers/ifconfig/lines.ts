import type { AddressFact, LinkCounters, LinkFact } from '../../facts/index.js';
import { type Draft, formatAddress, isLladdr, maskLength, parseAddress } from '../../kit/index.js';

export type Link = { -readonly [K in keyof Draft<LinkFact>]: Draft<LinkFact>[K] };
export type Counters = { -readonly [K in keyof LinkCounters]: LinkCounters[K] };

/** Kinds of hardware by the words of net-tools (lib/hw.c), old title or new name. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['ether', 'ether'],
  ['Ethernet', 'ether'],
  ['loop', 'loopback'],
  ['Local Loopback', 'loopback'],
  ['tunnel', 'ipip'],
  ['IPIP Tunnel', 'ipip'],
  ['tunnel6', 'tunnel6'],
  ['IPIP6 Tunnel', 'tunnel6'],
  ['sit', 'sit'],
  ['IPv6-in-IPv4', 'sit'],
  ['ppp', 'ppp'],
  ['Point-to-Point Protocol', 'ppp'],
  ['infiniband', 'infiniband'],
  ['InfiniBand', 'infiniband'],
  // In other languages.
  ['以太网', 'ether'],
  ['イーサネット', 'ether'],
  ['本地环回', 'loopback'],
  ['ローカルループバック', 'loopback'],
  ['Lokale Schleife', 'loopback'],
  ['Boucle locale', 'loopback'],
  ['Kohalik loopback', 'loopback'],
  ['Loopback Local', 'loopback'],
  ['Bucle local', 'loopback'],
  ['Loopback locale', 'loopback'],
  ['点对点协议', 'ppp'],
]);

/** OpenBSD shows no MTU where a device has none. */
const NEW =
  /^\s*(\S+?): flags=(?:0x)?[\da-f]+(?:,[\da-f]+)?(?:(?:<([^<>]*)>|)?\s+(?:metric \d+\s+)?mtu (\d{1,10})|<([^<>]*)>(?:\s+metric \d+)?\s*$)/;
const OLD = /^\s*(\S+)\s+Link encap:(\S.*?)(?: {2,}HWaddr\s+(\S+))?(?: {2,}Media:.*)?\s*$/;

export interface Header {
  readonly link: Link;
  /** `eth0:1`, whose address is the device's. */
  readonly alias: boolean;
  /** An address stands there that is none. */
  readonly masked: boolean;
}

/** The flags as iproute2 would print them as well: it says NO-CARRIER where RUNNING is missing. */
export function flagsOf(words: readonly string[]): string[] {
  const flags = words.filter((word) => word !== '');
  return flags.includes('UP') && !flags.includes('RUNNING') ? ['NO-CARRIER', ...flags] : flags;
}

/** Is the name that of a label? A VLAN device of that name can't be: colons in names are for labels (lib/interface.c). */
const isAlias = (name: string): boolean => /^[^:]+:[^:]+$/.test(name);

/** First line of a block, of net-tools 1.60 and busybox (`Link encap:`), 2.x and BSD (`flags=`). */
export function headerOf(line: string): Header | undefined {
  const modern = NEW.exec(line);
  if (modern) {
    const [, name = '', flags, mtu, all] = modern;
    const words = (flags ?? all ?? '').split(',');
    const link: Link = { kind: 'link', name, flags: flagsOf(words), ...(mtu !== undefined && { mtu: Number(mtu) }) };
    return { link, alias: isAlias(name), masked: false };
  }
  const old = OLD.exec(line);
  if (!old) return undefined;
  const [, name = '', title = '', hardware] = old;
  const type = TYPES.get(title);
  const masked = hardware !== undefined && !isHardware(hardware);
  const link: Link = {
    kind: 'link',
    name,
    ...(type !== undefined && { linkType: type }),
    ...(hardware !== undefined && isLladdr(hardware) && { lladdr: hardware.toLowerCase() }),
  };
  return { link, alias: isAlias(name), masked };
}

/** An Ethernet address, 20 octets of infiniband, or the 16 zeros with dashes of what has none. */
export const isHardware = (text: string): boolean => /^[\da-fA-F]{2}(?:[:-][\da-fA-F]{2}){3,31}$/.test(text);

/** Solaris and old BSDs leave a first zero out: `8:0:20:d1:6d:79`. */
const fullOctets = (text: string): string =>
  /^[\da-f]{1,2}(?::[\da-f]{1,2}){5}$/i.test(text)
    ? text
        .split(':')
        .map((octet) => octet.padStart(2, '0'))
        .join(':')
        .toLowerCase()
    : text.toLowerCase();

/** `ether 52:54:00:12:35:02  txqueuelen 1000  (Ethernet)`, `loop  txqueuelen 1000  (Local Loopback)`, BSD's bare `ether`. */
export function hardwareOf(
  line: string,
): { readonly type?: string; readonly lladdr?: string; readonly masked: boolean } | undefined {
  const match = /^\s*(\w+)(?:\s+(\S+))?(?:\s+txqueuelen \d+)?(?:\s+\(.*\))?\s*$/.exec(line);
  const [, name = '', word] = match ?? [];
  const type = TYPES.get(name);
  if (!match || (type === undefined && name !== 'unspec' && name !== 'lladdr')) return undefined;
  const present = word !== undefined && word !== 'txqueuelen' && !word.startsWith('(');
  const octets = present ? fullOctets(word) : '';
  return {
    ...(type !== undefined && { type }),
    ...(present && isLladdr(octets) && { lladdr: octets }),
    masked: present && !isHardware(octets),
  };
}

const LENGTH_OF_HEX: ReadonlyMap<string, number> = new Map(
  Array.from({ length: 33 }, (_, n) => [
    (n === 0 ? 0 : (0xffffffff << (32 - n)) >>> 0).toString(16).padStart(8, '0'),
    n,
  ]),
);

const lengthOf = (mask: string): number | undefined =>
  /^(?:0x)?[\da-f]{8}$/.test(mask) ? LENGTH_OF_HEX.get(mask.replace('0x', '')) : maskLength(mask);

export type AddressFields = Omit<Draft<AddressFact>, 'dev' | 'kind'>;

const V4 =
  /^\s*inet (?:addr:)?(\S+?)(?:\/(\d{1,2}))?(?:\s+(?:--?>|P-t-P:|destination)\s*(\S+))?(?:\s+Bcast:\S+)?(?:\s+(?:netmask |Mask:)(\S+))?(?:\s+(?:broadcast|vhid|destination) (\S+))?(?:\s.*)?$/;
const V6 = /^\s*inet6 (?:addr: ?)?([^\s/%]+)(?:%[^\s/]+)?(?: --> \S+)?(?:\/(\d{1,3})|\s+prefixlen (\d{1,3}))?(.*)$/;

/** Scopes by the words of either form. */
const SCOPES: ReadonlyMap<string, string> = new Map([
  ['global', 'global'],
  ['link', 'link'],
  ['site', 'site'],
  ['host', 'host'],
  // In other languages.
  ['globální', 'global'],
  ['globaalne', 'global'],
  ['グローバル', 'global'],
  ['linka', 'link'],
  ['verbindung', 'link'],
  ['ühendus', 'link'],
  ['lien', 'link'],
  ['enlace', 'link'],
  ['リンク', 'link'],
  ['standort', 'site'],
  ['サイト', 'site'],
  ['stroj', 'host'],
  ['maschine', 'host'],
  ['hôte', 'host'],
  ['anfitrión', 'host'],
  ['máquina', 'host'],
  ['ホスト', 'host'],
]);
const V6_FLAGS: readonly string[] = ['tentative', 'deprecated', 'temporary', 'dynamic'];

/** An address line; undefined when it is none, a reason when it can't be read. */
export function addressOf(line: string): AddressFields | string | undefined {
  const four = /^\s*inet /.test(line) ? V4.exec(line) : null;
  const six = /^\s*inet6 /.test(line) ? V6.exec(line) : null;
  const address = parseAddress(four?.[1] ?? six?.[1] ?? '');
  if (!four && !six) return undefined;
  if (address?.family !== (four ? 4 : 6)) return 'the address is masked or unreadable';
  if (four) {
    const length = four[2] === undefined ? lengthOf(four[4] ?? '') : Number(four[2]);
    const far = four[3] ?? (/\bdestination /.test(line) ? four[5] : undefined);
    const peer = far === undefined ? undefined : parseAddress(far);
    if (length === undefined || length > 32) return 'an address without its prefix length';
    const own = formatAddress(address);
    const other = peer && formatAddress(peer);
    return {
      family: 4,
      address: own,
      prefixLength: length,
      flags: [],
      ...(other !== undefined && other !== own && { peer: other }),
    };
  }
  const length = Number(six?.[2] ?? six?.[3]);
  if (!(length <= 128)) return 'an address without its prefix length';
  const rest = six?.[4] ?? '';
  const word = /scopeid 0x[\da-f]+<([^\s>]+)|Scope:(\S+)/.exec(rest);
  const scope = SCOPES.get((word?.[1] ?? word?.[2] ?? '').toLowerCase());
  const flags = V6_FLAGS.filter((flag) => rest.includes(` ${flag}`));
  return {
    family: 6,
    address: formatAddress(address),
    prefixLength: length,
    flags,
    ...(scope !== undefined && { scope }),
  };
}

/** `RX packets 8061  bytes 1514413`, `RX errors 0  dropped 0 …`, and the old `RX packets:36 errors:0 dropped:0 …`. */
export function takeCounters(line: string, counters: Counters): boolean {
  const match = /^\s*([RT])X (?:packets|errors|bytes|compressed)[: ]\s*\d/.exec(line);
  if (!match) return false;
  const value = (name: string): number | undefined => {
    const digits = new RegExp(`\\b${name}[: ](\\d{1,20})(?!\\d)`).exec(line.slice(0, 300))?.[1];
    return digits === undefined ? undefined : Number(digits);
  };
  const received = match[1] === 'R';
  const [packets, errors, dropped] = [value('packets'), value('errors'), value('dropped')];
  if (packets !== undefined) counters[received ? 'rxPackets' : 'txPackets'] = packets;
  if (errors !== undefined) counters[received ? 'rxErrors' : 'txErrors'] = errors;
  if (dropped !== undefined) counters[received ? 'rxDropped' : 'txDropped'] = dropped;
  return true;
}
