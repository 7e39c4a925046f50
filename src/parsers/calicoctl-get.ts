import type {
  BgpConfigFact,
  BgpPeerConfigFact,
  CalicoNodeFact,
  HostEndpointFact,
  IpPoolFact,
  NetworkPolicyFact,
  WorkloadEndpointFact,
} from '../facts/index.js';
import { canonicalAddress, canonicalPrefix, type Draft, defineParser, parseAddress } from '../kit/index.js';
import { given, listed, type Row } from './kubernetes/cells.js';
import { isKubectlChatter, kubectlClaim, kubectlCommand, kubectlFailure, settleFailures } from './text/kubectl.js';
import { kindsListed } from './text/resources.js';
import { type Column, columnsOf, rowCells } from './text/table.js';

/*
 * NAME                  CIDR             NAT    IPIPMODE   VXLANMODE   DISABLED   DISABLEBGPEXPORT   SELECTOR
 * default-ipv4-ippool   192.168.0.0/16   true   Always     Never       false      false              all()
 *
 * Tables of `calicoctl get`, narrow and `-o wide` (calicoctl/resourcemgr/*.go). kubectl has none of these columns.
 */
type TableFact =
  | BgpConfigFact
  | BgpPeerConfigFact
  | CalicoNodeFact
  | HostEndpointFact
  | IpPoolFact
  | NetworkPolicyFact
  | WorkloadEndpointFact;
type TableKind = TableFact['kind'] | 'other';

/** Headers by their columns; the first that has them all. */
const HEADERS: readonly (readonly [TableKind, readonly string[]])[] = [
  ['ip-pool', ['NAME', 'CIDR', 'SELECTOR']],
  ['ip-pool', ['NAME', 'CIDR', 'NAT', 'IPIPMODE']],
  // Up to 2.x pools and peers have no name of their own.
  ['ip-pool', ['CIDR', 'NAT', 'IPIP']],
  ['bgp-peer-config', ['SCOPE', 'PEERIP', 'NODE', 'ASN']],
  ['bgp-peer-config', ['NAME', 'PEERIP', 'NODE', 'ASN']],
  ['bgp-config', ['NAME', 'LOGSEVERITY', 'MESHENABLED', 'ASNUMBER']],
  ['calico-node', ['NAME', 'ASN', 'IPV4', 'IPV6']],
  ['host-endpoint', ['NAME', 'NODE', 'INTERFACE', 'IPS']],
  ['workload-endpoint', ['WORKLOAD', 'NODE', 'NETWORKS', 'INTERFACE']],
  ['network-policy', ['NAME', 'ORDER', 'SELECTOR']],
  ['other', ['NODE', 'ORCHESTRATOR', 'WORKLOAD', 'NAME']],
  ['other', ['NAME', 'CIDRS']],
  ['other', ['NAME', 'NETS']],
];

function kindOf(columns: readonly Column[], command: ReturnType<typeof kubectlCommand>): TableKind | undefined {
  const names = new Set(columns.map((c) => c.name));
  const found = HEADERS.find(([, all]) => all.every((name) => names.has(name)))?.[0];
  if (found !== undefined) return found;
  if (isPools(columns)) return 'ip-pool';
  const asked = command?.program === 'calicoctl' ? kindsListed(command.resources, 'calicoctl')[0] : undefined;
  const isNames = [...names].every((name) => /^(?:NAME|NAMESPACE|NODE)$/.test(name));
  if (isNames && (asked === 'calico-node' || asked === 'host-endpoint' || asked === 'network-policy')) return asked;
  return undefined;
}

/** `calicoctl get ippool` of 1.x and 2.x prints ranges alone. */
const isPools = (columns: readonly Column[]): boolean => columns.length === 1 && columns[0]?.name === 'CIDR';

/** Since 3.20 calicoctl does nothing where the cluster's Calico is of another version. */
const MISMATCH =
  /^(?:Version mismatch\.|(?:Client|Cluster) Version: +\S+|Use --allow-version-mismatch to override\.)\s*$/;

