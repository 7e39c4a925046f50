import type { BridgeFact, BridgePortFact } from '../facts/index.js';
import { type Draft, defineParser } from '../kit/index.js';
import { gap, readRows } from './text/rows.js';

/*
 * cni0
 *  bridge id		8000.4ebe86b311af
 *  designated root	8000.4ebe86b311af
 *
 * veth8a3f (1)
 *  port id		8001			state		     forwarding
 *  designated root	8000.4ebe86b311af	path cost		   2
 *
 * bridge-utils brctl/brctl_disp.c br_dump_info and dump_port_info; busybox prints the same.
 */
const ID = /^\s+bridge id\s+([\da-f]{4}\.[\da-f]{12})\s*$/;
const PORT = /^(\S+) \(\d{1,5}\)\s*$/;
const STATE = /^\s+port id\s+([\da-f]{4})\s+state\s+(\w+)\s*$/;
const COST = /\spath cost\s+(\d{1,10})\s*$/;
const HAIRPIN = /^\s+hairpin mode\s+(\d)\s*$/;
/** Timers, costs and flags of the spanning tree. */
const OTHER =
  /^\s+(?:designated (?:root|bridge|port|cost)|root port|max age|hello time|forward delay|ageing time|hello timer|topology change timer|flags|group address)\b/;

type Port = { -readonly [K in keyof Draft<BridgePortFact>]: Draft<BridgePortFact>[K] };
type Bridge = { readonly line: number; readonly name: string; id?: string; readonly ports: string[] };

/** Bits of a port's number in its id; the rest is the priority (net/bridge/br_private_stp.h). */
const PORT_BITS = 10;

/** `brctl showstp BRIDGE`: a bridge and the state of its ports. */
export const brctlShowstp = defineParser<BridgePortFact | BridgeFact>({
  command: 'brctl-showstp',
  emits: ['bridge-port', 'bridge'],
  scope: 'stack',
  claims: {
    command(argv) {
      const words = argv[0] === 'busybox' ? argv.slice(1) : argv;
      if (words[0] !== 'brctl' || words[1] !== 'showstp') return undefined;
      return { kinds: ['bridge-port'], ...(words[2] !== undefined && { scope: { bridge: words[2] } }) };
    },
    file: /(?:^|-)brctl-showstp(?:-|$)/,
    sniff: (head) => (head.some((line) => ID.test(line.slice(0, 100)) || STATE.test(line.slice(0, 100))) ? 3 : 0),
  },
  parse(text, out, { scope }) {
    out.only(['bridge-port']);
    let bridge: Bridge | undefined;
    let port: { readonly line: number; readonly fact: Port } | undefined;
    const flushPort = (): void => {
      if (port) out.fact(port.line, port.fact);
      port = undefined;
    };
    const flush = (): void => {
      flushPort();
      if (bridge)
        out.fact(bridge.line, {
          kind: 'bridge',
          name: bridge.name,
          ...(bridge.id !== undefined && { id: bridge.id }),
          ports: bridge.ports,
        });
      bridge = undefined;
    };
    readRows(
      text,
      out,
      (line, i) => {
        const name = PORT.exec(line)?.[1];
        const [id, state, hairpin] = [ID.exec(line), STATE.exec(line), HAIRPIN.exec(line)];
        if (name !== undefined) {
          flushPort();
          bridge?.ports.push(name);
          const of = bridge?.name ?? scope['bridge'];
          port = { line: i, fact: { kind: 'bridge-port', dev: name, ...(of !== undefined && { bridge: of }) } };
        } else if (/^\S+$/.test(line.trimEnd()) && ID.test(text.line(i + 1))) {
          flush();
          bridge = { line: i, name: line.trim(), ports: [] };
        } else if (id && bridge) bridge.id = id[1] ?? '';
        else if (state && port) {
          port.fact.priority = Number.parseInt(state[1] ?? '', 16) >> PORT_BITS;
          port.fact.state = state[2] ?? '';
        } else if (hairpin && port) port.fact.switches = { hairpin: hairpin[1] === '1' };
        else if (OTHER.test(line) && (port || bridge)) {
          const cost = COST.exec(line);
          if (port && cost) port.fact.cost = Number(cost[1]);
        } else return gap('not a line of brctl showstp');
        return 'row';
      },
      flush,
    );
  },
});
