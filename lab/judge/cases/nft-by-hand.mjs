import { podNs } from '../../topologies.mjs';
import { casesOf } from './case.mjs';
import { bridgeUnder, hostDevice, linksOf, nicOf, podSide, routeFor } from './shape.mjs';

/** Tables of nftables as administrators write them: maps, sets that packets fill, octets, what a route says, packets rewritten. */
const tcpPort = (pod) => pod.listen.find((l) => l.protocol === 'TCP').port;
const tcpService = (at, { services }) => at.pick(services.filter((s) => s.ports.some((p) => p.protocol === 'TCP')));
const hex = (address) =>
  `0x${address
    .split('.')
    .map((p) => Number(p).toString(16).padStart(2, '0'))
    .join('')}`;

/** One table `ip site` with one base chain, and whatever stands before it. */
const table = (
  on,
  ns,
  hook,
  rules,
  { type = 'filter', priority = 'filter', policy = 'accept', more = '', family = 'ip' } = {},
) =>
  on.nft(
    ns,
    [`${family} site`],
    `table ${family} site {\n${more}\n chain base {\n  type ${type} hook ${hook} priority ${priority}; policy ${policy};\n${rules.map((r) => `  ${r}\n`).join('')} }\n}\n`,
  );

export const nftByHand = casesOf('nft-by-hand', {
  'verdicts-by-pair': {
    kernel: 'Lost: pairs that the map refuses.',
    make: (on, at) =>
      table(
        on,
        at.node.name,
        'forward',
        ['ip saddr . tcp dport vmap @pairs', 'ip saddr . ip protocol vmap { 10.0.0.0/8 . udp : accept }'],
        {
          more: ` map pairs {\n  type ipv4_addr . inet_service : verdict; flags interval;\n  elements = { ${at.far.address} . 1-9000 : ${at.pick(['drop', 'jump no'])}, ${at.node.podCidr} . 53 : accept }\n }\n chain no { counter reject with tcp reset\n }`,
        },
      ),
  },
  'set-filled-by-packets': {
    kernel: 'Lost: who once asked; the set remembers.',
    make: (on, at) =>
      table(
        on,
        at.node.name,
        'forward',
        [
          `ip daddr ${at.pod.address} ip saddr ${at.far.address} add @seen { ip saddr timeout 1h }`,
          `ip daddr ${at.pod.address} ip saddr @seen drop`,
        ],
        {
          more: ' set seen { type ipv4_addr; flags dynamic,timeout; timeout 1h; size 1000;\n }',
        },
      ),
  },
  'set-with-timeouts': {
    kernel: 'Lost: what the set holds for the next hours.',
    make: (on, at) =>
      table(on, at.node.name, 'forward', ['ip saddr @banned counter drop'], {
        more: ` set banned { type ipv4_addr; flags interval,timeout; auto-merge; elements = { ${at.far.address}/31 timeout 2h, 203.0.113.0/24 timeout 1h }\n }`,
      }),
  },
  'fib-type-local-only': {
    kernel: 'Lost: what is for the node by that device, or is not.',
    make: (on, at, cluster) =>
      table(
        on,
        at.node.name,
        'prerouting',
        [
          at.pick([
            `iifname "${nicOf(cluster, at.node)}" fib daddr . iif type != { local, broadcast, multicast } drop`,
            `ip protocol icmp fib daddr type local drop`,
          ]),
        ],
        { priority: 'mangle' },
      ),
  },
  'fib-way-back': {
    kernel: 'Lost: what comes in where no way leads back.',
    make(on, at, cluster) {
      const { prefix } = routeFor(cluster, at.node.name, at.far.address);
      on.ip(at.node.name, `route replace ${prefix} via ${at.peer.internalIp} dev ${nicOf(cluster, at.node)} onlink`);
      table(
        on,
        at.node.name,
        'prerouting',
        [
          at.pick([
            'fib saddr . iif oif missing drop',
            'fib saddr . mark . iif oif 0 counter drop',
            'fib saddr oif != 0 accept',
          ]),
        ],
        { priority: 'raw', family: 'inet' },
      );
    },
  },
  'nexthop-refused': {
    kernel: 'Lost: what goes by that gateway.',
    make(on, at, cluster) {
      const { gateway } = routeFor(cluster, at.node.name, at.far.address);
      table(on, at.node.name, at.pick(['forward', 'postrouting']), [
        `rt nexthop ${gateway ?? at.peer.internalIp} drop`,
      ]);
    },
  },
  'asked-service': {
    kernel: 'Lost: what was asked by the address of one service.',
    make(on, at, { topology }) {
      const { clusterIp, ports } = tcpService(at, topology);
      table(on, at.node.name, 'forward', [
        at.pick([
          `ct original ip daddr ${clusterIp} drop`,
          `ct direction reply ct original ip daddr ${clusterIp} drop`,
          `ct original proto-dst ${ports[0].port} drop`,
          'ct status dnat ct direction reply drop',
        ]),
      ]);
    },
  },
  'octets-refused': {
    kernel: 'Lost: what has those octets.',
    make: (on, at) =>
      table(on, at.node.name, 'forward', [
        at.pick([
          `@nh,128,32 ${hex(at.pod.address)} drop`,
          `ip protocol tcp @th,16,16 ${tcpPort(at.pod)} ip daddr ${at.pod.address} drop`,
          `@nh,96,24 ${hex(at.peer.podCidr.split('/')[0]).slice(0, 8)} drop`,
        ]),
      ]),
  },
  'ttl-set': {
    kernel: 'Lost: what still has to be forwarded with no hop left.',
    make: (on, at) =>
      table(
        on,
        at.node.name,
        at.pick(['prerouting', 'forward', 'postrouting']),
        [`ip saddr ${at.pod.address} ip ttl set ${at.pick([1, 2, 64])}`],
        { priority: 'mangle' },
      ),
  },
  'destination-rewritten': {
    kernel: 'Lost: the other pod answers under its own name.',
    make: (on, at) =>
      table(on, at.node.name, 'prerouting', [`ip daddr ${at.far.address} ip daddr set ${at.pod.address}`], {
        priority: at.pick([-310, -160]),
      }),
  },
  'source-rewritten': {
    kernel: 'Lost: whoever is asked answers to somebody else.',
    make: (on, at) =>
      table(on, at.node.name, 'postrouting', [`ip saddr ${at.pod.address} ip saddr set ${at.node.internalIp}`], {
        priority: at.pick([250, -160]),
      }),
  },
  'port-rewritten': {
    kernel: 'Lost: connections to that port; the answers come from another.',
    make: (on, at) =>
      table(
        on,
        at.node.name,
        'prerouting',
        [`ip daddr ${at.pod.address} tcp dport ${tcpPort(at.pod)} tcp dport set 9`],
        { priority: 'mangle' },
      ),
  },
  'frames-forwarded-elsewhere': {
    kernel: 'Lost: frames of the pod that are handed to another device before any stack sees them.',
    make(on, at, cluster) {
      on.ip(at.node.name, 'link add fwd0 type veth peer name fwd1', 'link set fwd0 up', 'link set fwd1 up');
      table(
        on,
        at.node.name,
        `ingress device "${hostDevice(cluster, at.node, at.pod)}"`,
        [`ip protocol icmp ${at.pick(['fwd', 'dup'])} to "fwd0"`],
        { family: 'netdev', priority: '0' },
      );
    },
  },
  'frames-dropped-by-type': {
    kernel: 'Lost: pings or connections of that device; or all, if nobody can ask for it.',
    make: (on, at, cluster) =>
      table(
        on,
        at.node.name,
        `ingress device "${at.pick([nicOf(cluster, at.node), hostDevice(cluster, at.node, at.pod)])}"`,
        [
          at.pick([
            'ip protocol icmp drop',
            'tcp flags syn tcp dport 1-10000 drop',
            'ether type arp drop',
            `ip saddr ${at.far.address} drop`,
          ]),
        ],
        { family: 'netdev', priority: '-500' },
      ),
  },
  'inet-at-ingress': {
    kernel: 'Lost: pings that come in by the card.',
    make: (on, at, cluster) =>
      table(on, at.node.name, `ingress device "${nicOf(cluster, at.node)}"`, ['icmp type echo-request drop'], {
        family: 'inet',
        priority: 'filter',
      }),
  },
  'marked-at-ingress': {
    kernel: 'Lost: what the mark refuses later.',
    make(on, at, cluster) {
      on.nft(
        at.node.name,
        ['netdev site', 'ip site'],
        `table netdev site {\n chain in { type filter hook ingress device "${hostDevice(cluster, at.node, at.pod)}" priority 0; policy accept;\n  ip daddr ${at.far.address} meta mark set 0x77\n }\n}\ntable ip site {\n chain forwarded { type filter hook forward priority 1; policy accept;\n  meta mark 0x77 drop\n }\n}\n`,
      );
    },
  },
  'refused-early': {
    kernel: 'Refused before it is routed.',
    make: (on, at) =>
      table(
        on,
        at.node.name,
        at.pick(['prerouting', 'input', 'output']),
        [
          `ip daddr { ${at.far.address}, ${at.node.internalIp} } meta l4proto tcp reject with ${at.pick(['tcp reset', 'icmp host-unreachable', 'icmp admin-prohibited'])}`,
          `ip daddr ${at.far.address} icmp type echo-request reject with icmp net-prohibited`,
        ],
        { priority: 'filter + 1' },
      ),
  },
  'chains-in-chains': {
    kernel: 'Lost: what comes back from all chains unaccepted.',
    make: (on, at, cluster) =>
      table(
        on,
        at.node.name,
        'forward',
        ['ct state established,related accept', 'jump one', `ip saddr ${at.far.address} goto two`, 'accept'],
        {
          policy: 'drop',
          more: ` chain two { ip protocol icmp return\n  iifname "${podSide(cluster, at.node, at.pod)}" return\n  tcp dport 1-1023 accept\n }\n chain one { ip daddr 203.0.113.0/24 goto two\n  return\n }`,
        },
      ),
  },
  'accepted-in-one-dropped-in-the-other': {
    kernel: 'Lost: an accept ends its own chain only.',
    make: (on, at) =>
      on.nft(
        at.node.name,
        ['ip site'],
        `table ip site {\n chain a { type filter hook forward priority -5; policy accept;\n  ip daddr ${at.pod.address} accept\n }\n chain b { type filter hook forward priority -5; policy accept;\n  ip daddr ${at.pod.address} ip protocol icmp drop\n }\n}\n`,
      ),
  },
  'marks-of-connections': {
    kernel: 'Lost: replies of connections that one pod began.',
    make: (on, at) =>
      on.nft(
        at.node.name,
        ['ip site'],
        `table ip site {\n chain a { type filter hook prerouting priority -140; policy accept;\n  ip saddr ${at.pod.address} ct state new ct mark set ct mark or 0x800000\n  meta mark set ct mark\n }\n chain b { type filter hook forward priority 5; policy accept;\n  ct direction ${at.pick(['reply', 'original'])} meta mark & 0x800000 == 0x800000 drop\n }\n}\n`,
      ),
  },
  'zone-by-device': {
    kernel: 'Lost: where the answer comes back in another zone, and is INVALID or not translated.',
    make: (on, at, cluster) =>
      table(on, at.node.name, 'prerouting', [`iifname "${podSide(cluster, at.node, at.pod)}" ct zone set 3`], {
        priority: 'raw',
      }),
  },
  'destination-by-chance': {
    kernel: 'Answered by one of two pods, in turn or by the address of who asks.',
    make: (on, at) =>
      table(
        on,
        at.node.name,
        'prerouting',
        [
          `ip daddr ${at.far.address} dnat to ${at.pick(['numgen random mod 2', 'jhash ip saddr mod 2', 'numgen inc mod 2'])} map { 0 : ${at.pod.address}, 1 : ${at.far.address} }`,
        ],
        { type: 'nat', priority: 'dstnat' },
      ),
    wavers: true,
  },
  'networks-mapped': {
    kernel: 'Lost or seen with another source: prefixes are mapped one to one.',
    make: (on, at) =>
      table(
        on,
        at.node.name,
        at.pick(['postrouting', 'prerouting']),
        [
          at.coin()
            ? `ip saddr ${at.node.podCidr} ip daddr ${at.peer.podCidr} snat ip prefix to 198.18.5.0/24`
            : `ip daddr ${at.peer.podCidr} counter`,
        ],
        { type: 'nat', priority: 'srcnat - 1' },
      ),
  },
  'dormant-table': {
    harmless: true,
    kernel: 'All is answered: a dormant table has no hooks.',
    make: (on, at) => table(on, at.node.name, 'forward', ['counter drop'], { more: ' flags dormant;', policy: 'drop' }),
  },
  'arp-of-the-bridge': {
    needs: ['bridge'],
    kernel: 'Lost: what must ask for the pod; the bridge carries no questions to it, or no frames of it.',
    make: (on, at, cluster) =>
      table(
        on,
        at.node.name,
        at.pick(['prerouting', 'output', 'forward', 'input']),
        [
          at.pick([
            'ether type arp arp operation request drop',
            `ether saddr ${at.pod.mac} drop`,
            `iifname "${hostDevice(cluster, at.node, at.pod)}" ether type ip ip protocol icmp drop`,
            `meta pkttype broadcast drop`,
          ]),
        ],
        { family: 'bridge', priority: '-200' },
      ),
  },
  'by-kind-and-index': {
    kernel: 'Lost: what comes in by a device of that kind, index or group.',
    make(on, at, cluster) {
      const side = podSide(cluster, at.node, at.pod);
      const { ifindex } = linksOf(cluster, at.node.name).find((l) => l.ifname === side);
      table(on, at.node.name, 'forward', [
        at.pick([
          `meta iif ${ifindex} ip daddr ${at.peer.podCidr} drop`,
          `meta iifkind "${bridgeUnder(cluster, at.node, at.pod) ? 'bridge' : 'veth'}" ip protocol icmp drop`,
          `meta oif "${side}" ip saddr != ${at.node.podCidr} ip protocol icmp drop`,
          'meta iifgroup 0 ip protocol icmp drop',
        ]),
      ]);
    },
  },
  'syn-by-flags': {
    kernel: 'Lost: connections to one pod.',
    make: (on, at) =>
      table(on, at.node.name, 'forward', [
        `ip daddr ${at.pod.address} ${at.pick(['tcp flags & (fin|syn|rst|ack) == syn drop', 'tcp flags syn / syn,ack drop', 'tcp flags != syn drop', 'tcp flags & ack == ack drop', 'tcp flags & (ack | psh) == ack drop'])}`,
      ]),
  },
  'lengths-refused': {
    large: true,
    kernel: 'Lost: what is long, and fragments.',
    make: (on, at) =>
      table(on, at.node.name, 'forward', [
        `ip daddr ${at.pod.address} ${at.pick(['meta length > 1000 drop', 'ip length 1000-65535 drop', 'ip frag-off & 0x1fff != 0 drop'])}`,
      ]),
  },
  'ranges-but-not': {
    kernel: 'Lost: all but a range.',
    make: (on, at) =>
      table(on, at.node.name, 'forward', [
        `ip daddr ${at.pod.address} ip saddr != { ${at.far.address}-${at.far.address.replace(/\d+$/, '254')}, ${at.node.internalIp} } tcp dport != { 22, 80-90 } drop`,
      ]),
  },
  'own-packets-rerouted': {
    kernel: 'Lost: what the node itself sends to one pod: its mark leads to a table that refuses.',
    make(on, at) {
      table(on, at.node.name, 'output', [`ip daddr ${at.far.address} meta mark set 0x5050`], {
        type: 'route',
        priority: 'mangle',
      });
      on.ip(
        at.node.name,
        `route add ${at.pick(['prohibit', 'blackhole', 'unreachable'])} default table 155`,
        'rule add fwmark 0x5050 lookup 155 priority 155',
      );
    },
  },
  'own-packets-marked-only': {
    harmless: true,
    kernel: 'All is answered: a filter chain does not route again.',
    make(on, at) {
      table(on, at.node.name, 'output', [`ip daddr ${at.far.address} meta mark set 0x5151`], {
        type: 'filter',
        priority: 'filter + 20',
      });
      on.ip(at.node.name, 'route add prohibit default table 156', 'rule add fwmark 0x5151 lookup 156 priority 156');
    },
  },
  'pod-guards-itself': {
    kernel: 'Lost: what the pod does not let in or out.',
    make: (on, at) =>
      table(
        on,
        podNs(at.pod),
        at.pick(['input', 'output']),
        [
          'iifname "lo" accept',
          'ct state vmap { established : accept, related : accept, invalid : drop }',
          at.pick(['meta l4proto icmp accept', 'tcp dport 1-65535 accept', 'ip ttl 64 accept']),
        ],
        { family: 'inet', policy: 'drop' },
      ),
  },
  'redirected-by-pod': {
    kernel: 'Refused: the pod turns its own connections to a port where nobody listens.',
    make: (on, at) =>
      table(on, podNs(at.pod), 'output', ['oifname "lo" return', 'meta l4proto tcp redirect to :15001'], {
        type: 'nat',
        priority: '-100',
      }),
  },
});