const isHeader = (line: string): boolean =>
  line.length < 500 && /^\s{0,16}(?:NAMESPACE|NAME|WORKLOAD|CIDR|SCOPE|NODE)(?:\s|$)/.test(line) && !/[a-z]/.test(line);

const flag = (cell: string | undefined): boolean | undefined =>
  cell === 'true' ? true : cell === 'false' ? false : undefined;
const asNumber = (cell: string | undefined): number | undefined => {
  const digits = /^\(?(\d{1,10})\)?$/.exec(cell ?? '')?.[1];
  return digits === undefined || digits === '0' ? undefined : Number(digits);
};
const kept = (fields: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));
const isReachable = (text: string): boolean => parseAddress(text.replace(/\/\d+$/, '')) !== undefined;

type Reading = Draft<TableFact> | 'masked' | undefined;

/** The column IPIP of 1.x and 2.x; `true` doesn't say where. */
const IPIP: ReadonlyMap<string | undefined, string> = new Map([
  ['always', 'Always'],
  ['cross-subnet', 'CrossSubnet'],
  ['off', 'Never'],
  ['false', 'Never'],
]);

function poolOf(row: Row, name: string): Reading {
  const cidr = canonicalPrefix(row['CIDR'] ?? '');
  if (cidr === undefined) return 'masked';
  const fields = {
    ipipMode: row['IPIPMODE'] ?? IPIP.get(row['IPIP']),
    vxlanMode: row['VXLANMODE'],
    natOutgoing: flag(row['NAT']),
    disabled: flag(row['DISABLED']),
    disableBgpExport: flag(row['DISABLEBGPEXPORT']),
    nodeSelector: row['SELECTOR'],
  };
  return { kind: 'ip-pool', name: name === '' ? cidr : name, cidr, ...kept(fields) };
}

