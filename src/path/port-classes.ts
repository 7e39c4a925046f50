import type { SocketFact } from '../facts/index.js';
import type { EndClass, PodsByNode } from './end-class.js';
import { nodeAddress } from './endpoints.js';
import { ipOf } from './ip.js';
import { openSockets } from './listen.js';
import type { World } from './world.js';

/*
 * Ports of pods and nodes, as the lists of their sockets tell them. A ping shows the way, and nothing of what treats TCP or UDP, or one port, in
 * another way.
 */

/** Of kubelet: the API server and metrics ask each node there. */
const KUBELET = 10250;
/** A socket of UDP above it most likely waits for an answer to what its program asked (ip_local_port_range). */
const EPHEMERAL = 32_768;

const isServer = ({ protocol, port = 0 }: SocketFact): boolean => protocol === 'tcp' || port < EPHEMERAL;

const nameOf = (name: string, proto: 'tcp' | 'udp', port: number): string =>
  `${name}:${port}${proto === 'udp' ? '/udp' : ''}`;

/** Sockets of a pod, or of a node: a node that takes a pod's address for its own does not listen for it. */
const listening = (world: World, text: string, of: 'pod' | 'node'): readonly SocketFact[] => {
  const ip = ipOf(text);
  return ip ? openSockets(world, ip, ({ netns }) => (netns === '') === (of === 'node')).filter(isServer) : [];
};

/** So many ports show what is done to single ones. */
const MOST = { tcp: 3, udp: 2 } as const;

/** Of the pods of each node some ports of TCP and UDP, of the first pod that listens on one. `classes` are those of the pods themselves. */
function ofPods(world: World, pods: PodsByNode, classes: readonly EndClass[]): readonly EndClass[] {
  return classes.flatMap((own) => {
    if (own.odd) return [];
    const members = pods.get(own.node ?? '')?.find((g) => g.pods[0] === own.end)?.pods ?? [];
    return (['tcp', 'udp'] as const).flatMap((proto): readonly EndClass[] => {
      for (const end of members) {
        const ports = new Set(
          listening(world, end, 'pod').flatMap((s) => (s.protocol === proto ? (s.port ?? []) : [])),
        );
        const { asks: _, ...rest } = own;
        if (ports.size > 0)
          return [...ports]
            .slice(0, MOST[proto])
            .map((port) => ({ ...rest, name: nameOf(own.name, proto, port), end, proto, port }));
      }
      return [];
    });
  });
}

const ownAddressOf = (world: World, { node: name, family }: EndClass): string => {
  const node = world.model.nodes.find((n) => n.name === name);
  return (node && nodeAddress(world, node, family)?.text) ?? '';
};

/** Of each node the port of kubelet, where it listens for all. */
function ofNodes(world: World, nodes: readonly EndClass[]): readonly EndClass[] {
  return nodes.flatMap((own) =>
    listening(world, ownAddressOf(world, own), 'node').some((s) => s.protocol === 'tcp' && s.port === KUBELET)
      ? [{ ...own, name: nameOf(own.name, 'tcp', KUBELET), proto: 'tcp' as const, port: KUBELET }]
      : [],
  );
}

/** Classes of ports: destinations only. */
export const portClasses = (
  world: World,
  pods: PodsByNode,
  classes: readonly EndClass[],
  nodes: readonly EndClass[],
): readonly EndClass[] => [...ofPods(world, pods, classes), ...ofNodes(world, nodes)];
