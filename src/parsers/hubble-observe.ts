/**
 * hubble observe, as text and as JSON (`hubble-flows-*.json` of cilium sysdump), and cilium monitor in its default form.
 *
 *     Nov 25 15:00:00.123: default/client:40112 (ID:123) <> default/web:80 (ID:456) Policy denied DROPPED (TCP Flags: SYN)
 *     {"flow":{"time":"2025-11-25T15:00:00.123Z","verdict":"DROPPED","IP":{"source":"10.0.0.1","destination":"10.0.0.2"},"l4":{"TCP":{…}}}}
 *     xx drop (Policy denied) flow 0x1 to endpoint 12, ifindex 8, file bpf_lxc.c:1965, , identity 123->456: 10.0.0.1:40112 -> 10.0.0.2:80 tcp SYN
 */
import type { FlowVerdictFact } from '../facts/index.js';
import { canonicalAddress, type Draft, defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';

/* hubble's pkg/printer WriteProtoFlow, cilium's pkg/monitor datapath_{trace,drop}.go. */
const HUBBLE =
  /^(?:\[\S+\] )?(?:[A-Z][a-z]{2} +\d+ [\d:.]+|\d{4}-\d\d-\d\dT[\d:.]+Z?)(?: \[[^\]]*\])?: (\S+)(?: \(([^)]*)\))? (->|<-|<>) (\S+)(?: \(([^)]*)\))? (.*?) ?\b(FORWARDED|DROPPED|ERROR|AUDIT|REDIRECTED|TRACED|TRANSLATED|ALLOWED|DENIED|AUDITED)\b(?: \(([^)]*)\))?/;
/** Before 0.9 in columns: `Jun  2 11:14:46.041   default/a:38314   kube-system/b:53   to-endpoint   FORWARDED   UDP`. */
const COLUMNS =
  /^(?:[A-Z][a-z]{2} +\d+ [\d:.]+|\d{4}-\d\d-\d\dT[\d:.]+Z?)(?: \[\S+\])? {2,}(\S+) {2,}(\S+) {2,}(\S.{0,60}?) {2,}(FORWARDED|DROPPED|ERROR|AUDIT)(?: {2,}(.{0,200}))?$/;
/** How an event of a policy's verdict is printed (hubble/pkg/printer/formatter.go): `policy-verdict:none EGRESS DENIED`. */
const OF_POLICY: Readonly<Record<string, FlowVerdictFact['verdict'] | undefined>> = {
  ALLOWED: 'forwarded',
  DENIED: 'dropped',
  AUDITED: 'audit',
};
const MONITOR = /^(xx drop \(([^)]+)\)|-> [\w -]+?|<- [\w -]+?) flow 0x[\da-f]+ .*?: (\S+) -> (\S+) (\w+)(?: (.*))?$/;
const REST =
  /^(?:TIMESTAMP +SOURCE +DESTINATION\b|Listening for events|Press Ctrl-C|level=|time=|EVENTS LOST|\^C|CPU \d+: (?:Lost|MARK 0x)|>> IPCache|Policy verdict log)/;

/** `default/web:80`, `10.0.0.2:80`, `[fd00::2]:80`, `default/web`. */
function end(text: string): { host: string; port?: number } {
  const m = /^\[?(.+?)\]?:(\d{1,5})$/.exec(text);
  const whole = canonicalAddress(text);
  if (whole !== undefined || !m) return { host: whole ?? text };
  return { host: canonicalAddress(m[1] ?? '') ?? m[1] ?? '', port: Number(m[2]) };
}

function flow(
  from: string,
  to: string,
): Pick<FlowVerdictFact, 'source' | 'destination' | 'sourcePort' | 'destinationPort'> {
  const [source, destination] = [end(from), end(to)];
  return {
    source: source.host,
    destination: destination.host,
    ...(source.port !== undefined && { sourcePort: source.port }),
    ...(destination.port !== undefined && { destinationPort: destination.port }),
  };
}

