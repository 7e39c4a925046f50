import type { ClusterMemberFact, GravityClusterFact, HealthProbeFact } from '../facts/index.js';
import { canonicalAddress, type Draft, defineParser, type Sink, type Text } from '../kit/index.js';
import { collectFailures } from './text/failure.js';
import { itemsAt, type Located, lineAt, textAt, textsAt, valueAt } from './text/located.js';
import { eachJson } from './text/values.js';

/*
 * Cluster name:           example.com
 * Cluster status:         degraded
 * Cluster nodes:
 *     Masters:
 *         * node-1 / 10.0.0.5 / master
 *             Status:     degraded
 *             [×]         ip-forward: net.ipv4.ip_forward is off
 *
 * `gravity status` (gravity tool/gravity/cli/status.go) and its JSON, `planet status` (satellite agentpb SystemStatus as JSON), and a
 * cluster.json of `gravity report`, as far as members, their state and failed probes go. Join tokens are not kept.
 */
type StatusFact = ClusterMemberFact | GravityClusterFact | HealthProbeFact;

const NODE = /^\s*\* (\S+) \/ (\S+)(?: \/ (\S+))?\s*$/;
const PROBE = /^\s*\[([×x✗!⚠]|!!)\]\s+(.*)$/;

/** `ip-forward: …` names its checker; older sentences name none. */
function probeOf(text: string): { readonly checker: string; readonly message: string } {
  const match = /^([a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?::\s+|\s+\()(.*)$/.exec(text);
  return match && /-/.test(match[1] ?? '')
    ? { checker: match[1] ?? '', message: text.slice(0, 600) }
    : { checker: '', message: text.slice(0, 600) };
}

/** State of a Gravity cluster. */
export const gravityStatus = defineParser<StatusFact>({
  command: 'gravity-status',
  emits: ['cluster-member', 'gravity-cluster', 'health-probe'],
  scope: 'cluster',
  claims: {
    command(argv) {
      const [verb = '', object = ''] = argv.slice(1).filter((word) => !word.startsWith('-'));
      const isStatus = verb === 'status' && object !== 'history';
      return /^(?:gravity|planet)$/.test(argv[0] ?? '') && isStatus ? {} : undefined;
    },
    file: /^(?:gravity-|planet-)?(?:cluster-status|gravity-status|planet-status)(?:-json)?$/,
    sniff(head) {
      const all = head.join('\n').slice(0, 60_000);
      if (/^\s*\{/.test(all)) {
        const isPlanet = /"member_status"\s*:/.test(all) && /"(?:probes|nodes)"\s*:/.test(all);
        const isGravity = /"system_status"\s*:/.test(all) && /"advertise_ip"\s*:/.test(all);
        const isCluster = /"cluster_state"\s*:/.test(all) && /"servers"\s*:/.test(all);
        return isPlanet || isGravity || isCluster ? 3 : 0;
      }
      const named = /^Cluster (?:name|status):\s/m.test(all);
      return named && /^Cluster nodes:|^(?:Gravity version|Cluster image|Application):\s/m.test(all) ? 3 : 0;
    },
  },
  parse(text, out) {
    let first = 0;
    while (first < text.count && text.line(first).trim() === '') first++;
    if (text.line(first).trimStart().startsWith('{'))
      eachJson(text, out, 'not a status of Gravity', ({ value, from, to }) => {
        if (!takeJson(value, out)) for (let i = from; i < to; i++) out.gap(i, 'not a status of Gravity');
      });
    else takeText(text, out);
  },
});

function takeText(text: Text, out: Sink<StatusFact>): void {
  const failures = collectFailures(out);
  const cluster: { name?: string; version?: string } = {};
  let node:
    | {
        readonly name: string;
        readonly address: string | undefined;
        readonly profile: string | undefined;
        at: number | undefined;
      }
    | undefined;
  let role = 'node';
  let status: { at: number; value: string } | undefined;
  let some = false;
  for (let i = 0; i < text.count; i++) {
    const line = text.line(i).slice(0, 4000);
    const bare = line.trim();
    const [, key = '', value = ''] = /^([A-Z][\w ]+):\s*(.*)$/.exec(bare) ?? [];
    const listed = NODE.exec(line);
    const probe = PROBE.exec(line);
    if (bare === '') out.noise(i);
    else if (/^(?:Masters|Nodes):$/.test(bare)) {
      role = bare === 'Masters:' ? 'master' : 'node';
      out.noise(i);
    } else if (listed) {
      some = true;
      node = { name: listed[1] ?? '', address: canonicalAddress(listed[2] ?? ''), profile: listed[3], at: i };
      if (node.address !== undefined) out.part(i);
      else {
        out.gap(i, 'the address of the node is masked');
        node.at = undefined;
      }
    } else if (probe) {
      some = true;
      out.fact(i, {
        kind: 'health-probe',
        ...(node && { node: node.name }),
        ...probeOf((probe[2] ?? '').trim()),
        status: 'failed',
        severity: (probe[1] ?? '').includes('!') || probe[1] === '⚠' ? 'warning' : 'critical',
      });
    } else if (key === 'Status' && node) {
      out.fact(node.at ?? i, memberOf(node.name, node.address, node.profile ?? role, value, 'gravity'));
      if (node.at !== undefined) out.part(i);
    } else if (key === 'Cluster name') {
      cluster.name = value;
      out.part(i);
    } else if (key === 'Cluster status' || (key === 'Status' && !/^\s/.test(line))) {
      status ??= { at: i, value: value.replace(/ \(.*/, '') };
      out.part(i);
    } else if (key === 'Gravity version') {
      const version = /^\S+/.exec(value)?.[0];
      if (version !== undefined) cluster.version = version;
      out.part(i);
    } else if (status || some || cluster.name !== undefined) out.noise(i);
    else if (!failures.take(i, line)) {
      if (key !== '' || /^Failed to query Gravity cluster status/.test(bare)) out.noise(i);
      else out.gap(i, 'not a line of gravity status');
    }
  }
  if (status) out.fact(status.at, { kind: 'gravity-cluster', ...cluster, status: status.value });
  failures.close(some || status !== undefined);
}

const memberOf = (
  name: string,
  address: string | undefined,
  role: string | undefined,
  status: string,
  source: 'gravity' | 'planet',
): Draft<ClusterMemberFact> => ({
  kind: 'cluster-member',
  source,
  name,
  ...(address !== undefined && { address }),
  ...(role !== undefined && role !== '' && { role }),
  status: status.toLowerCase(),
});

function takeJson(value: Located, out: Sink<StatusFact>): boolean {
  const gravity = valueAt(value, 'cluster') ?? value;
  const servers = itemsAt(value, 'cluster_state', 'servers');
  if (servers.length > 0 || valueAt(value, 'cluster_state')) return takeSite(value, servers, out);
  const nodes = itemsAt(gravity, 'nodes');
  const isPlanet = nodes.some((node) => valueAt(node, 'member_status') || valueAt(node, 'probes'));
  if (isPlanet) return takePlanet(gravity, nodes, out);
  const state = textAt(gravity, 'state');
  if (state === undefined && nodes.length === 0) return false;
  for (const node of nodes) {
    const name = textAt(node, 'hostname') ?? '';
    const address = canonicalAddress(textAt(node, 'advertise_ip') ?? '');
    const line = lineAt(node, 'hostname') ?? node.line;
    out.fact(line, memberOf(name, address, textAt(node, 'role'), textAt(node, 'status') ?? 'unknown', 'gravity'));
    for (const [key, severity] of [
      ['failed_probes', 'critical'],
      ['warn_probes', 'warning'],
    ] as const)
      for (const probe of textsAt(node, key))
        out.fact(lineAt(node, key) ?? line, {
          kind: 'health-probe',
          node: name,
          ...probeOf(probe),
          status: 'failed',
          severity,
        });
  }
  if (state !== undefined) {
    const [name, version, reason] = [
      textAt(gravity, 'domain'),
      textAt(gravity, 'client_version', 'version'),
      textAt(gravity, 'reason'),
    ];
    out.fact(lineAt(gravity, 'state') ?? gravity.line, {
      kind: 'gravity-cluster',
      ...(name !== undefined && { name }),
      status: state,
      ...(version !== undefined && { version }),
      ...(reason !== undefined && reason !== '' && { reason }),
    });
  }
  return true;
}

const STATES: ReadonlySet<string> = new Set(['running', 'failed', 'terminated']);

/** satellite's enums are printed as words of either case. */
function takePlanet(status: Located, nodes: readonly Located[], out: Sink<StatusFact>): boolean {
  const summary = textAt(status, 'summary');
  out.fact(lineAt(status, 'status') ?? status.line, {
    kind: 'gravity-cluster',
    status: (textAt(status, 'status') ?? 'unknown').toLowerCase(),
    ...(summary !== undefined && summary !== '' && { reason: summary }),
  });
  for (const node of nodes) {
    const member = valueAt(node, 'member_status');
    const name = textAt(node, 'name') ?? textAt(member, 'name') ?? '';
    const written = textAt(member, 'tags', 'publicip') ?? textAt(member, 'addr') ?? '';
    const address = canonicalAddress(written) ?? canonicalAddress(written.replace(/:\d+$/, ''));
    const state = textAt(node, 'status') ?? textAt(member, 'status') ?? 'unknown';
    out.fact(
      lineAt(node, 'name') ?? node.line,
      memberOf(name, address, textAt(member, 'tags', 'role'), state, 'planet'),
    );
    for (const probe of itemsAt(node, 'probes')) {
      const word = (textAt(probe, 'status') ?? '').toLowerCase();
      const severity = textAt(probe, 'severity')?.toLowerCase();
      const message = [textAt(probe, 'error'), textAt(probe, 'detail')].filter((part) => part).join('; ');
      out.fact(lineAt(probe, 'checker') ?? probe.line, {
        kind: 'health-probe',
        node: name,
        checker: textAt(probe, 'checker') ?? '',
        status: STATES.has(word) ? (word as 'running') : 'unknown',
        ...(word !== 'running' && (severity === 'critical' || severity === 'warning') && { severity }),
        ...(message !== '' && { message: message.slice(0, 600) }),
      });
    }
  }
  return true;
}

/** cluster.json of `gravity report`: who is in the cluster. */
function takeSite(site: Located, servers: readonly Located[], out: Sink<StatusFact>): boolean {
  for (const server of servers) {
    const address = canonicalAddress(textAt(server, 'advertise_ip') ?? '');
    const name = textAt(server, 'hostname') ?? '';
    const role = textAt(server, 'cluster_role') ?? textAt(server, 'role');
    out.fact(lineAt(server, 'hostname') ?? server.line, memberOf(name, address, role, 'unknown', 'gravity'));
  }
  const [name, reason] = [textAt(site, 'domain'), textAt(site, 'reason')];
  out.fact(lineAt(site, 'state') ?? site.line, {
    kind: 'gravity-cluster',
    ...(name !== undefined && { name }),
    status: textAt(site, 'state') ?? 'unknown',
    ...(reason !== undefined && reason !== '' && { reason }),
  });
  return true;
}
