import type { BridgePortFact, LinkFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { bridgePort } from './bridge/port.js';
import { iproute2Command, selection, shown } from './text/iproute2.js';
import { headerOf } from './text/link/header.js';
import { gap, readRows, type Taken } from './text/rows.js';
import { wordsOf } from './text/words.js';

/*
 * 4: veth8a3f@if2: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 master cni0 state forwarding priority 32 cost 2
 *     hairpin on guard off root_block off fastleave off learning on flood on mcast_flood on isolated off
 *
 * iproute2 bridge/link.c print_linkinfo. Versions before 4.17 print `state UP @eth0:` in front of the flags; `-d` had VLANs below until 4.20.
 */

/** The old header, `2: eth0 state UP :` or `2: eth0 state UP @(null):`, as the new one. */
function modern(words: readonly string[]): readonly string[] {
  const flags = words.findIndex((word) => word.startsWith('<'));
  if (flags <= 2 || !/^\d+:$/.test(words[0] ?? '')) return words;
  const name = (words[1] ?? '').replace(/:$/, '');
  const peer = words.slice(2, flags).find((word) => word.startsWith('@')) ?? '';
  return [words[0] ?? '', `${name}${peer === '@(null):' ? '' : peer.replace(/:$/, '')}:`, ...words.slice(flags)];
}

/** What stands behind `master`: `state forwarding priority 32 cost 2`; a state without name is `state (7)`. */
function pairsOf(words: readonly string[]): Record<string, string> {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < words.length; i += 2) pairs.push([words[i] ?? '', words[i + 1] ?? '']);
  return Object.fromEntries(pairs);
}

const SWITCHES =
  /^(?:hairpin|guard|root_block|fastleave|learning|flood|isolated|neigh_suppress|mcast_\w+|bcast_flood) \S+/;
const VLAN = /^\d{1,4}(?:-\d{1,4})?(?: PVID| Egress| Untagged)*$/;
const HEADER =
  /^\s*\d+: \S+(?: state \S+ (?:@\S*)?:)? <[^>]*> mtu \d+ (?:master \S+ )?(?:state (?:disabled|listening|learning|forwarding|blocking) |hwmode )/;

interface Port {
  readonly line: number;
  readonly dev: string;
  readonly bridge: string | undefined;
  readonly attributes: Record<string, string>;
}

/** `bridge link`, also with `-d`: ports of bridges, and no other devices. */
export const bridgeLink = defineParser<BridgePortFact | LinkFact>({
  command: 'bridge-link',
  emits: ['bridge-port', 'link'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(argv);
      if (argv.at(0) !== 'bridge' || command?.object !== 'link' || !command.plain) return undefined;
      const words = shown(command.args);
      return words && { scope: selection(words, 'dev', new Set(), new Set(['dev', 'master'])), kinds: ['bridge-port'] };
    },
    file: /(?:^|-)bridge-(?:\w-)*link(?:-show)?$/,
    sniff(head) {
      const headers = head.filter((line) => HEADER.test(line.slice(0, 400)) && !line.includes(' qdisc ')).length;
      const others = head.filter((line) => line.trim() !== '' && !/^\s/.test(line)).length;
      return headers > 0 && headers === others ? 3 : 0;
    },
  },
  parse(text, out) {
    out.only(['bridge-port']);
    let port: Port | undefined;
    const flush = (): void => {
      // A network card with a switch of its own is listed too (`hwmode VEB`), and is nobody's port.
      if (port?.bridge !== undefined) out.fact(port.line, bridgePort(port.dev, port.bridge, port.attributes));
      port = undefined;
    };
    const take = (part: string, i: number): Taken => {
      const words = modern(wordsOf(part));
      const header = headerOf(words);
      if (header) {
        flush();
        const { state: _, ...link } = header;
        out.fact(i, { kind: 'link', ...link });
        const from = words.findIndex((word, n) => word === 'state' && n > 2);
        const attributes = from === -1 ? {} : pairsOf(words.slice(from));
        port = { line: i, dev: link.name, bridge: link.master, attributes };
        return 'row';
      }
      const line = words.join(' ');
      if (port && SWITCHES.test(line)) {
        Object.assign(port.attributes, pairsOf(words));
        return 'row';
      }
      if (port && (VLAN.test(line) || /^hwmode \S+$/.test(line))) return 'noise';
      return gap('not a line of bridge link');
    };
    readRows(
      text,
      out,
      (line, i) => {
        const parts = line.split('\\').filter((part) => part.trim() !== '');
        return parts.map((part) => take(part, i)).find((taken) => taken !== 'row') ?? 'row';
      },
      flush,
    );
  },
});
