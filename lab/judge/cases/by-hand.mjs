import { podNs } from '../../topologies.mjs';
import { casesOf } from './case.mjs';
import { hostDevice, linksOf, nicOf, podSide, routeFor, tunnelLink } from './shape.mjs';

/** Rules of iptables as administrators write them: matches, targets and sets that no CNI and no firewall of a distribution uses. */
const tcpPort = (pod) => pod.listen.find((l) => l.protocol === 'TCP').port;
const tcpService = (at, { services }) => at.pick(services.filter((s) => s.ports.some((p) => p.protocol === 'TCP')));
const macOfLink = (cluster, ns, name) => linksOf(cluster, ns).find((l) => l.ifname === name).address;
const forwarded = (on, at, rule) => on.rule(at.node.name, `-I FORWARD 1 ${rule} -j ${at.pick(['DROP', 'REJECT'])}`);

export const byHand = casesOf('by-hand', {
  'addrtype-of-a-blackhole': {
    kernel: 'Lost: what the route refuses anyway, and nothing else.',
    make(on, at) {
      const kind = at.pick(['blackhole', 'unreachable', 'prohibit']);
      on.ip(at.node.name, `route add ${kind} ${at.far.address}/32`);
      forwarded(on, at, `-m addrtype --src-type ${kind.toUpperCase()}`);
    },
  },
  'addrtype-at-the-device': {
    kernel: 'Lost: what comes in by that device for an address of that very device.',
    make: (on, at, cluster) =>
      on.rule(
        at.node.name,
        `-t mangle -I PREROUTING 1 -i ${nicOf(cluster, at.node)} -m addrtype --dst-type LOCAL ${at.pick(['--limit-iface-in', ''])} -p icmp -j DROP`,
      ),
  },
  'addrtype-unicast-only': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) =>
      on.rule(at.node.name, '-I FORWARD 1 -m addrtype ! --dst-type UNICAST -m addrtype ! --src-type UNICAST -j DROP'),
  },
  'tcp-with-mss-option': {
    kernel: 'Lost: connections to one pod: every SYN has the option.',
    make: (on, at) => forwarded(on, at, `-p tcp -d ${at.pod.address} --tcp-option ${at.pick([2, 3, 77])}`),
  },
  'tcpmss-of-syn': {
    kernel: 'Lost: connections whose SYN says that much.',
    make: (on, at) =>
      forwarded(on, at, `-p tcp --syn -d ${at.pod.address} -m tcpmss --mss ${at.pick(['1:1500', '9000:65000'])}`),
  },
  'third-packet-dropped': {
    kernel: 'Lost: connections to one pod, whose handshake never ends there.',
    make: (on, at) => on.rule(at.node.name, `-I FORWARD 1 -p tcp -d ${at.pod.address} --tcp-flags SYN,ACK ACK -j DROP`),
  },
  'fin-dropped': {
    harmless: true,
    kernel: 'All is answered; connections end late.',
    make: (on, at) =>
      on.rule(at.node.name, `-I FORWARD 1 -p tcp -d ${at.pod.address} --tcp-flags ALL FIN,URG,PSH -j DROP`),
  },
  'set-with-exceptions': {
    kernel: 'Lost: the network but not what it excepts.',
    make(on, at, { topology }) {
      on.ipset(at.node.name, 'nets', 'hash:net', [
        topology.clusterCidr,
        `${at.far.address}/32 nomatch`,
        `${at.node.podCidr} nomatch`,
      ]);
      forwarded(on, at, `-m set --match-set nets ${at.pick(['src', 'dst'])}`);
    },
  },
  'set-with-timeouts': {
    kernel: 'Lost: what the set holds for the next hour.',
    make(on, at) {
      on.ipset(at.node.name, 'banned', 'hash:ip timeout 3600 counters comment', [`${at.far.address} comment fail2ban`]);
      forwarded(on, at, '-m set --match-set banned src');
    },
  },
  'set-by-netmask': {
    kernel: 'Lost: all of the network that one address of it stands for.',
    make(on, at) {
      on.ipset(at.node.name, 'masked', 'hash:ip netmask 25', [at.far.address]);
      forwarded(on, at, '-m set --match-set masked src');
    },
  },
  'set-of-ranges': {
    kernel: 'Lost: a range of addresses.',
    make(on, at) {
      const last = at.far.address.replace(/\d+$/, (l) => String(Number(l) + 3));
      on.ipset(at.node.name, 'range', `bitmap:ip range ${at.peer.podCidr}`, [`${at.far.address}-${last}`]);
      forwarded(on, at, `-m set --match-set range ${at.pick(['src', 'dst'])}`);
    },
  },
  'set-of-pairs': {
    kernel: 'Lost: one pod to a port of another.',
    make(on, at) {
      on.ipset(at.node.name, 'pair', 'hash:ip,port,ip', [`${at.far.address},tcp:${tcpPort(at.pod)},${at.pod.address}`]);
      forwarded(on, at, '-m set --match-set pair src,dst,dst');
    },
  },
  'set-of-services': {
    kernel: 'Lost: what asks a service by its address; the set is asked before DNAT.',
    make(on, at, { topology }) {
      const service = tcpService(at, topology);
      on.ipset(at.node.name, 'services', 'hash:ip,port', [`${service.clusterIp},tcp:${service.ports[0].port}`]);
      on.rule(
        at.node.name,
        `-t ${at.pick(['raw', 'mangle'])} -I PREROUTING 1 -m set --match-set services dst,dst -j DROP`,
      );
    },
  },
  'set-filled-by-packets': {
    kernel: 'Lost: who once sent that way; the set remembers.',
    make(on, at) {
      on.ipset(at.node.name, 'seen', 'hash:ip timeout 600', []);
      on.rule(at.node.name, `-I FORWARD 1 -d ${at.pod.address} -m set --match-set seen src -j DROP`);
      on.rule(at.node.name, `-t mangle -I PREROUTING 1 -s ${at.far.address} -j SET --add-set seen src --exist`);
    },
  },
  'asked-service-by-conntrack': {
    kernel: 'Lost: what was asked by the address of one service, both ways.',
    make(on, at, { topology }) {
      const { clusterIp, ports } = tcpService(at, topology);
      forwarded(
        on,
        at,
        at.pick([
          `-m conntrack --ctorigdst ${clusterIp}`,
          `-p tcp -m conntrack --ctproto tcp --ctorigdst ${clusterIp} --ctorigdstport ${ports[0].port}`,
        ]),
      );
    },
  },
  'answering-pod-by-conntrack': {
    kernel: 'Lost: what one pod answers.',
    make: (on, at) =>
      forwarded(on, at, `-m conntrack --ctreplsrc ${at.pod.address} --ctdir ${at.pick(['REPLY', 'ORIGINAL'])}`),
  },
  'realm-refused': {
    kernel: 'Lost: what the route with that realm leads away.',
    make(on, at, cluster) {
      const { prefix, gateway, device } = routeFor(cluster, at.node.name, at.far.address);
      on.ip(at.node.name, `route replace ${prefix} ${gateway ? `via ${gateway} ` : ''}dev ${device} onlink realm 7`);
      forwarded(on, at, '-m realm --realm 7');
    },
  },
  'marks-by-bits': {
    kernel: 'Lost: where the bits come together.',
    make(on, at) {
      on.rule(at.node.name, `-t mangle -A PREROUTING -s ${at.far.address} -j MARK --or-mark 0x3000000`);
      on.rule(at.node.name, `-t mangle -A PREROUTING -p icmp -j MARK --xor-mark 0x1000000`);
      on.rule(at.node.name, `-t mangle -A PREROUTING -d ${at.node.podCidr} -j MARK --and-mark 0xfdffffff`);
      forwarded(on, at, `-m mark --mark ${at.pick(['0x1000000/0x3000000', '0x2000000/0x3000000'])}`);
    },
  },
  'connmark-and-table': {
    kernel: 'Lost: replies of connections that came in by the card, from pods; their table refuses.',
    make(on, at, cluster) {
      on.rule(at.node.name, `-t mangle -A PREROUTING -i ${nicOf(cluster, at.node)} -j CONNMARK --set-xmark 0x50/0xf0`);
      on.rule(
        at.node.name,
        `-t mangle -A PREROUTING -i ${podSide(cluster, at.node, at.pod)} -j CONNMARK --restore-mark --nfmask 0xf0 --ctmask 0xf0`,
      );
      on.ip(
        at.node.name,
        `route add ${at.pick(['unreachable', 'blackhole'])} default table 150`,
        'rule add fwmark 0x50/0xf0 lookup 150 priority 150',
      );
    },
  },
  'own-replies-by-connmark': {
    kernel: 'Lost: what the node itself answers to the peer; its mark leads to a table that refuses.',
    make(on, at) {
      on.rule(at.node.name, `-t mangle -A INPUT -s ${at.peer.internalIp} -j CONNMARK --set-xmark 0x60/0xf0`);
      on.rule(at.node.name, '-t mangle -A OUTPUT -m connmark --mark 0x60/0xf0 -j MARK --set-xmark 0x60/0xf0');
      on.ip(
        at.node.name,
        'route add unreachable default table 151',
        'rule add fwmark 0x60/0xf0 lookup 151 priority 151',
      );
    },
  },
  'output-refuses-with': {
    kernel: 'Lost: what the node itself sends to one pod; it tells itself so.',
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-I OUTPUT 1 -d ${at.far.address} -j REJECT --reject-with ${at.pick(['icmp-host-prohibited', 'icmp-admin-prohibited', 'icmp-net-unreachable', 'icmp-proto-unreachable'])}`,
      ),
  },
  'dnat-of-the-port-only': {
    kernel: 'Refused: the pods of the node are asked at a port where nobody listens.',
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-t nat -I PREROUTING 1 -p tcp -d ${at.node.podCidr} --dport 8000:9000 -j DNAT --to-destination :${at.pick([1, 8080])}`,
      ),
  },
  'dnat-to-the-node': {
    kernel: 'What is for one pod elsewhere is asked of the node itself.',
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-t nat -I PREROUTING 1 -d ${at.far.address} -j DNAT --to-destination ${at.node.internalIp}`,
      ),
  },
  'dnat-to-localhost': {
    kernel: 'Lost as martian unless route_localnet is on; then the node is asked.',
    make(on, at, cluster) {
      on.rule(
        at.node.name,
        `-t nat -I PREROUTING 1 -p tcp -d ${at.far.address} -j DNAT --to-destination 127.0.0.1:${at.pick([10250, 1])}`,
      );
      on.sysctl(at.node.name, {
        [`net/ipv4/conf/${podSide(cluster, at.node, at.pod)}/route_localnet`]: at.pick([1, 0]),
      });
    },
  },
  'dnat-in-output': {
    kernel: 'What the node asks of its peer is answered by its own pod.',
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-t nat -I OUTPUT 1 -d ${at.peer.internalIp} -p icmp -j DNAT --to-destination ${at.pick([at.pod.address, '127.0.0.1'])}`,
      ),
  },
  'snat-in-input': {
    kernel: 'Seen with another source: the node thinks that somebody else asks.',
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-t nat -I INPUT 1 -s ${at.pick([at.peer.internalIp, at.pod.address])} -j SNAT --to-source 203.0.113.44`,
      ),
  },
  'masquerade-at-pod-side': {
    kernel: 'Seen with another source: the address of the bridge, or whatever the node has.',
    make: (on, at, cluster) =>
      on.rule(at.node.name, `-t nat -I POSTROUTING 1 -o ${podSide(cluster, at.node, at.pod)} -j MASQUERADE`),
  },
  'masquerade-at-lo': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.rule(at.node.name, '-t nat -I POSTROUTING 1 -o lo -j MASQUERADE'),
  },
  'masquerade-but-local': {
    kernel: 'Seen with another source: what is not from the node itself.',
    make: (on, at) =>
      on.rule(at.node.name, '-t nat -I POSTROUTING 1 -m addrtype ! --src-type LOCAL --limit-iface-out -j MASQUERADE'),
  },
  'netmap-of-services': {
    kernel: 'Lost or answered, as the address that takes its place is one of a service.',
    make: (on, at, { topology }) =>
      on.rule(
        at.node.name,
        `-t nat -I PREROUTING 1 -d ${topology.serviceCidr} -p udp -j NETMAP --to ${topology.serviceCidr.replace(/^(\d+\.\d+)\..*/, '$1.7.0')}/24`,
      ),
  },
  'targets-without-effect': {
    harmless: true,
    kernel: 'All is answered.',
    make(on, at) {
      for (const target of [
        'CLASSIFY --set-class 1:10',
        'TOS --set-tos 0x10/0x3f',
        'IDLETIMER --timeout 60 --label site',
      ])
        on.rule(at.node.name, `-t mangle -A POSTROUTING -j ${target}`);
      on.rule(at.node.name, '-t mangle -A FORWARD -p tcp -j TCPOPTSTRIP --strip-options timestamp');
      on.rule(at.node.name, '-t mangle -A FORWARD -p tcp -j ECN --ecn-tcp-remove');
      on.rule(at.node.name, '-I FORWARD 1 -j AUDIT --type accept');
      on.rule(at.node.name, '-t security -A FORWARD -j CONNSECMARK --save');
      on.rule(at.node.name, '-t raw -A PREROUTING -s 203.0.113.0/24 -j TRACE');
      on.rule(at.node.name, '-I INPUT 1 -m conntrack --ctstate NEW -j NFLOG --nflog-group 5 --nflog-prefix new');
      on.rule(at.node.name, '-t raw -A PREROUTING -p tcp --dport 21 -j CT --helper ftp');
    },
  },
  'matches-of-nothing': {
    harmless: true,
    kernel: 'All is answered.',
    make(on, at) {
      const never = [
        '-m connlabel --label 5',
        '-m ecn --ecn-ip-ect 2',
        '-p esp',
        '-p sctp --dport 80',
        '-p udp -m length --length 60000:65535',
        '-m conntrack --ctstate RELATED -p tcp',
        '-m pkttype --pkt-type multicast',
        '-m tos --tos 0xb8/0xff',
        '-m iprange --src-range 203.0.113.1-203.0.113.9',
        '-p tcp -m multiport --sports 1:19',
        '-p icmp -m icmp --icmp-type timestamp-request',
      ];
      for (const match of never) on.rule(at.node.name, `-I FORWARD 1 ${match} -j DROP`);
    },
  },
  'mac-of-the-sender': {
    kernel: 'Lost: what comes in with that MAC: of the pod, or of the peer on the LAN.',
    make(on, at, cluster) {
      const peer = macOfLink(cluster, at.peer.name, nicOf(cluster, at.peer));
      const chain = at.pick(['-I FORWARD 1', '-I INPUT 1', '-t raw -I PREROUTING 1']);
      on.rule(at.node.name, `${chain} -m mac --mac-source ${at.pick([at.pod.mac, peer])} -j DROP`);
    },
  },
  'physdev-into-the-bridge': {
    needs: ['bridge'],
    kernel: 'Lost: what comes in by the port of one pod and is for elsewhere.',
    make: (on, at, cluster) =>
      on.rule(
        at.node.name,
        `${at.pick(['-I FORWARD 1', '-I INPUT 1', '-t mangle -I PREROUTING 1'])} -m physdev --physdev-in ${hostDevice(cluster, at.node, at.pod)} -p icmp -j DROP`,
      ),
  },
  'physdev-not-bridged': {
    needs: ['bridge'],
    kernel: 'Lost: what is routed, and was no frame of a bridge.',
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-I FORWARD 1 -m physdev ! ${at.pick(['--physdev-is-in', '--physdev-is-bridged'])} -d ${at.pod.address} -j DROP`,
      ),
  },
  'ports-of-either-side': {
    kernel: 'Lost: what has that port at one of its ends, replies too.',
    make: (on, at) =>
      forwarded(on, at, `-s ${at.pod.address} -p tcp -m multiport --ports ${tcpPort(at.pod)},${tcpPort(at.far)}`),
  },
  'u32-of-the-port': {
    kernel: 'Lost: connections to that port, found by octets.',
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-I FORWARD 1 -p tcp -d ${at.pod.address} -m u32 --u32 "0>>22&0x3C@0&0xFFFF=0x${tcpPort(at.pod).toString(16)}" -j DROP`,
      ),
  },
  'sockets-of-root': {
    kernel: 'Lost: what the node itself sends to one pod.',
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-I OUTPUT 1 -d ${at.far.address} -m owner ${at.pick(['--uid-owner 0', '! --uid-owner 1000', '--socket-exists', '--uid-owner 0-99999'])} -j DROP`,
      ),
  },
  'overlay-untracked': {
    needs: ['vxlan'],
    harmless: true,
    kernel: 'All is answered: UNTRACKED is not INVALID.',
    make(on, at, cluster) {
      const { port } = tunnelLink(cluster, at.node).linkinfo.info_data;
      for (const chain of ['PREROUTING', 'OUTPUT'])
        on.rule(at.node.name, `-t raw -A ${chain} -p udp --dport ${port} -j CT --notrack`);
      on.rule(at.node.name, '-I INPUT 1 -m conntrack --ctstate INVALID -j DROP');
    },
  },
  'overlay-untracked-refused': {
    needs: ['vxlan'],
    kernel: 'Lost: the tunnel into the node; what is not tracked is none of those states.',
    make(on, at, cluster) {
      const { port } = tunnelLink(cluster, at.node).linkinfo.info_data;
      on.rule(at.node.name, `-t raw -A PREROUTING -p udp --dport ${port} -j NOTRACK`);
      on.rule(
        at.node.name,
        `-A INPUT -p udp -m conntrack ! --ctstate NEW,ESTABLISHED,RELATED -j ${at.pick(['DROP', 'REJECT'])}`,
      );
    },
  },
  'zone-of-a-service': {
    kernel: 'Lost: what pods ask of services; the answers are in another zone and not translated back.',
    make: (on, at, { topology }) =>
      on.rule(
        at.node.name,
        `-t raw -A PREROUTING -d ${topology.serviceCidr} -j CT ${at.pick(['--zone 9', '--zone-orig 9', '--zone-reply 9'])}`,
      ),
  },
  'mark-drop-of-old': {
    kernel: 'Lost: one service, by the mark for what kube-proxy of old would have dropped.',
    make(on, at, { topology }) {
      const { clusterIp } = tcpService(at, topology);
      on.chain(at.node.name, 'nat', 'SITE-MARK-DROP', ['-j MARK --set-xmark 0x8000/0x8000']);
      on.rule(at.node.name, `-t nat -I ${at.pick(['PREROUTING', 'OUTPUT'])} 1 -d ${clusterIp} -j SITE-MARK-DROP`);
      for (const chain of ['INPUT', 'OUTPUT', 'FORWARD'])
        on.rule(at.node.name, `-I ${chain} 1 -m mark --mark 0x8000/0x8000 -j DROP`);
    },
  },
  'localnet-guard': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) =>
      on.rule(
        at.node.name,
        '-I INPUT 1 ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
      ),
  },
  'host-endpoint': {
    kernel: 'Lost: what the node does not let in by its card: pings, and the tunnel if it is forgotten.',
    make(on, at, cluster) {
      const nic = nicOf(cluster, at.node);
      on.chain(at.node.name, 'filter', 'HEP-FAILSAFE', [
        '-p tcp -m multiport --dports 22,179,2379,2380,5473,6443,6666,6667 -j ACCEPT',
        '-p udp -m multiport --dports 68,53 -j ACCEPT',
        ...at.pick([[], ['-p udp -m multiport --dports 4789,8472 -m addrtype --dst-type LOCAL -j ACCEPT']]),
      ]);
      on.chain(at.node.name, 'filter', 'HEP-FROM', [
        '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        '-m conntrack --ctstate INVALID -j DROP',
        '-j HEP-FAILSAFE',
        ...at.pick([[], [`-s ${at.peer.internalIp} -p icmp -j RETURN`]]),
        '-j DROP',
      ]);
      on.rule(at.node.name, `-I INPUT 1 -i ${nic} -g HEP-FROM`);
    },
  },
  'egress-only-to-dns': {
    kernel: 'Lost: what one pod begins, but for DNS.',
    make(on, at) {
      on.chain(at.node.name, 'filter', 'POD-EGRESS', [
        '-m conntrack --ctstate RELATED,ESTABLISHED -j RETURN',
        '-p udp -m udp --dport 53 -j RETURN',
        '-p tcp -m tcp --dport 53 -j RETURN',
        `-j ${at.pick(['DROP', 'REJECT --reject-with icmp-port-unreachable'])}`,
      ]);
      on.rule(at.node.name, `-I FORWARD 1 -s ${at.pod.address} -j POD-EGRESS`);
      on.rule(at.node.name, `-I INPUT 1 -s ${at.pod.address} -j POD-EGRESS`);
    },
  },
  'pod-drops-what-it-forwards': {
    harmless: true,
    kernel: 'All is answered.',
    make(on, at) {
      on.policy(podNs(at.pod), 'FORWARD', 'DROP');
      on.rule(podNs(at.pod), '-t nat -A POSTROUTING -o eth0 -j MASQUERADE');
      on.rule(podNs(at.pod), '-t raw -A OUTPUT -o lo -j CT --notrack');
    },
  },
});
