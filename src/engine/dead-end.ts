import type { AddressFact, PodFact, RouteFact, ServiceFact } from '../facts/index.js';
import { hostOf } from '../kit/index.js';
import type { Absence } from '../model/types.js';
import type { Loss } from './paths.js';
import { shows } from './rule.js';
import { senderOf } from './translated.js';
import type { EvidenceDraft } from './types.js';

interface Asker {
  readonly node: string;
  readonly netns: string;
  absence(kind: 'neigh'): Absence;
}

interface Seen {
  readonly allHosts: readonly (Asker & {
    readonly facts: { readonly route: readonly RouteFact[]; readonly address: readonly AddressFact[] };
  })[];
  readonly podStacks: readonly Asker[];
  readonly cluster: { readonly pod: readonly PodFact[]; readonly service: readonly ServiceFact[] };
}

const ASKED = /^nobody answers for (\S+) on (\S+)/;

/** The line of the route that leads to nobody. */
export function deadEndProof(view: Seen, loss: Loss): readonly EvidenceDraft[] {
  const route = deadEndOf(view, loss);
  if (route) return [shows(route, 'this route leads to nobody, and the pod runs')];
  const bare = withoutGateway(view, loss);
  return bare
    ? [shows(bare, `without a gateway it looks for pods of other nodes on ${bare.nexthops[0]?.dev} itself`)]
    : [];
}

/** The command that gives such a route its gateway. */
export function gatewayRepair(
  view: Seen & { node(name: string): { readonly name: string; readonly addresses: readonly string[] } | undefined },
  loss: Loss,
): { readonly summary: string; readonly command: string } | undefined {
  const route = deadEndOf(view, loss) ? undefined : withoutGateway(view, loss);
  const [, address = ''] = ASKED.exec(loss.reason) ?? [];
  const owner = view.cluster.pod.find((p) => p.ips.includes(address) && p.hostNetwork !== true)?.node ?? '';
  const node = view.node(owner);
  const via = node?.addresses.find((a) => a.includes(':') === address.includes(':'));
  const table = route === undefined || route.table === 'main' ? '' : ` table ${route.table}`;
  return route && node && via !== undefined
    ? {
        summary: `on ${loss.node} give the route to ${route.prefix} its gateway, ${node.name}`,
        command: `ip route replace ${route.prefix} via ${via} dev ${route.nexthops[0]?.dev}${table}`,
      }
    : undefined;
}

/**
 * The route to other nodes' pods that somebody wrote without a gateway: it makes them neighbours, which they are not. What the kernel writes for a
 * network that a device is on is no such.
 */
function withoutGateway({ allHosts, cluster }: Seen, loss: Loss): RouteFact | undefined {
  const { node, netns, step, reason, paths, direction } = loss;
  const [, address, dev] = ASKED.exec(reason) ?? [];
  if (netns !== '' || step !== 'neighbour' || address === undefined) return undefined;
  const isFar = cluster.pod.some(
    (p) => p.ips.includes(address) && p.hostNetwork !== true && p.node !== undefined && p.node !== node,
  );
  const lines = paths[0].outcome.legs
    .findLast((l) => l.direction === direction)
    ?.steps.findLast((s) => s.kind === 'route' && s.node === node && s.netns === '')?.at;
  const route = isFar
    ? allHosts.find((h) => h.node === node)?.facts.route.find((r) => lines?.includes(r.at))
    : undefined;
  const isBare = route?.nexthops.length === 1 && route.nexthops[0]?.via === undefined && route.nexthops[0]?.dev === dev;
  return route && isBare && route.type === 'unicast' && route.proto !== 'kernel' ? route : undefined;
}

/**
 * The route of one address that takes the packets of a running pod to a device behind which nobody has it: a pod's device has one other end, and whoever
 * is not there will not be there the next time either.
 */
function deadEndOf({ allHosts, cluster }: Seen, { node, netns, step, reason }: Loss): RouteFact | undefined {
  const [, address, dev] = ASKED.exec(reason) ?? [];
  if (netns !== '' || step !== 'neighbour' || address === undefined) return undefined;
  if (!cluster.pod.some((p) => p.status === 'Running' && p.hostNetwork !== true && p.ips.includes(address)))
    return undefined;
  return allHosts
    .find((h) => h.node === node)
    ?.facts.route.find(
      (r) =>
        r.type === 'unicast' &&
        hostOf(r.prefix) === address &&
        r.nexthops.length === 1 &&
        r.nexthops[0]?.via === undefined &&
        r.nexthops[0]?.dev === dev,
    );
}

/**
 * Is the question for an address that nobody will answer for on that device, whenever it is asked? That of a service, that of another node's pod, that of a node which
 * has it on another network. What a table of neighbours that was not captured says may be otherwise.
 */
function isMisplaced({ allHosts, podStacks, cluster }: Seen, { node, netns, step, reason }: Loss): boolean {
  const [, address = ''] = ASKED.exec(reason) ?? [];
  if (step !== 'neighbour' || !/ \(no entry\)/.test(reason)) return false;
  const asker = [...allHosts, ...podStacks].find((s) => s.node === node && s.netns === netns);
  if (asker?.absence('neigh').known !== true) return false;
  return (
    cluster.service.some((s) => s.clusterIps.includes(address)) ||
    allHosts.some((h) => h.facts.address.some((a) => a.address === address)) ||
    cluster.pod.some(
      (p) => p.ips.includes(address) && p.node !== undefined && p.node !== node && p.hostNetwork !== true,
    )
  );
}

/**
 * What a table says of neighbours passes; a lookup that failed once may succeed the next time. A gateway that was asked and did not answer is
 * one that packets needed, and whom a rule sends to nobody, or a route to where somebody is not, it sends there the next time too.
 */
export const mayPass = (view: Seen, loss: Loss): boolean =>
  loss.step === 'neighbour' &&
  !isDeadGateway(loss) &&
  !loss.paths.some((p) => p.diverted) &&
  !isMisplaced(view, loss) &&
  deadEndProof(view, loss).length === 0;

function isDeadGateway({ reason, paths }: Loss): boolean {
  const [, address] = /^nobody answers for (\S+) on \S+ \((?:FAILED|INCOMPLETE)\)/.exec(reason) ?? [];
  const isEnd = paths.some(({ pair, outcome }) =>
    [senderOf(pair), pair.trace.dst, outcome.endpoint].includes(address ?? ''),
  );
  return address !== undefined && !isEnd && paths.length > 1;
}
