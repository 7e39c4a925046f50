import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from '../../src/index.js';
import { makeWorld, traceProbe } from '../../src/path/index.js';
import type { Probe } from '../../src/path/types.js';
import { withFiles } from '../folder.js';

/** What a client and the router itself get to see of the router's rules, over IPv4 and IPv6: lab/make-rule-answers.mjs. */
const root = join(import.meta.dirname, '..', '..', 'samples', 'rule-answers');
const read = (...path: readonly string[]): string => readFileSync(join(root, ...path), 'utf8');
const NODES = ['client', 'router', 'server'];
const RULES = ['iptables-legacy-save.txt', 'ip6tables-legacy-save.txt', 'nft.txt', 'proc-net-xt_recent.txt'];

const base: Readonly<Record<string, string>> = Object.fromEntries(
  NODES.flatMap((node) => readdirSync(join(root, node)).map((file) => [`${node}/${file}`, read(node, file)])),
);

/** Rules that were not written are none. */
const rulesOf = (scenario: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    RULES.flatMap((file) => [
      ...['client', 'server'].map((node) => [`${node}/${file}`, '']),
      [`router/${file}`, existsSync(join(root, 'scenarios', scenario, file)) ? read('scenarios', scenario, file) : ''],
    ]),
  );

interface Row {
  readonly scenario: string;
  readonly probe: Probe;
  readonly kernel: string;
}

const rows: readonly Row[] = read('answers.tsv')
  .trimEnd()
  .split('\n')
  .map((line) => {
    const [scenario = '', from = '', dst = '', proto = '', port = '', kernel = ''] = line.split('\t');
    const probe = {
      src: `node:${from}`,
      dst,
      proto: proto as Probe['proto'],
      ...(port !== '' && { port: Number(port) }),
    };
    return { scenario, probe, kernel };
  });

/** What a program is told by what the walk calls the answer; ping prints it in words. */
const ERRORS: readonly (readonly [RegExp, RegExp])[] = [
  [/^tcp reset$/, /^ECONNREFUSED$/],
  [/^icmp port-unreachable$/, /^ECONNREFUSED$|Port [Uu]nreachable/],
  [/^icmp (?:host-unreachable|addr-unreachable)$/, /^EHOSTUNREACH$|(?:Host|Address) [Uu]nreachable/],
  [/^icmp (?:net-unreachable|no-route)$/, /^ENETUNREACH$|Net Unreachable|No route/],
  [/^icmp (?:admin-prohibited|adm-prohibited)$/, /^EHOSTUNREACH$|^EACCES$|filtered|prohibited/],
  [/^icmp time-exceeded$/, /^EHOSTUNREACH$|exceeded/],
  [/^ENETUNREACH$/, /^ENETUNREACH$|unreachable/],
];

function judge({ probe, kernel }: Row, world: ReturnType<typeof makeWorld>): string | undefined {
  const traced = traceProbe(world, probe);
  if (traced.kind === 'error') return traced.says;
  const { verdict, because, outcomes, missing } = traced.trace;
  if (verdict === 'unknown') return `unknown: ${missing.map((m) => m.input).join(', ')}`;
  const isGood = /^ok/.test(kernel);
  const reason = `${because?.direction} ${because?.node} ${because?.reason} (${because?.answer})`;
  if ((verdict === 'delivered') !== isGood) return `${verdict} ${reason}`;
  if (isGood) {
    const seen = /^ok (.+)/.exec(kernel)?.[1];
    const said = outcomes[0]?.seenSource;
    return seen !== undefined && said !== undefined && seen !== said ? `seen as ${said}` : undefined;
  }
  // Nothing came: of ICMP many are not sent, and many don't end an attempt (icmp_err_convert).
  if (kernel === 'lost') return undefined;
  // What OUTPUT drops the sender is told at once, whatever else is on its way to it (nf_hook_slow).
  if (kernel === 'EPERM') return /OUTPUT/.test(because?.reason ?? '') ? undefined : reason;
  const wanted = ERRORS.find(([answer]) => answer.test(because?.answer ?? ''))?.[1];
  return wanted?.test(kernel) ? undefined : `answer: ${reason}`;
}

describe('what is seen of a router and its rules', () => {
  test.each([...new Set(rows.map((r) => r.scenario))])('%s', async (scenario) => {
    await withFiles({ ...base, ...rulesOf(scenario) }, async (bundle) => {
      const world = makeWorld((await load([bundle])).model);
      const wrong = rows
        .filter((r) => r.scenario === scenario)
        .flatMap((row) => {
          const { src, dst, proto, port } = row.probe;
          const says = judge(row, world);
          return says === undefined ? [] : [`${src} ${dst} ${proto}/${port}: ${says}; kernel ${row.kernel}`];
        });
      expect(wrong).toEqual([]);
    });
  });
});
