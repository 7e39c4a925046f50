import type { LinkFact } from '../../../facts/index.js';
import { isLladdr, parseAddress } from '../../../kit/index.js';

/** Fields of a link while its block is read. */
export type LinkFields = { -readonly [K in keyof Omit<LinkFact, 'at' | 'kind'>]: LinkFact[K] };

const count = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;

/** `cni0@if33` → name `cni0`, peer index 33. The name itself may hold colons. */
export function nameOf(word: string): Pick<LinkFields, 'name' | 'peerIndex' | 'peerName'> {
  const sign = word.lastIndexOf('@');
  if (sign <= 0) return { name: word };
  const name = word.slice(0, sign);
  const peer = word.slice(sign + 1);
  if (peer === 'NONE' || peer === '') return { name };
  const index = /^if(\d{1,10})$/.exec(peer)?.[1];
  if (index !== undefined) return { name, peerIndex: Number(index) };
  // busybox looks a foreign index up in its own namespace, where it may be the device itself.
  return peer === name ? { name } : { name, peerName: peer };
}

/** `eth0:<BROADCAST,UP>`: the blank was lost where a book was made of it. */
const GLUED = /^[^<\s]+:<[A-Z0-9_,-]*>$/;
const apart = (word: string, i: number): string[] => {
  const at = i < 2 && GLUED.test(word) ? word.indexOf('<') : 0;
  return at > 0 ? [word.slice(0, at), word.slice(at)] : [word];
};

/**
 * `2: eth0@if3: <BROADCAST,UP> mtu 1500 qdisc noqueue master cni0 state UP mode DEFAULT group default qlen 1000`; undefined when it is no
 * header. Who copies one device often leaves its number out.
 */
export function headerOf(given: readonly string[]): LinkFields | undefined {
  const all = given.some((word, i) => i < 2 && GLUED.test(word)) ? given.flatMap(apart) : given;
  const bare = all[1]?.startsWith('<') === true && all[2] === 'mtu' && count(all[0]?.slice(0, -1)) === undefined;
  const words = bare ? ['', ...all] : all;
  const [number = '', name = '', flags = ''] = words;
  if (!name.endsWith(':') || !flags.startsWith('<') || !flags.endsWith('>')) return undefined;
  const index = number.endsWith(':') ? count(number.slice(0, -1)) : undefined;
  if ((index === undefined && !bare) || name.length < 2) return undefined;
  const fields: LinkFields = {
    ...(index !== undefined && { index }),
    ...nameOf(name.slice(0, -1)),
    flags: flags
      .slice(1, -1)
      .split(',')
      .filter((f) => f !== ''),
  };
  for (let i = 3; i < words.length; i++) {
    const key = words[i];
    const value = words[i + 1];
    if (key === 'mtu') {
      const mtu = count(value);
      if (mtu !== undefined) fields.mtu = mtu;
    } else if (key === 'state' && value !== undefined) fields.state = value;
    else if (key === 'master' && value !== undefined) fields.master = value;
    else if (key === 'group' && value !== undefined && value !== 'default') fields.group = value;
    // `-4` and `-6` print no `link/` line and leave the namespace here.
    else if (key === 'link-netns' && value !== undefined) fields.netnsName = value;
    else if (key === 'link-netnsid') {
      const id = count(value);
      if (id !== undefined) fields.netnsId = id;
    }
    // XDP stands alone: `mtu 1500 xdpgeneric qdisc …`; everything else is a pair.
    else if (key?.startsWith('xdp')) continue;
    i++;
  }
  return fields;
}

/** Words of a `link/…` line that tell of something else than the address. */
const KEYWORDS: ReadonlySet<string> = new Set([
  'brd',
  'peer',
  'link-netnsid',
  'link-netns',
  'new-netnsid',
  'new-ifindex',
  'permaddr',
  'promiscuity',
  'allmulti',
  'minmtu',
  'maxmtu',
  'addrgenmode',
  'numtxqueues',
  'protodown',
  'proto_down',
]);

/** Ethernet, infiniband (20 octets), or the tunnel's own address of `link/ipip 10.0.0.1`. */
const isLinkAddress = (text: string): boolean =>
  isLladdr(text) || /^[0-9a-fA-F]{2}(?::[0-9a-fA-F]{2}){0,31}$/.test(text) || parseAddress(text) !== undefined;

export interface LinkLayer {
  readonly fields: Partial<LinkFields>;
  /** The settings of `-d` follow: a line with the device's kind may come next. */
  readonly details: boolean;
  /** The address is there but no address: somebody masked it. */
  readonly masked: boolean;
}

/** `link/ether 52:54:00:00:00:01 brd ff:ff:ff:ff:ff:ff link-netns cni-1 promiscuity 1 minmtu 68 …` */
export function linkLayerOf(words: readonly string[]): LinkLayer {
  const fields: Partial<LinkFields> = {};
  const type = (words[0] ?? '').slice('link/'.length);
  if (type !== '') fields.linkType = type;
  const word = words[1];
  const present = word !== undefined && !KEYWORDS.has(word);
  const masked = present && !isLinkAddress(word);
  if (present && !masked) fields.lladdr = word.toLowerCase();
  let details = false;
  for (let i = 1; i < words.length; i++) {
    const value = words[i + 1];
    if (words[i] === 'link-netnsid') {
      const id = count(value);
      if (id !== undefined) fields.netnsId = id;
    } else if (words[i] === 'link-netns' && value !== undefined) fields.netnsName = value;
    else if (words[i] === 'promiscuity') details = true;
  }
  return { fields, details, masked };
}
