import type { EndClass } from '../../path/end-class.js';
import type { JsonClass, ReachJson, ReachProbeJson } from './json.js';

type Pair = NonNullable<ReachProbeJson['pair']>;

const OVER_IPV6 = ' over IPv6';

/** Ends that have addresses of both families are two classes: each has a name of its own. */
export const classNameOf = ({ name, family }: Pick<EndClass, 'name' | 'family'>): string =>
  family === 6 ? `${name}${OVER_IPV6}` : name;

const bare = (name: string): string => (name.endsWith(OVER_IPV6) ? name.slice(0, -OVER_IPV6.length) : name);

const isOverIpv6 = ({ src }: Pair): boolean => src.endsWith(OVER_IPV6);

const ofFamily = (classes: readonly JsonClass[], family: JsonClass['family']): readonly JsonClass[] =>
  classes.flatMap((c) => (c.family === family ? [{ ...c, name: bare(c.name) }] : []));

/** The pairs of one family, whose classes have their bare names. */
export interface OfFamily {
  /** Empty where the cluster has no other. */
  readonly title: string;
  readonly reach: ReachJson;
}

/** All pairs by family, those of IPv4 first. */
export function byFamily(reach: ReachJson): readonly OfFamily[] {
  const parts = ([4, 6] as const).map(
    (family): OfFamily => ({
      title: `over IPv${family}`,
      reach: {
        schema: reach.schema,
        sources: ofFamily(reach.sources ?? [], family),
        destinations: ofFamily(reach.destinations ?? [], family),
        probes: reach.probes.flatMap((p) =>
          p.pair && isOverIpv6(p.pair) === (family === 6)
            ? [{ ...p, pair: { src: bare(p.pair.src), dst: bare(p.pair.dst) } }]
            : [],
        ),
      },
    }),
  );
  const families = new Set((reach.sources ?? []).map((c) => c.family));
  return parts.filter((p) => p.reach.probes.length > 0).map((p) => (families.size > 1 ? p : { ...p, title: '' }));
}
