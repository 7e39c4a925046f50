import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { podNs } from '../topologies.mjs';

/**
 * tcpdump on all devices of all namespaces while probes run, and the search for one probe's packets in what it saw. A probe is known
 * by a token in its payload (ICMP, UDP), a TCP connection by its first sequence number: NAT and tunnels leave both alone.
 * @typedef {{ time: bigint, ns: string, device: string, way: 'in' | 'out', kind: 'request' | 'reply' | 'ack' | 'error', key: string, reset?: boolean }} Sighting
 */

const SLL2 = 276;
const SNAP = 400;

const namespaces = (topology) => [
  ...topology.nodes.flatMap((n) => [n.name, ...n.pods.map(podNs)]),
  'lan',
  ...(topology.outside ? ['outside'] : []),
];

/** Names of devices by index, as they are while the taps listen. */
function devicesOf(lab, ns) {
  const { stdout } = lab.ip(ns, ['-o', 'link', 'show']);
  return new Map([...stdout.matchAll(/^(\d+): ([^:@]+)/gm)].map(([, index, name]) => [Number(index), name]));
}

/** @param {import('../cluster.mjs').Cluster} cluster */
export async function openTaps({ lab, topology }) {
  const taps = await Promise.all(
    namespaces(topology).map(async (ns) => {
      const file = join(lab.folder, `${ns}.pcap`);
      const words = [
        '-i',
        'any',
        '-n',
        '-s',
        String(SNAP),
        '-B',
        '4096',
        '-U',
        '-Z',
        'root',
        '--nano',
        '-w',
        file,
        ...(topology.v6 ? ['ip', 'or', 'ip6'] : ['ip']),
      ];
      const child = lab.spawn(ns, ['tcpdump', ...words]);
      await new Promise((resolve, reject) => {
        let said = '';
        child.stderr.setEncoding('utf8').on('data', (s) => {
          said += s;
          if (said.includes('listening on')) resolve(undefined);
        });
        child.on('exit', () => reject(new Error(`tcpdump in ${ns}: ${said}`)));
      });
      return { ns, file, child, devices: devicesOf(lab, ns) };
    }),
  );
  return {
    /** Ends the taps. @returns {Promise<Sighting[]>} all packets of probes, in order of time */
    async close() {
      await Promise.all(
        taps.map(({ child }) => {
          const ended = new Promise((resolve) => child.on('close', resolve));
          child.kill('SIGINT');
          return ended;
        }),
      );
      const all = taps.flatMap(({ ns, file, devices }) => {
        const seen = readTap(readFileSync(file), ns, devices);
        rmSync(file);
        return seen;
      });
      return all.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
    },
  };
}

/** @returns {Sighting[]} */
function readTap(bytes, ns, devices) {
  if (bytes.length < 24 || bytes.readUInt32LE(20) !== SLL2) throw new Error(`${ns}: not a capture of all devices`);
  const found = [];
  for (let at = 24; at + 16 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at + 8);
    const packet = bytes.subarray(at + 16, at + 16 + length);
    const time = BigInt(bytes.readUInt32LE(at)) * 1_000_000_000n + BigInt(bytes.readUInt32LE(at + 4));
    at += 16 + length;
    const protocol = packet.length < 40 ? 0 : packet.readUInt16BE(0);
    if (protocol !== 0x0800 && protocol !== 0x86dd) continue;
    const device = devices.get(packet.readUInt32BE(4)) ?? '?';
    const type = packet[10];
    // Flooded to a machine whose frame it is not; a bridge's port sees nothing but such frames.
    if (type === 3 && ns !== 'lan' && !device.startsWith('veth')) continue;
    const what = protocol === 0x0800 ? packetOf(packet.subarray(20)) : packetOf6(packet.subarray(20));
    if (what) found.push({ time, ns, device, way: type === 4 ? 'out' : 'in', ...what });
  }
  return found;
}

function tokenIn(bytes) {
  const at = bytes.indexOf('dlt');
  const token = at < 0 ? '' : bytes.toString('latin1', at, at + 12);
  return /^dlt[0-9a-f]{8}[PQR]$/.test(token) ? token : undefined;
}

