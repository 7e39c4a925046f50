import { createInterface } from 'node:readline';
import { endpointsOf } from './kube-proxy.mjs';
import { SLOW } from './slow.mjs';
import { podNs } from './topologies.mjs';

/**
 * @typedef {{ kind: 'pod' | 'node' | 'service' | 'bridge' | 'vtep', name: string, node?: string, address: string }} End
 * @typedef {{ src: End, dst: End, protocol: 'icmp' | 'TCP' | 'UDP', port?: number }} Probe
 * @typedef {Probe & { ok: boolean, error?: string, answeredBy?: string, seen?: string }} Result
 * @typedef {import('./cluster.mjs').Cluster} Cluster
 */

const TIMEOUT = 1000 * SLOW;
/** What the machine outside answers. */
const OUTSIDE = [
  { protocol: 'TCP', port: 8080 },
  { protocol: 'UDP', port: 53 },
];
const podEnd = (node, pod) => ({ kind: 'pod', name: pod.name, node: node.name, address: pod.address });
const nodeEnd = (node) => ({ kind: 'node', name: node.name, node: node.name, address: node.internalIp });
const nsOf = (end) => (end.kind === 'pod' ? podNs(end) : end.name);

/** Every pod and every node. @returns {End[]} */
export const ends = (topology) => topology.nodes.flatMap((n) => [nodeEnd(n), ...n.pods.map((p) => podEnd(n, p))]);

/**
 * From every pod and node: ping to every other pod and node, to each node's overlay and bridge address (flannel), and
 * a connection to each pod's first port and each service port.
 * @param {import('./topologies.mjs').Topology} topology @returns {Probe[]}
 */
export function allProbes(topology) {
  const all = ends(topology);
  const flannel = topology.flavour === 'flannel-vxlan';
  const inside = flannel
    ? topology.nodes.flatMap((n) => [
        { kind: 'vtep', name: `${n.name}/flannel.1`, node: n.name, address: n.podCidr.replace(/\/\d+$/, '') },
        { kind: 'bridge', name: `${n.name}/cni0`, node: n.name, address: n.podCidr.replace(/\d+\/\d+$/, '1') },
      ])
    : [];
  const ports = topology.nodes.flatMap((n) =>
    n.pods.map((p) => ({ end: podEnd(n, p), listen: p.listen.find((l) => l.protocol === 'TCP') })),
  );
  const services = topology.services.flatMap((s) =>
    s.ports.map((p) => ({ end: { kind: 'service', name: `${s.namespace}/${s.name}`, address: s.clusterIp }, port: p })),
  );
  return all.flatMap((src) => [
    ...all.filter((dst) => dst.name !== src.name).map((dst) => ({ src, dst, protocol: 'icmp' })),
    ...inside.map((dst) => ({ src, dst, protocol: 'icmp' })),
    ...ports
      .filter(({ end }) => end.name !== src.name)
      .map(({ end, listen }) => ({ src, dst: end, protocol: 'TCP', port: listen.port })),
    ...services.map(({ end, port }) => ({ src, dst: end, protocol: port.protocol, port: port.port })),
  ]);
}

/** One agent per pod and node, and outside; they end with the lab, or when this process does. */
export async function startAgents({ lab, topology }) {
  const owners = topology.nodes.flatMap((n) => [
    { ns: n.name, listen: n.listen },
    ...n.pods.map((p) => ({ ns: podNs(p), listen: p.listen })),
  ]);
  if (topology.outside) owners.push({ ns: 'outside', listen: OUTSIDE });
  const nameOf = (ns) => ns.replace(/^pod-/, '');
  const names = owners.map(({ ns }) => nameOf(ns));
  const agents = new Map();
  const program = new URL('agent.mjs', import.meta.url).pathname;
  await Promise.all(
    owners.map(({ ns, listen }) => {
      const child = lab.spawn(ns, [
        process.execPath,
        program,
        JSON.stringify({ name: nameOf(ns), names, listen, ...(topology.v6 && { v6: true }) }),
      ]);
      const waiting = new Map();
      let id = 0;
      child.stderr.setEncoding('utf8').on('data', (text) => process.stderr.write(`agent ${ns}: ${text}`));
      const ask = (request) =>
        new Promise((resolve) => {
          waiting.set(++id, resolve);
          child.stdin.write(`${JSON.stringify({ ...request, id, timeout: TIMEOUT })}\n`);
        });
      agents.set(ns, ask);
      return new Promise((resolve, reject) => {
        child.on('exit', (code) => reject(new Error(`agent of ${ns} ended with ${code}`)));
        createInterface({ input: child.stdout }).on('line', (line) => {
          const said = JSON.parse(line);
          if (said.ready) resolve(undefined);
          else waiting.get(said.id)?.(said);
        });
      });
    }),
  );
  return agents;
}

