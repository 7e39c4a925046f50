import {
  type At,
  defineRule,
  type EndpointsFact,
  type EvidenceDraft,
  finding,
  type NonEmpty,
  natureOf,
  proofOf,
  proxyEntriesOf,
  type ServiceFact,
  serviceNameOf,
  shows,
  type View,
} from '#rule';

type Seen = 'service' | 'endpoints' | 'pod' | 'iptables-table' | 'nft-chain' | 'nft-set' | 'ipvs-service';

/** A service with an address for which nobody answers. */
interface Empty {
  readonly name: string;
  readonly isVital: boolean;
  readonly evidence: EvidenceDraft;
  /** Where the evidence stands, if on a node. */
  readonly node?: string;
  /** Pods that are there, and not ready. */
  readonly waiting: readonly string[];
}

/** Names and the API: all else in a cluster hangs on them. */
const isVital = ({ namespace, name }: Pick<ServiceFact, 'namespace' | 'name'>): boolean =>
  (namespace === 'default' && name === 'kubernetes') || (namespace === 'kube-system' && /(^|-)dns$/.test(name));

const isEmpty = (all: readonly EndpointsFact[]): boolean =>
  all.length > 0 && all.every((e) => (e.more ?? 0) === 0 && e.addresses.every((a) => a.ready === false));

/** By the lists of endpoints. */
function emptyByLists({ cluster }: View<Seen>): readonly Empty[] {
  const ofService = new Map<string, EndpointsFact[]>();
  for (const e of cluster.endpoints) {
    const key = `${e.namespace}/${e.name}`;
    ofService.set(key, [...(ofService.get(key) ?? []), e]);
  }
  return cluster.service.flatMap((service): readonly Empty[] => {
    const name = `${service.namespace}/${service.name}`;
    const all = ofService.get(name) ?? [];
    const [first] = all;
    // Headless ones and names of others (ExternalName) have no address that anybody could ask in vain.
    if (!first || service.clusterIps.length === 0 || service.ports.length === 0 || !isEmpty(all)) return [];
    const waiting = all.flatMap((e) => e.addresses.map((a) => a.ip));
    return [{ name, isVital: isVital(service), evidence: shows(first, 'no ready address'), waiting }];
  });
}

/** By the rules in which kube-proxy refuses what is for them, where no list tells. */
function emptyByRules(view: View<Seen>): readonly Empty[] {
  const listed = new Set(view.cluster.endpoints.map((e) => `${e.namespace}/${e.name}`));
  const found = new Map<string, Empty>();
  for (const loss of view.paths.losses) {
    if (loss.by !== 'reject' || natureOf(loss) !== 'no-endpoints') continue;
    const [proof] = proofOf(loss);
    for (const { pair } of loss.paths) {
      const name = serviceNameOf(pair);
      if (!proof || listed.has(name) || !/has no endpoints/.test(loss.reason)) continue;
      const [namespace = '', service = ''] = name.split('/');
      // A machine beside the cluster may refuse what it likes.
      const node = view.node(loss.node)?.beside ? {} : { node: loss.node };
      found.set(name, { name, isVital: isVital({ namespace, name: service }), evidence: proof, waiting: [], ...node });
    }
  }
  return [...found.values()];
}

/** Where the fault of a service is seen: on a node whose kube-proxy refuses it, else among the objects of the cluster. */
function placeOf(view: View<Seen>, { name, node }: Empty): { readonly node: string; readonly line: readonly At[] } {
  if (node !== undefined) return { node, line: [] };
  for (const host of view.allHosts) {
    const own = view.node(host.node)?.beside ? undefined : proxyEntriesOf(host.facts, 4);
    for (const entry of own?.entries.values() ?? [])
      if (entry.refuses && entry.name?.replace(/:.*/, '') === name) return { node: host.node, line: [entry.at] };
  }
  return { node: 'cluster', line: [] };
}

const namesOf = (all: readonly Empty[]): string =>
  all.length <= 3
    ? all.map((e) => e.name).join(', ')
    : `${all
        .slice(0, 3)
        .map((e) => e.name)
        .join(', ')} and ${all.length - 3} more`;

export default defineRule({
  id: 'kube-proxy/no-endpoints',
  since: '0.1.0',
  severity: 'error',
  title: 'Nobody answers for a service',
  why:
    'A service without a ready endpoint has an address and nobody behind it: kube-proxy refuses its connections (the client hears "connection refused"), on all nodes alike. For most services this is a matter of their pods, or meant ' +
    "so; without the cluster's DNS no name resolves, and without the API server nothing changes any more.",
  fix: 'See why the pods of the service are not ready, or whether its selector and the name of its port fit them.',
  addresses: 'none',
  needs: [['service', 'endpoints']],
  uses: ['service', 'endpoints', 'pod', 'iptables-table', 'nft-chain', 'nft-set', 'ipvs-service'],
  onMissing: 'skip',
  seeAlso: ['kube-proxy/not-programmed'],
  *check(view) {
    const all = [...emptyByLists(view), ...emptyByRules(view)].sort((a, b) => (a.name < b.name ? -1 : 1));
    // Some clusters have a second DNS that serves some nodes only (Gravity's kube-dns-worker): names still resolve.
    const hasOtherDns = view.cluster.endpoints.some(
      (e) => isVital(e) && e.name !== 'kubernetes' && e.addresses.some((a) => a.ready !== false),
    );
    const isGrave = (e: Empty): boolean => e.isVital && !(hasOtherDns && e.name !== 'default/kubernetes');
    for (const e of all.filter(isGrave)) {
      const { node, line } = placeOf(view, e);
      yield finding({
        nodes: [node],
        subject: e.name,
        message: `${e.name} has no ready endpoint${e.waiting.length > 0 ? ` (${e.waiting.slice(0, 3).join(', ')} ${e.waiting.length === 1 ? 'is' : 'are'} not ready)` : ''}: ${e.name === 'default/kubernetes' ? 'pods do not reach the API server' : 'no name resolves in the cluster'}.`,
        evidence: [e.evidence, ...line.map((at) => ({ at, note: `${node} refuses it` }))],
        fix: {
          summary: 'see why its pods are not ready',
          commands: [
            `kubectl -n ${e.name.replace(/\/.*/, '')} describe endpoints ${e.name.replace(/.*\//, '')}`,
            ...(e.name === 'default/kubernetes' ? [] : ['kubectl -n kube-system get pods -o wide -l k8s-app=kube-dns']),
          ],
        },
      });
    }
    const others = all.filter((e) => !isGrave(e));
    const [first, ...more] = others;
    if (!first) return;
    const evidence: NonEmpty<EvidenceDraft> = [first.evidence, ...more.slice(0, 2).map((e) => e.evidence)];
    yield finding({
      nodes: [placeOf(view, first).node],
      subject: 'services',
      severity: 'info',
      message: `${namesOf(others)} ${others.length === 1 ? 'has' : 'have'} no ready endpoint: who asks ${others.length === 1 ? 'it' : 'them'} is refused, wherever the network leads.`,
      evidence,
      fix: { summary: 'nothing, unless somebody asks them', commands: ['kubectl get endpoints -A'] },
    });
  },
});
