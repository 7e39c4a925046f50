import type { PodFact } from '../facts/index.js';
import type { Capture, Place, PlacedCapture } from '../kit/index.js';

/** What the layouts said of each capture: a node's folder, the cluster, or nothing. */
export type Located =
  | { readonly kind: 'node'; readonly node: string; readonly by: string }
  | { readonly kind: 'pod-log'; readonly pod: string; readonly by: string }
  | { readonly kind: 'cluster'; readonly by: string }
  /** One node, whose name nothing tells; equal keys are the same. */
  | { readonly kind: 'unnamed'; readonly key: string; readonly by: string }
  | undefined;

const HOST_DEVICE =
  /^(cni0|cbr0|flannel\.\d+|flannel\.ipip|flannel-wg|cali[0-9a-f]{11}|vxlan\.calico|tunl0|kube-bridge|weave|kube-ipvs0|docker0)$/;

/** Daemons that run in the host's network namespace in every manifest of theirs. */
const HOST_NETWORK_POD = /^(kube-flannel|canal|calico-node|kube-proxy|weave-net|kube-router|cilium-)/;

function showsHostDevices(capture: Capture): boolean {
  for (const fact of capture.facts) {
    const f = fact as unknown as {
      name?: unknown;
      dev?: unknown;
      nexthops?: readonly { dev?: unknown }[];
      kind: string;
    };
    const devices = [f.kind === 'link' ? f.name : f.dev, ...(f.nexthops ?? []).map((n) => n.dev)];
    if (devices.some((d) => typeof d === 'string' && HOST_DEVICE.test(d))) return true;
  }
  return false;
}

/** Pods by `namespace/name` and by name; of several listings the latest. */
function podIndex(captures: readonly Capture[]): ReadonlyMap<string, PodFact> {
  const index = new Map<string, PodFact>();
  for (const capture of captures)
    for (const fact of capture.facts)
      if (fact.kind === 'pod') {
        const pod = fact as PodFact;
        if (pod.node === undefined) continue;
        index.set(`${pod.namespace}/${pod.name}`, pod);
        index.set(pod.name, pod);
      }
  return index;
}

function isHostNetwork(name: string, pod: PodFact | undefined, capture: Capture): boolean {
  if (pod?.hostNetwork !== undefined) return pod.hostNetwork;
  if (showsHostDevices(capture)) return true;
  if (pod?.hostIp !== undefined && pod.ips.includes(pod.hostIp)) return true;
  return HOST_NETWORK_POD.test(name.slice(name.lastIndexOf('/') + 1));
}

/** Pod that a capture ran in, or whose log it is. */
const podOf = (capture: Capture): { readonly name: string; readonly log: boolean } | undefined => {
  if (capture.hint.pod !== undefined) return { name: capture.hint.pod, log: false };
  const logged = capture.scope['pod'];
  return logged === undefined ? undefined : { name: logged, log: true };
};

/**
 * Gives each capture its place. An exec into a host-network pod is the host's stack; a log belongs to the node that its pod ran on; what no
 * evidence places becomes `unknown-N`, one per input or document.
 */
export function placeCaptures(
  captures: readonly Capture[],
  located: readonly Located[],
  isCluster: (command: string) => boolean,
): readonly PlacedCapture[] {
  const pods = podIndex(captures);
  const unknown = new Map<string, string>();
  const unknownNode = (key: string): string => {
    const known = unknown.get(key) ?? `unknown-${unknown.size + 1}`;
    unknown.set(key, known);
    return known;
  };
  return captures.map((capture, i) => {
    const [place, placedBy] = decide(capture, located[i]);
    return { ...capture, place, placedBy };
  });

  function decide(capture: Capture, where: Located): readonly [Place, string] {
    if (isCluster(capture.command)) return [{ kind: 'cluster' }, 'the command speaks of the cluster'];
    const pod = podOf(capture);
    if (pod) {
      const fact = pods.get(pod.name) ?? pods.get(pod.name.slice(pod.name.lastIndexOf('/') + 1));
      const node = fact?.node ?? `unknown-${pod.name.slice(pod.name.lastIndexOf('/') + 1)}`;
      const by = fact ? `pod ${pod.name} runs on ${node}` : `pod ${pod.name}, whose node no capture names`;
      return [{ kind: 'stack', node, netns: pod.log || isHostNetwork(pod.name, fact, capture) ? '' : pod.name }, by];
    }
    const netns = capture.hint.netns ?? '';
    if (capture.hint.host !== undefined)
      return [{ kind: 'stack', node: capture.hint.host, netns }, `prompt of ${capture.hint.host}`];
    if (where?.kind === 'pod-log') {
      const owner = [...new Set(pods.values())].find(
        (p) => where.pod.startsWith(`${p.namespace}-${p.name}-`) || where.pod.startsWith(`${p.name}-`),
      );
      return [
        { kind: 'stack', node: owner?.node ?? `unknown-${where.pod}`, netns: '' },
        owner ? `pod ${owner.name} runs on ${owner.node}` : where.by,
      ];
    }
    if (where?.kind === 'cluster') return [{ kind: 'cluster' }, where.by];
    if (where?.kind === 'unnamed') return [{ kind: 'stack', node: unknownNode(where.key), netns }, where.by];
    if (where) return [{ kind: 'stack', node: where.node, netns }, where.by];
    return [{ kind: 'stack', node: unknownNode(capture.block.replace(/#\d+$/, '')), netns }, 'nothing names its node'];
  }
}
