import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../../src/index.js';
import { inverse, makeConnections, tupleOf } from '../../src/path/conntrack.js';
import type { Walk } from '../../src/path/context.js';
import { ipOf } from '../../src/path/ip.js';
import type { Machine } from '../../src/path/machine.js';
import type { CompiledRule, Connection, HookContext, IpHook } from '../../src/path/netfilter/types.js';
import type { Ip, Packet, Role } from '../../src/path/types.js';
import { makeWorld, type World } from '../../src/path/world.js';
import { withFiles } from '../folder.js';

/** Each rule of iptables matches what a kernel found it to match: lab/make-xt-answers.mjs. */
const folder = join(import.meta.dirname, '..', '..', 'samples', 'xt-answers');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const CAPTURES = [
  'commands.tsv',
  ...[
    'hostname',
    'ip-addr',
    'ip-link',
    'ip-route',
    'ip6-route',
    'ip-rule',
    'ip-netconf',
    'sysctl',
    'date',
    'proc-net-xt_recent',
  ].map((c) => `${c}.txt`),
];

const address = (text: string): Ip => {
  const ip = ipOf(text);
  if (!ip) throw new Error(`${text} is no address`);
  return ip;
};

const HOOKS: Readonly<Record<string, IpHook>> = {
  before: 'prerouting',
  prerouting: 'prerouting',
  input: 'input',
  forward: 'forward',
  first: 'output',
  output: 'output',
  postrouting: 'postrouting',
};

interface Row {
  readonly chain: string;
  readonly role: Role;
  readonly proto: string;
  readonly src: Ip;
  readonly sport: number;
  readonly dst: Ip;
  readonly dport: number;
  readonly answers: string;
}

function rowOf(line: string): Row {
  const [chain = '', role = '', proto = '', src = '', sport = '', dst = '', dport = '', answers = ''] =
    line.split('\t');
  return {
    chain,
    role: role as Role,
    proto,
    src: address(src),
    sport: Number(sport),
    dst: address(dst),
    dport: Number(dport),
    answers,
  };
}

/** The clients' bridge, or the server's card. */
const deviceTo = (ip: Ip): string => (/^(?:10\.1\.|fd01:)/.test(ip.text) ? 'br0' : 's0');
const PORTS: Readonly<Record<string, string>> = { '10.1.0.2': 'c0', 'fd01::2': 'c0', '10.1.0.3': 'c1' };
const isOwn = (ip: Ip): boolean => /\.1$|::1$/.test(ip.text);
const HEADERS = { icmp: 8 + 56, udp: 8 + 1, tcp: 40 } as const;
/** With the timestamps that Linux sends. */
const FIRST_DATA = 32 + 1;

function packetOf(row: Row, bridged: boolean): Packet {
  const { role, proto } = row;
  const isReply = role === 'reply';
  const icmp = proto === 'icmp';
  const v6 = row.src.family === 6;
  const [from, to] = isReply ? [row.dst, row.src] : [row.src, row.dst];
  const [sport, dport] = icmp ? [1, 1] : isReply ? [row.dport, row.sport] : [row.sport, row.dport];
  const hops = row.chain === 'forward' && !bridged ? 1 : 0;
  return {
    src: from,
    dst: to,
    proto,
    sport,
    dport,
    role,
    ...(icmp && { icmp: isReply ? 'echo-reply' : 'echo-request' }),
    size: (v6 ? 40 : 20) + (role === 'ack' ? FIRST_DATA : HEADERS[proto as keyof typeof HEADERS]),
    ...(proto === 'tcp' && role !== 'ack' && { mss: 1500 - (v6 ? 60 : 40) }),
    df: !isReply || proto === 'tcp',
    ttl: 64 - hops,
    mark: 0,
  };
}

function connectionOf(walk: Walk, machine: Machine, row: Row, packet: Packet): Connection {
  if (row.chain === 'before' || row.chain === 'first')
    return { state: 'invalid', direction: 'original', entry: undefined };
  const isReply = row.role === 'reply';
  const entry = walk.connections.create(machine, isReply ? inverse(tupleOf(packet)) : tupleOf(packet));
  entry.answered = row.role !== 'request';
  return {
    state: row.role === 'request' ? 'new' : 'established',
    direction: isReply ? 'reply' : 'original',
    entry,
  };
}