function peerOf(row: Row, name: string): Reading {
  const [, ip = '', port] = /^\[?([\da-fA-F.:]+?)\]?(?::(\d{1,5}))?$/.exec(row['PEERIP'] ?? '') ?? [];
  const whole = canonicalAddress(row['PEERIP'] ?? '');
  const peerIp = whole ?? canonicalAddress(ip);
  if (peerIp === undefined && given(row['PEERIP']) !== undefined) return 'masked';
  const node = row['NODE'] ?? '';
  // A selector is an expression; a node a bare name.
  const selects = /[()=!'"\s]/.test(node);
  return {
    kind: 'bgp-peer-config',
    name: name === '' ? (row['PEERIP'] ?? '') : name,
    ...kept({
      peerIp,
      peerPort: whole === undefined && port !== undefined ? Number(port) : undefined,
      node: node === '(global)' || row['SCOPE'] === 'global' || selects ? undefined : node,
      nodeSelector: node !== '(global)' && selects ? node : undefined,
      asNumber: asNumber(row['ASN']),
    }),
  };
}

function factOf(kind: TableKind, row: Row, namespace: string): Reading {
  const name = row['NAME'] ?? '';
  switch (kind) {
    case 'ip-pool':
      return poolOf(row, name);
    case 'bgp-peer-config':
      return peerOf(row, name);
    case 'bgp-config':
      return {
        kind,
        name,
        ...kept({ nodeToNodeMesh: flag(row['MESHENABLED']), asNumber: asNumber(row['ASNUMBER']) }),
      };
    case 'calico-node': {
      const addresses = { ipv4Address: given(row['IPV4']), ipv6Address: given(row['IPV6']) };
      if (!Object.values(addresses).every((a) => a === undefined || isReachable(a))) return 'masked';
      return { kind, name, ...kept({ ...addresses, asNumber: asNumber(row['ASN']) }) };
    }
    case 'host-endpoint': {
      const expectedIps = listed(row['IPS']);
      if (!expectedIps.every(isReachable)) return 'masked';
      return {
        kind,
        name,
        ...kept({ node: row['NODE'], dev: row['INTERFACE'] }),
        expectedIps,
        profiles: listed(row['PROFILES']),
      };
    }
    case 'workload-endpoint': {
      const ips = listed(row['NETWORKS']).map((network) => network.replace(/\/(?:32|128)$/, ''));
      if (!ips.every(isReachable)) return 'masked';
      // Up to 2.x `default.web-1`.
      const [, before, after] = /^k8s$/.test(row['ORCHESTRATOR'] ?? '')
        ? (/^([^.]+)\.(.+)$/.exec(row['WORKLOAD'] ?? '') ?? [])
        : [];
      return {
        kind,
        namespace: row['NAMESPACE'] ?? before ?? namespace,
        pod: after ?? row['WORKLOAD'] ?? '',
        ...kept({ node: row['NODE'], dev: row['INTERFACE'] }),
        ips,
      };
    }
    case 'network-policy': {
      const order = /^\d{1,9}(?:\.\d+)?$/.test(row['ORDER'] ?? '') ? Number(row['ORDER']) : undefined;
      return {
        kind,
        api: 'calico',
        namespace: row['NAMESPACE'] ?? namespace,
        name,
        selector: row['SELECTOR'] ?? '',
        ...kept({ order, tier: row['TIER'] }),
      };
    }
    case 'other':
      return undefined;
  }
}

/** The tables of `calicoctl get`. */
export const calicoctlGet = defineParser<TableFact>({
  command: 'calicoctl-get',
  emits: [
    'bgp-config',
    'bgp-peer-config',
    'calico-node',
    'host-endpoint',
    'ip-pool',
    'network-policy',
    'workload-endpoint',
  ],
  scope: 'cluster',
  claims: {
    command(argv) {
      const command = kubectlCommand(argv);
      if (command?.program !== 'calicoctl' || command.verb !== 'get') return undefined;
      if (command.output.startsWith('custom-columns')) return { kinds: [] };
      return /^(?:|wide|ps)$/.test(command.output) ? kubectlClaim(command) : undefined;
    },
    file: /(?:^|-)calicoctl-get-/,
    sniff: (head) =>
      head.some((line, i) => {
        if (!isHeader(line)) return false;
        const columns = columnsOf(line);
        if (isPools(columns) && canonicalPrefix(head[i + 1]?.trim() ?? '') === undefined) return false;
        return kindOf(columns, undefined) !== undefined;
      })
        ? 3
        : 0,
  },
  parse(text, out, context) {
    const command = kubectlCommand(context.argv);
    const failures: { line: number; text: string }[] = [];
    // Columns that somebody chose say less of a resource than its own table, which they must not replace.
    const chosen = command?.output.startsWith('custom-columns') ?? false;
    const kinds = new Set<string>(command && !chosen ? kindsListed(command.resources, 'calicoctl') : []);
    let table: { readonly kind: TableKind; readonly columns: readonly Column[] } | undefined;
    let titled = false;
    let panics = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i);
      panics ||= /^panic: /.test(line);
      if (line.trim() === '' || isKubectlChatter(line)) out.noise(i);
      else if (panics) failures.push({ line: i, text: line });
      else if (isHeader(line)) {
        const columns = columnsOf(line);
        table = { kind: (chosen ? undefined : kindOf(columns, command)) ?? 'other', columns };
        titled = true;
        if (table.kind !== 'other') kinds.add(table.kind);
        out.noise(i);
      } else if (kubectlFailure(line) || MISMATCH.test(line)) failures.push({ line: i, text: line });
      else if (!table) out.gap(i, 'a row without its header');
      else if (table.kind === 'other') out.noise(i);
      else {
        const cells = line.length < 8000 ? rowCells(table.columns, line) : undefined;
        const row: Row = Object.fromEntries(table.columns.map((c, n) => [c.name, cells?.[n]]));
        const fact = cells ? factOf(table.kind, row, command?.namespace ?? '') : undefined;
        if (fact === 'masked') out.gap(i, 'an address is masked or unreadable');
        else if (fact) out.fact(i, fact);
        else out.gap(i, 'a row that does not fit its header');
      }
    }
    settleFailures(out, failures, titled);
    if (titled || command) out.only([...kinds] as TableFact['kind'][]);
  },
});
