import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { load } from '../../src/index.js';
import { makeWorld, reachAll, traceProbe } from '../../src/path/index.js';
import { WALKED_KINDS } from '../../src/path/texts.js';
import type { Trace } from '../../src/path/types.js';

const CLUSTER = join(import.meta.dirname, '..', '..', 'bench', 'cluster.mjs');

/** Numbers that are the same in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function filesOf(folder: string): readonly string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesOf(path) : [path];
  });
}

type Fault = (text: string, pick: (below: number) => number) => string;

const withoutLine: Fault = (text, pick) => {
  const lines = text.split('\n');
  lines.splice(pick(lines.length), 1);
  return lines.join('\n');
};
const swapped =
  (from: RegExp, to: string): Fault =>
  (text, pick) => {
    const hits = [...text.matchAll(from)];
    const hit = hits[pick(Math.max(1, hits.length))];
    return hit
      ? text.slice(0, hit.index) + hit[0].replace(new RegExp(from.source), to) + text.slice(hit.index + hit[0].length)
      : text;
  };

/** What goes wrong in a file. */
const FAULTS: readonly (readonly [file: RegExp, fault: Fault])[] = [
  [/ip-route|ip-neigh|bridge-fdb|iptables-save|ip-netconf|ip-addr|sysctl/, withoutLine],
  [/ip-netconf/, swapped(/forwarding on/g, 'forwarding off')],
  [/ip-neigh/, swapped(/lladdr 1a:00:00:00:00/g, 'lladdr 1a:00:00:00:99')],
  [/ip-neigh/, swapped(/lladdr \S+ (?:REACHABLE|PERMANENT)/g, 'FAILED')],
  [/bridge-fdb/, swapped(/dst 192\.168\.48\.\d+/g, 'dst 192.168.48.13')],
  [/ip-route/, swapped(/via 10\.244\.(\d+)\.0 dev flannel\.1/g, 'via 10.244.3.0 dev flannel.1')],
  [/ip-route/, swapped(/^10\.244\.\d+\.0\/24 via.*$/gm, 'blackhole 10.244.5.0/24')],
  [
    /iptables-save/,
    swapped(
      /-A FORWARD -m comment --comment "flanneld/g,
      '-A FORWARD -s 10.244.2.0/24 -j DROP\n-A FORWARD -m comment --comment "flanneld',
    ),
  ],
  [
    /iptables-save/,
    swapped(/-A INPUT -j KUBE-FIREWALL/g, '-A INPUT -s 192.168.48.14/32 -p udp -j DROP\n-A INPUT -j KUBE-FIREWALL'),
  ],
  [/iptables-save/, swapped(/--to-destination 10\.244\.\d+\.\d+/g, '--to-destination 10.244.1.77')],
  [/ip-addr/, swapped(/hairpin on/g, 'hairpin off')],
  [/ip-addr/, swapped(/id 1 local/g, 'id 2 local')],
  [/ip-addr/, swapped(/192\.168\.48\.\d+\/20/g, '192.168.48.15/20')],
];

const summary = ({ verdict, outcomes }: Trace) => ({
  verdict,
  outcomes: outcomes.map((o) => `${o.endpoint} ${o.verdict} ${o.seenSource ?? ''} ${o.share.toFixed(3)}`).sort(),
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'pairs that are not walked are told as their walks would tell them, cluster %i',
  async (seed) => {
    const folder = mkdtempSync(join(tmpdir(), 'dumplint-alike-'));
    try {
      execFileSync(process.execPath, [CLUSTER, folder, ...'--nodes 9 --services 6 --endpoints 2 --pods 4'.split(' ')]);
      const pick = numbers(seed);
      const files = filesOf(folder).filter((f) => f.includes('node-'));
      for (let i = 0; i < seed - 1; i++) {
        const [of, fault] = FAULTS[pick(FAULTS.length)] as (typeof FAULTS)[number];
        const fitting = files.filter((f) => of.test(f));
        const file = fitting[pick(fitting.length)] as string;
        writeFileSync(file, fault(readFileSync(file, 'utf8'), pick));
      }
      const { model } = await load([folder]);
      const world = makeWorld(model);
      const { pairs } = reachAll(world);
      expect(pairs.length).toBeGreaterThan(300);
      const told = pairs.map(({ src, dst, trace }) => ({ pair: `${src.name} → ${dst.name}`, ...summary(trace) }));
      const walked = pairs.map(({ src, dst, trace }) => {
        const traced = traceProbe(world, {
          src: trace.src,
          dst: trace.dst,
          proto: trace.proto,
          ...(trace.port !== undefined && { port: trace.port }),
        });
        if (traced.kind === 'error') throw new Error(traced.says);
        return { pair: `${src.name} → ${dst.name}`, ...summary(traced.trace) };
      });
      expect(told).toEqual(walked);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

/** Asked of all stacks together, for one answer: whether the nodes tell their pods to each other alone. */
const OF_ALL = ['bird-protocol', 'bgp-peer'];

test('every kind that a walk reads of a stack counts for what is alike', async () => {
  const asked = new Set<string>();
  const { model } = await load([join(import.meta.dirname, '..', '..', 'samples', 'bundles', 'bird-stopped')]);
  const world = makeWorld({
    ...model,
    nodes: model.nodes.map((n) => {
      const facts = (kind: never) => {
        asked.add(kind);
        return n.host.facts(kind);
      };
      return { ...n, host: { ...n.host, facts } as typeof n.host };
    }),
  });
  reachAll(world);
  expect(asked.size).toBeGreaterThan(10);
  const counted: readonly string[] = [...WALKED_KINDS, ...OF_ALL];
  expect([...asked].filter((kind) => !counted.includes(kind))).toEqual([]);
});
