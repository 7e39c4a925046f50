import { type At, contains, parseAddress, parsePrefix, traceFlags } from '../kit/index.js';
import type { Missing } from '../model/types.js';
import type { Pair, Step } from '../path/index.js';
import { isOfEnforcer } from './enforcers.js';
import type { Loss, LostPath, Paths } from './paths.js';
import { unknown } from './rule.js';
import { innerSteps, senderOf } from './translated.js';
import type { EvidenceDraft, NonEmpty, Severity, UnknownDraft } from './types.js';

/**
 * What a loss is: `fault`, or what is meant to be so: nobody listens, a service has no endpoints (kube-proxy says no for it), a
 * NetworkPolicy forbids it. `unserved`: kube-proxy or nobody answers for a service that has endpoints.
 */
export type LossNature = 'fault' | 'closed' | 'no-endpoints' | 'policy' | 'unserved';

/** Chains in which kube-proxy refuses what is for a service without endpoints, or not for this client (pkg/proxy/iptables/proxier.go). */
const OF_SERVICES = /^KUBE-(?:SERVICES|EXTERNAL-SERVICES|NODEPORTS|PROXY-FIREWALL|XLB-|EXT-|SVL-|FW-)/;

export function natureOf(
  loss: Pick<Loss, 'by' | 'chain' | 'hook' | 'table'> & {
    readonly enforcer?: string;
    readonly enforcerGap?: unknown;
    readonly reason?: string;
    readonly paths?: readonly Pick<LostPath, 'unserved' | 'astray' | 'diverted' | 'pair'>[];
  },
): LossNature {
  // Which addresses take NodePorts can be chosen (nodePortAddresses), and load balancers may be proxies: a closed one alone is no fault.
  const unserved = (loss.paths ?? []).some(
    ({ unserved, pair: { dst } }) => unserved && dst.kind !== 'node-port' && !dst.external,
  );
  if ((loss.paths ?? []).some((p) => p.astray !== undefined || p.diverted)) return 'fault';
  if (loss.by === 'closed-port') return unserved ? 'unserved' : 'closed';
  if (loss.enforcerGap !== undefined) return 'fault';
  const { chain = '', table = '' } = loss;
  if (loss.hook === undefined) return 'fault';
  // A chain for services that drops what is for none of them takes pods' or nodes' addresses for services'.
  if (/ kube-proxy$/.test(table) && (loss.paths ?? []).some(({ pair }) => /^(?:pods|node)$/.test(pair.dst.kind)))
    return 'fault';
  // Older ones mark by KUBE-MARK-DROP what no endpoint of the node may have, and kubelet's chain drops it.
  const marked = chain === 'KUBE-FIREWALL' && / --mark (0x[0-9a-f]+)\/\1 -j DROP/.test(loss.reason ?? '');
  if (marked && (loss.paths ?? []).every(({ pair }) => !/^(?:pods|node)$/.test(pair.dst.kind))) return 'no-endpoints';
  // What it drops is kept out on purpose (traffic policies, source ranges); that there are no endpoints it says by an answer.
  if (OF_SERVICES.test(chain) || / kube-proxy$/.test(table))
    return unserved && (loss.by === 'reject' || chain === 'cluster-ips-check') ? 'unserved' : 'no-endpoints';
  return loss.enforcer !== undefined || isOfEnforcer(loss) ? 'policy' : 'fault';
}

/** Is the way one that Kubernetes promises? What comes from outside hangs on more than the nodes. */
export const isPromised = ({ pair: { src, dst } }: LostPath): boolean =>
  src.kind !== 'outside' && dst.kind !== 'node-port' && !dst.external;

/** Does it stop pings alone? Then the same ends are asked by TCP, which must not be lost in this place. */
export function stopsPingsOnly(loss: Loss, paths: Paths): boolean {
  // A stack may be told not to answer them (icmp_echo_ignore_all).
  const mayTell = loss.hook !== undefined || (loss.step === 'deliver' && loss.reason.includes('echo_ignore_all'));
  if (!mayTell || loss.paths.some((p) => p.probe.proto !== 'icmp')) return false;
  const asked = loss.paths
    .slice(0, 3)
    .map((p) => paths.trace({ ...p.probe, proto: 'tcp', port: paths.openPort(p.outcome.endpoint) ?? 10250 }));
  return asked.every(
    (a) => a.kind === 'trace' && a.trace.outcomes.every((o) => o.because?.evidence[0] !== loss.evidence[0]),
  );
}

