/**
 * `node lab/run-cases.mjs [--on TOPOLOGY]… [--seed N] [NAME…]`: makes each case of judge/cases/ that fits, alone, asks the kernel who still
 * reaches whom (not with --quick), takes it back, and compares the configuration of the namespaces it touched with what it was. One line
 * of JSON per case. Needs root.
 */
import { parseArgs } from 'node:util';
import { buildCluster } from './cluster.mjs';
import { forget, namespacesOf } from './judge/cases/changes.mjs';
import { CASES } from './judge/cases/index.mjs';
import { linesOf, remember } from './judge/cases/memory.mjs';
import { TOPOLOGIES } from './judge/topologies.mjs';
import { assertNeeds } from './needs.mjs';
import { allProbes, probeAll } from './probe.mjs';
import { podNs } from './topologies.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    on: { type: 'string', multiple: true, default: [] },
    seed: { type: 'string', default: '0' },
    quick: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
});

/** The first of each list, or by a seed (mulberry32). */
function pickOf(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return (list) => list[seed === 0 ? 0 : Math.floor(next() * list.length)];
}

const RULES = ['iptables-nft-save', 'iptables-legacy-save', 'nft -s list ruleset', 'ipset save'];
const bare = (line) =>
  line
    .replace(/\[\d+:\d+\]/, '')
    .replace(/counter packets \d+ bytes \d+/, 'counter')
    .replace(/ initval 0x\w+/, '');

const ANSWERS = RULES.map((command) => `${command} 2>/dev/null | sed 's/^/${command.split(' ')[0]}: /'`).join('; ');

