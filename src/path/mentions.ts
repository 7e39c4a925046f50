import type { IptablesTableFact } from '../facts/index.js';
import type { Owner, Owners } from './owners.js';
import { blankPort, COMMENT, isOfSeveral, portsOf, scan, shapesOf } from './rule-shapes.js';

/** Who is spoken of in texts that stand as they are, on whatever node. */
export interface Mentions {
  /** Notes that a text which stands as it is speaks of somebody. */
  mention(owner: Owner, text: string): void;
  /** Reads a table, but for rules of the node's own pods, and gives what it says a number: equal tables are read once. */
  table(node: string, says: string, fact: IptablesTableFact, rules: readonly number[]): string;
  /** What the rules say of a service by its address, or by `:NODEPORT`: their shape, and the addresses in its chains. */
  serviceAt(node: string, address: string): SaidOfService | undefined;
  /** By node or pod, sorted. */
  mentionsOf(name: string): readonly string[];
  /** The same without what any healthy pod may be: an endpoint, a neighbour. */
  attachmentsOf(name: string): readonly string[];
}

/** Addresses of services, and their NodePorts. */
export interface Services {
  readonly addresses: ReadonlySet<string>;
  /** With the addresses of the service that has the port. */
  readonly nodePorts: ReadonlyMap<string, readonly string[]>;
}

/** One object for all nodes that have the same tables. */
export interface SaidOfService {
  readonly shape: string;
  /** Its own addresses are `<service>`. */
  readonly below: readonly string[];
}

/** Begins what chains of a service say of its endpoints. */
export const AS_ENDPOINT = 'endpoint ';
/** How texts begin that may be of any healthy pod: it is an endpoint, a neighbour, was asked. */
const OF_ANY = /^(?:endpoint|neigh|socket|ping|dns-query|packet) /;

/** What a table says, read once for all nodes that have it. */
interface ReadTable {
  readonly number: string;
  readonly services: ReadonlyMap<string, { readonly rules: readonly string[]; readonly below: readonly string[] }>;
}

function serviceIn(
  tables: readonly ReadTable[],
  address: string,
  nodePorts: Services['nodePorts'],
): SaidOfService | undefined {
  const own = [address, ...(nodePorts.get(address.slice(1)) ?? [])];
  const found = tables.flatMap(({ number, services }) => {
    const service = services.get(address);
    return service ? [{ number, ...service }] : [];
  });
  if (found.length === 0) return undefined;
  const shape = found.flatMap(({ number, rules }) => [number, ...[...rules].sort()]).join('\n');
  const below = found.flatMap((f) => f.below).map((e) => (own.includes(e) ? '<service>' : e));
  return { shape, below: [...new Set(below)] };
}

export function mentions(
  { replace, blank }: Pick<Owners, 'replace' | 'blank'>,
  { addresses: isService, nodePorts }: Services,
): Mentions {
  const said = new Map<string, Set<string>>();
  const mention: Owners['mention'] = (owner, text) => {
    const name = owner.pod ?? owner.node;
    const list = said.get(name);
    if (list) list.add(text);
    else said.set(name, new Set([text]));
  };
  const tables = new Map<string, ReadTable>();
  const ofNode = new Map<string, ReadTable[]>();
  type Known = Map<string, SaidOfService | undefined>;
  const byTables = new Map<string, Known>();
  const servicesOf = new Map<string, Known>();
  /** What nodes with the same tables know already. */
  const alsoOn = (read: readonly ReadTable[]): Known => {
    const key = read.map((t) => t.number).join(' ');
    const known = byTables.get(key) ?? new Map<string, SaidOfService | undefined>();
    byTables.set(key, known);
    return known;
  };
  const read = (fact: IptablesTableFact, rules: readonly number[], number: string): ReadTable => {
    const shapes = shapesOf(fact);
    const services = new Map<string, { readonly rules: string[]; readonly below: string[] }>();
    const chainOf = (i: number): string => fact.chains.name[fact.rules.chain[i] ?? -1] ?? '';
    const ofServices = new Set(
      rules.flatMap((i) => {
        const bare = (fact.rules.text[i] ?? '').replace(COMMENT, '');
        if (bare.includes('--to-destination')) return [chainOf(i)];
        return scan(bare).addresses.some((a) => isService.has(a.replace(/\/32$/, ''))) ? shapes.chainsBelow(bare) : [];
      }),
    );
    const note = (service: string, rule: string, bare: string): void => {
      const held = services.get(service) ?? { rules: [], below: [] };
      services.set(service, held);
      held.rules.push(rule);
      held.below.push(...shapes.below(bare));
    };
    for (const i of rules) {
      const bare = (fact.rules.text[i] ?? '').replace(COMMENT, '');
      const chain = chainOf(i);
      for (const port of portsOf(bare))
        if (nodePorts.has(port))
          note(`:${port}`, `${shapes.around(chain)} ${shapes.withTarget(blankPort(scan(bare).blank))}`, bare);
      if (bare.includes('--d'))
        for (const port of nodePorts.keys()) if (isOfSeveral(bare, Number(port))) note(`:${port}`, `${i}`, '');
      const { addresses } = scan(bare);
      if (addresses.length === 0) continue;
      const around = shapes.around(chain);
      const as = ofServices.has(chain) ? AS_ENDPOINT : '';
      const service = addresses.map((a) => a.replace(/\/32$/, '')).find((a) => isService.has(a));
      if (service !== undefined) note(service, `${around} ${shapes.withTarget(scan(bare).blank)}`, bare);
      replace(bare, (owner) => {
        mention(owner, `${as}${number} ${around} ${shapes.withTarget(blank(bare, owner))}`);
        return undefined;
      });
    }
    return { number, services };
  };
  return {
    mention,
    table: (node, says, fact, rules) => {
      const made = tables.get(says) ?? read(fact, rules, `table ${tables.size}`);
      tables.set(says, made);
      const own = ofNode.get(node);
      if (own) own.push(made);
      else ofNode.set(node, [made]);
      return made.number;
    },
    serviceAt: (node, address) => {
      const read = ofNode.get(node);
      if (!read) return undefined;
      const known = servicesOf.get(node) ?? alsoOn(read);
      servicesOf.set(node, known);
      if (!known.has(address)) known.set(address, serviceIn(read, address, nodePorts));
      return known.get(address);
    },
    mentionsOf: (name) => [...(said.get(name) ?? [])].sort(),
    attachmentsOf: (name) => [...(said.get(name) ?? [])].filter((text) => !OF_ANY.test(text)).sort(),
  };
}