/** Is it lost because a port of a bridge sends nothing back to where it came from? That is a pod's packet to itself, by its service. */
export const sendsNothingBack = ({ step, reason }: Pick<Loss, 'step' | 'reason'>): boolean =>
  step === 'bridge' && / has no hairpin mode\b/.test(reason);

/**
 * How grave a loss is: an error where a promised way is lost, whatever else is lost with it. Where a pod is one of several endpoints of the
 * service that it asks, few ever notice.
 */
export function severityOf(losses: readonly Loss[], paths: Paths): Severity {
  if (losses.every((l) => stopsPingsOnly(l, paths))) return 'info';
  const isGrave = (l: Loss, path: LostPath): boolean =>
    isPromised(path) && (!sendsNothingBack(l) || path.pair.trace.verdict === 'dropped');
  return losses.some((l) => l.paths.some((p) => isGrave(l, p))) ? 'error' : 'warning';
}

/** Does the address lie in the network? */
const isIn = (network: string, address: string): boolean => {
  const [prefix, ip] = [parsePrefix(network), parseAddress(address)];
  return prefix !== undefined && ip !== undefined && prefix.family === ip.family && contains(prefix, ip);
};

/**
 * Do packets of a node and its pods come to a network by the walk, whatever the routes look like? Some arrive, or are refused there by what
 * is meant to refuse, and none are lost by a fault.
 */
export function arrives(paths: Paths, node: string, network: string): boolean {
  const asked = paths.pairs.filter((p) => p.src.node === node && isIn(network, p.trace.dst));
  if (asked.length === 0) return false;
  const meant = new Map<Pair, boolean>();
  for (const loss of paths.losses)
    for (const { pair } of loss.paths)
      meant.set(pair, meant.get(pair) !== false && natureOf(loss) !== 'fault' && loss.node !== node);
  return (
    asked.some((p) => p.trace.verdict === 'delivered' || meant.get(p)) &&
    asked.every((p) => p.trace.verdict === 'delivered' || meant.get(p) !== false)
  );
}

/** Where conntrack forgets a flow at once, by a timeout of 0. */
export const forgets = ({ says }: Step): boolean => says.startsWith('conntrack forgets ');

/** Pairs with one end on the node whose tunnel's packets no device takes. */
export const lostUnwrapped = ({ pairs }: Paths, node: string) =>
  pairs.filter(
    (p) =>
      p.trace.verdict === 'dropped' &&
      (p.src.node === node) !== (p.dst.node === node) &&
      p.trace.outcomes.some((o) => o.because?.step === 'decapsulate'),
  );

/** The leg on which the packets of a path are lost. */
const lostLeg = ({ outcome }: LostPath) =>
  outcome.legs.findLast((leg) => leg.direction === outcome.because?.direction) ?? outcome.legs.at(-1);

/** The lines of a path's last way. */
const ownLinesOf = (path: LostPath): readonly At[] =>
  (lostLeg(path)?.steps ?? []).filter((s) => s.node !== '').flatMap((s) => s.at);

/** Every line that the lost packets' last way rests on. */
export const linesOf = (loss: Loss): readonly At[] => [
  ...new Set([...loss.evidence, ...loss.paths.flatMap(ownLinesOf)]),
];

/** For which pairs each of these lines decided. */
export function decidedBy(losses: readonly Loss[]): ReadonlyMap<At, readonly Pair[]> {
  const out = new Map<At, Set<Pair>>();
  for (const { evidence, paths } of losses)
    for (const path of paths)
      for (const at of [...evidence, ...ownLinesOf(path)]) {
        const held = out.get(at);
        if (held) held.add(path.pair);
        else out.set(at, new Set([path.pair]));
      }
  return new Map([...out].map(([at, pairs]) => [at, [...pairs]]));
}

/** The rule that kept conntrack of a node from seeing the lost connection as one; those for a tunnel's own packets do nothing to it. */
export const untrackedBy = (loss: Loss): Step | undefined =>
  loss.paths
    .flatMap((p) => p.outcome.legs.flatMap((l) => innerSteps(l.steps)))
    .find((s) => s.untracks && nodesOf(loss).includes(s.node));

