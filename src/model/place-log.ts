import type { AddressFact, FlannelLogFact } from '../facts/index.js';
import type { Capture } from '../kit/index.js';
import { isVirtualBoxNat, isVirtualDevice } from './lookups/devices.js';

/** Hosts by address, of captures that a prompt or a layout places; an address of two hosts names neither. */
function hostsByAddress(captures: readonly Capture[], hostOf: (index: number) => string | undefined) {
  const hosts = new Map<string, string | undefined>();
  for (const [i, capture] of captures.entries()) {
    const host = hostOf(i);
    if (host === undefined) continue;
    for (const fact of capture.facts) {
      if (fact.kind !== 'address') continue;
      const { address, dev } = fact as AddressFact;
      if (isVirtualDevice(dev) || isVirtualBoxNat(address)) continue;
      hosts.set(address, hosts.has(address) && hosts.get(address) !== host ? undefined : host);
    }
  }
  return hosts;
}

/**
 * Who wrote a flannel log that was pasted without a list of pods: the address of the interface that flannel
 * chose is one of a captured host's, else flannel names its node (kube subnet manager), as Kubernetes calls it. Otherwise the log would pass for another machine that has the same address.
 */
export function flannelLogOwners(
  captures: readonly Capture[],
  hostOf: (index: number) => string | undefined,
): (capture: Capture) => { readonly node: string; readonly by: string } | undefined {
  let hosts: Map<string, string | undefined> | undefined;
  return (capture) => {
    const events = capture.facts.flatMap((f) => (f.kind === 'flannel-log' ? [(f as FlannelLogFact).event] : []));
    const chosen = events.findLast((e) => e.kind === 'interface');
    if (chosen?.kind === 'interface') {
      hosts ??= hostsByAddress(captures, hostOf);
      const node = hosts.get(chosen.address);
      if (node !== undefined) return { node, by: `flannel's log names ${chosen.address}, an address of ${node}` };
    }
    const named = events.find((e) => e.kind === 'node');
    return named?.kind === 'node' ? { node: named.name, by: `flannel's log names ${named.name}` } : undefined;
  };
}
