import type { NetworkPolicyFact, PodFact, PolicyEntry, PolicyPeer } from '../facts/index.js';
import { contains, parseAddress, parsePrefix } from '../kit/index.js';
import type { ClusterModel } from '../model/types.js';

/** A connection as NetworkPolicies see it: between pods, with the port of the pod. */
export interface Asked {
  readonly from: string;
  readonly to: string;
  readonly proto: string;
  readonly port: number | undefined;
}

/** What policies are asked, answered from objects; undefined: they do not tell. */
type Answer = boolean | undefined;

type Labels = Readonly<Record<string, string>>;

/** Parts of a selector: commas inside of parentheses separate values. */
const partsOf = (selector: string): readonly string[] =>
  selector.split(/,(?![^(]*\))/).flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));

/** Does a selector of Kubernetes pick these labels? `known`: keys beside which there may be others that nobody captured. */
function picks(selector: string, labels: Labels | undefined, known?: readonly string[]): Answer {
  const answers = partsOf(selector).map((part): Answer => {
    const [, key, equal, value] = /^([^\s=!(),]+)(==?|!=)(\S*)$/.exec(part) ?? [];
    const [, named, how, list = ''] = /^(\S+) (in|notin) \((.*)\)$/.exec(part) ?? [];
    const [, not, alone] = /^(!?)([^\s=!(),]+)$/.exec(part) ?? [];
    const asked = key ?? named ?? alone;
    if (asked === undefined || labels === undefined || (known && !known.includes(asked))) return undefined;
    const own = labels[asked];
    if (key !== undefined) return (own === value) === (equal !== '!=');
    if (named !== undefined) return list.split(',').includes(own ?? '\u0000') === (how === 'in');
    return (own !== undefined) === (not === '');
  });
  return answers.includes(false) ? false : answers.includes(undefined) ? undefined : true;
}

/** Every namespace has its name as a label; others are not captured. */
const NAMESPACE_NAME = 'kubernetes.io/metadata.name';

function isPeer(peer: PolicyPeer, policy: NetworkPolicyFact, pod: PodFact, ip: string): Answer {
  if (peer.cidr !== undefined) {
    const address = parseAddress(ip);
    const isIn = (text: string): boolean => {
      const prefix = parsePrefix(text);
      return (
        prefix?.family === address?.family && prefix !== undefined && address !== undefined && contains(prefix, address)
      );
    };
    return isIn(peer.cidr) && !(peer.except ?? []).some(isIn);
  }
  const ofNamespace =
    peer.namespaceSelector === undefined
      ? pod.namespace === policy.namespace
      : picks(peer.namespaceSelector, { [NAMESPACE_NAME]: pod.namespace }, [NAMESPACE_NAME]);
  const ofPod = picks(peer.podSelector ?? '', pod.labels);
  return ofNamespace === false || ofPod === false ? false : ofNamespace && ofPod;
}

function isPort({ protocol, ports }: PolicyEntry, { proto, port }: Asked): Answer {
  if (protocol === undefined && ports.length === 0) return true;
  if ((protocol ?? 'TCP').toLowerCase() !== proto) return false;
  if (ports.length === 0) return true;
  if (port === undefined || ports.some((p) => !/^\d+(?::\d+)?$/.test(p))) return undefined;
  return ports.some((p) => {
    const [first = 0, last = first] = p.split(':').map(Number);
    return port >= first && port <= last;
  });
}

/** Is it allowed at one end? `by`: the policy that says so; without one no policy selects the pod. */
function allowedAt(
  policies: readonly NetworkPolicyFact[],
  direction: PolicyEntry['direction'],
  own: PodFact,
  other: PodFact,
  asked: Asked,
): { readonly by?: NetworkPolicyFact } | undefined {
  const type = direction === 'ingress' ? 'Ingress' : 'Egress';
  const selecting: NetworkPolicyFact[] = [];
  for (const policy of policies) {
    if (policy.namespace !== own.namespace || policy.types?.includes(type) === false) continue;
    const answer = picks(policy.selector, own.labels);
    if (answer === undefined || policy.types === undefined || policy.entries === undefined) return undefined;
    if (answer) selecting.push(policy);
  }
  if (selecting.length === 0) return {};
  const by = selecting.find((policy) =>
    policy.entries?.some(
      (entry) =>
        entry.direction === direction &&
        isPort(entry, asked) === true &&
        (entry.peers.length === 0 ||
          entry.peers.some((p) => isPeer(p, policy, other, direction === 'ingress' ? asked.from : asked.to) === true)),
    ),
  );
  return by && { by };
}

const podOf = (model: ClusterModel, ip: string): PodFact | undefined => {
  const all = model
    .facts('pod')
    .filter(
      (p) => p.ips.includes(ip) && p.hostNetwork !== true && !/^(?:Succeeded|Failed|Completed)$/.test(p.status ?? ''),
    );
  return all.length === 1 ? all[0] : undefined;
};

/** Are all NetworkPolicies of Kubernetes, or those of a namespace, known? */
export const arePoliciesListed = (model: ClusterModel, namespace?: string): boolean =>
  [{}, { api: 'kubernetes' }, ...(namespace === undefined ? [] : [{ api: 'kubernetes', namespace }])].some(
    (scope) => model.absence('network-policy', scope).known,
  );

export interface Allowed {
  readonly from: PodFact;
  readonly to: PodFact;
  /** The policy that lets it in; absent where none selects the receiver. */
  readonly by?: NetworkPolicyFact;
}

/**
 * Do all NetworkPolicies together allow a connection between two pods (networking.k8s.io/v1: what selects a pod isolates it, and each that allows adds to the
 * others)? Undefined: they don't, or the objects that were captured do not tell.
 */
export function allowedByPolicies(model: ClusterModel, asked: Asked): Allowed | undefined {
  const [from, to] = [podOf(model, asked.from), podOf(model, asked.to)];
  if (!from || !to || from === to || !model.has('network-policy')) return undefined;
  const policies = model.facts('network-policy');
  const isListed = [from, to].every(({ namespace }) => arePoliciesListed(model, namespace));
  // Calico's own may deny what those of Kubernetes allow.
  if (!isListed || policies.some((p) => p.api !== 'kubernetes')) return undefined;
  const ingress = allowedAt(policies, 'ingress', to, from, asked);
  const egress = allowedAt(policies, 'egress', from, to, asked);
  return ingress && egress && { from, to, ...(ingress.by && { by: ingress.by }) };
}
