import type { CniConfigFact, CniPlugin } from '../facts/index.js';
import { canonicalPrefix, defineParser, type Sink } from '../kit/index.js';
import { flagAt, itemsAt, type Located, lineAt, numberAt, textAt, valueAt } from './text/located.js';
import { baseOf, onlyPath, pathsRead } from './text/reader.js';
import { sectionsOfFiles, shifted } from './text/sections.js';
import { eachJson } from './text/values.js';

/*
 * {
 *   "name": "cbr0",
 *   "cniVersion": "0.3.1",
 *   "plugins": [
 *     { "type": "flannel", "delegate": { "hairpinMode": true, "isDefaultGateway": true } },
 *     { "type": "portmap", "capabilities": { "portMappings": true } }
 *   ]
 * }
 *
 * `.conf` holds one plugin, `.conflist` a list (CNI SPEC 0.3.0 and later). What plugins take: containernetworking/plugins, flannel-io/cni-plugin,
 * projectcalico/cni-plugin, multus.
 */
const FOLDER = /(?:^|\/)(?:cni\/)?net\.d\/[^/]*$|\.(?:conflist|cni)$|\/10-\S+\.conf$/;

/** Plugins inside plugins: multus holds flannel's, which holds bridge's. */
const DEPTH = 4;

function pluginOf(node: Located, depth: number): CniPlugin {
  const text = (...path: string[]): string | undefined => textAt(node, ...path) || undefined;
  const flag = (key: string): boolean | undefined => flagAt(node, key);
  const delegate = valueAt(node, 'delegate');
  const inner = [...(delegate?.kind === 'map' ? [delegate] : []), ...itemsAt(node, 'delegates')];
  const ipam = ipamOf(node);
  const on = valueAt(node, 'capabilities');
  const capabilities = on?.kind === 'map' ? [...on.entries.keys()].filter((key) => flagAt(on, key) === true) : [];
  const fields = {
    bridge: text('bridge'),
    mtu: numberAt(node, 'mtu') ?? numberAt(node, 'MTU'),
    ipMasq: flag('ipMasq'),
    hairpinMode: flag('hairpinMode'),
    promiscMode: flag('promiscMode'),
    isGateway: flag('isGateway'),
    isDefaultGateway: flag('isDefaultGateway'),
    forceAddress: flag('forceAddress'),
    master: text('master') ?? text('device'),
    mode: text('mode'),
    vlan: numberAt(node, 'vlan') ?? numberAt(node, 'vlanId'),
  };
  return {
    // flannel's and canal's delegate has no type when it is a bridge.
    type: text('type') ?? 'bridge',
    ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
    ...(ipam && { ipam }),
    ...(capabilities.length > 0 && { capabilities }),
    ...(inner.length > 0 &&
      depth < DEPTH && { delegates: inner.flatMap((d) => configOf(d)?.plugins ?? pluginOf(d, depth + 1)) }),
  };
}

/** host-local takes `ranges` (a list of sets of ranges), or the older `subnet` on top. */
function ipamOf(node: Located): CniPlugin['ipam'] {
  const ipam = valueAt(node, 'ipam');
  const type = textAt(ipam, 'type');
  if (type === undefined) return undefined;
  const sets = itemsAt(ipam, 'ranges').flatMap((set) => (set.kind === 'list' ? set.items : [set]));
  const ranges = [...(textAt(ipam, 'subnet') === undefined ? [] : [ipam]), ...sets].flatMap((range) => {
    const subnet = textAt(range, 'subnet');
    const gateway = textAt(range, 'gateway');
    if (subnet === undefined) return [];
    // Calico and Kubernetes put a word for the node's own range: `usePodCidr`.
    return { subnet: canonicalPrefix(subnet) ?? subnet, ...(gateway !== undefined && { gateway }) };
  });
  const routes = itemsAt(ipam, 'routes').flatMap((route) => {
    const dst = textAt(route, 'dst');
    const gw = textAt(route, 'gw');
    return dst === undefined ? [] : { dst: canonicalPrefix(dst) ?? dst, ...(gw !== undefined && { gw }) };
  });
  return { type, ranges, routes };
}

/** A whole configuration: a list of plugins, or one. */
function configOf(node: Located): { readonly plugins: readonly CniPlugin[] } | undefined {
  const list = valueAt(node, 'plugins');
  return list?.kind === 'list' ? { plugins: list.items.map((plugin) => pluginOf(plugin, 1)) } : undefined;
}

function take(value: Located, file: string | undefined, out: Sink<CniConfigFact>): boolean {
  const type = textAt(value, 'type');
  const list = configOf(value);
  if (!list && type === undefined) return false;
  const name = textAt(value, 'name');
  const cniVersion = textAt(value, 'cniVersion');
  out.fact(lineAt(value, 'name') ?? lineAt(value, 'type') ?? value.line, {
    kind: 'cni-config',
    ...(file !== undefined && { file }),
    ...(name !== undefined && { name }),
    ...(cniVersion !== undefined && { cniVersion }),
    plugins: list?.plugins ?? [pluginOf(value, 0)],
  });
  return true;
}

/** Files of `/etc/cni/net.d`: how the runtime gives pods their network. */
export const cniConfig = defineParser<CniConfigFact>({
  command: 'cni-config',
  emits: ['cni-config'],
  scope: 'stack',
  claims: {
    command: (argv) => (pathsRead(argv).some((path) => FOLDER.test(path)) ? {} : undefined),
    file: /(?:^|-)(?:conflist|cni-conf(?:ig)?|net-d)(?:-json)?$|^\d\d-[\w-]*(?:flannel|calico|cilium|weave|canal|bridge|kubenet|multus|aws|loopback|podman|crio|containerd)[\w-]*-(?:conf|conflist)$/,
    sniff(head) {
      const all = head.slice(0, 120).join('\n').slice(0, 20_000);
      if (!/^\s*(?:==> \S+ <==\s*)?\{/.test(all) || /"?apiVersion"?:/.test(all)) return 0;
      const typed = /"type"\s*:\s*"/.test(all);
      if (/"cniVersion"\s*:/.test(all) && (typed || /"plugins"\s*:/.test(all))) return 3;
      return typed && /"ipam"\s*:\s*\{/.test(all) && /"name"\s*:/.test(all) ? 2 : 0;
    },
  },
  parse(text, out, context) {
    const asked = onlyPath(context.argv);
    const named = asked ?? (/\.(?:conf|conflist|json)$/.test(context.fileName) ? context.fileName : undefined);
    for (const { part, file } of sectionsOfFiles(text, named, (line) => out.noise(line))) {
      const sink = shifted(out, part, text);
      eachJson(part, sink, 'not a CNI configuration', ({ value, from, to }) => {
        if (take(value, file === undefined ? undefined : baseOf(file), sink)) return;
        for (let i = from; i < to; i++) sink.gap(i, 'not a CNI configuration: neither type nor plugins');
      });
    }
  },
});
