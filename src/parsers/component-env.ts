import type { ComponentEnvFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { isNetworkSetting } from './kubernetes/template-spec.js';
import { collectFailures } from './text/failure.js';
import { pathsRead } from './text/reader.js';

/*
 * CALICO_NETWORKING_BACKEND="bird"
 * CALICO_IP="10.0.0.5"
 * FELIX_DEFAULTENDPOINTTOHOSTACTION=RETURN
 *
 * Environment files of daemons: calico.env of a unit, /etc/sysconfig/flanneld, docker's options that flannel writes, /etc/environment of
 * a node's tools. Only network settings are kept; anything else may be a secret.
 */
const PATHS =
  /\/(?:calico(?:-node|ctl)?(?:\/calico)?\.env|felix\.env|flanneld?(?:\/options\.env)?|flannel\.conf|docker-network|docker_opts(?:_cni)?\.env|run\/flannel\/docker|flannel_docker_opts\.env)$/;
const LINE = /^(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*)$/;
const MORE =
  /^(?:FLANNEL_(?!SUBNET$|NETWORK$|MTU$|IPMASQ$|IPV6_)|DOCKER_(?:OPTS|NETWORK_OPTIONS|OPT_)|ETCD_ENDPOINTS$|DATASTORE_TYPE$|NODENAME$|AS$)/;

const tells = (name: string): boolean => isNetworkSetting(name) || MORE.test(name);
const unquoted = (value: string): string => value.replace(/^(["'])(.*)\1$/, '$2').trim();

/** Settings that a daemon gets as its environment. */
export const componentEnv = defineParser<ComponentEnvFact>({
  command: 'component-env',
  emits: ['component-env'],
  scope: 'stack',
  claims: {
    command: (argv) => (pathsRead(argv).some((path) => PATHS.test(path)) ? {} : undefined),
    file: /(?:^|-)(?:calico-env|felix-env|sysconfig-flanneld|default-flanneld|docker-opts-env|docker-network)$/,
    sniff(head) {
      const lines = head.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
      const names = lines.map((line) => LINE.exec(line.slice(0, 1000))?.[1]);
      if (names.length === 0 || names.includes(undefined)) return 0;
      // subnet.env is flannel's word on a node's subnet and has its own parser.
      if (names.some((name) => /^FLANNEL_(?:IPV6_)?SUBNET$/.test(name ?? ''))) return 0;
      if (names.every((name) => /^FLANNEL_(?:(?:IPV6_)?NETWORK|MTU|IPMASQ)$/.test(name ?? ''))) return 0;
      const telling = names.filter(
        (name) => name !== undefined && /^(?:CALICO_|FELIX_|FLANNELD?_|DOCKER_OPT_(?:BIP|IPMASQ|MTU)$)/.test(name),
      ).length;
      return telling > 1 || (telling === 1 && names.length === 1) ? 2 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    const values: [string, string][] = [];
    let first: number | undefined;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).trim();
      const [, name, value = ''] = LINE.exec(line) ?? [];
      if (line === '' || line.startsWith('#')) out.noise(i);
      else if (name === undefined) {
        if (!failures.take(i, line)) out.gap(i, 'no variable');
      } else if (tells(name)) {
        first ??= i;
        out.part(i);
        values.push([name, unquoted(value).slice(0, 500)]);
      } else out.noise(i);
    }
    if (first !== undefined) out.fact(first, { kind: 'component-env', values: Object.fromEntries(values) });
    failures.close(first !== undefined);
  },
});
