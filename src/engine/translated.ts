import type { Outcome, Pair, Step } from '../path/index.js';

/** The step that gives the sender's own packet another source; that a tunnel's packet gets one changes nothing for the ends. */
export function innerSnat(steps: readonly Step[]): Step | undefined {
  let wrapped = false;
  for (const step of steps) {
    if (
      step.kind === 'encapsulate' ||
      / (?:VXLAN|WireGuard|ipip|gre)(?:,|$)/.test(step.kind === 'send' ? step.says : '')
    )
      wrapped = true;
    if (step.kind === 'decapsulate') wrapped = false;
    if (!wrapped && step.translates?.side === 'src') return step;
  }
  return undefined;
}

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
