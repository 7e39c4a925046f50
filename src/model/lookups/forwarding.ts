import type { AddressFact, BridgeFact, LinkFact, NetconfFact, RouteFact } from '../../facts/index.js';
import { isEngineBridge, isPodBridgeName, isRoutedPodDevice, isTunnelDevice, isVirtualDevice } from './devices.js';
import { mainTable } from './routes.js';

/** Why packets of pods arrive on a device: the direction that breaks when it does not forward. */
export type ForwardingRole = 'pod-bridge' | 'pod-device' | 'tunnel' | 'underlay';

export interface ForwardingDevice {
  readonly dev: string;
  readonly role: ForwardingRole;
  /** Fact that gives the device its role, beside its name. */
  readonly because?: LinkFact | RouteFact | AddressFact | BridgeFact;
  /** No pod is attached or no route uses it: nothing is broken yet. */
  readonly idle: boolean;
}

export interface ForwardingFacts {
  readonly netconf: readonly NetconfFact[];
  readonly link: readonly LinkFact[];
  readonly address: readonly AddressFact[];
  readonly route: readonly RouteFact[];
  readonly bridge: readonly BridgeFact[];
}

const uses = (routes: readonly RouteFact[], dev: string): RouteFact | undefined =>
  routes.find((r) => r.family === 4 && r.nexthops.some((n) => n.dev === dev));

function podBridge(facts: ForwardingFacts, dev: string): ForwardingDevice | undefined {
  const link = facts.link.find((l) => l.name === dev);
  const table = facts.bridge.find((b) => b.name === dev);
  const ports = facts.link.some((l) => l.master === dev);
  const isBridge =
    isPodBridgeName(dev) ||
    (link?.info?.kind === 'bridge' &&
      facts.link.some((l) => l.master === dev && /^veth/.test(l.name)) &&
      !isEngineBridge(dev));
  if (!isBridge) return undefined;
  const empty =
    (link !== undefined && (link.flags?.includes('NO-CARRIER') || link.state === 'DOWN')) ||
    (table !== undefined && table.ports.length === 0 && !ports);
  const because = table ?? link;
  return { dev, role: 'pod-bridge', idle: empty, ...(because && { because }) };
}

/** Routes towards pods of other nodes that leave on a plain device: host-gw, DirectRouting, BGP without encapsulation. */
function plainPodRoute(routes: readonly RouteFact[], dev: string): RouteFact | undefined {
  return routes.find(
    (r) =>
      r.family === 4 &&
      r.nexthops.some((n) => n.dev === dev && n.via !== undefined) &&
      (r.proto === 'bird' || (/\/(2[2-8])$/.test(r.prefix) && r.proto === undefined && r.prefix !== '0.0.0.0/0')),
  );
}

function underlay(facts: ForwardingFacts, routes: readonly RouteFact[], dev: string): ForwardingDevice | undefined {
  if (isVirtualDevice(dev)) return undefined;
  const tunnel = facts.link.find(
    (l) =>
      l.vxlan?.dev === dev ||
      (l.vxlan?.local !== undefined && facts.address.some((a) => a.dev === dev && a.address === l.vxlan?.local)),
  );
  const route =
    plainPodRoute(routes, dev) ??
    routes.find((r) => r.family === 4 && r.prefix === '0.0.0.0/0' && r.nexthops.some((n) => n.dev === dev));
  const because = tunnel ?? route;
  return because && { dev, role: 'underlay', idle: false, because };
}

/**
 * Devices that must forward because packets of pods or services arrive on them (ip-sysctl: `conf.<dev>.forwarding` is asked of the input
 * device). Ports of a bridge do not count: the bridge is the input device.
 */
export function forwardingDevices(facts: ForwardingFacts): readonly ForwardingDevice[] {
  const routes = mainTable(facts.route);
  const names = new Set([
    ...facts.netconf.filter((n) => n.scope === 'device').map((n) => n.dev),
    ...facts.link.map((l) => l.name),
  ]);
  const out: ForwardingDevice[] = [];
  for (const dev of names) {
    const bridge = podBridge(facts, dev);
    if (bridge) out.push(bridge);
    else if (isRoutedPodDevice(dev)) {
      const route = uses(routes, dev);
      out.push({ dev, role: 'pod-device', idle: facts.route.length > 0 && !route, ...(route && { because: route }) });
    } else if (isTunnelDevice(dev)) {
      const route = uses(routes, dev);
      const known = facts.route.length > 0;
      // tunl0 and its like exist on any host once the module is loaded.
      if (route || !known)
        out.push({ dev, role: 'tunnel', idle: !known && dev === 'tunl0', ...(route && { because: route }) });
    } else {
      const lower = underlay(facts, routes, dev);
      if (lower) out.push(lower);
    }
  }
  return out;
}
