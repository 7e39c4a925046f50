import { byHeaders, type Section, type Sectioning } from './section.js';

/*
 * iptables v1.8.9 (legacy)
 * ****************** legacy filter v4 ******************
 * -P INPUT ACCEPT
 *
 * *** Output of conntrack -S ***
 * cpu=0 found=0 invalid=1 …
 */
const STARS = /^\*{3,} ?(?:Output of )?(\S.{0,200}?) ?\*{3,} ?$/;
/** kube-ovn: backend, table and family; the body is that of `-S`. */
const RULES = /^(legacy|nft) (\w+) v([46])$/;
/** kube-ovn's xfrm.log and ipsec.log. */
const XFRM = /^(?:ip )?xfrm (state|policy)$/;

function headerOf(line: string): Omit<Section, 'from' | 'to' | 'at'> | undefined {
  // A comment of C or a box in a log starts with `**` too; only what can be a command is a header.
  if (line.charCodeAt(0) !== 42) return undefined;
  const title = STARS.exec(line)?.[1];
  if (title === undefined || /^\*|^[=-]+$/.test(title)) return undefined;
  const rules = RULES.exec(title);
  if (rules) return { commandLine: `ip${rules[3] === '6' ? '6' : ''}tables-${rules[1]} -t ${rules[2]} -S` };
  const xfrm = XFRM.exec(title)?.[1];
  return { commandLine: xfrm === undefined ? title : `ip xfrm ${xfrm}` };
}

/** kube-ovn's `kubectl ko log` (rows of stars) and the EKS collector (three stars on each side). */
export const stars: Sectioning = {
  name: 'stars',
  detect: (head, inner) =>
    head.some((line) => headerOf(line) !== undefined) &&
    /(?:^|\/)(?:iptables|xfrm|ipsec|conntrack|ebpf)[^/]*$/.test(inner),
  split: (text) => byHeaders(text, headerOf),
};