async function once(agents, probe) {
  const ns = nsOf(probe.src);
  if (probe.protocol !== 'icmp') {
    const { ok, error, name, seen } = await agents.get(ns)({
      protocol: probe.protocol,
      address: probe.dst.address,
      port: probe.port,
    });
    return { ...probe, ok, ...(error && { error }), ...(name && { answeredBy: name }), ...(seen && { seen }) };
  }
  const { status, stdout } = await agents.get(ns)({ words: ['ping', '-n', '-c1', '-W1', probe.dst.address] });
  const said = /^From (\S+) icmp_seq=1 (.+)$/m.exec(stdout);
  return {
    ...probe,
    ok: status === 0,
    ...(status !== 0 && { error: said ? `${said[2]} (from ${said[1]})` : 'no answer' }),
  };
}

/** A lost first packet (ARP) is no failure, as it is none for a user: what fails is tried once more. */
async function tried(agents, probe) {
  const first = await once(agents, probe);
  return first.ok ? first : once(agents, probe);
}

/**
 * Sends every probe for real, `width` at a time, and tells what came back.
 * @param {Cluster} cluster @param {readonly Probe[]} [probes] @returns {Promise<Result[]>}
 */
export async function probeAll(cluster, probes = allProbes(cluster.topology), width = 48) {
  cluster.agents ??= await startAgents(cluster);
  const { agents } = cluster;
  const results = new Array(probes.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < probes.length; i = next++) results[i] = await tried(agents, probes[i]);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

const label = (r) => `${r.src.name} -> ${r.dst.name} ${r.protocol}${r.port ? `/${r.port}` : ''}`;

/**
 * Compares the kernel's answers with what a fault promises; `expected` says true (works), false (fails) or undefined
 * (either: load balancing, several broken legs). @returns {string[]} one sentence per disagreement
 */
export function disagreements(results, expected) {
  return results.flatMap((r) => {
    const want = expected(r);
    return want === undefined || want === r.ok
      ? []
      : [`${label(r)}: expected ${want ? 'an answer' : 'none'}, ${r.ok ? 'got one' : `got ${r.error}`}`];
  });
}

/** Which endpoints a service probe may reach, as ends; for expectations about services. */
export function backends(topology, probe) {
  const service = topology.services.find((s) => `${s.namespace}/${s.name}` === probe.dst.name);
  const addresses = new Set(endpointsOf(topology, service));
  return ends(topology).filter((e) => addresses.has(e.address));
}

/** A table of pings: rows are sources, columns pods and nodes; `+` answered, `.` not. */
export function pingMatrix(results) {
  const pings = results.filter((r) => r.protocol === 'icmp');
  const columns = [...new Map(pings.map((r) => [r.dst.name, r.dst])).values()];
  const rows = [...new Set(pings.map((r) => r.src.name))];
  const cell = (row, column) => {
    const r = pings.find((p) => p.src.name === row && p.dst.name === column.name);
    return r ? (r.ok ? '+' : '.') : ' ';
  };
  return [
    ...columns.map((c, i) => `${String(i).padStart(2)} ${c.name} ${c.address}`),
    ...rows.map((row) => `${columns.map((c) => cell(row, c)).join(' ')}  ${row}`),
  ].join('\n');
}
