import { macOf, podNs } from '../../topologies.mjs';
import { casesOf } from './case.mjs';
import { bridgeUnder, gatewayOf, linksOf, nicOf, podSide, routeFor } from './shape.mjs';

/** What administrators and other programs leave on nodes and in pods: addresses, ARP, local routes, sidecars, other tools' firewalls. */
const toPeer = (cluster, at) => routeFor(cluster, at.node.name, at.far.address);
const conf = (dev, key) => `net/ipv4/conf/${dev}/${key}`;
/** An address of the LAN that nobody has. */
const free = (at, last) => at.node.internalIp.replace(/\d+$/, String(last));
const end = (pod) => `pod:${pod.namespace}/${pod.name}`;
/** Everybody asks that address. */
const askedByAll = (topology, dst, more = { proto: 'icmp' }) => [
  ...topology.nodes
    .flatMap((n) => [`node:${n.name}`, ...n.pods.slice(0, 1).map(end)])
    .map((src) => ({ src, dst, ...more })),
  ...(topology.outside ? [{ src: topology.outside, dst, ...more }] : []),
];

export const hosts = casesOf('hosts', {
  'lo-holds-peer-subnet': {
    kernel: 'Lost: what goes to the pods of the peer from there. A prefix on lo is local as a whole (fib_add_ifaddr).',
    make: (on, at) => on.ip(at.node.name, `address add ${at.far.address}/${at.pick([24, 28])} dev lo`),
  },
  'local-prefix': {
    kernel: 'The node answers itself for all of that prefix (AnyIP).',
    make: (on, at) => on.ip(at.node.name, `route add local ${at.peer.podCidr} dev lo`),
  },
  'local-prefix-unused': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.ip(at.node.name, 'route add local 203.0.113.0/24 dev lo'),
  },
  'vip-on-lo': {
    harmless: true,
    kernel: 'All is answered; the address too, by whoever hears the question.',
    make(on, at, cluster) {
      const [first] = cluster.topology.nodes;
      on.ip(at.node.name, `address add ${free({ node: first }, 100)}/32 dev lo`);
      if (at.coin()) on.sysctl(at.node.name, { [conf('all', 'arp_ignore')]: 1, [conf('all', 'arp_announce')]: 2 });
    },
    probes: (topology) => askedByAll(topology, topology.nodes[0].internalIp.replace(/\d+$/, '100')),
  },
  'pod-is-broadcast': {
    needs: ['bridge'],
    kernel: 'Lost: all to the pod whose address is the broadcast address of a prefix that is too long.',
    make(on, at, cluster) {
      const bridge = bridgeUnder(cluster, at.node, at.pod);
      const own = at.node.podCidr.replace(/\d+\/\d+$/, '1');
      on.ip(at.node.name, `address add ${own}/30 brd + dev ${bridge}`, `address delete ${own}/24 dev ${bridge}`);
    },
  },
  'nic-peer-address': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at, cluster) =>
      on.ip(at.node.name, `address add 198.51.100.1 peer 198.51.100.2/32 dev ${nicOf(cluster, at.node)}`),
  },
  'route-mtu-locked': {
    large: true,
    kernel: 'Of large packets lost: those with DF that do not fit the route.',
    make(on, at, cluster) {
      const { prefix, gateway, device } = toPeer(cluster, at);
      on.ip(
        at.node.name,
        `route replace ${prefix} ${gateway ? `via ${gateway} ` : ''}dev ${device} onlink mtu ${at.pick(['lock ', ''])}1300`,
      );
    },
  },
  'default-unreachable-behind': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.ip(at.node.name, 'route add unreachable default metric 4278198272'),
  },
  'table-by-mark-prohibits': {
    kernel: 'Lost: what one pod sends to pods elsewhere.',
    make(on, at) {
      on.rule(at.node.name, `-t mangle -I PREROUTING 1 -s ${at.pod.address} -j MARK --set-xmark 0x99/0xff`);
      on.ip(
        at.node.name,
        `route add ${at.pick(['prohibit', 'blackhole', 'unreachable', 'throw'])} ${at.peer.podCidr} table 199`,
        'rule add fwmark 0x99/0xff lookup 199 priority 190',
      );
    },
  },
  'goto-rule': {
    kernel: 'Lost: what is for one pod elsewhere.',
    make: (on, at) =>
      on.ip(
        at.node.name,
        `route add ${at.pick(['unreachable', 'blackhole'])} ${at.far.address}/32 table 77`,
        'rule add lookup 77 priority 300',
        `rule add from all to ${at.far.address} goto ${at.pick([300, 31000])} priority 100`,
        'rule add lookup main priority 200',
        'rule add lookup main priority 31000',
      ),
  },
  'table-per-nic': {
    needs: ['two-nics'],
    kernel: 'What has the address of the second card leaves by that card.',
    make(on, at) {
      const nic = at.node.nics[1];
      const gateway = nic.address.replace(/\d+\/\d+$/, '1');
      on.ip(
        at.node.name,
        `route add default via ${gateway} dev ${nic.name} onlink table 101`,
        `rule add from ${nic.address.split('/')[0]} lookup 101 priority 500`,
      );
    },
  },
  'arp-announce-strict': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.sysctl(at.node.name, { [conf('all', 'arp_announce')]: at.pick([1, 2]) }),
  },
  'proxy-arp-pvlan': {
    wavers: true,
    kernel: 'All is answered, some by a detour.',
    make: (on, at, cluster) => on.sysctl(at.node.name, { [conf(nicOf(cluster, at.node), 'proxy_arp_pvlan')]: 1 }),
  },
  'arptables-drops': {
    kernel: 'Lost: what needs an answer of that node to a question that it does not hear.',
    make(on, at, { lab }) {
      const rule = at.coin()
        ? ['INPUT', '--source-ip', at.peer.internalIp, '-j', 'DROP']
        : ['OUTPUT', '--destination-ip', at.peer.internalIp, '-j', 'DROP'];
      on.said(at.node.name, `arptables -A ${rule.join(' ')}`);
      lab.exec(at.node.name, ['arptables-nft', '-A', ...rule]);
      on.back(() => lab.exec(at.node.name, ['arptables-nft', '-D', ...rule]));
    },
  },
  'nft-arp-drops': {
    kernel: 'Lost: the node hears no ARP from the peer.',
    make: (on, at) =>
      on.nft(
        at.node.name,
        ['arp guard'],
        `table arp guard {
  chain in {
    type filter hook input priority filter; policy accept;
    arp saddr ip ${at.peer.internalIp} drop
  }
}
`,
      ),
  },
  'pod-mac-of-bridge': {
    needs: ['bridge'],
    kernel: 'Lost: all to the pod that has the MAC of its bridge.',
    make(on, at, cluster) {
      const bridge = linksOf(cluster, at.node.name).find((l) => l.ifname === bridgeUnder(cluster, at.node, at.pod));
      on.ip(podNs(at.pod), `link set eth0 address ${bridge.address}`);
    },
  },
  'pod-mac-of-sibling': {
    needs: ['bridge', 'siblings'],
    wavers: true,
    kernel: 'Whoever sent last gets the frames of both.',
    make: (on, at) => on.ip(podNs(at.pod), `link set eth0 address ${at.sibling.mac}`),
  },
  'pod-without-gateway-address': {
    kernel: 'All is answered where a bridge or veth answers for everybody.',
    make(on, at, cluster) {
      on.ip(podNs(at.pod), 'route delete default', 'route add default dev eth0 scope link');
      if (at.coin()) on.sysctl(at.node.name, { [conf(podSide(cluster, at.node, at.pod), 'proxy_arp')]: 1 });
    },
  },
  'pod-second-address': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.ip(podNs(at.pod), `address add ${at.pod.address.replace(/\d+$/, '77')}/32 dev eth0`),
  },
  'sidecar-outbound': {
    kernel: 'Lost: every connection that the pod opens; nobody listens on 15001.',
    make(on, at) {
      on.chain(podNs(at.pod), 'nat', 'ISTIO_REDIRECT', ['-p tcp -j REDIRECT --to-ports 15001']);
      on.rule(podNs(at.pod), '-t nat -A OUTPUT -p tcp -j ISTIO_REDIRECT');
    },
  },
  'sidecar-inbound': {
    kernel: 'Lost: connections to the pod; nobody listens on 15006.',
    make(on, at) {
      on.chain(podNs(at.pod), 'nat', 'ISTIO_INBOUND', [
        '-p tcp -m tcp --dport 15008 -j RETURN',
        '-p tcp -j REDIRECT --to-ports 15006',
      ]);
      on.rule(podNs(at.pod), '-t nat -A PREROUTING -p tcp -j ISTIO_INBOUND');
    },
  },
  'sidecar-to-own-port': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) =>
      on.rule(
        podNs(at.pod),
        `-t nat -A PREROUTING -p tcp --dport ${at.pod.listen.find((l) => l.protocol === 'TCP').port} -j REDIRECT`,
      ),
  },
  'tproxy-to-nobody': {
    kernel: 'Lost: connections to one pod; nobody listens where they are turned to.',
    make(on, at) {
      on.rule(
        at.node.name,
        `-t mangle -I PREROUTING 1 -p tcp -d ${at.pod.address} -j TPROXY --on-port 15001 --tproxy-mark 0x533/0xffffffff`,
      );
      on.ip(at.node.name, 'rule add fwmark 0x533 lookup 133 priority 133', 'route add local default dev lo table 133');
    },
  },
  'dnat-circle': {
    kernel: 'Lost or answered by another, as the rules meet.',
    make(on, at) {
      on.rule(at.node.name, `-t nat -I PREROUTING 1 -d ${at.far.address} -j DNAT --to-destination ${at.pod.address}`);
      on.rule(at.node.name, `-t nat -I PREROUTING 1 -d ${at.pod.address} -j DNAT --to-destination ${at.far.address}`);
    },
  },
  'redirect-on-node': {
    kernel: 'Lost: connections to one port of pods that pass the node: the node itself refuses them.',
    make: (on, at) => on.rule(at.node.name, '-t nat -I PREROUTING 1 -p tcp --dport 8080 -j REDIRECT --to-ports 3128'),
  },
  'masquerade-with-ports': {
    kernel: 'All is answered; seen with another source.',
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-t nat -I POSTROUTING 1 -p tcp -s ${at.pod.address} -j MASQUERADE --to-ports 40000-41000 --random`,
      ),
  },
  'netmap-pods': {
    kernel: 'Lost or seen with another source: addresses of one subnet are mapped to another.',
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-t nat -I POSTROUTING 1 -s ${at.node.podCidr} ! -d ${at.node.podCidr} -j NETMAP --to 198.18.7.0/24`,
      ),
  },
  'snat-range': {
    kernel: 'Lost: nobody has the addresses that one pod gets.',
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-t nat -I POSTROUTING 1 -s ${at.pod.address} -j SNAT --to-source ${free(at, 231)}-${free(at, 233)}`,
      ),
  },
  'nodeport-by-localhost': {
    needs: ['nodeport'],
    harmless: true,
    kernel: 'Answered where route_localnet is on, and the port is asked on the node itself.',
    make(on, at) {
      on.sysctl(at.node.name, { [conf('all', 'route_localnet')]: at.pick([1, 0]) });
    },
    probes: ({ nodes, services }) => {
      const ports = services.flatMap((s) =>
        s.ports.filter((p) => p.nodePort && p.protocol === 'TCP').map((p) => p.nodePort),
      );
      return nodes.flatMap((n) =>
        ports.map((port) => ({
          class: 'node-port local',
          src: `node:${n.name}`,
          dst: '127.0.0.1',
          proto: 'tcp',
          port,
        })),
      );
    },
  },
  'local-only-listener': {
    kernel: 'Refused from elsewhere: it listens on 127.0.0.1.',
    make(on, at, { lab }) {
      const ns = at.coin() ? podNs(at.pod) : at.node.name;
      const program = "require('net').createServer((s)=>s.end('{}')).listen(7777,'127.0.0.1')";
      const child = lab.spawn(ns, [process.execPath, '-e', program]);
      on.said(ns, 'listens on 127.0.0.1:7777');
      on.back(() => child.kill('SIGKILL'));
      return new Promise((resolve) => setTimeout(resolve, 400));
    },
    probes: (topology) =>
      topology.nodes.flatMap((n) => [
        ...askedByAll(topology, `node:${n.name}`, { proto: 'tcp', port: 7777 }),
        { src: `node:${n.name}`, dst: '127.0.0.1', proto: 'tcp', port: 7777 },
        ...n.pods
          .slice(0, 1)
          .flatMap((p) => [
            ...askedByAll({ ...topology, outside: undefined }, end(p), { proto: 'tcp', port: 7777 }),
            { src: end(p), dst: '127.0.0.1', proto: 'tcp', port: 7777 },
          ]),
      ]),
  },
  'gateway-is-peer': {
    kernel: 'All is answered: the peer forwards.',
    make(on, at, cluster) {
      const { device } = gatewayOf(cluster, at.node);
      on.ip(at.node.name, `route replace default via ${at.peer.internalIp} dev ${device} onlink`);
    },
  },
  'same-subnet-nic': {
    kernel: 'A second card in the same subnet: which one sends hangs on the order of the routes.',
    make(on, at, { lab, topology }) {
      if (topology.lan2) throw new Error('two segments');
      const mac = macOf(`second ${at.node.name}`);
      lab.ip('lan', [
        'link',
        'add',
        'second',
        'type',
        'veth',
        'peer',
        'name',
        'eth9',
        'address',
        mac,
        'netns',
        lab.full(at.node.name),
      ]);
      lab.batch('lan', ['link set second master br0 up']);
      on.said(at.node.name, 'eth9 is a second card on the LAN');
      on.back(() => lab.ip('lan', ['link', 'delete', 'second']));
      const length = topology.lan.length;
      on.ip(at.node.name, 'link set eth9 up', `address add ${free(at, 222)}/${length} dev eth9`);
    },
  },
});
