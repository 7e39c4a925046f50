import type { KubeletConfigFact } from '../facts/index.js';
import { canonicalAddress, canonicalPrefix, type Draft, defineParser, type Sink, type Text } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { readJson } from './text/json.js';
import { flagAt, type Located, lineAt, numberAt, textAt, textsAt } from './text/located.js';
import { pathsRead } from './text/reader.js';
import { loadYaml, readYaml } from './text/yaml.js';

/*
 * apiVersion: kubelet.config.k8s.io/v1beta1         KUBELET_KUBEADM_ARGS="--network-plugin=cni --hostname-override=node-1"
 * clusterDNS:
 * - 10.96.0.10                                      ExecStart=/usr/bin/kubelet --config=/var/lib/kubelet/config.yaml \
 * kind: KubeletConfiguration                          --node-ip=10.0.0.5
 *
 * The kubelet's file, and the flags in its environment files and systemd units.
 */
const PATHS =
  /\/kubelet\/(?:config\.ya?ml|kubeadm-flags\.env|kubelet-config\.json|config\.json)$|\/(?:default|sysconfig)\/kubelet$|kubelet\.service(?:\.d\/\S*)?$/;
const KIND = /^(?:kind:|[\s{]{0,8}"kind":) ?"?KubeletConfiguration/;
const FLAG = /--([a-z][a-z0-9-]+)(?:=|\s+)("[^"]*"|'[^']*'|[^\s"'\\]+)/g;
const FLAGS = /\bkubelet\b[^\n]*\s--[a-z]|^\s*(?:Environment=)?"?(?:export )?KUBELET_\w+=.*--[a-z]/;

const defined = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

function takeFile(value: Located, out: Sink<KubeletConfigFact>): void {
  const written = textsAt(value, 'clusterDNS');
  const clusterDns = written.flatMap((address) => canonicalAddress(address) ?? []);
  const line = lineAt(value, 'clusterDNS') ?? lineAt(value, 'kind') ?? value.line;
  const text = (key: string): string | undefined => textAt(value, key) || undefined;
  if (clusterDns.length < written.length) {
    out.gap(line, "the cluster's DNS address is masked");
    return;
  }
  const settings = {
    clusterDomain: text('clusterDomain'),
    resolvConf: text('resolvConf'),
    podCidr: canonicalPrefix(text('podCIDR') ?? ''),
    hairpinMode: text('hairpinMode'),
    maxPods: numberAt(value, 'maxPods'),
    containerRuntimeEndpoint: text('containerRuntimeEndpoint'),
    makeIptablesUtilChains: flagAt(value, 'makeIPTablesUtilChains'),
    masqueradeBit: numberAt(value, 'iptablesMasqueradeBit'),
  };
  out.fact(line, {
    kind: 'kubelet-config',
    source: 'file',
    clusterDns,
    ...defined(settings),
  } as Draft<KubeletConfigFact>);
}

/** Flags by name, and the line of the first. */
function flagsOf(text: Text): { readonly flags: ReadonlyMap<string, string>; readonly lines: ReadonlySet<number> } {
  const flags = new Map<string, string>();
  const lines = new Set<number>();
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i).slice(0, 8000);
    if (line.trimStart().startsWith('#')) continue;
    for (const [, name = '', value = ''] of line.matchAll(FLAG)) {
      flags.set(name, value.replace(/^["']|["']$/g, ''));
      lines.add(i);
    }
  }
  return { flags, lines };
}

function takeFlags(text: Text, out: Sink<KubeletConfigFact>): ReadonlySet<number> {
  const { flags, lines } = flagsOf(text);
  const [first] = lines;
  if (first === undefined) return lines;
  const list = (name: string): string[] => (flags.get(name) ?? '').split(',').filter((word) => word !== '');
  const dns = list('cluster-dns');
  const ips = list('node-ip');
  const clusterDns = dns.flatMap((address) => canonicalAddress(address) ?? []);
  const nodeIps = ips.flatMap((address) => canonicalAddress(address) ?? []);
  if (clusterDns.length < dns.length || (nodeIps.length < ips.length && !/[$<{]/.test(ips.join()))) {
    out.gap(first, 'an address is masked');
    return lines;
  }
  const maxPods = flags.get('max-pods');
  const settings = {
    clusterDomain: flags.get('cluster-domain'),
    resolvConf: flags.get('resolv-conf'),
    podCidr: canonicalPrefix(flags.get('pod-cidr') ?? ''),
    hairpinMode: flags.get('hairpin-mode'),
    maxPods: maxPods !== undefined && /^\d{1,6}$/.test(maxPods) ? Number(maxPods) : undefined,
    nodeIps: nodeIps.length > 0 ? nodeIps : undefined,
    hostnameOverride: flags.get('hostname-override'),
    networkPlugin: flags.get('network-plugin'),
    cniConfDir: flags.get('cni-conf-dir') ?? flags.get('network-plugin-dir'),
    cniBinDir: flags.get('cni-bin-dir'),
    containerRuntimeEndpoint: flags.get('container-runtime-endpoint'),
  };
  out.fact(first, {
    kind: 'kubelet-config',
    source: 'flags',
    clusterDns,
    ...defined(settings),
  } as Draft<KubeletConfigFact>);
  return lines;
}

/** One node's kubelet: where its pods look names up, which addresses it goes by. */
export const kubeletConfig = defineParser<KubeletConfigFact>({
  command: 'kubelet-config',
  emits: ['kubelet-config'],
  scope: 'stack',
  claims: {
    command: (argv) => (pathsRead(argv).some((path) => PATHS.test(path)) ? {} : undefined),
    file: /(?:^|-)(?:kubeadm-flags-env|kubelet-(?:config|conf|service|env)(?:-ya?ml|-json)?|10-kubeadm-conf)$/,
    sniff(head) {
      if (head.some((line) => KIND.test(line))) return 3;
      const telling = head.filter((line) => line.length < 8000 && FLAGS.test(line)).length;
      const shaped = head.filter((line) => /^\s*(?:#|\[\w+\]|[\w.]+=|--|$|.*\\$)/.test(line)).length;
      return telling > 0 && shaped === head.length ? 2 : 0;
    },
  },
  prepare: loadYaml,
  parse(text, out) {
    const failures = collectFailures(out);
    const source = Array.from({ length: text.count }, (_, i) => text.line(i));
    const isFile = source.some((line) => KIND.test(line));
    if (isFile) {
      const json =
        source
          .find((line) => line.trim() !== '')
          ?.trimStart()
          .startsWith('{') === true;
      const reading = (json ? readJson : readYaml)(source.join('\n'), 0);
      if ('value' in reading) {
        for (let i = 0; i < text.count; i++) out.part(i);
        takeFile(reading.value, out);
      } else out.gap(Math.min(reading.line, text.count - 1), reading.error);
      return;
    }
    const lines = takeFlags(text, out);
    for (const [i, line] of source.entries()) {
      const bare = line.trim();
      if (lines.has(i)) out.part(i);
      else if (bare === '' || /^(?:[#;[]|[\w.]+=)/.test(bare) || bare.endsWith('\\')) out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, 'neither a setting nor a flag of the kubelet');
    }
    failures.close(lines.size > 0);
  },
});
