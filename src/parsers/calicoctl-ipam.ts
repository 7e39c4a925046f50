import type { ComponentConfigFact, IpamAddressFact, IpamProblemFact, IpamUsageFact } from '../facts/index.js';
import { canonicalAddress, canonicalPrefix, type Draft, defineParser, type Sink, type Text } from '../kit/index.js';
import { boxRow, isBoxRow, isRule } from './text/box-table.js';
import { collectFailures } from './text/failure.js';

/*
 * +----------+-----------------+------------+------------+---------------+
 * | GROUPING |      CIDR       | IPS TOTAL  | IPS IN USE |   IPS FREE    |
 * +----------+-----------------+------------+------------+---------------+
 * | IP Pool  | 10.50.0.0/16    |      65536 | 5 (0%)     | 65531 (100%)  |
 * | Block    | 10.50.1.64/26   |         64 | 5 (8%)     | 59 (92%)      |
 *
 * `calicoctl ipam show` with `--show-blocks`, `--show-borrowed`, `--show-configuration`, `--ip=X`, and `ipam check`
 * (calicoctl/commands/ipam/show.go, check.go). Sets of columns differ by version.
 */
type IpamFact = ComponentConfigFact | IpamAddressFact | IpamProblemFact | IpamUsageFact;
type Emit = (line: number, fact: Draft<IpamFact>) => void;

const NOT_ASSIGNED = /^(?:IP )?([\da-fA-F.:]+) is not (?:currently )?assigned(?: in block)?/;
/** What has no attributes is assigned all the same. */
const WITHOUT_ATTRIBUTES = /^No attributes defined for (?:IP )?([\da-fA-F.:]+)$/;

/** `65536`, `5 (0%)`, `6.5536e+04 (100%)`. */
function countIn(cell: string | undefined): number | undefined {
  const number = /^(\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?:\s|$)/.exec(cell ?? '')?.[1];
  return number === undefined ? undefined : Number(number);
}

/** calicoctl's IPAM: what is handed out, to whom, and what does not add up. */
export const calicoctlIpam = defineParser<IpamFact>({
  command: 'calicoctl-ipam',
  emits: ['component-config', 'ipam-address', 'ipam-problem', 'ipam-usage'],
  scope: 'cluster',
  claims: {
    command(argv) {
      const words = argv.slice(1).filter((word) => !word.startsWith('-'));
      const isIpam = /^(?:calicoctl|kubectl-calico)$/.test(argv[0] ?? '') && words[0] === 'ipam';
      return isIpam && /^(?:show|check)$/.test(words[1] ?? '') ? {} : undefined;
    },
    file: /(?:^|-)(?:calicoctl-)?ipam-(?:show|check)/,
    sniff(head) {
      for (const line of head) {
        if (line.length > 500) continue;
        if (/^\|\s*(?:GROUPING\s*\|\s*CIDR|IP\s*\|\s*BORROWING-NODE)\s*\|/.test(line)) return 3;
        if (
          /^Checking IPAM for inconsistencies\.\.\./.test(line) ||
          /^Loading all IPAM (?:blocks|pools)\.\.\./.test(line)
        )
          return 3;
        if (/^IP [\da-fA-F.:]+ is in use$/.test(line) || /^\|\s*StrictAffinity\s*\|/.test(line)) return 3;
        if (head.length < 4 && (NOT_ASSIGNED.test(line) || WITHOUT_ATTRIBUTES.test(line))) return 2;
      }
      return 0;
    },
  },
  parse(text, out) {
    const kinds = new Set<IpamFact['kind']>();
    const emit: Emit = (line, fact) => {
      kinds.add(fact.kind);
      out.fact(line, fact);
    };
    const failures = collectFailures(out);
    const printed = new Map<IpamProblemFact['problem'], number>();
    const properties = new Map<string, string>();
    let propertiesAt: number | undefined;
    let header: readonly string[] = [];
    let some = false;
    let checked: 'begun' | 'ended' | undefined;
    for (let i = 0; i < text.count; ) {
      const line = text.line(i);
      if (/^Check complete; found /.test(line)) checked = 'ended';
      else if (/^(?:Checking IPAM|Loading all|Scanning for) /.test(line)) checked ??= 'begun';
      if (line.trim() === '' || isRule(line)) out.noise(i++);
      else if (isBoxRow(line)) {
        const row = boxRow(text, i);
        const isTitle = /^(?:GROUPING|IP|PROPERTY)$/.test(row.cells[0] ?? '');
        if (isTitle) header = row.cells;
        for (let n = i; n < row.to; n++) isTitle ? out.noise(n) : out.part(n);
        if (header[0] === 'PROPERTY') {
          if (!isTitle) properties.set(row.cells[0] ?? '', row.cells[1] ?? '');
          if (!isTitle) propertiesAt ??= i;
        } else if (!isTitle) takeRow(header, row.cells, i, out, emit);
        some = true;
        i = row.to;
      } else {
        const next = takeLine(text, i, out, emit, printed);
        some ||= next > i;
        if (next > i) i = next;
        else {
          if (!failures.take(i, line)) out.gap(i, 'not a line of calicoctl ipam');
          i++;
        }
      }
    }
    if (propertiesAt !== undefined)
      emit(propertiesAt, {
        kind: 'component-config',
        resource: 'IPAMConfig',
        name: 'default',
        settings: Object.fromEntries(properties),
      });
    failures.close(some);
    // What it had still to look at may have problems too.
    if (checked === 'begun') out.incomplete('truncated', 'the check is not told to its end');
    if (some) out.only([...kinds]);
  },
});

