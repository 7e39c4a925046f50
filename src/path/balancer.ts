import type { ServiceFact } from '../facts/index.js';
import type { Walk } from './context.js';
import type { Device } from './device.js';
import { nodeAddress } from './endpoints.js';
import type { Ip } from './types.js';

/** Nodes that are tried as the one which gets it: what more of them would do is as likely as not what these do. */
const MOST = 8;

const serviceOf = ({ world }: Walk, ip: Ip): ServiceFact | undefined =>
  world.model.facts('service').find((s) => s.externalIps.includes(ip.text) && !s.clusterIps.includes(ip.text));

/** Nodes with an endpoint of the service: where it keeps to its own (`externalTrafficPolicy: Local`) health checks leave out the others. */
function servers({ world: { model } }: Walk, { namespace, name }: ServiceFact): ReadonlySet<string> {
  const pods = model.facts('pod');
  const nodes = model
    .facts('endpoints')
    .filter((e) => e.namespace === namespace && e.name === name)
    .flatMap((e) => e.addresses.map((a) => a.node ?? pods.find((p) => p.ips.includes(a.ip))?.node ?? ''));
  return new Set(nodes.flatMap((n) => model.node(n)?.name ?? []));
}

/**
 * The card by which a service's address outside (`externalIPs`, a load balancer's) comes in: whatever brings it there, one of the nodes gets it. Which one
 * is not known, so what is said of it is what holds for each.
 */
export function entryOf(w: Walk, ip: Ip): Device | undefined {
  const service = serviceOf(w, ip);
  if (!service) return undefined;
  const { world } = w;
  const own = service.externalTrafficPolicy === 'Local' ? servers(w, service) : new Set<string>();
  const cards = world.model.nodes
    .filter((n) => !n.beside && (own.size === 0 || own.has(n.name)))
    .flatMap((n): readonly Device[] => {
      const text = nodeAddress(world, n, ip.family)?.text;
      const host = world.host(n.name);
      const dev = text === undefined ? undefined : host?.local.get(text)?.dev;
      return world.cards.filter((c) => c.machine === host && (c.name === dev || c.master === dev)).slice(0, 1);
    })
    .slice(0, MOST);
  if (cards.length === 0) return undefined;
  w.assumptions.add(`somebody outside brings what is for ${ip.text} to a node`);
  const missing = { input: `which node gets what is sent to ${ip.text} from outside`, reason: 'not-captured' as const };
  return cards.find(
    (c, i) => i === cards.length - 1 || w.choose.either(`entry ${ip.text} ${c.machine.node}`, missing, true),
  );
}