function contextOf(world: World, machine: Machine, row: Row): HookContext {
  const open = (): never => {
    throw new Error('asked');
  };
  const blank = {
    world,
    asked: row.dst,
    choose: { balance: open, either: open },
    connections: makeConnections(),
    legs: [],
    steps: [],
    doubts: [],
    assumptions: new Set<string>(),
    spoke: new Map(),
    taught: new Map(),
    hops: 0,
  };
  const walk: Walk = blank;
  const hook = HOOKS[row.chain] ?? 'output';
  const [from, to] = row.role === 'reply' ? [row.dst, row.src] : [row.src, row.dst];
  const bridged = !isOwn(from) && !isOwn(to) && deviceTo(from) === deviceTo(to);
  const packet = packetOf(row, bridged);
  const hasIn = hook !== 'output' && !isOwn(from);
  const hasOut = hook !== 'prerouting' && hook !== 'input';
  const inPort = hasIn ? PORTS[from.text] : undefined;
  const outPort = hasOut && bridged ? PORTS[to.text] : undefined;
  const fromMac = { c0: '02:00:00:00:01:02', c1: '02:00:00:00:01:13', s0: '02:00:00:00:02:02' }[
    PORTS[from.text] ?? 's0'
  ];
  return {
    walk,
    machine,
    hook,
    packet,
    iif: hasIn ? deviceTo(from) : '',
    oif: hasOut ? deviceTo(to) : '',
    ...(inPort !== undefined && { physIn: inPort }),
    ...(outPort !== undefined && { physOut: outPort }),
    ...(hasIn && fromMac !== undefined && { srcMac: fromMac }),
    ...(hasOut && { nexthop: to }),
    conn: connectionOf(walk, machine, row, packet),
  };
}

function answerOf(rule: CompiledRule, c: HookContext): string {
  try {
    const verdict = rule.run(c);
    return verdict === undefined ? '0' : verdict.kind === 'accept' ? '1' : verdict.kind;
  } catch (error) {
    if (error instanceof Error && error.message === 'asked') return '?';
    throw error;
  }
}

/** What depends on more than the walk knows of a packet: which socket takes it, what its data are. */
const OPEN = /-m (?:socket|cluster|conntrack --ctexpire|u32 .*@0xc>>)/;

test('rules of iptables match what a kernel says that they match', async () => {
  const files: Record<string, string> = Object.fromEntries(CAPTURES.map((c) => [`node-1/${c}`, read(`node-1/${c}`)]));
  for (const name of ['iptables-save', 'ip6tables-save'])
    files[`node-1/${name}.txt`] = read(`node-1/${name}.txt`).replace(/^(-A ask-(?:(?! -j ).)*)$/gm, '$1 -j ACCEPT');
  await withFiles(files, async (bundle) => {
    // The senders are no node and no pod; here they count among the cluster.
    const world: World = { ...makeWorld((await load([bundle])).model), inside: () => true };
    const machine = world.host('node-1');
    if (!machine) throw new Error('no node');
    const wrong: string[] = [];
    let asked = 0;
    for (const row of read('answers.tsv').trimEnd().split('\n').map(rowOf)) {
      const base = machine
        .ruleset(row.src.family)
        .hooks[HOOKS[row.chain] ?? 'output'].find((b) => b.find(`ask-${row.chain}`) !== undefined);
      const c = contextOf(world, machine, row);
      let i = 0;
      for (const rule of base?.find(`ask-${row.chain}`)?.rules() ?? []) {
        const ours = answerOf(rule, c);
        if (!rule.text.endsWith(' -j ACCEPT')) continue;
        asked++;
        const kernel = row.answers[i++];
        if (ours === '?' && OPEN.test(rule.text)) continue;
        if (ours !== kernel)
          wrong.push(
            `${row.chain} ${row.role} ${row.proto} ${c.packet.src.text} > ${c.packet.dst.text}: ${rule.text.replace(/^-A \S+ | -j ACCEPT$/g, '')}: ${ours}, kernel ${kernel}`,
          );
      }
      expect(i).toBe(row.answers.length);
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(15_000);
  });
});
