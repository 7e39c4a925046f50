import type { PacketFact } from '../../facts/index.js';
import { isLladdr } from '../../kit/index.js';
import { clockOf } from '../log/stamp.js';

type Link = Pick<
  PacketFact,
  'clock' | 'dated' | 'time' | 'since' | 'dev' | 'direction' | 'sourceMac' | 'destinationMac' | 'vlan'
>;

/** What the front of a packet's line says: when, on which device, between which MACs. */
export interface Front {
  readonly link: Link;
  /** `ip`, `ip6`, `arp` or the name of another protocol. */
  readonly network: string;
  readonly rest: string;
}

/* tcpdump util-print.c ts_print: `-#` numbers, `-tt` epoch, `-tttt` date; `-ttt` and `-ttttt` begin with a blank; before 4.0 `-ttt` was in µs. */
const STAMP =
  /^(?: *\d+ {2})?(?:(\d{4}-\d\d-\d\d) )?(?:( ?)(\d\d:\d\d:\d\d\.\d{3,9})|(\d{9,10}\.\d{3,9})|(\d{6})(?= (?:IP6? |arp |ARP, ))) +/;
/** `eth0  In  ` of tcpdump 4.99 with `-i any`; older ones print `In ` alone, and only with -e. */
const ANY = /^(?:([\w.@:-]+) +)?(In|Out|B|M|P|bcast|mcast) +(?:ifindex \d+ )?/;
const TYPE = String.raw`(?:ethertype )?([A-Za-z][^,(:]*?|802\.[^,(:]*?)(?: \(0x[\da-f]{4}\))?`;
/** print-ether.c; a host's name or `Broadcast` without `-n`; with `-q` the bare name of the type. */
const ETHER = new RegExp(`^([\\w:.-]+)(?: \\([^)]*\\))? > ([\\w:.-]+)(?: \\([^)]*\\))?, ${TYPE}, length \\d+:(?: |$)`);
/** print-llc.c without `-e`: `… > … SNAP, oui Unknown (0x0014c2), pid …`, `… > … Null Information, send seq 0`. */
const LLC =
  /^([\da-f]{2}(?::[\da-f]{2}){5}) > ([\da-f]{2}(?::[\da-f]{2}){5}) (?=(?:SNAP|Null|Unknown|Information|Supervisory|Unnumbered|STP|ProWay|NetBeui|IPX|OSI|Global|LLC)\b)/;
