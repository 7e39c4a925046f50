/*
 * public (default, active)
 *   target: default
 *   interfaces: eth0
 *   services: dhcpv6-client ssh
 *   masquerade: no
 *   rich rules:
 * 	rule family="ipv4" source address="10.244.0.0/16" accept
 */
import type { FirewalldDirectRuleFact, FirewalldStateFact } from '../facts/index.js';
import { type CaptureContext, type Draft, defineParser, type Sink } from '../kit/index.js';
import { type FirewallCommand, firewallClaim, firewallCommand } from './firewalld/command.js';
import { factOf, headOf, keyOf, type Section, type SectionFact, takeLine } from './firewalld/zones.js';
import { collectFailures, type Failures } from './text/failure.js';
import { argvOfName } from './text/file-argv.js';

type FirewallFact = FirewalldDirectRuleFact | FirewalldStateFact | SectionFact;

const DIRECT = /^(ipv4|ipv6|eb) ([a-z]+) (\S+) (-?\d+) (-.*|.+)$/;
const PASSTHROUGH = /^(ipv4|ipv6|eb) ((?:-\S+|!) .+)$/;
const CHAIN = /^(?:ipv4|ipv6|eb) [a-z]+ \S+$/;
const CHAIN_RULE = /^(-?\d+) (\S.*)$/;
const NOT_RUNNING = /^(?:FirewallD is )?not running$/;
/** What `--list-all` says where no interface is in the default zone. */
const ADVICE =
  /^(?:You're performing an operation over default zone \(|but your connections\/interfaces are in zone |You most likely need to use --zone=)/;

interface Reading {
  readonly out: Sink<FirewallFact>;
  readonly failures: Failures;
  readonly command: FirewallCommand | undefined;
  section: Section | undefined;
  some: boolean;
  /** How many facts of each kind. */
  readonly counts: Map<FirewallFact['kind'], number>;
}

function emit(r: Reading, line: number, fact: Draft<FirewallFact>): void {
  r.out.fact(line, fact);
  r.counts.set(fact.kind, (r.counts.get(fact.kind) ?? 0) + 1);
  r.some = true;
}

function closeSection(r: Reading): void {
  const { section } = r;
  r.section = undefined;
  if (!section) return;
  const fact = factOf(section, r.command?.permanent ?? false);
  if (fact) {
    emit(r, section.line, fact);
  } else r.out.gap(section.line, 'a name without a zone below it');
}

/** A line of `--direct`. */
function direct(r: Reading, line: string): Draft<FirewalldDirectRuleFact> | undefined {
  const prints = r.command?.prints;
  const scope: Readonly<Record<string, string>> = r.command?.scope ?? {};
  const family = (word: string | undefined): FirewalldDirectRuleFact['family'] =>
    word === 'eb' || word === 'ipv6' ? word : 'ipv4';
  const rule = prints === 'passthroughs' ? undefined : DIRECT.exec(line);
  const pass = rule ? undefined : PASSTHROUGH.exec(line);
  const own = prints === 'chain-rules' ? CHAIN_RULE.exec(line) : undefined;
  const text = rule?.[5] ?? pass?.[2] ?? own?.[2];
  if (text === undefined) return undefined;
  const table = rule?.[2] ?? (own ? scope['table'] : undefined);
  const chain = rule?.[3] ?? (own ? scope['chain'] : undefined);
  const priority = rule?.[4] ?? own?.[1];
  return {
    kind: 'firewalld-direct-rule',
    family: family(rule?.[1] ?? pass?.[1] ?? scope['family']),
    ...(table !== undefined && { table }),
    ...(chain !== undefined && { chain }),
    ...(priority !== undefined && { priority: Number(priority) }),
    text,
    permanent: r.command?.permanent ?? false,
  };
}

/** One word that is an answer. */
function answer(r: Reading, line: string): Draft<FirewalldStateFact> | undefined {
  const prints = r.command?.prints;
  if (NOT_RUNNING.test(line)) return { kind: 'firewalld-state', state: 'not running' };
  if (prints === 'state' && (line === 'running' || line === 'failed')) return { kind: 'firewalld-state', state: line };
  if (prints === 'default-zone' && /^[\w.-]{1,64}$/.test(line)) return { kind: 'firewalld-state', defaultZone: line };
  return undefined;
}

function readLine(r: Reading, i: number, line: string): void {
  const { out } = r;
  if (r.section && takeLine(r.section, line)) {
    out.part(i);
    return;
  }
  const trimmed = line.trim();
  const said = answer(r, trimmed);
  const rule = said ? undefined : direct(r, trimmed);
  if (said || rule) {
    closeSection(r);
    if (said) emit(r, i, said);
    else if (rule) emit(r, i, rule);
    // Nothing is in force then.
    if (said?.state === 'not running') out.only(['firewalld-state']);
  } else if (ADVICE.test(trimmed)) out.noise(i);
  else if (CHAIN.test(trimmed)) {
    out.noise(i);
    r.some = true;
  } else if (r.failures.take(i, line)) closeSection(r);
  else {
    closeSection(r);
    r.section = headOf(line, i);
    if (r.section) out.part(i);
    else out.gap(i, 'not a line of firewall-cmd');
  }
}

const commandOf = ({ argv, fileName }: CaptureContext): FirewallCommand | undefined => {
  if (argv.length > 0) return firewallCommand(argv);
  const words = argvOfName(fileName, 'firewall-cmd');
  // `firewall-cmd_--permanent_--list-all-zones`
  return words.length > 0 ? firewallCommand(words) : undefined;
};

/** Zones, policies, direct rules and state of firewalld. */
export const firewallCmd = defineParser<FirewallFact>({
  command: 'firewall-cmd',
  emits: ['firewalld-active-zone', 'firewalld-direct-rule', 'firewalld-policy', 'firewalld-state', 'firewalld-zone'],
  scope: 'stack',
  claims: {
    command: firewallClaim,
    file: /^firewall-(?:offline-)?cmd(?:-|$)|^firewalld?(?:-zones)?$/,
    sniff(head) {
      const lines = head.map((l) => l.slice(0, 500)).filter((l) => l.trim() !== '' && !ADVICE.test(l));
      const zones = lines.filter((l, i) => headOf(l, 0) && keyOf(lines[i + 1] ?? '') !== undefined).length;
      if (zones > 0)
        return lines.some((l) => keyOf(l) === 'rich rules' || keyOf(l) === 'masquerade') ? 3 : activeOnly(lines);
      if (lines.length === 1 && lines[0]?.trim() === 'FirewallD is not running') return 3;
      const rules = lines.filter((l) => DIRECT.test(l)).length;
      return rules > 0 && rules * 2 > lines.length ? 2 : 0;
    },
  },
  parse(text, out, context) {
    const command = commandOf(context);
    const r: Reading = {
      out,
      failures: collectFailures(out),
      command,
      section: undefined,
      some: false,
      counts: new Map(),
    };
    for (let i = 0; i < text.count; i++) {
      const line = text.line(i).slice(0, 4000).trimEnd();
      if (command?.prints === 'nothing') {
        if (!r.failures.take(i, line)) out.noise(i);
      } else if (line === '') closeSection(r);
      else readLine(r, i, line);
    }
    closeSection(r);
    if (context.argv.length === 0) tellWhole(r);
    r.failures.close(r.some);
  },
});

/** Without its command line: what was listed, and wholly? One zone may be all that was asked for. */
function tellWhole({ out, command, counts }: Reading): void {
  const alone = (counts.get('firewalld-zone') ?? 0) + (counts.get('firewalld-policy') ?? 0) === 1;
  const selected = Object.keys(command?.scope ?? {}).some((key) => key !== 'permanent');
  out.only(command?.kinds ?? [...counts.keys()]);
  if (selected || (!command && (alone || counts.size === 0)))
    out.incomplete('filtered', 'one zone, or one chain, of several that there may be');
}

/** `--get-active-zones` is interfaces and sources alone. */
const activeOnly = (lines: readonly string[]): 0 | 2 =>
  lines.every((l) => headOf(l, 0) !== undefined || /^ {2}(?:interfaces|sources): \S/.test(l)) ? 2 : 0;
