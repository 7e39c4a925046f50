import type { HostnameFact, PodFact } from '../facts/index.js';
import { type Capture, containerNode, type Located, type Place, type PlacedCapture } from '../kit/index.js';
import { isNoName, isQualified, shortName } from './joins.js';
import { tellMomentsFromNodes } from './moment-folders.js';
import { flannelLogOwners } from './place-log.js';
import { tellPodsApart } from './pod-folders.js';
import { tellRoundsApart } from './rounds.js';
import { compare, type Identity, identityOf, merge, tellMachinesApart } from './unnamed.js';

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

/** Finds a pod by `namespace/name` or by name; of several listings the latest. A name in several namespaces means that of `default`, or none. */
function podFinder(captures: readonly Capture[]): {
  readonly find: (name: string) => PodFact | undefined;
  readonly all: readonly PodFact[];
} {
  const byKey = new Map<string, PodFact>();
  const namespaces = new Map<string, Set<string>>();
  for (const capture of captures)
    for (const fact of capture.facts) {
      if (fact.kind !== 'pod') continue;
      const pod = fact as PodFact;
      if (pod.node === undefined) continue;
      byKey.set(`${pod.namespace}/${pod.name}`, pod);
      namespaces.set(pod.name, (namespaces.get(pod.name) ?? new Set<string>()).add(pod.namespace));
    }
  const byName = (name: string, wanted: string | undefined): PodFact | undefined => {
    const known = [...(namespaces.get(name) ?? [])];
    // '' is a listing that did not say its namespace: it may be the wanted one.
    const fitting = wanted === undefined ? known : known.filter((n) => n === '' || n === wanted);
    const [only] = fitting.length > 1 ? fitting.filter((n) => n === 'default') : fitting;
    return only === undefined ? undefined : byKey.get(`${only}/${name}`);
  };
  return {
    all: [...byKey.values()],
    find(name) {
      const slash = name.lastIndexOf('/');
      return byKey.get(name) ?? byName(name.slice(slash + 1), slash === -1 ? undefined : name.slice(0, slash));
    },
  };
}

/** Does the pod say of itself that it lives in the host's network namespace? */
function sharesHost(name: string, pod: PodFact | undefined): boolean {
  if (pod?.hostNetwork !== undefined) return pod.hostNetwork;
  if (pod?.hostIp !== undefined && pod.ips.includes(pod.hostIp)) return true;
  return HOST_NETWORK_POD.test(name.slice(name.lastIndexOf('/') + 1));
}

const isHostNetwork = (name: string, pod: PodFact | undefined, capture: Capture): boolean =>
  sharesHost(name, pod) || (pod?.hostNetwork === undefined && showsHostDevices(capture));

/** Containers that the kubelet made, and processes: those of daemons may live in the host's own namespace, as their devices show. */
const MAYBE_HOST = /^(?:pid |crictl |docker k8s_)/;

function netnsOf(capture: Capture): string {
  const netns = capture.hint.netns ?? '';
  return MAYBE_HOST.test(netns) && showsHostDevices(capture) ? '' : netns;
}