/** print-sll.c: one MAC, none for tunnels; print-raw.c `ip: `, print-null.c `AF IPv4 (2), length 60: `, print-nflog.c. */
const COOKED = new RegExp(
  `^(?:([\\da-f:]{17})(?: \\([^)]*\\))? )?ethertype ${TYPE.slice('(?:ethertype )?'.length)}, length \\d+: `,
);
/** The same with `-q`, which leaves the type out. */
const COOKED_QUIET = /^[\da-f]{2}(?::[\da-f]{2}){5} (?=\S+ > \S+: |\(|Request |Reply )/;
const RAW = /^(?:ip: |(?:AF |version \d+, resource ID \d+, family )(IPv4|IPv6) \(\d+\), length \d+: )/;
const VLAN = new RegExp(`^vlan (\\d+), p \\d+,(?: DEI,)? (?:${TYPE}, )?`);
const WORD = /^(IP6?|ARP,|arp|Reverse) +/;
/** The snapshot ends in the network's header: ` [|ip6]`. */
const CUT = /^\s*\[\|(ip6?|arp|ether|llc)\]/;

const NETWORKS: Readonly<Record<string, string>> = {
  IPv4: 'ip',
  IPv6: 'ip6',
  ARP: 'arp',
  IP: 'ip',
  IP6: 'ip6',
  arp: 'arp',
};

/** Protocols below or beside IP whose lines carry nothing that is looked for. */
const OTHERS =
  /^(LLDP|STP|(?:CDP|LACP|PTP|UDLD|DTP|VTP|CFM)v\d+|MarkerPv\d+|OAM|VTP|MS NLB heartbeat|MACsec|DSA|EDSA|BRCM tag|Realtek|Null|Supervisory|Unnumbered|NetBeui|802\.1\w*|EAPOL|EAP|PPPoE|MPLS|IS-IS|AoE|Loopback|MPCP|LLC|IPX|SNAP|RoCE|HSR|unknown|ethertype|Unknown|IP[0-57-9]|bad-hlen)\b/;

const quietType = (text: string, quiet: RegExpExecArray | null): string | undefined =>
  quiet ? (/^R/.test(text.slice(quiet[0].length)) ? 'ARP' : 'IP') : undefined;

interface Taken {
  readonly rest: string;
  readonly type?: string;
  readonly macs: readonly (string | undefined)[];
  readonly vlan?: number;
}

/** Takes the link's header off. */
function takeLink(text: string): Taken {
  const ether = ETHER.exec(text);
  const cooked = ether ? null : COOKED.exec(text);
  const quiet = ether || cooked ? null : COOKED_QUIET.exec(text);
  const llc = ether || cooked || quiet ? null : LLC.exec(text);
  const raw = ether || cooked || quiet || llc ? null : RAW.exec(text);
  let type = ether?.[3] ?? cooked?.[2] ?? raw?.[1] ?? quietType(text, quiet);
  let rest = text.slice((ether ?? cooked ?? quiet ?? llc ?? raw)?.[0].length ?? 0);
  let vlan: number | undefined;
  // QinQ: the inner tag is the network's.
  for (let depth = 0; depth < 3; depth++) {
    const tag = VLAN.exec(rest);
    if (!tag) break;
    vlan = Number(tag[1]);
    type = tag[2];
    rest = rest.slice(tag[0].length);
  }
  const macs = [ether?.[1] ?? cooked?.[1] ?? quiet?.[0].trim() ?? llc?.[1], ether?.[2] ?? llc?.[2]].map((m) =>
    m?.toLowerCase(),
  );
  return { rest, macs, ...(type !== undefined && { type }), ...(vlan !== undefined && { vlan }) };
}

/** What kind of time `-t` options made of the stamps. */
export type Since = 'previous' | 'first' | undefined;

/** Must a line have a stamp to begin a packet? Inner packets have none, nor has anything with `-t`: `any` takes what only `-t` explains. */
export type Stamped = 'always' | 'inner' | 'any';

/** Reads a line that begins a packet; undefined when it does not. */
export function frontOf(line: string, stamped: Stamped, since?: Since): Front | undefined {
  const stamp = STAMP.exec(line);
  if (stamped === 'always' && !stamp) return undefined;
  let rest = line.slice(stamp?.[0].length ?? 0);
  const any = stamp || stamped === 'any' ? ANY.exec(rest) : null;
  if (any) rest = rest.slice(any[0].length);
  const link = takeLink(rest);
  rest = link.rest;
  let { type } = link;
  const word = WORD.exec(rest);
  if (word && word[1] !== 'Reverse') {
    type ??= (word[1] ?? '').replace(',', '');
    rest = rest.slice(word[0].length);
  }
  const cut = CUT.exec(rest)?.[1];
  const other = cut ?? (type === undefined || !(type in NETWORKS) ? OTHERS.exec(rest)?.[1] : undefined);
  const begins = stamp !== null || stamped === 'any';
  if (type === undefined && (!begins || (other === undefined && word === null))) return undefined;
  const clock = clockOf(stamp?.[3] ?? '');
  const relative = stamp?.[2] === ' ' && stamp[1] === undefined;
  const [sourceMac, destinationMac] = link.macs;
  return {
    link: {
      ...(clock !== undefined && !relative && since === undefined && { clock }),
      ...(clock !== undefined && since !== undefined && { since: { seconds: clock, of: since } }),
      ...(stamp?.[1] && { dated: stamp[1] }),
      ...(stamp?.[4] && { time: Number(stamp[4]) }),
      ...(any?.[1] && { dev: any[1] }),
      ...(any?.[2] && { direction: any[2] }),
      ...(sourceMac && isLladdr(sourceMac) && { sourceMac }),
      ...(destinationMac && isLladdr(destinationMac) && { destinationMac }),
      ...(destinationMac === 'broadcast' && { destinationMac: 'ff:ff:ff:ff:ff:ff' }),
      ...(link.vlan !== undefined && { vlan: link.vlan }),
    },
    network: NETWORKS[type ?? ''] ?? (other ?? type ?? 'other').toLowerCase(),
    rest,
  };
}
