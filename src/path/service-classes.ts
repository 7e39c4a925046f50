import type { ServiceFact } from '../facts/index.js';
import type { Likeness } from './alike.js';
import { type Classes, type ClassKind, type EndClass, type Family, isOf, type PodsByNode } from './end-class.js';
import type { Probe } from './types.js';
import type { World } from './world.js';

const protoOf = (protocol: string): Probe['proto'] | undefined =>
  protocol === 'TCP' || protocol === '' ? 'tcp' : protocol === 'UDP' ? 'udp' : undefined;

const kindOf = (s: ServiceFact): ClassKind =>
  s.name === 'kubernetes' && s.namespace === 'default' ? 'api' : /(^|-)dns$/.test(s.name) ? 'dns' : 'service';

/** Addresses of one service that are looked at: several of them are written by one hand. */
const MOST_EXTERNAL = 2;

/** Each port of each service at its cluster address, and at those outside, where it has any. */
export function serviceClasses(world: World, family: Family): readonly EndClass[] {
  return world.model.facts('service').flatMap((s) => {
    const own = s.clusterIps.find(isOf(family));
    const outer = s.externalIps.filter((ip) => isOf(family)(ip) && !s.clusterIps.includes(ip)).slice(0, MOST_EXTERNAL);
    return s.ports.flatMap((p): readonly EndClass[] => {
      const proto = protoOf(p.protocol);
      if (!proto) return [];
      const name = `${s.namespace}/${s.name}:${p.port}${proto === 'udp' ? '/udp' : ''}`;
      const common = { family, size: 1, proto, port: p.port };
      return [
        ...(own === undefined ? [] : [{ ...common, kind: kindOf(s), name, end: own }]),
        ...outer.map((end) => ({
          ...common,
          kind: 'service' as const,
          name: `${name} (${end})`,
          end,
          external: true as const,
        })),
      ];
    });
  });
}

/** NodePorts at each node, of services that have the family: asked from outside. Of one without address it is not known, and IPv4 is likely. */
export function nodePorts(world: World, nodes: readonly EndClass[], family: Family): readonly EndClass[] {
  const services = world.model
    .facts('service')
    .filter((s) => (s.clusterIps.length === 0 ? family === 4 : s.clusterIps.some(isOf(family))));
  return services.flatMap((s) =>
    s.ports.flatMap((p) => {
      const proto = protoOf(p.protocol);
      if (!proto || p.nodePort === undefined) return [];
      const { nodePort } = p;
      return nodes.map((n) => ({
        kind: 'node-port' as const,
        name: `${n.name}:${nodePort} (${s.namespace}/${s.name})`,
        ...(n.node !== undefined && { node: n.node }),
        family,
        end: n.end,
        size: 1,
        proto,
        port: nodePort,
      }));
    }),
  );
}

const isService = ({ kind }: EndClass): boolean => kind === 'service' || kind === 'dns' || kind === 'api';

/** Addresses behind services, by their names. */
function endpointsOf(world: World): ReadonlyMap<string, ReadonlySet<string>> {
  const all = new Map<string, Set<string>>();
  for (const e of world.model.facts('endpoints')) {
    const name = `${e.namespace}/${e.name}`;
    const held = all.get(name) ?? new Set();
    for (const a of e.addresses) held.add(a.ip);
    all.set(name, held);
  }
  return all;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * Who asks its own service. The first pod of a class asks all services, and is an endpoint of some. Where it is of none, and the ports of the
 * class send nothing back to where it came from, another pod of the class asks one of which it is an endpoint.
 */
export function selfAskers(
  world: World,
  pods: PodsByNode,
  classes: readonly EndClass[],
  services: readonly EndClass[],
  like: Likeness | undefined,
): Pick<Classes, 'isEndpoint' | 'asksItself'> {
  const all = endpointsOf(world);
  const behind = (s: EndClass): ReadonlySet<string> => all.get(s.name.replace(/:.*$/, '')) ?? NONE;
  const askers = new Map<EndClass, { readonly service: EndClass; readonly pod: string }>();
  for (const c of classes) {
    if (!like?.isOneWay(c.end) || services.some((s) => behind(s).has(c.end))) continue;
    const members = pods.get(c.node ?? '')?.find((g) => g.pods[0] === c.end)?.pods ?? [];
    const own = services.flatMap((service) => {
      const pod = members.find((p) => behind(service).has(p) && like.isOneWay(p));
      return pod === undefined ? [] : [{ service, pod }];
    });
    if (own[0]) askers.set(c, own[0]);
  }
  return {
    isEndpoint: (c, service) => isService(service) && behind(service).has(c.end),
    asksItself: (c, service) => {
      const asker = askers.get(c);
      return asker?.service === service ? asker.pod : undefined;
    },
  };
}
