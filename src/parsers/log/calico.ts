import type { ComponentEvent } from '../../facts/index.js';
import { addressIn, componentFact, type Message, prefixIn, type Reading, type Signature } from './signature.js';

type Values = Readonly<Record<string, string | undefined>>;

/** One line of calico-node (startup, felix, confd) or of the bird inside it. */
function says(
  event: ComponentEvent,
  needle: string,
  pattern: RegExp,
  values: (m: RegExpExecArray) => Values | 'unreadable' | undefined,
  component: 'calico' | 'bird' = 'calico',
): Signature {
  return {
    needle,
    read(message: Message): Reading {
      if (component === 'bird' && message.component !== 'bird' && message.component !== 'calico') return undefined;
      const m = pattern.exec(message.body);
      const made = m && values(m);
      if (!made) return undefined;
      return made === 'unreadable' ? made : componentFact(message, event, made, component);
    },
  };
}

function autodetected(family: string, dev: string | undefined, cidr: string): Values | 'unreadable' {
  if (prefixIn(cidr) === undefined) return 'unreadable';
  const [address = '', length] = cidr.split('/');
  return { family: family === 'IPv6' ? '6' : '4', dev, address: addressIn(address), length };
}

const address = (m: RegExpExecArray, rest: Values): Values | 'unreadable' => {
  const known = addressIn(m[1]);
  return known === undefined ? 'unreadable' : { address: known, ...rest };
};

