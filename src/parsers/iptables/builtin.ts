import type { IptablesDumpFact } from '../../facts/index.js';
import type { Draft } from '../../kit/index.js';

/** Built-in chains by table; `security` has those of `filter` and is never met. INPUT of `nat` came with Linux 2.6.36. */
const BUILTIN: Readonly<Record<string, string>> = {
  'FORWARD INPUT OUTPUT': 'filter',
  'INPUT OUTPUT POSTROUTING PREROUTING': 'nat',
  'OUTPUT POSTROUTING PREROUTING': 'nat',
  'FORWARD INPUT OUTPUT POSTROUTING PREROUTING': 'mangle',
  'OUTPUT PREROUTING': 'raw',
};

/** The table that has just these built-in chains. */
export function tableOf(chains: readonly string[]): string | undefined {
  const names = [...chains].sort().join(' ');
  return Object.hasOwn(BUILTIN, names) ? BUILTIN[names] : undefined;
}

const OTHER = /^(?:# )?Warning: (ip6?)tables(-legacy)? tables present/;

/** `# Warning: iptables-legacy tables present, use iptables-legacy-save to see them`, which all forms of listings print; 1.8.2 without the `# `. */
export function otherBackend(
  line: string,
): (Draft<IptablesDumpFact> & { readonly backend: 'nft' | 'legacy' }) | undefined {
  const [warning, program, legacy] = OTHER.exec(line) ?? [];
  if (warning === undefined) return undefined;
  const other = legacy === undefined ? 'nft' : 'legacy';
  const backend = other === 'legacy' ? 'nft' : 'legacy';
  return { kind: 'iptables-dump', family: program === 'ip6' ? 6 : 4, backend, otherBackend: other };
}
