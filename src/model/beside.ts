import type { NodeFact } from '../facts/index.js';
import { shortName } from './joins.js';
import { ownSubnets } from './lookups/flannel.js';
import type { Absence, Node } from './types.js';

/** Kubernetes' own list of nodes, and whether it is whole. */
interface Listed {
  readonly nodes: readonly NodeFact[];
  readonly absence: Absence;
}

/**
 * Names of captured machines that are none of the cluster's nodes: a router, a jump host, a load balancer. Kubernetes lists all nodes, and either
 * each of them is another captured machine or this one has the address of none; and it has no pods' subnet, as a node that was only taken off the
 * list still has.
 */
export function machinesBeside(nodes: readonly Node[], { nodes: listed, absence }: Listed): ReadonlySet<string> {
  if (listed.length === 0 || !absence.known) return new Set();
  const isNamed = (node: Node, { name }: NodeFact): boolean =>
    node.kubernetesName === name || [node.name, ...node.aliases].some((n) => shortName(n) === shortName(name));
  const isListed = (node: Node): boolean => listed.some((l) => isNamed(node, l));
  const areAllCaptured = listed.every((l) => nodes.some((n) => isNamed(n, l)));
  const hasNoneOf = ({ host }: Node): boolean => {
    const own = new Set(host.facts('address').map((a) => a.address));
    return (
      own.size > 0 &&
      host.absence('address').known &&
      listed.every((l) => l.internalIps.length > 0 && !l.internalIps.some((ip) => own.has(ip)))
    );
  };
  const hasPods = ({ host }: Node): boolean =>
    ownSubnets({
      address: host.facts('address'),
      route: host.facts('route'),
      'subnet-env': host.facts('subnet-env'),
      'flannel-log': host.facts('flannel-log'),
    }).length > 0;
  return new Set(
    nodes.filter((n) => !isListed(n) && (areAllCaptured || hasNoneOf(n)) && !hasPods(n)).map((n) => n.name),
  );
}
