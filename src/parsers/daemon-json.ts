import type { RuntimeConfigFact } from '../facts/index.js';
import { canonicalPrefix, type Draft, defineParser } from '../kit/index.js';
import { flagAt, itemsAt, lineAt, numberAt, textAt, textsAt } from './text/located.js';
import { pathsRead } from './text/reader.js';
import { eachJson } from './text/values.js';

/*
 * {
 *   "bip": "172.26.0.1/16",
 *   "iptables": false,
 *   "live-restore": true
 * }
 */
const KEYS =
  'bip bridge fixed-cidr fixed-cidr-v6 mtu iptables ip6tables ip-masq ip-forward ipv6 userland-proxy live-restore dns dns-search default-address-pools exec-opts log-driver log-opts storage-driver storage-opts registry-mirrors insecure-registries data-root graph hosts max-concurrent-downloads default-ulimits cgroup-parent experimental debug icc selinux-enabled default-runtime runtimes features metrics-addr group'.split(
    ' ',
  );

/** docker's `/etc/docker/daemon.json`. */
export const daemonJson = defineParser<RuntimeConfigFact>({
  command: 'daemon-json',
  emits: ['runtime-config'],
  scope: 'stack',
  claims: {
    command: (argv) => (pathsRead(argv).some((path) => /(?:^|\/)daemon\.json$/.test(path)) ? {} : undefined),
    file: /(?:^|-)(?:docker-)?daemon-json$/,
    sniff(head) {
      const all = head.join('\n').slice(0, 20_000);
      if (!/^\s*\{/.test(all)) return 0;
      const keys = [...all.matchAll(/^\s{0,8}"([a-z][a-z0-9-]*)"\s*:/gm)].map((m) => m[1] ?? '');
      const known = keys.filter((key) => KEYS.includes(key)).length;
      return known > 1 && known * 2 >= keys.length ? 2 : known > 0 && known === keys.length ? 1 : 0;
    },
  },
  parse(text, out) {
    eachJson(text, out, "not docker's configuration", ({ value }) => {
      const bip = textAt(value, 'bip');
      if (bip !== undefined && canonicalPrefix(bip) === undefined) {
        out.gap(lineAt(value, 'bip') ?? value.line, "the bridge's address is masked");
        return;
      }
      const pools = itemsAt(value, 'default-address-pools').flatMap((pool) => {
        const base = canonicalPrefix(textAt(pool, 'base') ?? '');
        const size = numberAt(pool, 'size');
        return base === undefined ? [] : { base, ...(size !== undefined && { size }) };
      });
      const dns = textsAt(value, 'dns');
      const settings = {
        bridge: textAt(value, 'bridge'),
        bip,
        fixedCidr: canonicalPrefix(textAt(value, 'fixed-cidr') ?? ''),
        mtu: numberAt(value, 'mtu'),
        iptables: flagAt(value, 'iptables'),
        ipMasq: flagAt(value, 'ip-masq'),
        ipForward: flagAt(value, 'ip-forward'),
        ipv6: flagAt(value, 'ipv6'),
        userlandProxy: flagAt(value, 'userland-proxy'),
        liveRestore: flagAt(value, 'live-restore'),
        dns: dns.length > 0 ? dns : undefined,
        addressPools: pools.length > 0 ? pools : undefined,
      };
      out.fact(lineAt(value, 'bip') ?? value.line, {
        kind: 'runtime-config',
        runtime: 'docker',
        source: 'file',
        ...Object.fromEntries(Object.entries(settings).filter(([, setting]) => setting !== undefined)),
      } as Draft<RuntimeConfigFact>);
    });
  },
});
