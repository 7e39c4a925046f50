import type { AddressFact, BridgePortFact, LinkFact } from '../facts/index.js';
import { defineParser } from '../kit/index.js';
import { iproute2Command, namedFamily, selection, shown } from './text/iproute2.js';
import { parseLinks } from './text/link/blocks.js';
import { sniffAddr } from './text/link/sniff.js';

/*
 * 4: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP group default qlen 1000
 *     link/ether 7a:01:61:e2:ef:de brd ff:ff:ff:ff:ff:ff
 *     inet 10.244.0.1/24 brd 10.244.0.255 scope global cni0
 */
export const ADDRESS_FLAGS: ReadonlySet<string> = new Set([
  'up',
  'dynamic',
  'permanent',
  'primary',
  'secondary',
  'temporary',
  'tentative',
  'deprecated',
  'dadfailed',
  'nomaster',
  'novf',
]);
export const ADDRESS_KEYS: ReadonlySet<string> = new Set([
  'dev',
  'to',
  'scope',
  'label',
  'master',
  'type',
  'vrf',
  'proto',
  'group',
]);

/** `ip addr` in all its forms but `-br` and `-j`: devices and their addresses. */
export const ipAddr = defineParser<LinkFact | AddressFact | BridgePortFact>({
  command: 'ip-addr',
  emits: ['link', 'address', 'bridge-port'],
  scope: 'stack',
  claims: {
    command(argv) {
      const command = iproute2Command(argv);
      const words = command?.object === 'address' && command.plain ? shown(command.args) : undefined;
      if (!command || !words) return undefined;
      return {
        scope: {
          ...(command.family && { family: command.family }),
          ...selection(words, 'dev', ADDRESS_FLAGS, ADDRESS_KEYS),
        },
      };
    },
    file: /(?:^|-)(?:ip(?:-(?:s|d|o|4|6|details))*-(?:a|ad|add|addr|address)(?:-|$)|ip(?:v[46])?-?addr(?:ess)?(?:show)?(?:-|$)|ip-info$)|^addr(?:ess)?$/,
    named: namedFamily('a'),
    sniff: sniffAddr,
  },
  parse(text, out, context) {
    const ports = parseLinks(text, out, context, (line, fact) => out.fact(line, fact));
    if (!ports) out.only(['link', 'address']);
  },
});
