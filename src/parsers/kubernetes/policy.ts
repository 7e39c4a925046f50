import type { PolicyEntry, PolicyPeer } from '../../facts/index.js';
import { canonicalPrefix } from '../../kit/index.js';
import { itemsAt, type Located, numberAt, textAt, textsAt, valueAt, wordsAt } from '../text/located.js';
import { nameLine, nameOf, namespaceOf, type ObjectContext } from './read.js';

/** A LabelSelector as kubectl prints it: `app=web,tier in (a,b),!canary`; '' selects all. */
export function selectorText(selector: Located | undefined): string {
  const equals = Object.entries(wordsAt(selector, 'matchLabels') ?? {}).map(([key, value]) => `${key}=${value}`);
  const expressions = itemsAt(selector, 'matchExpressions').map((e) => {
    const [key, operator] = [textAt(e, 'key') ?? '', textAt(e, 'operator') ?? ''];
    const values = `(${textsAt(e, 'values').join(',')})`;
    if (operator === 'Exists') return key;
    if (operator === 'DoesNotExist') return `!${key}`;
    return `${key} ${operator === 'NotIn' ? 'notin' : 'in'} ${values}`;
  });
  return [...equals, ...expressions].join(',');
}

function peerOf(peer: Located): PolicyPeer | undefined {
  const block = valueAt(peer, 'ipBlock');
  if (block) {
    const cidr = canonicalPrefix(textAt(block, 'cidr') ?? '');
    const except = textsAt(block, 'except').flatMap((c) => canonicalPrefix(c) ?? []);
    return cidr === undefined ? undefined : { cidr, ...(except.length > 0 && { except }) };
  }
  const [pods, namespaces] = [valueAt(peer, 'podSelector'), valueAt(peer, 'namespaceSelector')];
  return {
    ...(pods && { podSelector: selectorText(pods) }),
    ...(namespaces && { namespaceSelector: selectorText(namespaces) }),
  };
}

const rangeOf = (port: Located): string | undefined => {
  const first = textAt(port, 'port');
  const last = textAt(port, 'endPort');
  return first === undefined ? undefined : last === undefined ? first : `${first}:${last}`;
};

/** One rule per protocol: ports of a rule may be of several. */
function entriesOf(rule: Located, direction: PolicyEntry['direction']): PolicyEntry[] | undefined {
  const written = itemsAt(rule, direction === 'ingress' ? 'from' : 'to');
  const peers = written.flatMap((peer) => peerOf(peer) ?? []);
  if (peers.length < written.length) return undefined;
  const ports = itemsAt(rule, 'ports');
  const byProtocol = new Map<string, string[]>();
  for (const port of ports) {
    const protocol = textAt(port, 'protocol') ?? 'TCP';
    const list = byProtocol.get(protocol) ?? [];
    const range = rangeOf(port);
    byProtocol.set(protocol, range === undefined ? list : [...list, range]);
  }
  if (byProtocol.size === 0) return [{ direction, action: 'Allow', ports: [], peers }];
  return [...byProtocol].map(([protocol, list]) => ({ direction, action: 'Allow', protocol, ports: list, peers }));
}

/** A networking.k8s.io NetworkPolicy. */
export function readNetworkPolicy(context: ObjectContext): void {
  const spec = valueAt(context.object, 'spec');
  const types = textsAt(spec, 'policyTypes').filter(
    (t): t is 'Ingress' | 'Egress' => t === 'Ingress' || t === 'Egress',
  );
  const entries: PolicyEntry[] = [];
  for (const direction of ['ingress', 'egress'] as const) {
    for (const rule of itemsAt(spec, direction)) {
      const read = entriesOf(rule, direction);
      if (!read) {
        context.gap(rule.line, 'an address of the policy is masked');
        return;
      }
      entries.push(...read);
    }
  }
  // Unset types are Ingress, and Egress when there are such rules (networking/v1 NetworkPolicySpec).
  const implied = valueAt(spec, 'egress') ? (['Ingress', 'Egress'] as const) : (['Ingress'] as const);
  context.emit(nameLine(context), {
    kind: 'network-policy',
    api: 'kubernetes',
    namespace: namespaceOf(context),
    name: nameOf(context),
    selector: selectorText(valueAt(spec, 'podSelector')),
    types: types.length > 0 ? types : implied,
    entries,
  });
}

function calicoPeer(entity: Located | undefined): PolicyPeer[] | undefined {
  const selector = textAt(entity, 'selector');
  const namespaceSelector = textAt(entity, 'namespaceSelector');
  const not = textAt(entity, 'notSelector');
  const common = {
    ...(selector !== undefined && { podSelector: selector }),
    ...(namespaceSelector !== undefined && { namespaceSelector }),
  };
  const peers: PolicyPeer[] = [];
  for (const [key, negated] of [
    ['nets', false],
    ['notNets', true],
  ] as const) {
    const written = textsAt(entity, key);
    const cidrs = written.flatMap((net) => canonicalPrefix(net) ?? []);
    if (cidrs.length < written.length) return undefined;
    for (const cidr of cidrs) peers.push({ cidr, ...common, ...(negated && { negated }) });
  }
  if (not !== undefined) peers.push({ podSelector: not, negated: true });
  else if (peers.length === 0 && Object.keys(common).length > 0) peers.push(common);
  return peers;
}

/** A rule of Calico: the far side is the source of ingress and the destination of egress; ports are always the destination's. */
function calicoEntry(rule: Located, direction: PolicyEntry['direction']): PolicyEntry | undefined {
  const peers = calicoPeer(valueAt(rule, direction === 'ingress' ? 'source' : 'destination'));
  if (!peers) return undefined;
  const protocol = textAt(rule, 'protocol');
  return {
    direction,
    action: textAt(rule, 'action') ?? '',
    ...(protocol !== undefined && { protocol }),
    ports: textsAt(rule, 'destination', 'ports'),
    peers,
  };
}

/** A NetworkPolicy or GlobalNetworkPolicy of projectcalico.org. */
export function readCalicoPolicy(context: ObjectContext): void {
  const spec = valueAt(context.object, 'spec');
  const entries: PolicyEntry[] = [];
  for (const direction of ['ingress', 'egress'] as const) {
    for (const rule of itemsAt(spec, direction)) {
      const entry = calicoEntry(rule, direction);
      if (!entry) {
        context.gap(rule.line, 'an address of the policy is masked');
        return;
      }
      entries.push(entry);
    }
  }
  const types = textsAt(spec, 'types').filter((t): t is 'Ingress' | 'Egress' => t === 'Ingress' || t === 'Egress');
  const order = numberAt(spec, 'order');
  const tier = textAt(spec, 'tier');
  context.emit(nameLine(context), {
    kind: 'network-policy',
    api: 'calico',
    namespace: namespaceOf(context),
    name: nameOf(context),
    selector: textAt(spec, 'selector') ?? '',
    types,
    ...(order !== undefined && { order }),
    ...(tier !== undefined && { tier }),
    entries,
  });
}
