import { six } from '../ipv6.mjs';
import { startAgents } from '../probe.mjs';
import { SLOW } from '../slow.mjs';
import { podNs } from '../topologies.mjs';
import { addressOf, isBalanced, senderOf } from './probes.mjs';
import { deathOf, openTaps, sortSightings, trackedFlows } from './taps.mjs';

/**
 * Sends probes for real and tells what the kernel made of them.
 * @typedef {import('../cluster.mjs').Cluster} Cluster
 * @typedef {import('./probes.mjs').Classed} Classed
 * @typedef {{ ok: boolean, error?: string, name?: string, seen?: string, token?: string, port?: number, during?: { begin: bigint, end: bigint } }} Try
 * @typedef {{ direction: 'request' | 'reply', node: string, netns?: string, device?: string, way: string, after?: string, errorFrom?: string }} Death
 * @typedef {{ ok: boolean, flaky?: true, error?: string, seen?: string, answers?: Record<string, number>, failed?: number, lost?: Record<string, number>, died?: Death }} Answer
 */

const WIDTH = SLOW > 1 ? 16 : 64;
/** Of a balanced probe: enough that each of three endpoints is missed with a chance of 4 %; a slow machine's clusters have two of most. */
const REPEATS = SLOW > 1 ? 5 : 8;
const FIRST_PORT = 10_000;
const LAST_PORT = 29_000;

/** Numbers for tokens and local ports, counted through a cluster's life. */
function nextNumber(cluster) {
  cluster.sent = (cluster.sent ?? 0) + 1;
  return cluster.sent;
}

function pingWords({ size, df }, address, token) {
  const headers = address.includes(':') ? 48 : 28;
  const more = size === undefined ? [] : ['-s', String(size - headers), '-M', df ? 'do' : 'dont'];
  return ['ping', '-n', '-c1', '-W', String(SLOW), '-p', Buffer.from(token).toString('hex'), ...more, address];
}

async function ping(cluster, ns, probe, address) {
  const token = `dlt${nextNumber(cluster).toString(16).padStart(8, '0')}`;
  const { status, stdout, stderr } = await cluster.agents.get(ns)({ words: pingWords(probe, address, `${token}P`) });
  if (status === 0) return { ok: true, token };
  const said = /^From (\S+) icmp_seq=1 (.+)$/m.exec(stdout);
  return {
    ok: false,
    token,
    error: said ? `${said[2]} (from ${said[1]})` : stderr.trim().split('\n')[0] || 'no answer',
  };
}

/** As packets are stamped; a millisecond is the clock's grain. */
const now = () => BigInt(Date.now()) * 1_000_000n;

/** @returns {Promise<Try>} */
async function once(cluster, probe) {
  const { topology } = cluster;
  const ns = senderOf(topology, probe.src);
  const address = addressOf(topology, probe.dst);
  if (probe.proto === 'icmp') return ping(cluster, ns, probe, address);
  const number = nextNumber(cluster);
  const token = `dlt${number.toString(16).padStart(8, '0')}`;
  const port = FIRST_PORT + (number % (LAST_PORT - FIRST_PORT));
  const begin = now();
  const told = await cluster.agents.get(ns)({
    protocol: probe.proto.toUpperCase(),
    address,
    port: probe.port,
    localPort: port,
    ...(probe.proto === 'udp' && { token: `${token}Q` }),
  });
  const { ok, error, name, seen } = told;
  return {
    ok,
    error,
    name,
    seen: seen?.replace('::ffff:', ''),
    port,
    during: { begin, end: now() + 1_000_000n },
    ...(probe.proto === 'udp' && { token }),
  };
}

/** `list.map(work)`, at most WIDTH at a time. */
async function mapWide(list, work) {
  const results = new Array(list.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < list.length; i = next++) results[i] = await work(list[i]);
  };
  await Promise.all(Array.from({ length: WIDTH }, worker));
  return results;
}

/** What fails is tried again; two failures are one, a success after one needs a second success to count as nothing but a cold cache. */
async function moreTries(cluster, probe, first) {
  if (isBalanced(probe)) {
    const tries = [first];
    // A service that nobody answers at all is not asked to the end.
    while (tries.length < REPEATS && !(tries.length === 4 && tries.every((t) => !t.ok)))
      tries.push(await once(cluster, probe));
    return tries;
  }
  if (first.ok) return [first];
  const second = await once(cluster, probe);
  return second.ok ? [first, second, await once(cluster, probe)] : [first, second];
}