/** Wordings of calico/node 2.x to 3.x: startup/startup.go, autodetection, felix, bird 0.3.3+1.6.x as calico ships it. */
export const calicoSignatures: readonly Signature[] = [
  says('calico-node-name', 'determined node name: ', /^Determined node name: (\S+)$/, (m) => ({ node: m[1] })),
  says(
    'calico-autodetected-address',
    'autodetected ipv',
    /^Using autodetected (IPv[46]) address on interface (\S+): (\S+)/,
    (m) => autodetected(m[1] ?? '', m[2], m[3] ?? ''),
  ),
  says(
    'calico-autodetected-address',
    'autodetected ipv',
    /^Using autodetected (IPv[46]) address ([^\s,]+)(?: on matching interface (\S+))?/,
    (m) => autodetected(m[1] ?? '', m[3], m[2] ?? ''),
  ),
  says(
    'calico-configured-address',
    'address from environment',
    /^Using (IPv[46]) address from environment: IP6?=(\S+)/,
    (m) => ({
      family: m[1] === 'IPv6' ? '6' : '4',
      address: addressIn((m[2] ?? '').split('/')[0]),
    }),
  ),
  says(
    'calico-address-conflict',
    'is already using the ipv',
    /^Calico node '([^']+)' is already using the IPv[46] address (\S+?)[.]?$/,
    (m) => {
      const known = addressIn(m[2]);
      return known === undefined ? 'unreadable' : { node: m[1], address: known };
    },
  ),
  says(
    'calico-no-address',
    'autodetect an ipv',
    /^(?:Unable to auto-?detect|Couldn't autodetect|Could not autodetect) an IPv([46]) address/i,
    (m) => ({ family: m[1] }),
  ),
  // With IgnoreLooseRPF felix says so and goes on; without it it dies.
  says(
    'felix-rpf-ignored',
    "rpf check is set to 'loose'",
    /^Kernel's RPF check is set to 'loose' and IgnoreLooseRPF/,
    () => ({}),
  ),
  says('felix-rpf-loose', "rpf check is set to 'loose'", /^Kernel's RPF check is set to 'loose'/, () => ({})),
  says(
    'calico-as-number',
    'as number',
    /^Using (?:AS number specified in environment|global AS number|AS number .*?) \(?(?:AS=)?(\d+)\)?/,
    (m) => ({
      as: m[1],
    }),
  ),
  says(
    'calico-pool-created',
    'created default ipv',
    /^Created default IPv[46] pool \(([^)]+)\)(?: with NAT outgoing (\w+)\. IPIP mode: (\w+)(?:, VXLAN mode: (\w+))?)?/,
    (m) => (prefixIn(m[1]) === undefined ? 'unreadable' : { pool: m[1], nat: m[2], ipip: m[3], vxlan: m[4] }),
  ),
  says(
    'calico-datastore-unreachable',
    'connecting to datastore',
    /^(?:Hit error connecting to datastore|Failed to connect(?:ing)? to (?:the )?datastore|Error connecting to datastore)/i,
    () => ({}),
  ),
  says(
    'calico-datastore-unreachable',
    'connect to datastore',
    /^(?:Unable|Failed) to (?:access|connect to) (?:the )?datastore/i,
    () => ({}),
  ),
  says(
    'calico-datastore-unreachable',
    'access datastore',
    /^(?:Unable|Failed) to access (?:the )?datastore/i,
    () => ({}),
  ),
  says(
    'calico-typha-unreachable',
    'to typha',
    /^(?:Failed to connect to Typha|Connection to Typha failed|error connecting to typha)/i,
    () => ({}),
  ),
  says(
    'calico-tunnel-address-failed',
    'tunnel address',
    /^(?:Unable to (?:autoassign|auto-?assign|assign|set)|Failed to (?:assign|set|get)|Error (?:assigning|getting)).{0,60}tunnel address/i,
    () => ({}),
  ),
  says(
    'calico-iptables-backend',
    'iptables-',
    /^(?:Looked up iptables command|Iptables backend).*\b(?:saveCmd|command|cmd)="?[^\s"]*-(legacy|nft)-/,
    (m) => ({ backend: m[1] }),
  ),
  says('calico-pool-overlaps', 'overlaps with host', /(?:pool|CIDR)\b.*?([\da-f.:]+\/\d+).*overlaps with host/i, (m) =>
    prefixIn(m[1]) === undefined ? undefined : { cidr: m[1] },
  ),
  says(
    'calico-not-ready',
    'bgp not established with',
    /(?:^|[:"] ?)(?:calico\/node is not ready: )?BIRDv?6? is not ready: BGP not established with ([\da-f.:,]+)/,
    (m) => ({ peers: m[1] }),
  ),
  says(
    'calico-not-ready',
    'unable to connect to birdv',
    /(?:^|[:"] ?)(?:calico\/node is not ready: )?BIRDv?6? is not ready: .*unable to connect to BIRDv([46]) socket/,
    (m) => ({ family: m[1] }),
  ),
  says(
    'calico-not-ready',
    'felix is not ready',
    /(?:^|[:"] ?)(?:calico\/node is not ready: )?felix is not ready/,
    () => ({}),
  ),
  says(
    'bird-unexpected-connect',
    'unexpected connect from unknown',
    /^BGP: Unexpected connect from unknown address ([\da-fA-F.:x]+)(?:%\S+)? \(port (\d+)\)/,
    (m) => address(m, { port: m[2] }),
    'bird',
  ),
  says(
    'bird-state',
    'state changed to',
    /^(\S+): State changed to (\w+)/,
    (m) => ({ protocol: m[1], state: m[2] }),
    'bird',
  ),
  says('bird-error', ': received: ', /^(\S+): Received: (.+)$/, (m) => ({ protocol: m[1], error: m[2] }), 'bird'),
  says('bird-error', ': socket error', /^(\S+): (Socket error.*)$/, (m) => ({ protocol: m[1], error: m[2] }), 'bird'),
  says('bird-error', ': socket: ', /^(\S+): (Socket: .*)$/, (m) => ({ protocol: m[1], error: m[2] }), 'bird'),
  says('bird-error', ': error: ', /^(\S+): Error: (.+)$/, (m) => ({ protocol: m[1], error: m[2] }), 'bird'),
  says(
    'bird-error',
    'next hop address',
    /^(\S+): (Invalid NEXT_HOP.*|Next hop address.*)$/i,
    (m) => ({ protocol: m[1], error: m[2] }),
    'bird',
  ),
];