/** What a packet is to a probe: its key and which of its packets. */
function packetOf(ip) {
  const header = (ip[0] & 15) * 4;
  const body = ip.subarray(header);
  // A later fragment has no ports.
  if ((ip.readUInt16BE(6) & 0x1fff) !== 0 || body.length < 8) return undefined;
  if (ip[9] === 17) return datagramOf(body);
  if (ip[9] === 6 && body.length >= 20) return segmentOf(body);
  if (ip[9] === 4) return packetOf(body);
  if (ip[9] === 47) return greOf(body);
  if (ip[9] !== 1) return undefined;
  if (body[0] !== 0 && body[0] !== 8) {
    const about = body.length >= 36 ? packetOf(body.subarray(8)) : undefined;
    return about && { ...about, kind: 'error' };
  }
  const token = tokenIn(body);
  return token && { key: token.slice(0, 11), kind: body[0] === 8 ? 'request' : 'reply' };
}

/** The same of IPv6, where a fragment has a header of its own. */
function packetOf6(ip) {
  if (ip.length < 48) return undefined;
  let [next, at] = [ip[6], 40];
  if (next === 44) {
    if ((ip.readUInt16BE(at + 2) & 0xfff8) !== 0) return undefined;
    [next, at] = [ip[at], at + 8];
  }
  const body = ip.subarray(at);
  if (next === 17) return body.length < 8 ? undefined : datagramOf(body);
  if (next === 6 && body.length >= 20) return segmentOf(body);
  if (next !== 58 || body.length < 8) return undefined;
  if (body[0] < 128) {
    const about = body.length >= 56 ? packetOf6(body.subarray(8)) : undefined;
    return about && { ...about, kind: 'error' };
  }
  if (body[0] !== 128 && body[0] !== 129) return undefined;
  const token = tokenIn(body);
  return token && { key: token.slice(0, 11), kind: body[0] === 128 ? 'request' : 'reply' };
}

/** RFC 2784 and 2890: a checksum, a key and a sequence number may stand between. */
function greOf(body) {
  const flags = body[0];
  const header = 4 + (flags & 0x80 ? 4 : 0) + (flags & 0x20 ? 4 : 0) + (flags & 0x10 ? 4 : 0);
  return body.readUInt16BE(2) === 0x0800 && body.length > header + 20 ? packetOf(body.subarray(header)) : undefined;
}

function datagramOf(body) {
  // VXLAN by its header, for ports are what cases change: the flag of the VNI, and nothing in what is reserved.
  const isVxlan = body.length > 58 && body.readUInt32BE(8) === 0x0800_0000 && body[15] === 0;
  const inner = isVxlan ? body.readUInt16BE(28) : 0;
  if (inner === 0x0800) return packetOf(body.subarray(30));
  if (inner === 0x86dd) return packetOf6(body.subarray(30));
  const token = tokenIn(body);
  return token && { key: token.slice(0, 11), kind: token.endsWith('R') ? 'reply' : 'request' };
}

/** A connection's key is its first sequence number; the first packet tells the sender's port too. */
function segmentOf(body) {
  const seq = body.readUInt32BE(4);
  const ack = body.readUInt32BE(8);
  const flags = body[13];
  if ((flags & 0x12) === 0x02) return { key: `seq${seq}`, kind: 'request', port: body.readUInt16BE(0) };
  if ((flags & 0x12) === 0x12) return { key: `seq${(ack - 1) >>> 0}`, kind: 'reply' };
  if (flags & 0x04) return { key: `seq${(ack - 1) >>> 0}`, kind: 'reply', reset: true };
  return { key: `seq${(seq - 1) >>> 0}`, kind: 'ack' };
}

const ENTRY = / src=(\S+) dst=(\S+) sport=(\d+) dport=\d+ .*?src=(\S+) dst=\S+ sport=\d+ dport=(\d+)/g;