/** Containers that are nodes (kind, k3d, minikube): by a name that nothing else has, or by one that fits and a node's devices in some capture. */
function nodeContainers(captures: readonly Capture[]): (netns: string | undefined) => string | undefined {
  const shown = new Set<string>();
  for (const capture of captures) {
    const { netns } = capture.hint;
    if (netns !== undefined && containerNode(netns, false) !== undefined && showsHostDevices(capture)) shown.add(netns);
  }
  return (netns) => (netns === undefined ? undefined : containerNode(netns, !shown.has(netns)));
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
  located: readonly (Located | undefined)[],
  isCluster: (command: string) => boolean,
): readonly PlacedCapture[] {
  const pods = podFinder(captures);
  const logOwner = flannelLogOwners(captures, (i) => {
    const where = located[i];
    const capture = captures[i];
    if (capture === undefined || podOf(capture)) return undefined;
    return capture.hint.host ?? (where?.kind === 'node' ? where.node : undefined);
  });
  const containers = nodeContainers(captures);
  const podNodes = new Set(pods.all.map((p) => p.node));
  const podsByPath = new Map(pods.all.map((p) => [`${p.namespace}-${p.name}`, p]));
  const unknown = new Map<string, string>();
  const fallback = new Map<string, string>();
  const unknownNode = (key: string): string => {
    const known = unknown.get(key) ?? `unknown-${unknown.size + 1}`;
    unknown.set(key, known);
    return known;
  };
  const placed = withHostnames(
    tellMachinesApart(
      captures.map((capture, i) => {
        const [place, placedBy] = decide(capture, located[i]);
        return { ...capture, place, placedBy };
      }),
      unknownNode,
    ),
    fallback,
  );
  const byFolder = (list: readonly PlacedCapture[]): ReadonlySet<PlacedCapture> =>
    new Set(list.filter((_, i) => located[i]?.kind === 'node' && captures[i]?.hint.host === undefined));
  const nodes = tellMomentsFromNodes(placed, byFolder(placed), unknownNode);
  return tellRoundsApart(tellPodsApart(nodes, byFolder(nodes), podNodes));

  /** A pod has its name for a host name, as its prompt shows, and so has the folder of its captures. */
  function podNamed(host: string | undefined): PodFact | undefined {
    if (host === undefined || podNodes.has(host)) return undefined;
    const name = host.replace(/^pods?[-_]/, '');
    return pods.find(name) ?? podsByPath.get(name.replace('_', '-'));
  }

  /** The pod that a log is of: `<namespace>/<pod>`, or the longest name that its file name begins with, for behind it stands the container. */
  function podBegins(log: string): PodFact | undefined {
    for (let end = log.length; end > 0; end = log.lastIndexOf('-', end - 1)) {
      const name = log.slice(0, end);
      const pod = pods.find(name) ?? podsByPath.get(name);
      if (pod) return pod;
    }
    return undefined;
  }

  function decide(capture: Capture, where: Located | undefined): readonly [Place, string] {
    if (isCluster(capture.command)) return [{ kind: 'cluster' }, 'the command speaks of the cluster'];
    const pod = podOf(capture);
    if (pod) {
      const fact = pods.find(pod.name);
      const owner = fact ? undefined : logOwner(capture);
      const node = fact?.node ?? owner?.node ?? `unknown-${pod.name.slice(pod.name.lastIndexOf('/') + 1)}`;
      const by = fact
        ? `pod ${pod.name} runs on ${node}`
        : (owner?.by ?? `pod ${pod.name}, whose node no capture names`);
      return [{ kind: 'stack', node, netns: pod.log || isHostNetwork(pod.name, fact, capture) ? '' : pod.name }, by];
    }
    const node = containers(capture.hint.netns);
    if (node !== undefined) return [{ kind: 'stack', node, netns: '' }, `container ${node} is a node`];
    const netns = netnsOf(capture);
    const inside = podNamed(capture.hint.host ?? (where?.kind === 'node' ? where.node : undefined));
    if (inside?.node !== undefined && netns === '') {
      const by = `the name of a pod that runs on ${inside.node}`;
      const shared = sharesHost(inside.name, inside);
      // A shell in a pod of the host network would show the node's name; and where a node's devices are, a machine goes by a pod's name.
      if (shared && capture.hint.host === undefined) return [{ kind: 'stack', node: inside.node, netns: '' }, by];
      if (!shared && !showsHostDevices(capture)) return [{ kind: 'stack', node: inside.node, netns: inside.name }, by];
    }
    if (capture.hint.host !== undefined)
      return [{ kind: 'stack', node: capture.hint.host, netns }, `prompt of ${capture.hint.host}`];
    if (where?.kind === 'pod-log') {
      const owner = podBegins(where.pod);
      const told = owner ? undefined : logOwner(capture);
      return [
        { kind: 'stack', node: owner?.node ?? told?.node ?? `unknown-${where.pod}`, netns: '' },
        owner ? `pod ${owner.name} runs on ${owner.node}` : (told?.by ?? where.by),
      ];
    }
    if (where?.kind === 'cluster') return [{ kind: 'cluster' }, where.by];
    if (where?.kind === 'unnamed') {
      const node = unknownNode(where.key);
      if (where.name !== undefined && where.name !== '') fallback.set(node, where.name);
      return [{ kind: 'stack', node, netns: where.netns ?? netns }, where.by];
    }
    if (where?.kind === 'node') return [{ kind: 'stack', node: where.node, netns: where.netns ?? netns }, where.by];
    return [{ kind: 'stack', node: unknownNode(capture.block.replace(/#\d+$/, '')), netns }, 'nothing names its node'];
  }
}

/** Host names that each nameless node's captures print: the surest kind of them that is there. */
function namesTold(captures: readonly PlacedCapture[]): ReadonlyMap<string, ReadonlySet<string>> {
  const said = new Map<string, Set<string>>();
  const logged = new Map<string, Set<string>>();
  for (const { place, facts } of captures) {
    if (place.kind !== 'stack' || place.netns !== '' || !/^unknown-\d+$/.test(place.node)) continue;
    for (const fact of facts) {
      if (fact.kind !== 'hostname') continue;
      const { name, source } = fact as HostnameFact;
      if (isNoName(name)) continue;
      // A journal may be a log server's, or hold the name from before a rename: it counts where nothing else does.
      const names = source === 'log' ? logged : said;
      names.set(place.node, (names.get(place.node) ?? new Set<string>()).add(name));
    }
  }
  return new Map([...logged, ...said]);
}

/** The one name among them: `node-1` beside `node-1.example.com` is the same, and the folder's own name decides between several. */
function oneName(names: ReadonlySet<string> | undefined, folder: string | undefined): string | undefined {
  const all = [...(names ?? [])];
  const [first] = all;
  if (first === undefined) return folder;
  if (new Set(all.map(shortName)).size === 1) return all.find((n) => !isQualified(n)) ?? first;
  return folder;
}

/**
 * Nodes without names whose captures print one host name though they are several machines: namespaces of one kernel (its `uname`), clones. Their folders
 * tell them apart.
 */
function sameNames(
  captures: readonly PlacedCapture[],
  told: ReadonlyMap<string, ReadonlySet<string>>,
  fallback: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const byName = new Map<string, string[]>();
  for (const [node, names] of told) {
    const name = oneName(names, undefined);
    if (name !== undefined && fallback.has(node)) byName.set(name, [...(byName.get(name) ?? []), node]);
  }
  const identities = new Map<string, Identity>();
  for (const capture of captures) {
    const { place } = capture;
    if (place.kind !== 'stack' || place.netns !== '' || !told.has(place.node)) continue;
    const held = identities.get(place.node) ?? { addresses: new Map(), lladdrs: new Map() };
    const own = identityOf(capture);
    merge(held.addresses, own.addresses);
    merge(held.lladdrs, own.lladdrs);
    identities.set(place.node, held);
  }
  const isOther = (a: Identity | undefined, b: Identity | undefined): boolean => {
    if (!a || !b) return false;
    const [addresses, lladdrs] = [compare(a.addresses, b.addresses), compare(a.lladdrs, b.lladdrs)];
    return addresses.other && !addresses.same && !lladdrs.same;
  };
  const several = [...byName.values()].filter((nodes) =>
    nodes.some((a) => nodes.some((b) => a !== b && isOther(identities.get(a), identities.get(b)))),
  );
  return new Set(several.flat());
}

/** A node that nothing names goes by the one host name that its captures print, else by the name of its folder or archive. */
function withHostnames(
  captures: readonly PlacedCapture[],
  fallback: ReadonlyMap<string, string>,
): readonly PlacedCapture[] {
  const told = namesTold(captures);
  const apart = sameNames(captures, told, fallback);
  return captures.map((capture) => {
    const { place } = capture;
    if (place.kind !== 'stack' || !/^unknown-\d+$/.test(place.node)) return capture;
    const own = fallback.get(place.node);
    const name = apart.has(place.node) ? own : oneName(told.get(place.node), own);
    if (name === undefined) return capture;
    const placedBy = name === fallback.get(place.node) ? `${capture.placedBy}, ${name}` : `host name ${name}`;
    return { ...capture, place: { ...place, node: name }, placedBy };
  });
}
