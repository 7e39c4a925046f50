import type { IptablesTableFact } from '../../facts/index.js';
import { contains, hostOf, type IptablesMatch, parsePrefix } from '../../kit/index.js';
import { chainsOf, type IptablesRule, type UnreadRule, unreadRulesOf } from '../../model/lookups/iptables.js';
import { seesPieces } from '../fragments.js';
import { ipOf } from '../ip.js';
import { isLikely } from './iptables-gates.js';
import { ALWAYS, compileMatch } from './iptables-matches.js';
import { changesList } from './iptables-recent.js';
import { compileTarget, isInert } from './iptables-targets.js';
import { answerOf, deviceMatches, type Match, protoName } from './iptables-values.js';
import { type Answer, isKnown, unsupported } from './tri.js';
import type { BaseChain, Chain, CompiledRule, HookContext, HookName } from './types.js';

/** Built-in chains by table with their priorities (NF_IP_PRI_*). */
const BUILT_IN: Readonly<Record<string, readonly (readonly [string, HookName, number])[]>> = {
  raw: [
    ['PREROUTING', 'prerouting', -300],
    ['OUTPUT', 'output', -300],
  ],
  mangle: [
    ['PREROUTING', 'prerouting', -150],
    ['INPUT', 'input', -150],
    ['FORWARD', 'forward', -150],
    ['OUTPUT', 'output', -150],
    ['POSTROUTING', 'postrouting', -150],
  ],
  nat: [
    ['PREROUTING', 'prerouting', -100],
    ['INPUT', 'input', 100],
    ['OUTPUT', 'output', -100],
    ['POSTROUTING', 'postrouting', 100],
  ],
  filter: [
    ['INPUT', 'input', 0],
    ['FORWARD', 'forward', 0],
    ['OUTPUT', 'output', 0],
  ],
  security: [
    ['INPUT', 'input', 50],
    ['FORWARD', 'forward', 50],
    ['OUTPUT', 'output', 50],
  ],
};

/** `10.0.0.0/255.0.255.0`: a mask with holes is legal, and nobody uses it. */
function prefixMatch(text: string, negated: boolean, side: 'src' | 'dst'): Match {
  const prefix = parsePrefix(text);
  const [address = '', mask = ''] = text.split('/');
  const [value, bits] = [ipOf(address), ipOf(mask)];
  if (!prefix && value && bits)
    return ({ packet }) =>
      packet[side].words.every(
        (w, i) => (w & (bits.words[i] ?? 0)) === ((value.words[i] ?? 0) & (bits.words[i] ?? 0)),
      ) !== negated;
  if (!prefix) return () => unsupported(`address ${text}`);
  return (c) => contains(prefix, c.packet[side]) !== negated;
}

function matchesOf(rule: IptablesRule, backend: 'nft' | 'legacy' | undefined): readonly Match[] {
  const { spec, packets, octets } = rule;
  const out: Match[] = [];
  if (spec.protocol) {
    const proto = protoName(spec.protocol.name);
    const { negated } = spec.protocol;
    if (proto !== 'all' && proto !== '0') out.push((c) => (c.packet.proto === proto) !== negated);
  }
  if (spec.source) out.push(prefixMatch(spec.source.prefix, spec.source.negated, 'src'));
  if (spec.destination) out.push(prefixMatch(spec.destination.prefix, spec.destination.negated, 'dst'));
  const { inInterface, outInterface } = spec;
  if (inInterface) out.push((c) => deviceMatches(inInterface.name, c.iif) !== inInterface.negated);
  if (outInterface) out.push((c) => deviceMatches(outInterface.name, c.oif) !== outInterface.negated);
  // Fragments are put together before any chain sees them, as conntrack is there.
  if (spec.fragment)
    out.push((c) => (seesPieces(c) ? unsupported('-f of a packet in pieces') : spec.fragment?.negated === true));
  const last = spec.matches.findLastIndex(({ name }) => !ALWAYS.has(name));
  for (const [i, match] of spec.matches.entries())
    out.push(
      compileMatch(match, {
        key: String(rule.at),
        ...(packets !== undefined && { packets }),
        ...(octets !== undefined && { octets }),
        isLast: i >= last,
        refuses: spec.target?.name === 'DROP' || spec.target?.name === 'REJECT',
        ...(backend && { backend }),
      }),
    );
  for (const part of rule.unread ?? [])
    out.push((c) =>
      part === 'target' ? true : { node: c.machine.node, input: `${part} of a rule`, reason: 'truncated', at: rule.at },
    );
  return out;
}

