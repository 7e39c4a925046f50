import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../../src/index.js';
import { makeConnections, tupleOf } from '../../src/path/conntrack.js';
import type { Walk } from '../../src/path/context.js';
import { ipOf } from '../../src/path/ip.js';
import type { Machine } from '../../src/path/machine.js';
import type { CompiledRule, HookContext, IpHook } from '../../src/path/netfilter/types.js';
import type { Ip, Packet } from '../../src/path/types.js';
import { makeWorld, type World } from '../../src/path/world.js';
import { withFiles } from '../folder.js';

/** Each rule matches what a kernel found it to match: lab/make-nft-answers.mjs. */
const folder = join(import.meta.dirname, '..', '..', 'samples', 'nft-answers');
const read = (name: string): string => readFileSync(join(folder, name), 'utf8');
const CAPTURES = [
  'commands.tsv',
  ...['hostname', 'ip-addr', 'ip-link', 'ip-route', 'ip6-route', 'ip-rule', 'date'].map((c) => `${c}.txt`),
];

const address = (text: string): Ip => {
  const ip = ipOf(text);
  if (!ip) throw new Error(`${text} is no address`);
  return ip;
};

function packetOf([proto = '', src = '', sport = '', dst = '', dport = '']: readonly string[]): Packet {
  const icmp = proto === 'icmp';
  return {
    src: address(src),
    dst: address(dst),
    proto,
    sport: icmp ? 1 : Number(sport),
    dport: icmp ? 1 : Number(dport),
    role: 'request',
    ...(icmp && { icmp: 'echo-request' }),
    size: icmp
      ? src.includes(':')
        ? 104
        : 84
      : proto === 'tcp'
        ? src.includes(':')
          ? 80
          : 60
        : src.includes(':')
          ? 49
          : 29,
    df: true,
    ttl: 64,
    mark: 0,
  };
}

/** Chains of the sample by the hook from which they are called. */
const HOOKS: Readonly<Record<string, IpHook>> = {
  before: 'output',
  output: 'output',
  postrouting: 'postrouting',
  raw: 'prerouting',
  prerouting: 'prerouting',
  input: 'input',
};

function contextOf(world: World, machine: Machine, chain: string, packet: Packet): HookContext {
  const open = (): never => {
    throw new Error('asked');
  };
  const walk: Walk = {
    world,
    choose: { balance: open, either: open },
    connections: makeConnections(),
    asked: packet.dst,
    legs: [],
    steps: [],
    doubts: [],
    assumptions: new Set(),
    spoke: new Map(),
    taught: new Map(),
    hops: 0,
  };
  const hook = HOOKS[chain] ?? 'output';
  const out = packet.dst.text.startsWith('192.0.2.') ? 'dum0' : 'lo';
  const tracked = chain !== 'before';
  return {
    walk,
    machine,
    hook,
    packet,
    iif: hook === 'prerouting' || hook === 'input' ? 'lo' : '',
    oif: hook === 'output' || hook === 'postrouting' ? out : '',
    conn: {
      state: tracked ? 'new' : 'invalid',
      direction: 'original',
      entry: tracked ? walk.connections.create(machine, tupleOf(packet)) : undefined,
    },
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

/**
 * What the third and fourth octet of an ICMP header are, its checksum; what kernels of different age say; and whose socket a local address
 * has.
 */
const isOpen = (chain: string, text: string, [proto]: readonly string[]): boolean =>
  (proto === 'icmp' && /\bth [ds]port/.test(text)) ||
  (chain === 'input' && /^fib .* oif/.test(text)) ||
  text.startsWith('socket ');

test('rules of nft match what a kernel says that they match', async () => {
  const files: Record<string, string> = Object.fromEntries(CAPTURES.map((c) => [`node-1/${c}`, read(`node-1/${c}`)]));
  files['node-1/nft.txt'] = read('node-1/nft.txt').replace(/ counter packets 0 bytes 0$/gm, ' accept');
  await withFiles(files, async (bundle) => {
    const world = makeWorld((await load([bundle])).model);
    const machine = world.host('node-1');
    if (!machine) throw new Error('no node');
    const wrong: string[] = [];
    let asked = 0;
    for (const row of read('answers.tsv').trimEnd().split('\n')) {
      const [chain = '', ...packet] = row.split('\t');
      const answers = packet.at(-1) ?? '';
      // What left by the other device came in nowhere.
      if (packet[3]?.startsWith('192.0.2.') && !['before', 'output', 'postrouting'].includes(chain)) continue;
      const base = machine
        .ruleset(4)
        .hooks[HOOKS[chain] ?? 'output'].find((b) => b.find(`ask-${chain}`) && b.chain.name === chain);
      const rules = base?.find(`ask-${chain}`)?.rules() ?? [];
      expect(rules.length).toBe(answers.length);
      for (const [i, rule] of rules.entries()) {
        asked++;
        const ours = answerOf(rule, contextOf(world, machine, chain, packetOf(packet)));
        if (ours === '?' && isOpen(chain, rule.text, packet)) continue;
        if (ours !== answers[i])
          wrong.push(`${chain} ${packet.slice(0, 5).join(' ')}: ${rule.text}: ${ours}, kernel ${answers[i]}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(asked).toBeGreaterThan(5000);
  });
});