/**
 * What connection tracking of the nodes tells of flows by the port that they were opened from: the port that a node's own flow got on its
 * way out (taps see it after the masquerade only), and the endpoint that a service's flow was sent to.
 * `src=10.244.0.2 dst=10.96.0.80 sport=10042 dport=80 [UNREPLIED] src=10.244.1.3 dst=10.244.0.2 sport=8080 dport=10042`.
 * @param {import('../cluster.mjs').Cluster} cluster
 */
export function trackedFlows({ lab, topology }) {
  /** @type {Map<string, string>} `NODE PORT` to the key of the port that left */
  const ports = new Map();
  /** @type {Map<string, string>} `NODE PORT` to the endpoint's address: the ports of what another node masqueraded may be the same */
  const endpoints = new Map();
  for (const { name } of topology.nodes) {
    // A dump of a table that changes breaks off now and then.
    const list = (family, tries = 5) => {
      const { status, stdout } = lab.exec(name, ['conntrack', '-L', '-f', family], { mayFail: true });
      return status === 0 || tries === 1 ? stdout : list(family, tries - 1);
    };
    const stdout = topology.v6 ? `${list('ipv4')}${list('ipv6')}` : list('ipv4');
    for (const [, , asked, port, answering, left] of stdout.matchAll(ENTRY)) {
      if (port !== left) ports.set(`${name} ${port}`, `${name} ${left}`);
      if (asked !== answering) endpoints.set(`${name} ${port}`, answering);
    }
  }
  return { ports, endpoints };
}

/**
 * Sightings by probe: by token, or by the namespace and port that a connection was opened from, and when. A masquerade gives others' connections
 * ports of the very same range: what was opened here was seen here first, and while it was asked for.
 * @param {readonly Sighting[]} sightings @param {Map<string, string>} translated
 */
export function sortSightings(sightings, translated) {
  const byKey = new Map();
  const opened = new Map();
  for (const s of sightings) {
    const list = byKey.get(s.key);
    if (list) list.push(s);
    else {
      byKey.set(s.key, [s]);
      if (s.port === undefined || s.way !== 'out') continue;
      const from = `${s.ns} ${s.port}`;
      opened.set(from, [...(opened.get(from) ?? []), s]);
    }
  }
  return {
    ofToken: (token) => byKey.get(token) ?? [],
    /** @param {string} ns @param {number} port @param {{ begin: bigint, end: bigint }} during in nanoseconds since 1970 */
    ofPort(ns, port, { begin, end }) {
      const own = `${ns} ${port}`;
      const from = translated.get(own) ?? own;
      const first = (opened.get(from) ?? []).find((s) => s.time >= begin && s.time <= end);
      return byKey.get(first?.key ?? '') ?? [];
    },
  };
}

const NOT_CAPTURED = new Set(['lan', 'outside']);

/**
 * Where a lost probe was seen last. A refusal is a death at the one who refused.
 * @param {readonly Sighting[]} seen @param {string} source namespace of the sender
 */
export function deathOf(seen, source) {
  const of = (kind) => seen.filter((s) => s.kind === kind);
  const replies = of('reply');
  const requests = of('request');
  const errors = of('error');
  const told = errors[0] && { errorFrom: errors[0].ns };
  /** A packet that the switch or the machine outside saw last left the captured world at the one before. */
  const place = (direction, s) => {
    const before = NOT_CAPTURED.has(s.ns) && seen.filter((o) => o.kind === s.kind && !NOT_CAPTURED.has(o.ns)).at(-1);
    return { direction, ns: s.ns, device: s.device, way: s.way, ...(before && { after: before.ns }), ...told };
  };
  if (replies.some((s) => s.reset))
    return {
      ...place(
        'request',
        replies.find((s) => s.reset),
      ),
      way: 'refused',
    };
  const isBack = replies.some((s) => s.ns === source && s.way === 'in');
  const acks = of('ack');
  if (isBack && acks.length > 0) return place('request', acks[acks.length - 1]);
  if (replies.length > 0) return place('reply', replies[replies.length - 1]);
  if (requests.length > 0) return place('request', requests[requests.length - 1]);
  return { direction: 'request', ns: source, way: 'unsent', ...told };
}