type Run = CompiledRule['run'];
const PASSES: Run = () => undefined;

/** Matches that change what later ones find, in rules without a target too. */
const isEffect = (match: IptablesMatch): boolean =>
  changesList(match) || (match.name === 'connlabel' && match.options.some((o) => o.name === '--set'));

/** A rule of iptables as the walk runs it. */
function compileRule(rule: IptablesRule, backend: 'nft' | 'legacy' | undefined): Run {
  const { spec, at } = rule;
  const shown = `-A ${rule.chain} ${spec.text}`;
  const target = spec.target && !isInert(spec.target.name) ? compileTarget(spec.target, shown, at) : undefined;
  const targetUnread = rule.unread?.includes('target') === true;
  const changes = spec.matches.some(isEffect);
  if (!target && !targetUnread && !changes) return PASSES;
  const matches = matchesOf(rule, backend);
  const limited = spec.matches.some(isLikely);
  const decided = (c: HookContext, answer: Answer): boolean => {
    if (isKnown(answer)) return answer;
    const missing = { node: c.machine.node, ...answer, at: answer.at ?? at, detail: answer.detail ?? shown };
    const key = `${c.machine.id} ${at} ${c.hook} ${c.walk.legs.length} ${c.packet.src.text}`;
    return c.walk.choose.either(key, missing, limited);
  };
  return (c) => {
    // What a match changes hangs on those before it.
    const matched = changes ? matches.every((m) => decided(c, m(c))) : decided(c, answerOf(matches, c));
    if (!matched) return undefined;
    if (targetUnread)
      return { kind: 'unknown', missing: { node: c.machine.node, input: 'target of a rule', reason: 'truncated', at } };
    return target?.(c);
  };
}

/** The destination of a rule that begins with one address: how iptables-save prints it, and most rules of kube-proxy. */
const ONLY_DST = /^-d ([^ /]+\/(?:32|128)) /;

/** Read and compiled when it is first run: a long chain is entered by the destination, and most of its rules never are. */
function lazily(chain: string, rule: UnreadRule, backend: 'nft' | 'legacy' | undefined): CompiledRule {
  let run: Run | undefined;
  const onlyDst = hostOf(ONLY_DST.exec(rule.text)?.[1] ?? '');
  return {
    at: rule.at,
    text: `-A ${chain} ${rule.text}`,
    ...(onlyDst !== undefined && { onlyDst }),
    run(c) {
      if (!run) {
        const read = rule.read();
        run = read ? compileRule(read, backend) : PASSES;
      }
      return run(c);
    },
  };
}

function chainFinder(fact: IptablesTableFact): (name: string) => Chain | undefined {
  const heads = new Map(chainsOf(fact).map((c) => [c.name, c]));
  const made = new Map<string, Chain>();
  return (name) => {
    const known = made.get(name);
    if (known) return known;
    const head = heads.get(name);
    if (!head) return undefined;
    let rules: readonly CompiledRule[] | undefined;
    const chain: Chain = {
      name,
      at: head.at,
      ...(head.policy !== undefined && head.policy !== '-' && { policy: head.policy === 'DROP' ? 'drop' : 'accept' }),
      rules: () => {
        rules ??= unreadRulesOf(fact, name).map((rule) => lazily(name, rule, fact.backend));
        return rules;
      },
    };
    made.set(name, chain);
    return chain;
  };
}

/** A mark set in OUTPUT of mangle asks for another route (ipt_mangle_out), in those of other tables it does not. */
const typeOf = (table: string, hook: HookName): BaseChain['type'] =>
  table === 'nat' ? 'nat' : table === 'mangle' && hook === 'output' ? 'route' : 'filter';

/** The chains of one table that the kernel calls. */
export function iptablesChains(fact: IptablesTableFact): readonly BaseChain[] {
  const find = chainFinder(fact);
  const backend = fact.backend === 'legacy' ? 'iptables-legacy' : fact.family === 6 ? 'ip6tables' : 'iptables';
  return (BUILT_IN[fact.table] ?? []).flatMap(([name, hook, priority]) => {
    const chain = find(name);
    if (!chain) return [];
    return [
      {
        hook,
        priority,
        type: typeOf(fact.table, hook),
        table: `${backend} ${fact.table}`,
        chain,
        find,
        ...(fact.backend === 'legacy' && { ageless: true as const }),
      },
    ];
  });
}
