import type { ContainerFact } from '../../facts/index.js';
import { canonicalAddress, type Draft } from '../../kit/index.js';

/** What the kubelet's docker names tell: `k8s_POD_coredns-6955765f44-8n5f6_kube-system_32e64fea-…_71` (POD is the sandbox). */
export function namedByKubelet(name: string): Pick<ContainerFact, 'pod' | 'sandbox'> {
  const [, container, pod, namespace] = /^\/?k8s_([^_]+)_([^_]+)_([^_]+)_/.exec(name) ?? [];
  if (container === undefined) return {};
  return { pod: `${namespace}/${pod}`, ...(container === 'POD' && { sandbox: true }) };
}

/** `Up 3 hours (healthy)`, `Exited (137) 2 days ago`. */
export function stateOf(status: string): string | undefined {
  const word = /^(Up|Exited|Created|Restarting|Removal|Dead|Paused|Initialized|Stopped)\b/i.exec(status)?.[1];
  if (word === undefined) return undefined;
  return word.toLowerCase() === 'up' ? (status.includes('(Paused)') ? 'paused' : 'running') : word.toLowerCase();
}

type Port = NonNullable<ContainerFact['ports']>[number];

/** `0.0.0.0:8080->80/tcp, :::8080->80/tcp, 443/tcp`: published ones only; a range counts by its ends. */
export function publishedPorts(cell: string): Port[] {
  return cell.split(/,\s*/).flatMap((text) => {
    const match = /^(?:\[?([\da-fA-F.:]+?)\]?:)?(\d+)(?:-\d+)?->(\d+)(?:-\d+)?\/(\w+)$/.exec(text.trim());
    if (!match) return [];
    const hostIp = canonicalAddress(match[1] ?? '');
    return {
      ...(hostIp !== undefined && { hostIp }),
      hostPort: Number(match[2]),
      port: Number(match[3]),
      protocol: match[4] ?? '',
    };
  });
}

/** Leaves out what is not there. */
export const container = (
  fields: { readonly [K in keyof Draft<ContainerFact>]: Draft<ContainerFact>[K] | undefined },
): Draft<ContainerFact> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Draft<ContainerFact>;