/** All that is configured in some namespaces, as lines by namespace. */
const configured = (cluster, namespaces) =>
  new Map(
    namespaces.map((ns) => [
      ns,
      [
        ...linesOf(remember(cluster.lab, ns)),
        ...cluster.lab
          .exec(ns, ['sh', '-c', ANSWERS], { mayFail: true })
          .stdout.split('\n')
          // A table that is there and empty does as little as one that is not.
          .filter((line) => /^\S+: (-A|:\S+ (DROP|-)|add |create |\s+\S)/.test(line))
          // So is an empty chain at a hook.
          .filter((line) => !/: \s+chain (INPUT|OUTPUT|FORWARD|PREROUTING|POSTROUTING) \{/.test(line))
          .filter((line) => !/: \s+(type \S+ hook .* policy accept;|comment "|\})/.test(line))
          .map(bare),
      ],
    ]),
  );

const difference = (before, after) =>
  [...after].flatMap(([ns, lines]) => [
    ...before
      .get(ns)
      .filter((line) => !lines.includes(line))
      .map((line) => `- ${ns}: ${line}`),
    ...lines.filter((line) => !before.get(ns).includes(line)).map((line) => `+ ${ns}: ${line}`),
  ]);

const kindOf = ({ src, dst, protocol }) => {
  const where = dst.node === undefined ? '' : src.node === dst.node ? ' same' : ' other';
  return `${src.kind}>${dst.kind}${where}${protocol === 'icmp' ? '' : ` ${protocol.toLowerCase()}`}`;
};

/** Lost of all, by kind of probe; and what they got instead. */
function summary(results) {
  const kinds = {};
  const errors = {};
  for (const r of results) {
    const kind = kindOf(r);
    const one = kinds[kind] ?? { lost: 0, all: 0 };
    kinds[kind] = one;
    one.all++;
    if (r.ok) continue;
    one.lost++;
    const error = String(r.error).replace(/ \(from .*/, '');
    errors[error] = (errors[error] ?? 0) + 1;
  }
  const lost = Object.entries(kinds).filter(([, k]) => k.lost > 0);
  return { lost: Object.fromEntries(lost.map(([kind, k]) => [kind, `${k.lost}/${k.all}`])), errors };
}

/** Every pair of ends once by TCP, which costs no process, and pings and services of the first pods and nodes. */
function fewProbes(topology) {
  const few = new Set(topology.nodes.flatMap((n) => [n.name, ...n.pods.slice(0, 1).map((p) => p.name)]));
  return allProbes(topology).filter(
    (p) =>
      !['bridge', 'vtep'].includes(p.dst.kind) &&
      (p.protocol === 'TCP' || (few.has(p.src.name) && (p.protocol === 'UDP' || few.has(p.dst.name)))),
  );
}
/** Services hang on the endpoint that is drawn, so they are asked often; node ports are asked of every node. */
function serviceProbes(topology, times = 6) {
  const firsts = new Set(topology.nodes.flatMap((n) => [n.name, ...n.pods.slice(0, 1).map((p) => p.name)]));
  const cluster = allProbes(topology).filter((p) => firsts.has(p.src.name) && p.dst.kind === 'service');
  const sources = [...new Map(cluster.map((p) => [p.src.name, p.src])).values()];
  const ports = topology.services.flatMap((s) => s.ports.filter((p) => p.nodePort && s.app !== 'nobody'));
  const atNodes = topology.nodes.flatMap((n) =>
    ports.map((p) => ({
      dst: { kind: 'nodeport', name: `${n.name}:${p.nodePort}`, address: n.internalIp },
      protocol: p.protocol,
      port: p.nodePort,
    })),
  );
  const all = [...cluster, ...sources.flatMap((src) => atNodes.map((probe) => ({ src, ...probe })))];
  return Array.from({ length: times }, () => all).flat();
}

/** Pings that must not be fragmented, and one that must. */
async function largePings(cluster) {
  const { topology, lab } = cluster;
  const all = topology.nodes.flatMap((n) => [
    { kind: 'node', ns: n.name, address: n.internalIp, node: n },
    ...n.pods.slice(0, 1).map((p) => ({ kind: 'pod', ns: podNs(p), address: p.address, node: n })),
  ]);
  const sizes = [
    ['1410', 'do'],
    ['1450', 'do'],
    ['1500', 'do'],
    ['2000', 'dont'],
  ];
  const lost = {};
  const pairs = all.flatMap((a) => all.filter((b) => b.node !== a.node).map((b) => [a, b]));
  for (const [size, how] of sizes) {
    const told = await Promise.all(
      pairs.map(([a, b]) =>
        lab.start(a.ns, ['ping', '-n', '-c2', '-i0.3', '-W1', '-s', String(Number(size) - 28), '-M', how, b.address]),
      ),
    );
    told.forEach(({ status }, i) => {
      const [a, b] = pairs[i];
      const kind = `${a.kind}>${b.kind} ${size}${how === 'do' ? ' df' : ''}`;
      if (status !== 0) lost[kind] = (lost[kind] ?? 0) + 1;
    });
  }
  return lost;
}

const healthOf = (topology) => fewProbes(topology).filter((p, i) => p.protocol === 'TCP' || i % 4 === 0);

const touched = (cluster, commands) => {
  const named = new Set(commands.map((c) => c.split(':')[0]));
  return namespacesOf(cluster).filter((ns) => named.has(ns));
};

async function tryOne(one, cluster, before, usual) {
  const undo = await one.break(cluster, pickOf(Number(values.seed)));
  const often = ['services', 'nat', 'kube-proxy-nft'].includes(one.category);
  const probes = [...fewProbes(cluster.topology), ...(often ? serviceProbes(cluster.topology) : [])];
  const results = values.quick ? [] : await probeAll(cluster, probes, 96);
  const was = (i) => usual.get(JSON.stringify(probes[i])) ?? { ok: true };
  const changed = results.filter((r, i) => r.ok && r.dst.kind === 'pod' && r.seen !== was(i).seen).length;
  const large = one.large && !values.quick ? await largePings(cluster) : undefined;
  const { commands } = undo;
  const said = {
    id: one.id,
    kind: one.kind,
    ...summary(results.filter((_, i) => was(i).ok)),
    otherSource: changed,
    ...(large && { large }),
    commands,
  };
  await undo();
  const left = difference(
    before,
    configured(cluster, one.category === 'bgp' ? namespacesOf(cluster) : touched(cluster, commands)),
  );
  const health = healthOf(cluster.topology);
  const again = (await probeAll(cluster, health, 96)).filter(
    (r, i) => !r.ok && usual.get(JSON.stringify(health[i]))?.ok,
  );
  return {
    ...said,
    ...(left.length > 0 && { left: left.slice(0, 12) }),
    ...(again.length > 0 && { notWhole: again.length }),
  };
}

async function group(topology, cases) {
  let cluster;
  let before;
  let usual;
  for (const one of cases) {
    const started = Date.now();
    try {
      if (!cluster) {
        cluster = await buildCluster(topology);
        await probeAll(cluster, fewProbes(topology));
        await forget(cluster);
        const probes = [...fewProbes(topology), ...serviceProbes(topology, 1)];
        usual = new Map((await probeAll(cluster, probes, 96)).map((r, i) => [JSON.stringify(probes[i]), r]));
        before = configured(cluster, namespacesOf(cluster));
      }
      const done = await tryOne(one, cluster, before, usual);
      console.log(JSON.stringify({ on: topology.name, ...done, ms: Date.now() - started }));
      if (!done.left && !done.notWhole) continue;
    } catch (error) {
      console.log(
        JSON.stringify({ on: topology.name, id: one.id, error: String(error.message), ms: Date.now() - started }),
      );
      const left = cluster && before ? difference(before, configured(cluster, namespacesOf(cluster))) : ['?'];
      if (left.length === 0) continue;
      console.log(JSON.stringify({ on: topology.name, id: one.id, left: left.slice(0, 12) }));
    }
    cluster?.lab.close();
    cluster = undefined;
  }
  cluster?.lab.close();
}

if (values.list)
  for (const one of CASES) console.log(`${one.id}  ${one.kind}  ${TOPOLOGIES.filter((t) => one.fits(t)).length}`);
else {
  assertNeeds();
  // Those of IPv6 have no way back: their clusters are thrown away.
  const chosen = CASES.filter((c) => c.category !== 'ipv6').filter(
    (c) => positionals.length === 0 || positionals.some((p) => c.id === p || c.category === p),
  );
  for (const topology of TOPOLOGIES.filter(
    (t) => values.on.includes(t.name) || (values.on.length === 0 && t.name === 'kubeadm-flannel'),
  ))
    await group(
      topology,
      chosen.filter((c) => c.fits(topology)),
    );
  process.exit(0);
}