function takeRow(
  header: readonly string[],
  cells: readonly string[],
  at: number,
  out: Sink<IpamFact>,
  emit: Emit,
): void {
  const cell = (name: string): string => cells[header.indexOf(name)] ?? '';
  if (header[0] === 'IP') {
    const [ip, block] = [canonicalAddress(cell('IP')), canonicalPrefix(cell('BLOCK'))];
    if (ip === undefined) {
      out.gap(at, 'the address is masked');
      return;
    }
    const owner = cell('BLOCK OWNER');
    emit(at, {
      kind: 'ipam-address',
      ip,
      assigned: true,
      node: cell('BORROWING-NODE'),
      ...(cell('ALLOCATED-TO') !== '' && { pod: cell('ALLOCATED-TO') }),
      ...(cell('TYPE') !== '' && { type: cell('TYPE') }),
      ...(block !== undefined && { block }),
      ...(owner !== '' && { blockOwner: owner }),
    });
    return;
  }
  const cidr = canonicalPrefix(cell('CIDR'));
  const [total, inUse, free] = [countIn(cell('IPS TOTAL')), countIn(cell('IPS IN USE')), countIn(cell('IPS FREE'))];
  if (cidr === undefined) out.gap(at, 'the range is masked');
  else if (total === undefined || inUse === undefined || free === undefined) out.gap(at, 'a row without its numbers');
  else
    emit(at, {
      kind: 'ipam-usage',
      grouping: cell('GROUPING') === 'Block' ? 'block' : 'pool',
      cidr,
      total,
      inUse,
      free,
    });
}

