import type { ClusterModel, Stack } from '../model/types.js';
import type { Report, ReportLink } from './report.js';

type Topology = Report['topology'];

const first = <T>(values: readonly (T | undefined)[]): T | undefined => values.find((v) => v !== undefined);

function flannelSentence(model: ClusterModel): string | undefined {
  if (!model.technologies.has('flannel')) return undefined;
  const config = model.facts('flannel-config').at(-1);
  const hosts = model.nodes.map((n) => n.host);
  const events = hosts.flatMap((h) => h.facts('flannel-log').map((l) => l.event));
  const device = first(hosts.map((h) => h.facts('link').find((l) => /^flannel\.\d+$/.test(l.name) && l.vxlan)))?.vxlan;
  const logged = events.find((e) => e.kind === 'vxlan-config');
  const backend =
    config?.backend ??
    first(events.map((e) => (e.kind === 'network-config' ? e.backend : undefined))) ??
    (device || hasVxlan(hosts) ? 'vxlan' : undefined);
  const vni = device?.vni ?? config?.vni ?? (logged?.kind === 'vxlan-config' ? logged.vni : undefined);
  const port = device?.dstport ?? config?.port ?? (logged?.kind === 'vxlan-config' ? logged.port : undefined);
  const details = [
    vni === undefined ? undefined : `VNI ${vni}`,
    port === undefined ? undefined : `port ${port}`,
  ].filter((d) => d !== undefined);
  return `flannel${backend === undefined ? '' : ` ${backend}`}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
}

const hasVxlan = (hosts: readonly Stack[]): boolean =>
  hosts.some(
    (h) =>
      h.facts('link').some((l) => /^flannel\.\d+$/.test(l.name)) ||
      h.facts('route').some((r) => r.nexthops.some((n) => n.dev !== undefined && /^flannel\.\d+$/.test(n.dev))),
  );

function podNetwork(model: ClusterModel): string | undefined {
  const config = model.facts('flannel-config').at(-1)?.network;
  const env = first(model.nodes.map((n) => n.host.facts('subnet-env')[0]?.networks[0]));
  const cidr = model.facts('cluster-cidr').find((c) => c.what === 'pod')?.cidrs[0];
  const pool = model.facts('ip-pool')[0]?.cidr;
  return config ?? cidr ?? env ?? pool;
}

/** In nftables mode kube-proxy has a table of its own, which it takes away when it starts in another mode. */
function proxySentence(model: ClusterModel): string | undefined {
  if (!model.technologies.has('kube-proxy')) return undefined;
  const own = model.nodes.some((n) => n.host.facts('nft-table').some((t) => t.table === 'kube-proxy'));
  return own ? 'kube-proxy nftables' : 'kube-proxy iptables';
}

/** One sentence on what kind of cluster this is, as far as captures show it. */
function summarise(model: ClusterModel): string {
  const service = model.facts('cluster-cidr').find((c) => c.what === 'service')?.cidrs[0];
  const pods = podNetwork(model);
  const calico = model.technologies.has('calico')
    ? model.technologies.has('bird')
      ? 'calico (BGP through BIRD)'
      : 'calico'
    : undefined;
  const parts = [
    flannelSentence(model),
    calico,
    pods === undefined ? undefined : `pods ${pods}`,
    service === undefined ? undefined : `services ${service}`,
    proxySentence(model),
  ].filter((p) => p !== undefined);
  return parts.join(', ');
}

/** Tunnels as the forwarding database draws them: from the dumping node to the node that owns the remote address. */
function links(model: ClusterModel): ReportLink[] {
  const owner = new Map<string, string>();
  for (const n of model.nodes) for (const a of n.addresses) owner.set(a, n.name);
  const out: ReportLink[] = [];
  for (const n of model.nodes)
    for (const f of n.host.facts('fdb'))
      if (f.dst !== undefined) out.push({ from: n.name, to: owner.get(f.dst) ?? f.dst, kind: f.dev });
  return out;
}

export function describeTopology(model: ClusterModel): Topology {
  return {
    summary: summarise(model),
    nodes: model.nodes.map((n) => n.name),
    devices: model.nodes.flatMap((n) =>
      n.host
        .facts('link')
        .filter((l) => !/^veth|^cali/.test(l.name))
        .map((l) => ({
          node: n.name,
          name: l.name,
          kind: l.info?.kind ?? l.linkType ?? '',
          addresses: n.host
            .facts('address')
            .filter((a) => a.dev === l.name)
            .map((a) => `${a.address}/${a.prefixLength}`),
        })),
    ),
    links: links(model),
  };
}