const named = (topology) => {
  const owners = new Map(
    topology.nodes.flatMap((n) => [
      [n.name, { node: n.name }],
      ...n.pods.map((p) => [podNs(p), { node: n.name, netns: `${p.namespace}/${p.name}` }]),
    ]),
  );
  return ({ ns, ...rest }) => ({ ...rest, ...(owners.get(ns) ?? { node: ns }) });
};

/** @param {readonly Try[]} tries @returns {Answer} */
function answerOf(cluster, probe, tries, { sightings, flows }) {
  const source = senderOf(cluster.topology, probe.src);
  const good = tries.filter((t) => t.ok);
  const bad = tries.filter((t) => !t.ok);
  const balanced = isBalanced(probe);
  const seen = [...new Set(good.map((t) => t.seen).filter((s) => s !== undefined))];
  const answers = {};
  for (const t of good) if (t.name !== undefined) answers[t.name] = (answers[t.name] ?? 0) + 1;
  const lost = {};
  const { nodes } = cluster.topology;
  const own = nodes.filter((n) => n.name === source || n.pods.some((p) => podNs(p) === source));
  for (const t of bad) {
    const of = (own.length > 0 ? own : nodes).map((n) => flows.endpoints.get(`${n.name} ${t.port}`));
    const endpoint = of.find((e) => e !== undefined);
    if (balanced && endpoint !== undefined) lost[endpoint] = (lost[endpoint] ?? 0) + 1;
  }
  // A second packet that must not be cut is stopped by what its sender learned from the first.
  // In IPv6 that goes for whatever is too large, as routers cut nothing.
  const teaches = probe.df || (probe.size !== undefined && cluster.topology.v6);
  const last = teaches ? bad[0] : bad[bad.length - 1];
  const trail =
    last &&
    (last.token === undefined ? sightings.ofPort(source, last.port, last.during) : sightings.ofToken(last.token));
  return {
    ok: bad.length === 0,
    ...(!balanced && good.length > 0 && bad.length > 0 && { flaky: true }),
    ...(last && { error: last.error, died: named(cluster.topology)(deathOf(trail, source)) }),
    ...(seen.length === 1 && { seen: seen[0] }),
    ...(balanced && { answers, failed: bad.length, lost }),
  };
}

/** Path MTUs that senders and routers learned. */
function forgetPaths({ lab, topology }) {
  for (const node of topology.nodes)
    for (const ns of [node.name, ...node.pods.map(podNs)])
      for (const family of topology.v6 ? ['-4', '-6'] : ['-4']) lab.ip(ns, [family, 'route', 'flush', 'cache']);
}

/**
 * @param {Cluster} cluster @param {readonly Classed[]} probes @param {{ tapped?: boolean }} [options]
 * @returns {Promise<Answer[]>}
 */
export async function askKernel(cluster, probes, { tapped = true } = {}) {
  cluster.agents ??= await startAgents(cluster);
  const taps = tapped ? await openTaps(cluster) : undefined;
  // Sizes last, with DF behind all: the path MTUs that they teach must not help the others.
  const { nodes, v6 } = cluster.topology;
  const ofNodes = new Set(nodes.map((n) => (v6 ? six(n.internalIp) : n.internalIp)));
  // In IPv6 routers cut nothing, so whatever is too large teaches its sender, and tunnels take those paths too.
  const last = ({ dst }) => (v6 && ofNodes.has(dst) ? 2 : 0);
  const orderOf = (probe) => (probe.size === undefined ? 0 : (probe.df ? 2 : 1) + last(probe));
  const tries = new Array(probes.length);
  for (const order of v6 ? [0, 1, 2, 3, 4] : [0, 1, 2]) {
    const part = [...probes.keys()].filter((i) => orderOf(probes[i]) === order);
    if (order > 0) forgetPaths(cluster);
    const firsts = await mapWide(part, (i) => once(cluster, probes[i]));
    const all = await mapWide([...part.keys()], (k) => moreTries(cluster, probes[part[k]], firsts[k]));
    part.forEach((i, k) => {
      tries[i] = all[k];
    });
  }
  const flows = trackedFlows(cluster);
  const sightings = sortSightings((await taps?.close()) ?? [], flows.ports);
  return probes.map((probe, i) => answerOf(cluster, probe, tries[i], { sightings, flows }));
}