const PROBLEMS: readonly (readonly [RegExp, IpamProblemFact['problem']])[] = [
  [/^\s+(\S+) leaked; attrs/, 'leaked'],
  [/^\s+(\S+) in use by (.+?) is not in any active IP pool\.$/, 'not-in-pool'],
  [/^\s+(\S+) in use by (.+?) and in active IPAM pool but has no IPAM allocation\.$/, 'not-allocated'],
  [/^\s+(\S+) has multiple owners\.$/, 'several-owners'],
  [/^\s+(\S+) doesn't have any active IPs\.$/, 'leaked-handle'],
  [/^\s+(\S+) is in use in a block but doesn't exist\.$/, 'missing-handle'],
];
const COUNTS: readonly (readonly [RegExp, IpamProblemFact['problem']])[] = [
  [/^Found (\d+) IPs that are allocated in IPAM but not actually in use/, 'leaked'],
  [/^Found (\d+) in-use IPs that are not in active IP pools/, 'not-in-pool'],
  [/^Found (\d+) in-use IPs that are in active IP pools but have no corresponding IPAM allocation/, 'not-allocated'],
  [/^Found (\d+) handles with no matching IPs/, 'leaked-handle'],
  [/^Found (\d+) handles mentioned in blocks with no matching handle resource/, 'missing-handle'],
];
const CHECK =
  /^(?:Checking IPAM|Loading all|Found \d+|\s+\S+ (?:allocated; attrs|belongs to|has \d+ allocations)|\s*IPAM block |IPAM blocks record|Looking for top|Node with most|Scanning for|Workloads and nodes are using|Check complete; found|\s+[\da-fA-F.:]+\/\d+$|Note: found \d+ IP allocations)/;

/** A line outside tables; the index behind what it took, or its own when it is nothing of IPAM. */
function takeLine(
  text: Text,
  at: number,
  out: Sink<IpamFact>,
  emit: Emit,
  printed: Map<IpamProblemFact['problem'], number>,
): number {
  const line = text.line(at).slice(0, 2000);
  for (const [pattern, problem] of PROBLEMS) {
    const [, subject, owner] = pattern.exec(line) ?? [];
    if (subject === undefined) continue;
    printed.set(problem, (printed.get(problem) ?? 0) + 1);
    const handle = problem === 'leaked-handle' || problem === 'missing-handle';
    const ip = handle ? undefined : canonicalAddress(subject);
    if (!handle && ip === undefined) out.gap(at, 'the address is masked');
    else
      emit(at, {
        kind: 'ipam-problem',
        problem,
        count: 1,
        ...(ip !== undefined && { ip }),
        ...(handle && { handle: subject }),
        ...(owner !== undefined && { owner }),
      });
    return at + 1;
  }
  for (const [pattern, problem] of COUNTS) {
    const count = pattern.exec(line)?.[1];
    if (count === undefined) continue;
    // Those that were printed one by one are not counted again.
    const rest = Number(count) - (printed.get(problem) ?? 0);
    if (rest <= 0) out.noise(at);
    else emit(at, { kind: 'ipam-problem', problem, count: rest });
    return at + 1;
  }
  if (CHECK.test(line)) {
    out.noise(at);
    return at + 1;
  }
  return takeAddress(text, at, emit, out);
}

/** `IP 10.50.1.65 is in use` and what follows of its owner, or `10.50.1.66 is not assigned`. */
function takeAddress(text: Text, at: number, emit: Emit, out: Sink<IpamFact>): number {
  const line = text.line(at).slice(0, 2000);
  const free = NOT_ASSIGNED.exec(line)?.[1];
  const used = /^IP (\S+) is in use\b/.exec(line)?.[1] ?? WITHOUT_ATTRIBUTES.exec(line)?.[1];
  const ip = canonicalAddress(free ?? used ?? '');
  if (ip === undefined) return at;
  if (free !== undefined) {
    emit(at, { kind: 'ipam-address', ip, assigned: false });
    return at + 1;
  }
  const attributes = new Map<string, string>();
  let handle: string | undefined;
  let to = at + 1;
  for (; to < text.count; to++) {
    const next = text.line(to).slice(0, 2000);
    const [, key = '', value = ''] = /^\s+([\w.-]+): (.*)$/.exec(next) ?? [];
    if (key !== '') attributes.set(key, attributes.get(key) ?? value);
    else if (/^Handle ID: /.test(next)) handle = next.slice(11).trim();
    else if (
      !/^(?:Attributes|Active Owner Attributes|Alternate Owner Attributes):$|^No (?:attributes|Active Owner)/.test(next)
    )
      break;
    out.part(to);
  }
  const [node, pod, namespace, type] = ['node', 'pod', 'namespace', 'type'].map((key) => attributes.get(key));
  emit(at, {
    kind: 'ipam-address',
    ip,
    assigned: true,
    ...(handle !== undefined && handle !== '<none>' && { handle }),
    ...(node !== undefined && { node }),
    ...(pod !== undefined && { pod: namespace === undefined ? pod : `${namespace}/${pod}` }),
    ...(type !== undefined && { type }),
  });
  return to;
}
