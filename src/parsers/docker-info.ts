import type { RuntimeConfigFact } from '../facts/index.js';
import { canonicalPrefix, type Draft, defineParser, type Sink, type Text } from '../kit/index.js';
import { isBeforehand } from './text/documents.js';
import { collectFailures } from './text/failure.js';
import { flagAt, itemsAt, type Located, lineAt, textAt, textsAt, valueAt } from './text/located.js';
import { eachJson } from './text/values.js';

/*
 * Server:
 *  Server Version: 20.10.21
 *  Live Restore Enabled: true
 *  Default Address Pools:
 *    Base: 10.200.0.0/16, Size: 24
 * WARNING: bridge-nf-call-iptables is disabled
 *
 * `docker info` (text of all versions, `-f '{{json .}}'`), and `crictl info`: the runtime's conditions and where it looks for CNI.
 */
const WARNING = /^\s*WARNING: (.*)$/;
const TITLE = /^(?:Client|Server|Containers|Images|Server Version|Storage Driver):/;

/** What the runtime says of itself. */
export const dockerInfo = defineParser<RuntimeConfigFact>({
  command: 'docker-info',
  emits: ['runtime-config'],
  scope: 'stack',
  claims: {
    command(argv) {
      const words = argv.slice(1).filter((word) => !word.startsWith('-'));
      const isInfo = words[0] === 'info' || (words[0] === 'system' && words[1] === 'info');
      return /^(?:docker|podman|nerdctl|crictl)$/.test(argv[0] ?? '') && isInfo ? {} : undefined;
    },
    file: /(?:^|-)(?:docker|podman|crictl|nerdctl)-(?:system-)?info(?:-|$)/,
    sniff(head) {
      const all = head
        .filter((line) => !isBeforehand(line))
        .join('\n')
        .slice(0, 20_000);
      if (/^\s*\{/.test(all))
        return (/"conditions"\s*:/.test(all) && /"(?:RuntimeReady|NetworkReady)"/.test(all)) ||
          (/"ServerVersion"\s*:/.test(all) && /"(?:Driver|DockerRootDir|BridgeNfIptables)"\s*:/.test(all))
          ? 3
          : 0;
      return /^ ?Server Version: \S/m.test(all) && /^ ?(?:Storage Driver|Cgroup Driver|Docker Root Dir): /m.test(all)
        ? 3
        : 0;
    },
  },
  parse(text, out) {
    const first = Array.from({ length: Math.min(text.count, 20) }, (_, i) => text.line(i)).find(
      (l) => l.trim() !== '' && !isBeforehand(l),
    );
    if (first?.trimStart().startsWith('{')) {
      eachJson(text, out, 'not what the runtime prints', ({ value }) => takeJson(value, out));
      return;
    }
    takeText(text, out);
  },
});

function takeText(text: Text, out: Sink<RuntimeConfigFact>): void {
  const failures = collectFailures(out);
  const warnings: string[] = [];
  const addressPools: { base: string; size?: number }[] = [];
  const settings: { version?: string; liveRestore?: boolean } = {};
  let at: number | undefined;
  let told = false;
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i);
    const warning = WARNING.exec(line.slice(0, 1000))?.[1];
    const [, key = '', value = ''] = /^\s*([\w ()/.-]+?):(?:\s+(.*))?$/.exec(line.slice(0, 1000)) ?? [];
    if (line.trim() === '') {
      out.noise(i);
      continue;
    }
    const pool = /^Base: ([^,]+), Size: (\d+)$/.exec(line.trim());
    if (warning !== undefined) warnings.push(warning);
    else if (pool) {
      const base = canonicalPrefix(pool[1] ?? '');
      if (base !== undefined) addressPools.push({ base, size: Number(pool[2]) });
    } else if (key === 'Server Version') {
      at = i;
      settings.version = value;
    } else if (key === 'Live Restore Enabled') settings.liveRestore = value === 'true';
    else if (key === '' && !told && failures.take(i, line)) continue;
    else if (key === '' && !told && at === undefined && !TITLE.test(line)) {
      out.gap(i, 'not a line of docker info');
      continue;
    } else {
      told = true;
      out.noise(i);
      continue;
    }
    told = true;
    at ??= i;
    out.part(i);
  }
  failures.close(told);
  if (at === undefined) return;
  out.fact(at, {
    kind: 'runtime-config',
    runtime: 'docker',
    source: 'info',
    ...settings,
    ...(addressPools.length > 0 && { addressPools }),
    ...(warnings.length > 0 && { warnings }),
  });
}

function takeJson(value: Located, out: Sink<RuntimeConfigFact>): void {
  const conditions = itemsAt(value, 'status', 'conditions');
  if (conditions.length > 0) {
    const network = conditions.find((c) => textAt(c, 'type') === 'NetworkReady');
    const settings = {
      networkReady: flagAt(network, 'status'),
      networkMessage: textAt(network, 'message') || textAt(network, 'reason') || undefined,
      cniConfDir: textAt(value, 'cniconfig', 'PluginConfDir') ?? textAt(value, 'config', 'cni', 'confDir'),
      cniBinDir: textsAt(value, 'cniconfig', 'PluginDirs')[0] ?? textAt(value, 'config', 'cni', 'binDir'),
    };
    out.fact(network ? (lineAt(network, 'type') ?? network.line) : value.line, {
      kind: 'runtime-config',
      runtime: 'containerd',
      source: 'info',
      ...Object.fromEntries(Object.entries(settings).filter(([, setting]) => setting !== undefined)),
    } as Draft<RuntimeConfigFact>);
    return;
  }
  const warnings = textsAt(value, 'Warnings').map((w) => w.replace(/^WARNING: /, ''));
  if (flagAt(value, 'BridgeNfIptables') === false && !warnings.some((w) => w.includes('bridge-nf-call-iptables')))
    warnings.push('bridge-nf-call-iptables is disabled');
  const version = textAt(value, 'ServerVersion');
  const liveRestore = flagAt(value, 'LiveRestoreEnabled');
  const ipForward = flagAt(value, 'IPv4Forwarding');
  if (version === undefined && valueAt(value, 'Driver') === undefined)
    out.gap(value.line, 'not what the runtime prints');
  else
    out.fact(lineAt(value, 'ServerVersion') ?? value.line, {
      kind: 'runtime-config',
      runtime: 'docker',
      source: 'info',
      ...(version !== undefined && { version }),
      ...(liveRestore !== undefined && { liveRestore }),
      ...(ipForward !== undefined && { ipForward }),
      ...(warnings.length > 0 && { warnings }),
    });
}
