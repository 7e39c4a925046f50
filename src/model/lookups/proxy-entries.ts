import type { IptablesTableFact, NftChainFact, NftSetFact } from '../../facts/index.js';
import { type At, at, fileOf } from '../../kit/index.js';
import { chainAt } from './iptables.js';
import type { ProxyFacts } from './kube-proxy.js';
import { nftRuleAt } from './nftables.js';
import { lineIn } from './runs.js';

/** Something that kube-proxy of a node takes packets for. */
export interface ProxyEntry {
  /** `10.96.0.80 tcp 80`, `NodePort tcp 30080`. */
  readonly key: string;
  /** `default/web:http`, as kube-proxy remarks. */
  readonly name?: string;
  /** The line that takes the packets: sends them on, or refuses them. */
  readonly at: At;
  readonly refuses?: true;
  /**
   * Who is given the packets, with the line that gives their address; none where they are refused. Undefined: each node has its own (a traffic policy is
   * Local), or the chains don't tell.
   */
  readonly endpoints?: ReadonlyMap<string, At>;
  /** The line beside which those of its endpoints stand. */
  readonly beside: At;
}

/** What kube-proxy of a node takes packets for, in the order of its lines. */
export interface ProxyEntries {
  readonly entries: ReadonlyMap<string, ProxyEntry>;
  /** The head of what holds the entries, by whether they are NodePorts. */
  readonly services: At;
  readonly nodePorts?: At;
  /** Is it known what it refuses too? */
  readonly tellsRefusals: boolean;
  readonly mode: 'iptables' | 'nftables';
}

interface Line {
  readonly text: string;
  readonly at: At;
}

/** The rules of a table by chain, made once: dumps have thousands of chains. */
function byChain(table: IptablesTableFact): (chain: string) => readonly Line[] {
  const { chain, text, runs } = table.rules;
  const indexes = new Map<number, number[]>();
  for (const [i, c] of chain.entries()) {
    const held = indexes.get(c);
    if (held) held.push(i);
    else indexes.set(c, [i]);
  }
  const named = new Map(table.chains.name.map((name, i) => [name, indexes.get(i) ?? []]));
  const file = fileOf(table.at);
  return (name) =>
    (named.get(name) ?? []).map((i) => ({ text: text[i] ?? '', at: at(file, lineIn(runs.rule, runs.line, i)) }));
}

const TAKEN = /(?:^| )-d ([\da-f.:]+)(?:\/(?:32|128))? (?:.* )?-p (\w+) .*--dport (\d+)\b/;
const NODE_PORT = /(?:^| )-p (\w+) .*--dport (\d+)\b/;
const REMARK = /--comment "?([^" ]+)/;

/** `10.96.0.80 tcp 80` of a rule for a service's address, `NodePort tcp 30080` of one for a NodePort. */
function keyOf(text: string, isNodePort: boolean): string | undefined {
  const [, address, proto, port] = TAKEN.exec(text) ?? [];
  if (address !== undefined) return `${address} ${proto} ${port}`;
  const [, ofNode, nodePort] = isNodePort ? (NODE_PORT.exec(text) ?? []) : [];
  return ofNode === undefined ? undefined : `NodePort ${ofNode} ${nodePort}`;
}

const FORWARDS = /-j (KUBE-(?:SVC|SVL|EXT|XLB|FW)-\S+)/;

/** The endpoints of KUBE-SVC-…; undefined where a chain of one gives no address. */
function endpointsOf(rules: (chain: string) => readonly Line[], chain: string): ReadonlyMap<string, At> | undefined {
  const out = new Map<string, At>();
  for (const { text } of rules(chain)) {
    const sep = /-j (KUBE-SEP-\S+)/.exec(text)?.[1];
    if (sep === undefined) continue;
    const dnat = rules(sep).find((r) => /-j DNAT\b/.test(r.text));
    const to = [...(dnat?.text ?? '').matchAll(/--to-destination (\S+)/g)].at(-1)?.[1];
    if (!dnat || to === undefined) return undefined;
    if (!out.has(to)) out.set(to, dnat.at);
  }
  return out;
}

function iptablesEntries(facts: ProxyFacts, family: 4 | 6): ProxyEntries | undefined {
  const ofFamily = facts['iptables-table'].filter((t) => t.family === family);
  const [nat, ...others] = ofFamily.filter((t) => t.table === 'nat' && t.chains.name.includes('KUBE-SERVICES'));
  // Of two backends one holds what an earlier kube-proxy left.
  if (!nat || others.length > 0) return undefined;
  const rules = byChain(nat);
  const isAsked = ['PREROUTING', 'OUTPUT'].every((c) => rules(c).some((r) => /-j KUBE-SERVICES\b/.test(r.text)));
  // In the IPVS mode the chain asks sets.
  if (!isAsked || rules('KUBE-SERVICES').some((r) => / --match-set KUBE-/.test(r.text))) return undefined;
  const entries = new Map<string, ProxyEntry>();
  const put = (entry: ProxyEntry): void => {
    if (!entries.has(entry.key)) entries.set(entry.key, entry);
  };
  for (const chain of ['KUBE-SERVICES', 'KUBE-NODEPORTS'])
    for (const rule of rules(chain)) {
      const target = FORWARDS.exec(rule.text)?.[1];
      const key = target === undefined ? undefined : keyOf(rule.text, chain === 'KUBE-NODEPORTS');
      if (key === undefined || target === undefined) continue;
      const name = REMARK.exec(rule.text)?.[1];
      const isShared = target.startsWith('KUBE-SVC-') && chain === 'KUBE-SERVICES';
      const endpoints = isShared ? endpointsOf(rules, target) : undefined;
      const beside = rules(target).find((r) => /-j KUBE-SEP-/.test(r.text))?.at ?? rule.at;
      put({ key, ...(name !== undefined && { name }), at: rule.at, ...(endpoints && { endpoints }), beside });
    }
  const filters = ofFamily.filter((t) => t.table === 'filter');
  for (const filter of filters) {
    const refusing = byChain(filter);
    for (const chain of ['KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES'])
      for (const rule of refusing(chain)) {
        const said = / has no (local )?endpoints/.exec(rule.text);
        const key = said ? keyOf(rule.text, true) : undefined;
        if (!said || key === undefined) continue;
        const name = REMARK.exec(rule.text)?.[1];
        const shared = said[1] === undefined && !key.startsWith('NodePort') ? { endpoints: new Map() } : {};
        const refuses = said[1] === undefined && { refuses: true as const };
        put({ key, ...(name !== undefined && { name }), at: rule.at, ...refuses, ...shared, beside: rule.at });
      }
  }
  const head = (name: string): At | undefined => {
    const i = nat.chains.name.indexOf(name);
    return i < 0 ? undefined : chainAt(nat, i);
  };
  const nodePorts = head('KUBE-NODEPORTS');
  return {
    entries,
    services: head('KUBE-SERVICES') ?? nat.at,
    ...(nodePorts !== undefined && { nodePorts }),
    tellsRefusals: filters.length > 0,
    mode: 'iptables',
  };
}

