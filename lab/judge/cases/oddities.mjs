import { macOf, podNs } from '../../topologies.mjs';
import { casesOf } from './case.mjs';
import { gatewayOf, nicOf, routeFor } from './shape.mjs';

/** Things that stand in healthy clusters. */
const quiet = (cases) =>
  casesOf(
    'oddities',
    Object.fromEntries(
      Object.entries(cases).map(([id, make]) => [
        id,
        {
          make,
          harmless: true,
          kernel: 'All is answered.',
          ...(id.endsWith('-with-vlans') && { needs: ['vlan-filtering'] }),
        },
      ]),
    ),
  );

export const oddities = quiet({
  'docker-down': (on, at) =>
    on.ip(
      at.node.name,
      'link add br-6f1d2c3b4a59 type bridge',
      'address add 172.18.0.1/16 brd + dev br-6f1d2c3b4a59',
      'link add gone type veth peer name gone1',
      'link set gone master br-6f1d2c3b4a59 up',
      'link set br-6f1d2c3b4a59 up',
      'link del gone',
    ),
  'docker-used': (on, at, { lab }) => {
    on.namespace('engine');
    on.ip(
      at.node.name,
      'link add br-engine type bridge',
      'address add 172.19.0.1/16 brd + dev br-engine',
      'link set br-engine up',
    );
    lab.ip(at.node.name, [
      'link',
      'add',
      'vethc0ffee',
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      lab.full('engine'),
    ]);
    on.ip(at.node.name, 'link set vethc0ffee master br-engine up');
    lab.batch('engine', [
      'link set eth0 up',
      'address add 172.19.0.2/16 brd + dev eth0',
      'route add default via 172.19.0.1',
    ]);
  },
  'spare-devices': (on, at) =>
    on.ip(
      at.node.name,
      'link add kube-ipvs0 type ifb',
      'address add 10.96.99.99/32 dev kube-ipvs0',
      'link add nodelocaldns type ifb',
      'address add 169.254.20.10/32 dev nodelocaldns',
      'link add tunl0 type bridge',
    ),
  'dead-neighbours': (on, at, cluster) => {
    const dev = nicOf(cluster, at.node);
    on.ip(
      at.node.name,
      `neigh replace ${at.node.internalIp.replace(/\d+$/, '200')} dev ${dev} nud failed`,
      `neigh replace ${at.node.internalIp.replace(/\d+$/, '201')} lladdr ${macOf('gone')} dev ${dev} nud stale`,
    );
  },
  supernet: (on, at, cluster) =>
    on.ip(
      at.node.name,
      `route add 10.0.0.0/8 via ${gatewayOf(cluster, at.node).gateway} dev ${gatewayOf(cluster, at.node).device} onlink`,
    ),
  'unused-blackholes': (on, at) =>
    on.ip(
      at.node.name,
      'route add blackhole 198.18.0.0/15',
      'route add unreachable 240.0.0.0/4',
      `route add blackhole ${at.node.podCidr} metric 4000`,
    ),
  'unused-rules': (on, at) =>
    on.ip(
      at.node.name,
      'route add default dev lo table 160',
      'rule add from 198.51.100.0/24 lookup 160 priority 400',
      'rule add fwmark 0x1234 lookup 160 priority 401',
      'rule add iif docker9 lookup 160 priority 402',
    ),
  'same-answer-by-rule': (on, at, cluster) => {
    const { prefix } = routeFor(cluster, at.node.name, at.peer.internalIp);
    on.ip(
      at.node.name,
      `route add ${prefix} dev ${nicOf(cluster, at.node)} table 161`,
      `rule add from ${at.node.internalIp} to ${prefix} lookup 161 priority 403`,
    );
  },
  'unused-chains': (on, at) => {
    on.chain(at.node.name, 'filter', 'DOCKER-ISOLATION-STAGE-2', ['-o docker0 -j DROP', '-j RETURN']);
    on.chain(at.node.name, 'filter', 'DOCKER-ISOLATION-STAGE-1', [
      '-i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2',
      '-j RETURN',
    ]);
    on.chain(at.node.name, 'filter', 'DOCKER-USER', ['-j RETURN']);
    on.rule(at.node.name, '-I FORWARD 1 -j DOCKER-ISOLATION-STAGE-1');
    on.rule(at.node.name, '-I FORWARD 1 -j DOCKER-USER');
  },
  'canary-chains': (on, at) => {
    on.chain(at.node.name, 'mangle', 'KUBE-SITE-CANARY', []);
    on.chain(at.node.name, 'nat', 'KUBE-SITE-CANARY', []);
    on.chain(at.node.name, 'filter', 'KUBE-SITE-CANARY', []);
  },
  'rules-twice': (on, at, { topology }) => {
    for (let i = 0; i < 3; i++) on.rule(at.node.name, `-A FORWARD -s ${topology.clusterCidr} -j ACCEPT`);
    for (let i = 0; i < 2; i++) on.rule(at.node.name, '-A INPUT -p icmp -j ACCEPT');
  },
  'spare-nic': (on, at) =>
    on.ip(
      at.node.name,
      'link add eth9 type veth peer name eth9p',
      'link set eth9p up',
      'link set eth9 up',
      'address add 10.55.0.9/24 brd + dev eth9',
    ),
  'logged-packets': (on, at) => {
    on.rule(at.node.name, '-I INPUT 1 -m limit --limit 1/hour -j LOG --log-prefix "in: " --log-level 7');
    on.rule(at.node.name, '-t mangle -I FORWARD 1 -m limit --limit 1/hour -j NFLOG --nflog-group 3');
  },
  'empty-sets': (on, at) => {
    on.ipset(at.node.name, 'site-blocked', 'hash:net', []);
    on.ipset(at.node.name, 'site-ports', 'bitmap:port range 0-1024', []);
    on.rule(at.node.name, '-I FORWARD 1 -m set --match-set site-blocked src -j DROP');
    on.rule(at.node.name, '-t raw -I PREROUTING 1 -m set --match-set site-blocked src -j DROP');
  },
  'v6-off': (on, at) =>
    on.sysctl(at.node.name, { 'net/ipv6/conf/all/disable_ipv6': 0, 'net/ipv6/conf/all/forwarding': 0 }),
  'lo-addresses': (on, at) =>
    on.ip(at.node.name, 'address add 192.0.2.53/32 dev lo', 'address add 127.0.0.53/8 dev lo'),
  'spare-bridge-with-vlans': (on, at) => {
    on.ip(
      at.node.name,
      'link add br-vlan type bridge vlan_filtering 1',
      'link add v9 type veth peer name v9p',
      'link set v9 master br-vlan',
      'link set v9 up',
      'link set v9p up',
      'link set br-vlan up',
    );
    on.bridge(at.node.name, 'vlan add dev v9 vid 100 pvid untagged', 'vlan del dev v9 vid 1');
  },
  'nft-accepts': (on, at) =>
    on.nft(
      at.node.name,
      ['inet site', 'ip counted'],
      'table inet site {\n chain input {\n type filter hook input priority filter; policy accept;\n ct state established,related accept\n iif lo accept\n }\n chain forward {\n type filter hook forward priority filter + 5; policy accept;\n counter\n }\n}\n' +
        'table ip counted {\n chain pre {\n type filter hook prerouting priority -200; policy accept;\n meta l4proto { tcp, udp } counter\n ip saddr 198.51.100.0/24 drop\n }\n}\n',
    ),
  'other-backend-canary': (on, at, { topology }) => {
    const other = topology.iptables === 'nft' ? 'legacy' : 'nft';
    on.chain(at.node.name, 'filter', 'KUBE-KUBELET-OLD', ['-j RETURN'], other);
    on.rule(at.node.name, '-A FORWARD -j KUBE-KUBELET-OLD', other);
  },
  'invalid-dropped': (on, at) => on.rule(at.node.name, '-I INPUT 1 -m conntrack --ctstate INVALID -j DROP'),
  'martian-filter': (on, at) => {
    on.rule(at.node.name, '-t raw -I PREROUTING 1 -s 127.0.0.0/8 ! -i lo -j DROP');
    on.rule(at.node.name, '-t mangle -I PREROUTING 1 -p tcp ! --syn -m conntrack --ctstate NEW -j DROP');
  },
  'ufw-like': (on, at, cluster) => {
    const net = cluster.topology.clusterCidr;
    const user = [
      `-s ${net} -j ACCEPT`,
      '-p tcp -m multiport --dports 22,6443,30000:32767 -j ACCEPT',
      '-p udp -m multiport --dports 4789,8472 -j ACCEPT',
      '-p 4 -j ACCEPT',
      '-p tcp --dport 179 -j ACCEPT',
      '-p icmp -j ACCEPT',
    ];
    on.chain(at.node.name, 'filter', 'ufw-user-input', user);
    on.chain(at.node.name, 'filter', 'ufw-before-input', [
      '-i lo -j ACCEPT',
      '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-j ufw-user-input',
    ]);
    on.rule(at.node.name, '-A INPUT -j ufw-before-input');
    on.policy(at.node.name, 'INPUT', 'DROP');
  },
  'pod-second-nic': (on, at) =>
    on.ip(
      podNs(at.pod),
      'link add net1 type veth peer name net1p',
      'link set net1p up',
      'link set net1 up',
      'address add 10.78.0.5/24 brd + dev net1',
    ),
  'node-local-dns': (on, at) => {
    on.ip(at.node.name, 'link add nodelocaldns type ifb', 'address add 169.254.20.10/32 dev nodelocaldns');
    for (const chain of ['PREROUTING', 'OUTPUT'])
      on.rule(at.node.name, `-t raw -A ${chain} -d 169.254.20.10/32 -p udp --dport 53 -j CT --notrack`);
    on.rule(at.node.name, '-t raw -A OUTPUT -s 169.254.20.10/32 -p udp --sport 53 -j CT --notrack');
    on.rule(at.node.name, '-A INPUT -d 169.254.20.10/32 -p udp --dport 53 -j ACCEPT');
  },
  'virtual-address': (on, at, cluster) =>
    on.ip(at.node.name, `address add ${at.node.internalIp.replace(/\d+$/, '100')}/32 dev ${nicOf(cluster, at.node)}`),
  'host-port': (on, at) => {
    on.chain(at.node.name, 'nat', 'CNI-DN-site', [
      `-p tcp --dport 18080 -j DNAT --to-destination ${at.pod.address}:8080`,
    ]);
    on.chain(at.node.name, 'nat', 'SITE-HOSTPORT-DNAT', ['-p tcp -m multiport --dports 18080 -j CNI-DN-site']);
    on.rule(at.node.name, '-t nat -A PREROUTING -m addrtype --dst-type LOCAL -j SITE-HOSTPORT-DNAT');
    on.rule(at.node.name, '-t nat -A OUTPUT -m addrtype --dst-type LOCAL -j SITE-HOSTPORT-DNAT');
  },
  'peer-by-host-route': (on, at, cluster) =>
    on.ip(at.node.name, `route add ${at.peer.internalIp}/32 dev ${nicOf(cluster, at.node)} metric 20`),
});
