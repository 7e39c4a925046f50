import type { AddressFact, FactOf } from '../facts/index.js';
import {
  byAddress,
  byName,
  byPodSubnet,
  byTraffic,
  isNoName,
  type Join,
  type KubernetesFacts,
  type Seen,
} from './joins.js';
import { isVirtualBoxNat, nodeAddresses } from './lookups/devices.js';
import { byMachineId, sharedMachineId } from './machine-id.js';
import type { Node, Stack } from './types.js';

export interface NodeParts {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly host: Stack;
  readonly others: readonly Stack[];
}

const dedupe = (values: readonly string[]): string[] => [...new Set(values)];

const addressTexts = (addresses: readonly AddressFact[]): string[] =>
  dedupe(
    nodeAddresses(addresses)
      .filter((a) => !isVirtualBoxNat(a.address))
      .map((a) => a.address),
  );

const toldNames = (host: Stack): string[] =>
  host
    .facts('hostname')
    .filter((h): h is FactOf<'hostname'> => h.source !== 'log' && !isNoName(h.name))
    .map((h) => h.name);

/** The surest evidence that is there; a name that an address contradicts is no longer certain. */
function joinOf(parts: NodeParts, seen: readonly Seen[], k: KubernetesFacts, hosts: number): Join | undefined {
  const { host } = parts;
  const named = byName([parts.name, ...parts.aliases, ...toldNames(host)], k);
  const addressed = byAddress(host, k);
  if (named && addressed && named.name !== addressed.name)
    return { ...named, confidence: 'likely', evidence: [...named.evidence, ...addressed.evidence] };
  return named ?? addressed ?? byPodSubnet(host, k) ?? byMachineId(host, k, hosts) ?? byTraffic(host, seen, k);
}

/**
 * A Kubernetes node is one machine. Of several hosts that claim it the one with the surer evidence keeps it; equal claims
 * leave none certain, and each says who else claims it.
 */
function settle(claims: readonly (Join | undefined)[], parts: readonly NodeParts[]): readonly (Join | undefined)[] {
  const byNode = new Map<string, number[]>();
  for (const [i, join] of claims.entries()) {
    if (!join) continue;
    const held = byNode.get(join.name);
    if (held) held.push(i);
    else byNode.set(join.name, [i]);
  }
  return claims.map((join, i) => {
    const rivals = (join && byNode.get(join.name)?.filter((r) => r !== i)) ?? [];
    if (!join || rivals.length === 0) return join;
    const best = Math.max(...rivals.map((r) => claims[r]?.rank ?? 0));
    if (best !== join.rank) return best > join.rank ? undefined : join;
    const others = rivals.filter((r) => claims[r]?.rank === best).map((r) => parts[r]?.name ?? '');
    const [first] = join.evidence;
    const says = `${others.join(', ')} can be ${join.name} by equal evidence`;
    return { ...join, confidence: 'likely', evidence: [...join.evidence, ...(first ? [{ says, at: first.at }] : [])] };
  });
}

function toNode(parts: NodeParts, join: Join | undefined, k: KubernetesFacts, said: Node['evidence']): Node {
  const { host } = parts;
  const aliases = dedupe([...parts.aliases, ...toldNames(host), ...(join ? [join.name] : [])]);
  const known = k.nodes.find((n) => n.name === join?.name);
  return {
    name: parts.name,
    aliases: aliases.filter((a) => a !== parts.name),
    ...(join && { kubernetesName: join.name }),
    confidence: join?.confidence ?? 'certain',
    addresses: dedupe([
      ...addressTexts(host.facts('address')),
      ...(join?.confidence === 'certain' ? (known?.internalIps ?? []) : []),
    ]),
    evidence: [...(join?.evidence ?? []), ...said],
    host,
    others: parts.others,
  };
}

/** Joins captured hosts to their Kubernetes nodes. */
export function identify(parts: readonly NodeParts[], seen: readonly Seen[], k: KubernetesFacts): readonly Node[] {
  const joins = settle(
    parts.map((p) => joinOf(p, seen, k, parts.length)),
    parts,
  );
  const shared = sharedMachineId(parts, k);
  return parts.map((p, i) => toNode(p, joins[i], k, shared(p, joins[i]?.name)));
}
