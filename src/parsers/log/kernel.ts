import type { KernelLogFact } from '../../facts/index.js';
import { addressIn, clip, type Message, type Reading, type Signature } from './signature.js';

type Event = KernelLogFact['event'];

/** A line of the ring buffer whose text behind an optional `[ 12.345678] ` matches. */
function kernel(
  needle: string,
  pattern: RegExp,
  event: (m: RegExpExecArray) => Event | 'part' | 'unreadable' | undefined,
): Signature {
  return {
    needle,
    read(message: Message): Reading {
      if (!message.kernel) return undefined;
      const m = pattern.exec(message.body.replace(/^\[ *\d+\.\d+\] */, ''));
      const made = m && event(m);
      if (!made) return undefined;
      return typeof made === 'string' ? made : [{ kind: 'kernel-log', ...message.stamp, event: made }];
    },
  };
}

/** Pod ends of veth pairs come and go with every pod: their carrier tells nothing. */
const POD_DEVICE = /^(?:veth|cali|lxc|eni|tap)/;
const link = (dev: string | undefined, up: boolean): Event | undefined =>
  dev === undefined || POD_DEVICE.test(dev) ? undefined : { kind: 'link', dev, up };

/**
 * net/ipv4/route.c: ip_handle_martian_source(dev, in_dev, skb, daddr, saddr) prints daddr first, so in
 * "martian source A from B" A is the destination.
 */
function martian(what = '', to = '', from = '', dev = ''): Event | 'unreadable' {
  const destination = addressIn(to);
  const source = addressIn(from);
  if (destination === undefined || source === undefined) return 'unreadable';
  return {
    kind: 'martian',
    what: what === 'source' ? 'source' : 'destination',
    source,
    destination,
    ...(dev && { dev }),
  };
}

/** nf_log_syslog: `PREFIX IN=ens4 OUT= MAC=… SRC=… DST=… … PROTO=UDP SPT=… DPT=8472`. */
function packet(m: RegExpExecArray): Event | undefined {
  const words = new Map(
    (m[2] ?? '').split(' ').flatMap((w) => (w.includes('=') ? [w.split('=', 2) as [string, string]] : [])),
  );
  const value = (key: string): string | undefined => words.get(key) || undefined;
  const [dev, out, protocol, port] = [value('IN'), value('OUT'), value('PROTO')?.toLowerCase(), Number(value('DPT'))];
  const [source, destination] = [addressIn(value('SRC')), addressIn(value('DST'))];
  if (!source && !destination) return undefined;
  return {
    kind: 'packet-logged',
    prefix: (m[1] ?? '').trim(),
    ...(dev && { in: dev }),
    ...(out && { out }),
    ...(source && { source }),
    ...(destination && { destination }),
    ...(protocol && { protocol }),
    ...(port > 0 && { destinationPort: port }),
  };
}

const overflow = (name: string | undefined): Event => ({
  kind: 'neighbour-overflow',
  cache: name === 'arp_cache' || name === 'ndisc_cache' ? name : 'unknown',
});

