import type { NftExpression, NftStatement } from '../../kit/index.js';
import type { Missing } from '../../model/types.js';
import { asksTime, clockMatch } from './nft-clock.js';
import { choiceKey, choose, generatorOf, membership, type Place, reader, typesOf } from './nft-expression.js';
import { compare, constant, isValue, type Span } from './nft-value.js';
import { type Answer, invert, unsupported } from './tri.js';
import type { HookContext } from './types.js';

type MatchStatement = Extract<NftStatement, { kind: 'match' }>;
type Op = MatchStatement['op'];
/** A packet without what is asked for does not match, not even `!=`. */
export type NftMatch = (c: HookContext) => Answer;

/** `meta random & 2147483647 < 1073741824`, as iptables' statistic is printed: the share of values that match. */
function randomShare({ left, op, right }: MatchStatement): number | undefined {
  const key = left.kind === 'binary' ? left.left : left;
  if (key.kind !== 'key' || key.name !== 'meta random') return undefined;
  const mask = left.kind === 'binary' ? (left.op === '&' ? constant(left.right, 'number') : undefined) : FULL;
  const limit = constant(right, 'number');
  if (mask?.kind !== 'numbers' || limit?.kind !== 'numbers') return undefined;
  const below = Number(op === '<=' || op === '>' ? limit.low + 1n : limit.low) / (Number(mask.low) + 1);
  const share = Math.min(1, below);
  return op === '<' || op === '<=' ? share : op === '>=' || op === '>' ? 1 - share : undefined;
}
const FULL = { kind: 'numbers', low: 0xffffffffn, high: 0xffffffffn } as const;

function luck(share: number, place: Place): NftMatch {
  if (share >= 1 || share <= 0) return () => share >= 1;
  return (c) => c.walk.choose.balance(choiceKey(c, place), [share, 1 - share]) === 0;
}

/** Parts of what stands right of the operator. */
const rightParts = (right: NftExpression): readonly NftExpression[] =>
  right.kind === 'concat' ? right.parts : [right];

/** What iptables' own rules lose where nft prints them: `! --ctstate RELATED,ESTABLISHED,DNAT` is left as `ct status dnat`. */
const isLossy = ({ left }: MatchStatement): boolean => left.kind === 'key' && left.name === 'ct status';

export function compileMatch(match: MatchStatement, place: Place): NftMatch {
  const { left, op, right } = match;
  if (place.table.translated && isLossy(match)) return () => unsupported('a translation that loses matches');
  if (asksTime(match)) return clockMatch(match);
  if (right.kind === 'set' || right.kind === 'named-set') {
    const asks = membership(left, right, place);
    return (c) => {
      const answer = asks(c);
      return answer === undefined ? false : invert(answer, op === '!=' || op === '!');
    };
  }
  const share = randomShare(match);
  if (share !== undefined) return luck(share, place);
  const types = typesOf(left);
  const spans = rightParts(right).map((part, i) => constant(part, types[i] ?? 'number'));
  const generator = generatorOf(left);
  const [only] = spans;
  if (generator && only)
    return (c) =>
      compare(
        op,
        choose(c, place, generator, (v) => compare(op, v, only)),
        only,
      );
  const read = reader(left, place, types);
  if (spans.every((s) => s !== undefined)) return againstConstants(read, op, spans, place);
  return againstPacket(read, op, reader(right, place, types), place);
}

function againstConstants(read: ReturnType<typeof reader>, op: Op, spans: readonly Span[], place: Place): NftMatch {
  return (c) => {
    const parts = read(c);
    if (!parts) return false;
    let open: Missing | undefined;
    // A concatenation is equal when all of its parts are.
    const negated = op === '!=' && spans.length > 1;
    for (const [i, span] of spans.entries()) {
      const part = parts[i];
      if (part === undefined) return unsupported(place.text);
      if (!isValue(part)) open ??= part;
      else if (!compare(negated ? '==' : op, part, span)) return negated;
    }
    return open ?? !negated;
  };
}

/** `meta mark == ct mark`, `ip daddr == fib …`: both sides are the packet's. */
function againstPacket(
  read: ReturnType<typeof reader>,
  op: Op,
  other: ReturnType<typeof reader>,
  place: Place,
): NftMatch {
  return (c) => {
    const [a] = read(c) ?? [];
    const [b] = other(c) ?? [];
    if (a === undefined || b === undefined) return false;
    if (!isValue(a)) return a;
    if (!isValue(b)) return b;
    const span: Span =
      typeof b === 'bigint' ? { kind: 'numbers', low: b, high: b } : { kind: 'name', text: b, open: false };
    return typeof a === typeof b ? compare(op, a, span) : unsupported(place.text);
  };
}