/** Nodes where the lost packets have been, and those of their ends. */
export function nodesOf(loss: Loss): NonEmpty<string> {
  const all = loss.paths.flatMap((p) => [
    ...(lostLeg(p)?.steps ?? []).map((s) => s.node),
    p.pair.src.node ?? '',
    p.pair.dst.node ?? '',
  ]);
  return [loss.node, ...[...new Set(all)].filter((n) => n !== '' && n !== loss.node).sort()];
}

const LLADDR = /\b[0-9a-f]{2}(?::[0-9a-f]{2}){5}\b/;

/** Where a frame got the address for which nobody takes it. */
function originOf(loss: Loss): readonly EvidenceDraft[] {
  const lladdr = LLADDR.exec(loss.reason)?.[0];
  const step =
    lladdr === undefined
      ? undefined
      : lostLeg(loss.paths[0])?.steps.findLast(
          (s) => (s.kind === 'neighbour' || s.kind === 'encapsulate') && s.says.includes(lladdr),
        );
  return (step?.at ?? []).slice(0, 1).map((at) => ({ at, note: `by this line packets go to ${lladdr}` }));
}

/** Where a rule asks for a mark, the line that gave the packet its mark. */
function markOf(loss: Loss): readonly EvidenceDraft[] {
  if (!/--mark |meta mark /.test(loss.reason)) return [];
  const step = lostLeg(loss.paths[0])?.steps.findLast((s) => s.node === loss.node && s.says.startsWith('mark 0x'));
  return (step?.at ?? []).slice(0, 1).map((at) => ({ at, note: 'this line gave the packet its mark' }));
}

/** The deciding lines; where nothing but an absence decides, the last lines before it. */
export function proofOf(loss: Loss): readonly EvidenceDraft[] {
  if (loss.evidence.length > 0) return [...originOf(loss), ...loss.evidence.map((at) => ({ at })), ...markOf(loss)];
  const step = lostLeg(loss.paths[0])?.steps.findLast((s) => s.at.length > 0 && s.node === loss.node);
  return (step?.at ?? []).slice(-1).map((at) => ({ at, note: `the last that is known of the packet: ${step?.says}` }));
}

const WHAT = {
  request: 'packets',
  reply: 'replies',
  ack: 'acknowledgements',
  data: 'answers behind the handshake',
  error: 'ICMP errors',
} as const;

/** `packets from pods of node-1 to pods of node-2 (and 7 more paths)`. */
export function waysOf(losses: readonly Loss[]): string {
  const all = losses.flatMap((l) => l.paths);
  const [first] = all;
  if (!first) return 'no packets';
  const { pair, outcome } = first;
  const pairs = new Set(all.map((p) => p.pair));
  const direction = outcome.because?.direction ?? 'request';
  const what = WHAT[direction];
  const [from, to] = direction === 'reply' || direction === 'data' ? [pair.dst, pair.src] : [pair.src, pair.dst];
  const more = pairs.size === 1 ? '' : ` (and ${pairs.size - 1} more path${pairs.size === 2 ? '' : 's'})`;
  const over = pair.src.family === 6 ? ' over IPv6' : '';
  return `${what} from ${from.name} to ${to.name === from.name ? 'each other' : to.name}${over}${more}`;
}

/** For whom the lost packet of a path was. */
function receiverOf({ pair, outcome }: LostPath): { readonly address: string; readonly node: string | undefined } {
  const isBack = outcome.because?.direction !== 'request' && outcome.because?.direction !== 'ack';
  if (isBack) return { address: senderOf(pair), node: pair.src.kind === 'pods' ? pair.src.node : undefined };
  const isEnd = pair.dst.kind === 'pods' && outcome.endpoint === pair.trace.dst;
  return { address: outcome.endpoint, node: isEnd ? pair.dst.node : undefined };
}

