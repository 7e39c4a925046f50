import type { BridgeVlanFact } from '../facts/index.js';
import { type Draft, defineParser } from '../kit/index.js';
import { iproute2Command, selection, shown } from './text/iproute2.js';
import { gap, readRows, type Taken } from './text/rows.js';
import { wordsOf } from './text/words.js';

/*
 * port              vlan-id
 * eth0              1 PVID Egress Untagged
 *                     state forwarding mcast_router 1
 *                   10-20
 *
 * iproute2 bridge/vlan.c print_vlan_info, print_vlan_opts, print_vlan_stats, print_vlan_tunnel_info. Versions before 5.0 separate by a tab
 * and head with `vlan ids`; `None` was a port without VLANs. `vlan show tunnelinfo` has VNIs in a third column.
 */
const HEADER = /^\s*port\s+vlan[- ]ids?(?:\s+tunnel[- ]id)?\s*$/;
const RANGE = /^(\d{1,4})(?:-(\d{1,4}))?$/;
const TUNNEL = /^(\d{1,8})(?:-\d{1,8})?$/;
const MAX_VID = 4095;

/** Settings and counters of the VLAN above. */
const BELOW = /^\s+(?:(?:state|mcast_\w+) \S|[RT]X: \d+ bytes|router ports:)/;

type Vlan = { -readonly [K in keyof Draft<BridgeVlanFact>]: Draft<BridgeVlanFact>[K] };

/** `1 PVID Egress Untagged`, `10-20`, `10 1010`; undefined when it is none. */
function vlanOf(dev: string, words: readonly string[]): Vlan | undefined {
  const range = RANGE.exec(words[0] ?? '');
  const [vid, end] = [Number(range?.[1]), Number(range?.[2] ?? range?.[1])];
  if (!range || vid > MAX_VID || end > MAX_VID) return undefined;
  const flags = words.slice(1).join(' ');
  const tunnel = TUNNEL.exec(words[1] ?? '')?.[1];
  if (tunnel === undefined ? !/^(?:PVID ?)?(?:Egress Untagged)?$/.test(flags) : words.length > 2) return undefined;
  return {
    kind: 'bridge-vlan',
    dev,
    vid,
    ...(end !== vid && { end }),
    pvid: flags.startsWith('PVID'),
    untagged: flags.endsWith('Untagged'),
    ...(tunnel !== undefined && { tunnelId: Number(tunnel) }),
  };
}

const stateIn = (line: string): string | undefined => /^\s+state (\w{3,12})\b/.exec(line)?.[1];

/** A port's first line: its name and, behind it, a VLAN, `None` or nothing. */
const isPort = (line: string, words: readonly string[]): boolean =>
  /^[^\s`~]/.test(line) && (words.length === 1 || words[1] === 'None' || vlanOf('', words.slice(1)) !== undefined);

/** `bridge vlan`, also with `-d`, `-s`, `-c` and as `tunnelshow`. */
export const bridgeVlan = defineParser<BridgeVlanFact>({
  command: 'bridge-vlan',
  emits: ['bridge-vlan'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(argv);
      if (command?.object !== 'vlan' || !command.plain) return undefined;
      const [verb = '', ...rest] = command.args;
      const words =
        'tunnelshow'.startsWith(verb) && verb !== '' ? rest : shown(verb === 'global' ? rest : command.args);
      if (!words) return undefined;
      const {
        vid,
        tunnelinfo: _,
        ...scope
      } = selection(words, 'dev', new Set(['tunnelinfo']), new Set(['dev', 'vid']));
      return { scope: { ...scope, ...(vid !== undefined && { vid }) } };
    },
    file: /(?:^|-)bridge-(?:\w-)*vlan(?:-(?:show|tunnelshow))?$/,
    sniff(head) {
      const lines = head.map((line) => line.slice(0, 200)).filter((line) => line.trim() !== '');
      if (lines.some((line) => HEADER.test(line))) return 3;
      // A grep of it, or a paste without the titles.
      const vlans = lines.filter((line) => /^\S+\s+\d{1,4} PVID Egress Untagged\s*$/.test(line)).length;
      const others = lines.filter((line) =>
        /^\s+\d{1,4}(?:-\d{1,4})?(?: (?:PVID|Egress Untagged))*\s*$/.test(line),
      ).length;
      return vlans > 0 && vlans + others === lines.length ? 2 : 0;
    },
  },
  parse(text, out) {
    let dev: string | undefined;
    let vlan: { readonly line: number; readonly fact: Vlan } | undefined;
    const flush = (): void => {
      if (vlan) out.fact(vlan.line, vlan.fact);
      vlan = undefined;
    };
    const start = (i: number, words: readonly string[]): Taken => {
      flush();
      const fact = dev === undefined ? undefined : vlanOf(dev, words);
      if (fact) vlan = { line: i, fact };
      return fact || words[0] === 'None' || words.length === 0 ? 'row' : gap('not a line of bridge vlan');
    };
    readRows(
      text,
      out,
      (line, i) => {
        const words = wordsOf(line);
        if (HEADER.test(line)) return 'noise';
        if (dev !== undefined && BELOW.test(line)) {
          const state = stateIn(line);
          if (vlan && state !== undefined) vlan.fact.state = state;
          return 'row';
        }
        // A number alone is a VLAN also where a paste lost the indentation: a port of such a name has its VLAN behind it.
        const below = /^\s/.test(line) || (words.length === 1 && words[0] !== dev);
        if (dev !== undefined && below && RANGE.test(words[0] ?? '')) return start(i, words);
        if (!isPort(line, words)) return gap('not a line of bridge vlan');
        dev = words[0] ?? '';
        return start(i, words.slice(1));
      },
      flush,
    );
  },
});