/** Wordings of the kernels 2.6 to 6.x. */
export const kernelSignatures: readonly Signature[] = [
  kernel('neighbor table overflow', /^(?:neighbour: )?(?:(\w+): )?neighbor table overflow!/, (m) => overflow(m[1])),
  kernel('neighbour table overflow', /^(?:(\w+): )?Neighbour table overflow/i, (m) =>
    overflow(m[1] === 'IPv6' ? 'ndisc_cache' : undefined),
  ),
  kernel('callbacks suppressed', /^(\w+): (\d+) (?:output lines suppressed|callbacks suppressed)/, (m) => ({
    kind: 'suppressed',
    callbacks: Number(m[2]),
    ...(m[1] && { function: m[1] }),
  })),
  kernel('table full, dropping packet', /^(?:(?:nf|ip)_conntrack: )+table full, dropping packet/, () => ({
    kind: 'conntrack-full',
  })),
  kernel('martian ', /^(?:IPv4: )?martian (source|destination) (\S+) from ([^\s,]+), (?:on )?dev (\S+)/, (m) =>
    martian(m[1], m[2], m[3], m[4]),
  ),
  // Named from 2026 on: `martian source (src=A, dst=B, dev=D)`.
  kernel('martian ', /^(?:IPv4: )?martian (source|destination) \(src=([^\s,]+), dst=([^\s,]+), dev=([^\s)]+)\)/, (m) =>
    martian(m[1], m[3], m[2], m[4]),
  ),
  kernel('ll header: ', /^ll header: /, () => 'part'),
  kernel(
    'own address as source address',
    /^(\S+): received packet (?:on (\S+) )?with +own address as source address/,
    (m) => ({
      kind: 'own-source-address',
      // Before 2.6.29 the line named the port alone.
      ...(m[2] ? { bridge: m[1] ?? '', dev: m[2] } : { dev: m[1] ?? '' }),
    }),
  ),
  kernel(
    'unregister_netdevice: waiting for',
    /^unregister_netdevice: waiting for (\S+) to become free\. Usage count = (\d+)/,
    (m) => ({
      kind: 'unregister-netdevice',
      ...(m[1] && { dev: m[1] }),
      count: Number(m[2]),
    }),
  ),
  kernel('netdev watchdog', /^(?:.*? (\S+): )?NETDEV WATCHDOG: (?:CPU: |(\S+?):? (?:\(|transmit timed out))/, (m) => ({
    kind: 'transmit-timeout',
    ...((m[2] ?? m[1]) && { dev: m[2] ?? m[1] ?? '' }),
  })),
  kernel('link becomes ready', /(?:^|\s)(\S+): link becomes ready$/, (m) => link(m[1], true)),
  kernel('link is up', /(?:^|\s)([\w.@-]+):? (?:NIC )?(?:\w+ )?Link is up/i, (m) => link(m[1], true)),
  kernel('link is down', /(?:^|\s)([\w.@-]+):? (?:NIC )?(?:\w+ )?Link is down/i, (m) => link(m[1], false)),
  // mlx4, mlx5
  kernel(': link up', /(?:^|\s)([\w.@-]+): link up$/i, (m) => link(m[1], true)),
  kernel(': link down', /(?:^|\s)([\w.@-]+): link down$/i, (m) => link(m[1], false)),
  kernel(
    'link is not ready',
    /(?:^|\s)(\S+): link is not ready$/,
    (m) => link(m[1], false) && { kind: 'link-not-ready', dev: m[1] ?? '' },
  ),
  kernel('link status definitely', /link status definitely (up|down) for (?:active )?interface ([^\s,]+)/, (m) =>
    link(m[2], m[1] === 'up'),
  ),
  kernel('ipv6 duplicate address', /^(?:IPv6: )?(?:([^\s:]+): )?IPv6 duplicate address (\S+)/, (m) => {
    const address = addressIn(m[2]);
    return address === undefined ? 'unreadable' : { kind: 'duplicate-address', address, ...(m[1] && { dev: m[1] }) };
  }),
  kernel(
    'advertised our address',
    /^(?:ICMPv6: )?NA: (?:\S+ )?(?:\S+ )?advertised our address (\S+) on (\S+?)!/,
    (m) => {
      const address = addressIn(m[1]);
      return address === undefined ? 'unreadable' : { kind: 'duplicate-address', address, ...(m[2] && { dev: m[2] }) };
    },
  ),
  kernel(
    'to load br_netfilter',
    /filtering via arp\/ip\/ip6tables (?:is no longer available by default|has been deprecated)/,
    (m) => ({
      kind: 'module',
      name: 'br_netfilter',
      message: clip(m.input),
    }),
  ),
  kernel('bridge firewalling registered', /^Bridge firewalling registered$/, (m) => ({
    kind: 'module',
    name: 'br_netfilter',
    message: m.input,
  })),
  kernel(
    'possible syn flooding',
    /Possible SYN flooding on port (?:\[?([\da-fA-F.:]+?)\]?:)?(\d+)\. (Sending cookies|Dropping request)/,
    (m) => {
      const address = addressIn(m[1]);
      return {
        kind: 'syn-flood',
        port: Number(m[2]),
        cookies: m[3] === 'Sending cookies',
        ...(address && { address }),
      };
    },
  ),
  kernel('bucket table overflow', /^(?:TCP: )?time wait bucket table overflow/, () => ({ kind: 'time-wait-overflow' })),
  kernel('dst cache overflow', /^(?:IPv4: )?dst cache overflow/, () => ({ kind: 'route-cache-full', family: '4' })),
  kernel('route cache is full', /Route cache is full: consider increasing sysctl net\.ipv([46])/, (m) => ({
    kind: 'route-cache-full',
    family: m[1] === '4' ? '4' : '6',
  })),
  // net/ipv4/udp.c, net_dbg_ratelimited: `UDP: bad checksum. From A:p to B:q ulen n`.
  kernel(
    'bad checksum',
    /^UDP(?:v6)?: bad checksum\. From \[?([\da-fA-F.:]+?)\]?:\d+ to \[?([\da-fA-F.:]+?)\]?:\d+/,
    (m) => {
      const [source, destination] = [addressIn(m[1]), addressIn(m[2])];
      return source === undefined || destination === undefined
        ? 'unreadable'
        : { kind: 'bad-checksum', source, destination };
    },
  ),
  kernel('hw csum failure', /^(\S+): hw csum failure/, (m) => ({ kind: 'bad-checksum', dev: m[1] ?? '' })),
  kernel(
    'no destination available',
    /^IPVS: \w+: (?:\w+) \[?([\da-fA-F.:]+?)\]?:(\d+) - no destination available/,
    (m) => {
      const address = addressIn(m[1]);
      return address === undefined ? 'unreadable' : { kind: 'ipvs', message: m[0], address, port: Number(m[2]) };
    },
  ),
  kernel('ipvs: ', /^IPVS: .*(?:not found|failed|error|can'?t|cannot|unable|out of memory)/i, (m) => ({
    kind: 'ipvs',
    message: clip(m.input),
  })),
  kernel('tx unit hang', /(?:^|\s)([\w.@-]+): (?:\w+: )?(Detected (?:Tx|Hardware) Unit Hang)/i, (m) => ({
    kind: 'driver-reset',
    dev: m[1] ?? '',
    message: m[2] ?? '',
  })),
  kernel('reset adapter', /(?:^|\s)([\w.@-]+): (Reset adapter.*)$/i, (m) => ({
    kind: 'driver-reset',
    dev: m[1] ?? '',
    message: clip(m[2] ?? ''),
  })),
  kernel('cannot bind port', /^vxlan: Cannot bind port \d+/, (m) => ({
    kind: 'module',
    name: 'vxlan',
    message: clip(m.input),
  })),
  kernel(' src=', /^(.{0,64}?)\b(IN=\S* OUT=.*\bSRC=.*)$/, packet),
];
