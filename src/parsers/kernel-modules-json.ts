import type { ModuleFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { collectFailures } from './text/failure.js';

/*
 * {"br_netfilter":{"size":32768,"instances":1,"status":"loaded"},"vxlan":{"size":0,"instances":0,"status":"loadable"}}
 *
 * troubleshoot.sh's host collector (host-collectors/system/kernel_modules.json). It lists each module of the file system: of those that
 * are not loaded the ones of networks are facts.
 */
const MEMBER = /"([\w-]{1,64})":\s*\{([^{}]{0,200})\}/g;
const STATES: Readonly<Record<string, ModuleFact['state']>> = {
  loaded: 'loaded',
  loading: 'loading',
  unloading: 'unloading',
  builtin: 'builtin',
  loadable: 'available',
};
const NETWORK =
  /^(?:8021q|act_|arp_?tables?|arpt|bonding|br_|bridge|cls_|dummy|ebt|em_|geneve|gre$|inet_diag|ip|ip6|ipip|ipvlan|llc|macvlan|nf_|nfnetlink|nft_|openvswitch|sch_|sctp|sit|stp|tun|tcp_|tunnel|udp_|veth|vxlan|wireguard|x_tables|xfrm|xt_)/;

/** One text of the whole capture: members go over lines. */
function joined(lines: number, line: (i: number) => string): string {
  const parts: string[] = [];
  for (let i = 0; i < lines; i++) parts.push(line(i));
  return parts.join('\n');
}

/** troubleshoot.sh's list of kernel modules. */
export const kernelModulesJson = defineParser<ModuleFact>({
  command: 'kernel-modules-json',
  emits: ['module'],
  scope: 'stack',
  claims: {
    file: /(?:^|-)kernel-modules-json$/,
    sniff(head) {
      const text = head.join('\n').slice(0, 20_000);
      if (!/^\s*\{\s*"[\w-]{1,64}":\s*\{/.test(text)) return 0;
      return /"instances":\s*\d+/.test(text) && /"status":\s*"(?:load|unload|builtin|unknown)/.test(text) ? 3 : 0;
    },
  },
  parse(text, out) {
    const failures = collectFailures(out);
    const source = joined(text.count, (i) => text.line(i));
    let line = 0;
    let at = 0;
    let some = false;
    const goTo = (offset: number): number => {
      for (; at < offset; at++) if (source.charCodeAt(at) === 10) line++;
      return line;
    };
    for (const m of source.matchAll(MEMBER)) {
      some = true;
      const [whole, name = '', fields = ''] = m;
      const first = goTo(m.index);
      const last = goTo(m.index + whole.length);
      const state = STATES[/"status":\s*"([a-z]+)"/.exec(fields)?.[1] ?? ''];
      const instances = /"instances":\s*(\d{1,9})/.exec(fields)?.[1];
      const told = state !== undefined && (state !== 'available' || NETWORK.test(name));
      for (let i = first; i <= last; i++) {
        if (told) out.part(i);
        else out.noise(i);
      }
      if (told)
        out.fact(first, {
          kind: 'module',
          name: name.replaceAll('-', '_'),
          state,
          ...(instances !== undefined && { references: Number(instances) }),
        });
    }
    for (let i = 0; i < text.count; i++) {
      const rest = text.line(i).slice(0, 400);
      if (/^[\s{},]*$/.test(rest)) out.noise(i);
      else if (!some) failures.take(i, rest);
    }
    if (some && !source.trimEnd().endsWith('}')) out.incomplete('truncated', 'the JSON breaks off');
    failures.close(some);
  },
});
