import type { NodeFact } from '../facts/index.js';
import type { At } from '../kit/index.js';
import type { NodeParts } from './identity.js';
import type { Join, KubernetesFacts } from './joins.js';
import { isVirtualBoxNat, nodeAddresses } from './lookups/devices.js';
import type { Stack } from './types.js';

/*
 * The id that systemd gives a machine at its first start (machine-id(5)), as files, hostnamectl and the kubelet print it. It joins names that
 * nothing else joins. Images that were cloned after their first start all have the same one: then addresses decide, and it is only said.
 */

const plain = (id: string): string => id.toLowerCase().replaceAll('-', '');

const idOf = (host: Stack): { readonly id: string; readonly at: At } | undefined => host.facts('machine-id').at(-1);

const addressesOf = (host: Stack): readonly string[] =>
  nodeAddresses(host.facts('address'))
    .map((a) => a.address)
    .filter((a) => !isVirtualBoxNat(a));

const ownersOf = (id: string, k: KubernetesFacts): readonly NodeFact[] =>
  k.nodes.filter((n) => n.machineId !== undefined && plain(n.machineId) === id);

/** Addresses of both are known, and none of the node's is the host's. */
const contradicts = (host: Stack, node: NodeFact): boolean =>
  node.internalIps.length > 0 &&
  host.absence('address', { family: node.internalIps[0]?.includes(':') ? '6' : '4' }).known &&
  !node.internalIps.some((ip) => addressesOf(host).includes(ip));

/**
 * The Kubernetes node that has the host's machine-id, if one alone has it. Certain only where all nodes are known and their ids are different:
 * else a clone that nobody listed might be meant.
 */
export function byMachineId(host: Stack, k: KubernetesFacts, hosts: number): Join | undefined {
  const own = idOf(host);
  const owners = own ? ownersOf(own.id, k) : [];
  const [owner] = owners;
  if (!own || !owner || owners.length > 1 || contradicts(host, owner)) return undefined;
  const ids = k.nodes.flatMap((n) => n.machineId ?? []);
  const distinct = ids.length === k.nodes.length && new Set(ids.map(plain)).size === ids.length;
  return {
    name: owner.name,
    confidence: distinct && k.nodes.length >= hosts ? 'certain' : 'likely',
    rank: 1,
    evidence: [
      { says: `machine-id ${own.id} is this host's`, at: own.at },
      { says: `machine-id ${own.id} is that of ${owner.name}`, at: owner.at },
    ],
  };
}

/** What else has the machine-id of a host, as a sentence with its line: a second name of the machine, or a clone of its image. */
export function sharedMachineId(parts: readonly NodeParts[], k: KubernetesFacts) {
  const byId = new Map<string, NodeParts[]>();
  for (const p of parts) {
    const own = idOf(p.host);
    if (own) byId.set(own.id, [...(byId.get(own.id) ?? []), p]);
  }
  return (part: NodeParts, joined: string | undefined): readonly { readonly says: string; readonly at: At }[] => {
    const own = idOf(part.host);
    if (!own) return [];
    const addresses = new Set(addressesOf(part.host));
    const others = (byId.get(own.id) ?? []).filter((p) => p !== part);
    const twins = others.filter((p) => addressesOf(p.host).some((a) => addresses.has(a)));
    const clones = [
      ...others.filter((p) => !twins.includes(p)).map((p) => p.name),
      ...ownersOf(own.id, k)
        .map((n) => n.name)
        .filter((name) => name !== joined && !parts.some((p) => p.name === name || p.aliases.includes(name))),
    ];
    const says = (names: readonly string[], what: string) =>
      names.length === 0
        ? []
        : [{ says: `machine-id ${own.id} is also that of ${names.join(', ')}: ${what}`, at: own.at }];
    return [
      ...says(
        twins.map((p) => p.name),
        'with the same address, one machine under several names',
      ),
      ...says([...new Set(clones)], 'images of machines were cloned, so it joins no names'),
    ];
  };
}