/** `default/web:http` of `service-SUSTUHLJ-default/web/tcp/http`. */
function nftName(text: string): string | undefined {
  const [, name, port] = /^\w+-\w+-([^/]+\/[^/]+)\/\w+\/(\S*)$/.exec(text) ?? [];
  return name === undefined ? undefined : `${name}${port ? `:${port}` : ''}`;
}

function nftEndpoints(
  chains: ReadonlyMap<string, NftChainFact>,
  of: NftChainFact,
): ReadonlyMap<string, At> | undefined {
  const out = new Map<string, At>();
  const names = (of.rules?.text ?? []).flatMap((t) => [...t.matchAll(/goto (endpoint-[^\s,}]+)/g)].map((m) => m[1]));
  for (const name of new Set(names)) {
    const chain = chains.get(name ?? '');
    const i = chain?.rules?.text.findIndex((t) => /\bdnat (?:ip6? )?to /.test(t)) ?? -1;
    const to = /\bdnat (?:ip6? )?to (\S+)/.exec(chain?.rules?.text[i] ?? '')?.[1];
    if (!chain || to === undefined) return undefined;
    out.set(to, nftRuleAt(chain, i));
  }
  return out;
}

function nftEntries(facts: ProxyFacts, family: 4 | 6): ProxyEntries | undefined {
  const own = family === 4 ? 'ip' : 'ip6';
  const ofProxy = facts['nft-chain'].filter((c) => c.table === 'kube-proxy' && c.family === own);
  const sets = new Map<string, NftSetFact>(
    facts['nft-set'].filter((s) => s.table === 'kube-proxy' && s.family === own).map((s) => [s.set, s]),
  );
  const services = sets.get('service-ips');
  const isAsked = ofProxy.some((c) => c.base?.type === 'nat' && c.rules?.text.some((t) => /^jump services\b/.test(t)));
  if (!services?.elements || !isAsked) return undefined;
  const chains = new Map(ofProxy.map((c) => [c.chain, c]));
  const entries = new Map<string, ProxyEntry>();
  for (const set of ['service-ips', 'service-nodeports', 'no-endpoint-services', 'no-endpoint-nodeports']) {
    const fact = sets.get(set);
    for (const [i, text] of fact?.elements?.text.entries() ?? []) {
      const [, key = '', verdict = ''] = /^(.*?) : (.*)$/.exec(text) ?? [];
      const parts = key.split(' . ');
      const line = fact?.elements?.line[i];
      if (!fact || line === undefined || parts.length < 2) continue;
      const place = at(fileOf(fact.at), line);
      const target = /^goto (\S+)/.exec(verdict)?.[1] ?? '';
      const chain = target.startsWith('service-') ? chains.get(target) : undefined;
      const refuses = target.startsWith('reject');
      const endpoints =
        chain && parts.length === 3
          ? nftEndpoints(chains, chain)
          : refuses && parts.length === 3
            ? new Map()
            : undefined;
      const name = nftName(target);
      const entry: ProxyEntry = {
        key: parts.length === 3 ? parts.join(' ') : `NodePort ${parts.join(' ')}`,
        ...(name !== undefined && { name }),
        at: place,
        ...(refuses && { refuses: true as const }),
        ...(endpoints && { endpoints }),
        beside: chain?.rules ? nftRuleAt(chain, Math.max(0, chain.rules.text.length - 1)) : place,
      };
      if (!entries.has(entry.key)) entries.set(entry.key, entry);
    }
  }
  const nodePorts = sets.get('service-nodeports')?.at;
  return {
    entries,
    services: services.at,
    ...(nodePorts !== undefined && { nodePorts }),
    tellsRefusals: sets.get('no-endpoint-services')?.elements !== undefined || sets.has('no-endpoint-services'),
    mode: 'nftables',
  };
}

/**
 * Services and NodePorts that kube-proxy of a node serves or refuses in its modes iptables and nftables (pkg/proxy/iptables/proxier.go,
 * pkg/proxy/nftables/proxier.go). Undefined: it has no such rules, nothing asks them, or two sets of them are there.
 */
export function proxyEntriesOf(facts: ProxyFacts, family: 4 | 6): ProxyEntries | undefined {
  const isNft = facts['nft-chain'].some((c) => c.table === 'kube-proxy' && c.family === (family === 4 ? 'ip' : 'ip6'));
  return isNft ? nftEntries(facts, family) : iptablesEntries(facts, family);
}