/** Lines are long, and only their beginning is looked at. */
const VERDICT = /^(?:[\w./-]{1,200}:)?\{(?:"flow" ?: ?\{)?"time" ?: ?"[^"]*",.*"verdict" ?: ?"[A-Z]+"/;
/** api/v1/flow/flow.proto as protojson prints it; `| grep` over several files leaves their names in front. */
const JSON_FLOW = /^(?:[\w./-]{1,200}:)?(\{.*"verdict" ?: ?"[A-Z]+".*\})\s*$/;
const VERDICTS: ReadonlySet<string> = new Set('forwarded dropped error audit redirected traced translated'.split(' '));
const PROTOCOLS: Readonly<Record<string, string>> = { ICMPv4: 'icmp', ICMPv6: 'icmp6' };

type Members = Readonly<Record<string, unknown>>;
const membersOf = (value: unknown): Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
const wordOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** As the text names an end: the pod, else the address. */
function endIn(end: Members, address: unknown): string | undefined {
  const [namespace, pod] = [wordOf(end['namespace']), wordOf(end['pod_name'])];
  if (namespace !== undefined && pod !== undefined) return `${namespace}/${pod}`;
  return canonicalAddress(wordOf(address) ?? '');
}

/** `POLICY_DENIED` is `Policy denied` in the text. */
const reasonIn = (flow: Members): string | undefined => {
  const told = wordOf(flow['drop_reason_desc'])?.toLowerCase().replaceAll('_', ' ');
  return told === undefined ? undefined : `${told.charAt(0).toUpperCase()}${told.slice(1)}`.slice(0, 120);
};

function jsonFlow(text: string): Draft<FlowVerdictFact> | undefined {
  let whole: Members;
  try {
    whole = membersOf(JSON.parse(text));
  } catch {
    return undefined;
  }
  const flow = 'flow' in whole ? membersOf(whole['flow']) : whole;
  const verdict = wordOf(flow['verdict'])?.toLowerCase() ?? '';
  const ip = membersOf(flow['IP']);
  const source = endIn(membersOf(flow['source']), ip['source']);
  const destination = endIn(membersOf(flow['destination']), ip['destination']);
  if (source === undefined || destination === undefined || !VERDICTS.has(verdict)) return undefined;
  const [name, layer] = Object.entries(membersOf(flow['l4']))[0] ?? [];
  const { source_port: sourcePort, destination_port: destinationPort, flags } = membersOf(layer);
  const tcpFlags = Object.keys(membersOf(flags)).join(', ');
  const reason = reasonIn(flow);
  return {
    kind: 'flow-verdict',
    source,
    destination,
    ...(typeof sourcePort === 'number' && { sourcePort }),
    ...(typeof destinationPort === 'number' && { destinationPort }),
    ...(name !== undefined && { protocol: PROTOCOLS[name] ?? name.toLowerCase() }),
    verdict: verdict as FlowVerdictFact['verdict'],
    ...(reason !== undefined && { reason }),
    ...(tcpFlags !== '' && { tcpFlags }),
  };
}

/** What became of a flow, why, and its protocol: `DROPPED`, `Policy denied`, `TCP Flags: SYN`. */
function summaryOf(
  verdict: string,
  what: string,
  tail: string,
): Pick<FlowVerdictFact, 'protocol' | 'verdict' | 'reason' | 'tcpFlags'> {
  const flags = /^TCP Flags: (.+)$/.exec(tail)?.[1];
  const protocol =
    flags !== undefined
      ? 'tcp'
      : /^(UDP|TCP|ICMPv[46]|SCTP)/.exec(tail)?.[1]?.toLowerCase().replace('icmpv4', 'icmp').replace('icmpv6', 'icmp6');
  return {
    ...(protocol !== undefined && { protocol }),
    verdict: OF_POLICY[verdict] ?? (verdict.toLowerCase() as FlowVerdictFact['verdict']),
    ...(what.trim() !== '' && { reason: what.trim().slice(0, 120) }),
    ...(flags !== undefined && { tcpFlags: flags }),
  };
}

function flowOf(line: string): Draft<FlowVerdictFact> | undefined {
  const json = JSON_FLOW.exec(line)?.[1];
  if (json !== undefined) return jsonFlow(json);
  const columns = COLUMNS.exec(line);
  if (columns) {
    const [, from = '', to = '', what = '', verdict = '', summary = ''] = columns;
    return { kind: 'flow-verdict', ...flow(from, to), ...summaryOf(verdict, what, summary) };
  }
  const hubble = HUBBLE.exec(line);
  if (hubble) {
    const [, left = '', , arrow, right = '', , what = '', verdict = '', tail = ''] = hubble;
    const ends = arrow === '<-' ? flow(right, left) : flow(left, right);
    return { kind: 'flow-verdict', ...ends, ...summaryOf(verdict, what, tail) };
  }
  const monitor = MONITOR.exec(line);
  if (!monitor) return undefined;
  const [, head = '', reason, from = '', to = '', protocol = '', rest] = monitor;
  return {
    kind: 'flow-verdict',
    ...flow(from, to),
    protocol: /^(?:tcp|udp|sctp)$/i.test(protocol) ? protocol.toLowerCase() : 'icmp',
    verdict: reason === undefined ? 'forwarded' : 'dropped',
    reason: (reason ?? head).slice(0, 120),
    ...(protocol === 'tcp' && rest !== undefined && { tcpFlags: rest.slice(0, 40) }),
  };
}

/** hubble's lines of JSON; those of `cilium monitor -j` are another thing. */
const printsJson = (argv: readonly string[]): boolean =>
  argv[0] === 'hubble' &&
  argv.some(
    (w, i) =>
      /^(?:-j|--json|-ojson(?:pb)?|--output=json(?:pb)?)$/.test(w) ||
      (/^(?:-o|--output)$/.test(w) && /^json(?:pb)?$/.test(argv[i + 1] ?? '')),
  );

export const hubbleObserve = defineParser<FlowVerdictFact>({
  command: 'hubble-observe',
  emits: ['flow-verdict'],
  scope: 'stack',
  claims: {
    command: (argv) =>
      ((argv[0] === 'hubble' && argv[1] === 'observe') ||
        (/^cilium(?:-dbg)?$/.test(argv[0] ?? '') && argv[1] === 'monitor')) &&
      (printsJson(argv) || !argv.some((w) => /^(?:-o|--output|-j|--json|-v|-vv|--verbose|--print-raw-filters)/.test(w)))
        ? {}
        : undefined,
    file: /^hubble-(?:observe|flows)|^cilium(?:-dbg)?-monitor/,
    sniff(head) {
      const lines = head.map((l) => l.slice(0, 1000).trimEnd()).filter((l) => l !== '' && !REST.test(l));
      const flows = lines.filter((l) => HUBBLE.test(l) || COLUMNS.test(l) || MONITOR.test(l) || VERDICT.test(l)).length;
      if (lines.length === 0 && head.some((l) => /^CPU \d+: MARK 0x[\da-f]+ FROM \d+ DEBUG: /.test(l))) return 3;
      return flows > 0 && flows * 2 >= lines.length ? 3 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    let some = false;
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 20_000).trimEnd();
      if (line === '') continue;
      const verdict = flowOf(line);
      if (verdict) {
        out.fact(i, verdict);
        some = true;
      } else if (REST.test(line)) out.noise(i);
      else if (!failures.take(i, line)) out.gap(i, 'not a flow of hubble');
    }
    failures.close(some);
  },
});