/** Pods of the very node that a loss is on, for which its packets were: by the list of pods (names of nodes as captured), or as classes name them. */
export function ownPodsOf(
  loss: Loss,
  nodeOf: (address: string) => string | undefined,
): ReadonlyMap<string, NonEmpty<LostPath>> {
  const out = new Map<string, [LostPath, ...LostPath[]]>();
  for (const path of loss.paths) {
    const { address, node } = receiverOf(path);
    if ((node ?? nodeOf(address)) !== loss.node) continue;
    const held = out.get(address);
    if (held) held.push(path);
    else out.set(address, [path]);
  }
  return out;
}

/** Losses by what decides them, as a rule sees it; `undefined` leaves one out. */
export function lossesBy<K>(
  losses: readonly Loss[],
  decides: (loss: Loss) => K | undefined,
): ReadonlyMap<K, NonEmpty<Loss>> {
  const groups = new Map<K, [Loss, ...Loss[]]>();
  for (const loss of losses) {
    const key = decides(loss);
    const held = key === undefined ? undefined : groups.get(key);
    if (held) held.push(loss);
    else if (key !== undefined) groups.set(key, [loss]);
  }
  return groups;
}

/** The pairs that lose packets there. */
export const pairsOf = (losses: readonly Loss[]) => [...new Set(losses.flatMap((l) => l.paths.map((p) => p.pair)))];

/** The command that shows the walk; BUNDLE stands for the input. */
export const traceCommand = ({ probe }: Pick<LostPath, 'probe'>): string =>
  ['dumplint', 'trace', 'BUNDLE', probe.src, probe.dst, ...traceFlags(probe)].join(' ');

/** What to do about a loss that no rule knows by name. */
export function remedyOf({ node, netns, by, paths, enforcerGap }: Loss): string {
  const [{ diverted }] = paths;
  if (diverted)
    return `correct or remove that rule of ${node}: ${diverted === 'to nobody' ? 'nobody has the address to which it leads' : 'nothing listens where it leads'}`;
  if (enforcerGap)
    return `on ${node} restart what enforces NetworkPolicies (kube-router, calico-node, weave-net): it writes its chains and sets again`;
  if (by === 'accept-queue')
    return `the program there hangs and accepts nothing, no network is at fault: look at its log on ${node}${netns === '' ? '' : `, in ${netns}`}, and restart it`;
  return `look at the whole way, and correct what decides it on ${node}`;
}

/** What leaves pairs unknown, as a rule's open questions. */
export function* openQuestions(
  paths: Paths,
  concerns: (missing: Missing) => boolean = () => true,
): Generator<UnknownDraft> {
  for (const missing of paths.open) if (concerns(missing)) yield unknown(missing);
}

/** The tunnel whose packet is lost: what the walk sent last. */
export function tunnelOf(
  loss: Loss,
): { readonly from: string; readonly to: string; readonly proto: string; readonly port?: number } | undefined {
  const said = lostLeg(loss.paths[0])
    ?.steps.map((s) => /^(\S+) → (\S+) (VXLAN|WireGuard|ipip|gre)(?:, UDP port (\d+))?$/.exec(s.says))
    .findLast((m) => m !== null);
  if (!said) return undefined;
  const [, from = '', to = '', what = '', port] = said;
  return { from, to, proto: port === undefined ? what : 'udp', ...(port !== undefined && { port: Number(port) }) };
}

/** Was the packet given an endpoint's address on the node, and not the node's own as source? */
function keepsItsSource(all: readonly Step[], node: string): boolean {
  const steps = innerSteps(all);
  const translated = steps.findIndex((s) => s.node === node && s.translates?.side === 'dst');
  return translated >= 0 && !steps.slice(translated).some((s) => s.node === node && s.translates?.side === 'src');
}

const OF_SOURCE = /^the answer (?:comes from|comes to another)|ctstate INVALID|ct state (?:==? )?invalid/;

/**
 * What is lost because a source stayed that the node ought to have replaced: answers that go past the node which translated, a source that a
 * receiver takes for its own, or that came by another device than the way back.
 */
export const lostByKeptSource = (paths: Paths, node: string): readonly LostPath[] =>
  paths.losses
    .filter((l) => l.by === 'martian-source' || l.by === 'rp-filter' || OF_SOURCE.test(l.reason))
    .flatMap((l) =>
      l.paths.filter((p) =>
        p.outcome.legs.some((leg) => leg.direction === 'request' && keepsItsSource(leg.steps, node)),
      ),
    );
