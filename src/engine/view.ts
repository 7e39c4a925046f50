import { CLUSTER_KINDS, type ClusterKind, type Kind, type StackKind } from '../facts/index.js';
import type { Obfuscation } from '../kit/index.js';
import { isSnippet } from '../model/lookups/captures.js';
import type { ClusterModel, Missing, Stack, Technology } from '../model/types.js';
import { labelFor } from './inputs.js';
import { pathsOf } from './paths.js';
import type { Needs, Rule, StackView, View } from './types.js';

const CLUSTER: ReadonlySet<string> = new Set(CLUSTER_KINDS);
const isClusterKind = (kind: Kind): kind is ClusterKind => CLUSTER.has(kind);

/** An object whose properties are the declared kinds and nothing else, read when asked for. */
function factsObject(
  kinds: readonly Kind[],
  read: (kind: Kind) => readonly unknown[],
): Record<string, readonly unknown[]> {
  const out: Record<string, readonly unknown[]> = {};
  for (const kind of kinds) Object.defineProperty(out, kind, { enumerable: true, get: () => read(kind) });
  return out;
}

function stackView(stack: Stack, kinds: readonly Kind[]): StackView<Kind> {
  const own = kinds.filter((k): k is StackKind => !isClusterKind(k));
  return {
    node: stack.node,
    netns: stack.netns,
    facts: factsObject(own, (k) => stack.facts(k as StackKind)) as unknown as StackView<Kind>['facts'],
    listings: stack.listings,
    absence: stack.absence,
  };
}

const alternatives = (need: Kind | readonly Kind[]): readonly Kind[] => (typeof need === 'string' ? [need] : need);

const hasOn = (model: ClusterModel, host: Stack | undefined, kind: Kind): boolean =>
  isClusterKind(kind) ? model.has(kind) : (host?.has(kind) ?? false);

/** Does the need ask a host for something (and not only the cluster)? */
const concernsHost = (need: Kind | readonly Kind[]): boolean => alternatives(need).some((k) => !isClusterKind(k));

/** Kinds that one network alone has: nobody is sent for flannel's configuration in a cluster of Calico. */
const ONE_NETWORKS: readonly (readonly [RegExp, Technology])[] = [
  [/^(?:flannel-|subnet-env$)/, 'flannel'],
  [/^(?:ip-pool|block-affinity|ipam-|calico-|workload-endpoint$|bgp-)/, 'calico'],
];

function occursIn(model: ClusterModel, kind: Kind): boolean {
  const network = ONE_NETWORKS.find(([kinds]) => kinds.test(kind))?.[1];
  const known = model.technologies.has('flannel') || model.technologies.has('calico');
  return network === undefined || !known || model.technologies.has(network);
}

function missingOf(model: ClusterModel, host: Stack | undefined, need: Kind | readonly Kind[]): Missing {
  const kinds = alternatives(need);
  const input = [...new Set(kinds.map(labelFor))].join(' or ');
  const first = (kinds.find((k) => occursIn(model, k)) ?? kinds[0]) as Kind;
  const absence = isClusterKind(first)
    ? model.absence(first)
    : (host?.absence(first) ?? { known: false as const, reason: 'not-captured' as const });
  return {
    ...(host && { node: host.node }),
    input: kinds.length === 1 ? first : input,
    ...(kinds.length > 1 && { supply: first }),
    reason: absence.known ? 'empty' : absence.reason,
    ...(!absence.known && absence.detail !== undefined && { detail: absence.detail }),
  };
}

/** Do replaced addresses make the rule say what is not so? */
const misleads = (by: Obfuscation | undefined, uses: Rule['addresses'] = 'contained'): boolean =>
  by !== undefined && uses !== 'none' && !(uses === 'equal' && by.keeps === 'equality');

const replacedBy = (by: Obfuscation & { readonly at: Missing['at'] }, node?: string): Missing => ({
  ...(node !== undefined && { node }),
  input: 'true addresses',
  reason: 'obfuscated',
  detail: `${by.by} replaced them${by.keeps === 'equality' ? ', and which prefix held which address is lost' : ''}`,
  ...(by.at !== undefined && { at: by.at }),
});

export interface Prepared {
  readonly view: View<Kind>;
  /** False: the rule cannot run at all. */
  readonly runnable: boolean;
  readonly missing: readonly Missing[];
}

/** What a rule gets to see, and what it lacks. */
export function prepareView(
  model: ClusterModel,
  rule: Pick<Rule, 'needs' | 'uses' | 'onMissing' | 'addresses'>,
): Prepared {
  const needs: Needs<Kind> = rule.needs;
  const kinds = [...new Set([...needs.flatMap((n) => alternatives(n)), ...(rule.uses ?? [])])];
  const misled = model.nodes.filter((n) => misleads(n.obfuscated, rule.addresses));
  const hosts = model.nodes.filter((n) => !misled.includes(n)).map((n) => n.host);
  const missing: Missing[] = misled.flatMap((n) => (n.obfuscated ? [replacedBy(n.obfuscated, n.name)] : []));
  const clusterMisled =
    misleads(model.obfuscated, rule.addresses) && kinds.some((k) => isClusterKind(k) && model.has(k));
  if (clusterMisled && model.obfuscated) missing.push(replacedBy(model.obfuscated));
  for (const need of needs)
    if (!concernsHost(need) && !alternatives(need).some((k) => model.has(k as ClusterKind)))
      missing.push(missingOf(model, undefined, need));
  const clusterLacks = missing.some((m) => m.node === undefined) || (misled.length > 0 && hosts.length === 0);
  const able: Stack[] = [];
  // Pasted packets that nothing places lack everything; naming that would bury what is really missing.
  const snippets = new Set(model.nodes.filter(isSnippet).map((n) => n.host));
  for (const host of hosts) {
    const lacks = needs.filter((need) => concernsHost(need) && !alternatives(need).some((k) => hasOn(model, host, k)));
    if (lacks.length === 0) able.push(host);
    else if (rule.onMissing !== 'skip' && !snippets.has(host))
      missing.push(...lacks.map((need) => missingOf(model, host, need)));
  }
  const needsHost = needs.some(concernsHost);
  if (needsHost && hosts.length === 0 && misled.length === 0)
    for (const need of needs) if (concernsHost(need)) missing.push(missingOf(model, undefined, need));
  const clusterOnly = needs
    .filter(concernsHost)
    .every((need) => alternatives(need).some((k) => isClusterKind(k) && model.has(k)));
  return {
    runnable: !clusterLacks && (!needsHost || able.length > 0 || clusterOnly),
    missing,
    view: {
      nodes: model.nodes,
      hosts: able.map((s) => stackView(s, kinds)),
      allHosts: hosts.map((s) => stackView(s, kinds)),
      podStacks: model.nodes
        .filter((n) => !misled.includes(n))
        .flatMap((n) => n.others)
        .map((s) => stackView(s, kinds)),
      cluster: factsObject(kinds.filter(isClusterKind), (k) =>
        model.facts(k as ClusterKind),
      ) as unknown as View<Kind>['cluster'],
      clusterListings: model.listings,
      clusterAbsence: model.absence,
      notComparable: model.notComparable,
      captureOf: model.captureOf,
      node: model.node,
      get paths() {
        return pathsOf(model);
      },
      model,
    },
  };
}
