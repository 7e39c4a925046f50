import type { Outcome, Pair, Step } from '../path/index.js';

/** The steps of the sender's own packet, without those of the packets of tunnels that carry it. */
export function innerSteps(steps: readonly Step[]): readonly Step[] {
  let wrapped = false;
  return steps.filter((step) => {
    if (
      step.kind === 'encapsulate' ||
      / (?:VXLAN|WireGuard|ipip|gre)(?:,|$)/.test(step.kind === 'send' ? step.says : '')
    )
      wrapped = true;
    if (step.kind === 'decapsulate') wrapped = false;
    return !wrapped;
  });
}

/** The step that gives the sender's own packet another source; that a tunnel's packet gets one changes nothing for the ends. */
export const innerSnat = (steps: readonly Step[]): Step | undefined =>
  innerSteps(steps).find((s) => s.translates?.side === 'src');

/** `default/web` of `default/web:80/udp` and of `node-1:30080 (default/web)`. */
export const serviceNameOf = ({ dst }: Pair): string =>
  dst.kind === 'node-port' ? (/\((.+)\)$/.exec(dst.name)?.[1] ?? '') : dst.name.replace(/:.*$/, '');

/** Where kube-proxy gave the packet to an endpoint: in chains or a table of its own, or by IPVS. */
export const endpointStep = ({ legs }: Pick<Outcome, 'legs'>): Step | undefined =>
  legs
    .findLast((l) => l.direction === 'request')
    ?.steps.findLast(
      ({ translates: t }) =>
        t?.side === 'dst' && (/^KUBE-/.test(t.chain ?? '') || t.table === 'IPVS' || / kube-proxy$/.test(t.table)),
    );

/** The address that a pair's sender is known by: it may be asked by its name. */
export const senderOf = ({ src, trace }: Pick<Pair, 'src' | 'trace'>): string =>
  trace.src === src.asks ? src.end : trace.src;
