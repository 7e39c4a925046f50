import { casesOf } from './case.mjs';
import { bridgeUnder, hostDevice, nicOf, podSide, routeFor, tunnelLink } from './shape.mjs';

const REFUSALS = ['icmp-host-prohibited', 'icmp-port-unreachable', 'icmp-admin-prohibited', 'icmp-net-unreachable'];
const drop = (at) => at.pick(['DROP', `REJECT --reject-with ${at.pick(REFUSALS)}`]);

/** How an encapsulated packet, or what keeps the routes, looks in INPUT and OUTPUT. */
const carried = (cluster, at) => {
  const tunnel = tunnelLink(cluster, at.node);
  if (tunnel?.linkinfo.info_kind === 'vxlan') return `-p udp --dport ${tunnel.linkinfo.info_data.port}`;
  return tunnel ? '-p 4' : undefined;
};

export const filter = casesOf('filter', {
  'forward-policy-drop': {
    kernel: "All is answered. The CNI's own rules accept what is from or to pods.",
    make: (on, at) => on.policy(at.node.name, 'FORWARD', 'DROP'),
  },
  'forward-policy-drop-cni-rules-gone': {
    needs: ['cni-rules'],
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), a pod and other nodes (ping 2 of 6), some services.',
    make(on, at) {
      on.policy(at.node.name, 'FORWARD', 'DROP');
      on.table(at.node.name, 'filter', (lines) =>
        lines.filter((l) => !l.startsWith('-A FORWARD ') || /-j KUBE-|--set-xmark/.test(l)),
      );
    },
  },
  'forward-accepts-only-from-pods': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services. Replies are ESTABLISHED for KUBE-FORWARD; what others begin is not.',
    make(on, at, cluster) {
      const side = podSide(cluster, at.node, at.pod);
      on.table(at.node.name, 'filter', (lines) => [
        ...lines
          .slice(0, lines.lastIndexOf('COMMIT'))
          .filter((l) => !l.startsWith('-A FORWARD ') || /-j KUBE-/.test(l)),
        `-A FORWARD -i ${side} -j ACCEPT`,
        ...lines.slice(lines.lastIndexOf('COMMIT')),
      ]);
      on.policy(at.node.name, 'FORWARD', 'DROP');
    },
  },
  'ufw-drops-forwarded': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (tcp 16 of 24), a node and pods elsewhere (tcp 4 of 12), some services; errors: ECONNREFUSED. Only pings and what belongs to a connection pass.',
    make(on, at, { topology }) {
      on.chain(at.node.name, 'filter', 'ufw-user-forward', at.coin() ? [] : [`-s ${topology.clusterCidr} -j ACCEPT`]);
      on.chain(at.node.name, 'filter', 'ufw-before-forward', [
        '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        '-p icmp --icmp-type 8 -j ACCEPT',
        '-j ufw-user-forward',
      ]);
      on.chain(at.node.name, 'filter', 'ufw-reject-forward', ['-j REJECT']);
      // ufw comes before all others after a reboot.
      on.rule(at.node.name, '-I FORWARD 1 -j ufw-reject-forward');
      on.rule(at.node.name, '-I FORWARD 1 -j ufw-before-forward');
    },
  },
  'forward-rejects-first': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), a pod and other nodes (ping 2 of 6), some services; errors: EHOSTUNREACH, Destination Host Prohibited.',
    make: (on, at) => on.rule(at.node.name, '-I FORWARD 1 -j REJECT --reject-with icmp-host-prohibited'),
  },
  'forward-rejects-last': {
    kernel: 'All is answered.',
    make: (on, at) => on.rule(at.node.name, '-A FORWARD -j REJECT --reject-with icmp-host-prohibited'),
  },
  'forward-refuses-peer-pods': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 1 of 6, tcp 2 of 12), some services.',
    make: (on, at) => on.rule(at.node.name, `-I FORWARD 1 -s ${at.node.podCidr} -d ${at.peer.podCidr} -j ${drop(at)}`),
  },
  'forward-refuses-devices': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make(on, at, cluster) {
      const out = routeFor(cluster, at.node.name, at.far.address).device;
      const side = podSide(cluster, at.node, at.pod);
      const [from, to] = at.coin() ? [side, out] : [out, side];
      on.rule(at.node.name, `-I FORWARD 1 -i ${from} -o ${to} -j ${drop(at)}`);
    },
  },
  'forward-refuses-new': {
    kernel:
      'Lost: pods of one node (tcp 1 of 6), pods of different nodes (ping 2 of 6, tcp 4 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), some services.',
    make: (on, at) =>
      on.rule(at.node.name, `-I FORWARD 1 -d ${at.pod.address} -m conntrack --ctstate NEW -j ${drop(at)}`),
  },
  'forward-refuses-replies': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), some services.',
    make: (on, at) =>
      on.rule(at.node.name, `-I FORWARD 1 -s ${at.pod.address} -m conntrack --ctstate ESTABLISHED -j DROP`),
  },
  'forward-refuses-tcp': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (tcp 8 of 24), a node and pods elsewhere (tcp 2 of 12), some services; errors: ECONNREFUSED.',
    make: (on, at) =>
      on.rule(at.node.name, `-I FORWARD 1 -p tcp -d ${at.pod.address} -j REJECT --reject-with tcp-reset`),
  },
  'forward-refuses-ping': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6), a node and pods elsewhere (ping 2 of 6), a pod and other nodes (ping 2 of 6).',
    make: (on, at) => on.rule(at.node.name, `-I FORWARD 1 -p icmp --icmp-type echo-request -j ${drop(at)}`),
  },
  'forward-drops-syn': {
    kernel: 'Lost: pods of one node (tcp 1 of 6), pods of different nodes (tcp 4 of 24), some services.',
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-I FORWARD 1 -p tcp --tcp-flags SYN,ACK,FIN,RST ${at.pick(['SYN', 'SYN,ACK'])} -s ${at.pod.address} -j DROP`,
      ),
  },
  'bridged-by-physdev': {
    needs: ['bridge', 'siblings'],
    kernel: 'Lost: pods of one node (tcp 2 of 6). Only frames that are switched between two ports.',
    make(on, at, cluster) {
      const device = hostDevice(cluster, at.node, at.pod);
      const which = at.pick([
        '--physdev-is-bridged',
        `--physdev-in ${device}`,
        `--physdev-is-bridged --physdev-out ${device}`,
      ]);
      on.rule(at.node.name, `-I FORWARD 1 -m physdev ${which} -j ${drop(at)}`);
    },
  },
  'bridge-to-itself': {
    needs: ['bridge', 'siblings'],
    kernel: 'Lost: pods of one node (tcp 2 of 6).',
    make(on, at, cluster) {
      const bridge = bridgeUnder(cluster, at.node, at.pod);
      on.rule(at.node.name, `-I FORWARD 1 -i ${bridge} -o ${bridge} -j DROP`);
    },
  },
  'wildcard-device': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), a pod and other nodes (ping 2 of 6), some services.',
    make(on, at, cluster) {
      const side = podSide(cluster, at.node, at.pod);
      on.rule(at.node.name, `-I FORWARD 1 -i ${side.slice(0, 3)}+ ! -o ${side} -j DROP`);
    },
  },
  'raw-drop': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 4 of 24), a node and pods elsewhere (ping 1 of 6, tcp 1 of 12), some services.',
    make(on, at) {
      const rule = at.pick([`-s ${at.far.address}`, `-d ${at.pod.address}`, `-p icmp -d ${at.pod.address}`]);
      on.rule(at.node.name, `-t raw -I PREROUTING 1 ${rule} -j DROP`);
    },
  },
  'raw-drop-own': {
    kernel: 'Lost: a node and pods elsewhere (ping 1 of 6, tcp 2 of 12).',
    make: (on, at) => on.rule(at.node.name, `-t raw -I OUTPUT 1 -d ${at.peer.podCidr} -j DROP`),
  },
  notrack: {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (tcp 2 of 12), a pod and other nodes (ping 2 of 6), some services. What comes back to the pod belongs to no connection, so kube-proxy drops it as INVALID; and its untracked replies are not translated back.',
    make: (on, at) => on.rule(at.node.name, `-t raw -I PREROUTING 1 -s ${at.pod.address} -j CT --notrack`),
  },
  'notrack-both-and-untracked-dropped': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), some services.',
    make(on, at) {
      on.rule(at.node.name, `-t raw -I PREROUTING 1 -d ${at.pod.address} -j CT --notrack`);
      on.rule(at.node.name, '-I FORWARD 1 -m conntrack --ctstate UNTRACKED -j DROP');
    },
  },
  'mangle-drop': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services.',
    make(on, at) {
      const chain = at.pick(['PREROUTING', 'FORWARD', 'POSTROUTING']);
      on.rule(at.node.name, `-t mangle -I ${chain} 1 -s ${at.pod.address} -j DROP`);
    },
  },
  'input-drops-overlay': {
    needs: ['vxlan'],
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 4 of 6, tcp 8 of 12), some services.',
    make(on, at, cluster) {
      const from = at.coin() ? '' : `-s ${at.peer.internalIp} `;
      on.rule(at.node.name, `-I INPUT 1 ${from}${carried(cluster, at)} -j ${drop(at)}`);
    },
  },
  'output-drops-overlay': {
    needs: ['vxlan'],
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), some services.',
    make: (on, at, cluster) =>
      on.rule(at.node.name, `-I OUTPUT 1 -d ${at.peer.internalIp} ${carried(cluster, at)} -j DROP`),
  },
  'raw-drops-overlay': {
    needs: ['vxlan'],
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 4 of 6, tcp 8 of 12), some services.',
    make: (on, at, cluster) => on.rule(at.node.name, `-t raw -I PREROUTING 1 ${carried(cluster, at)} -j DROP`),
  },
  'input-allows-only-some': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 4 of 6, tcp 8 of 12), a pod and other nodes (ping 2 of 6), nodes (ping 2 of 6), some services.',
    make(on, at, cluster) {
      const nic = nicOf(cluster, at.node);
      const rules = [
        '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        '-i lo -j ACCEPT',
        `-i ${nic} -p tcp -m multiport --dports 22,179,6443,10250 -j ACCEPT`,
        ...(at.coin() ? [] : ['-p icmp -j ACCEPT']),
        ...(carried(cluster, at) && !at.coin() ? [`${carried(cluster, at)} -j ACCEPT`] : []),
        `-i ${nic} -j ${drop(at)}`,
      ];
      on.chain(at.node.name, 'filter', 'HOST-IN', rules);
      on.rule(at.node.name, '-I INPUT 1 -j HOST-IN');
    },
  },
  'input-drops-ping': {
    kernel: 'Lost: a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), nodes (ping 2 of 6).',
    make: (on, at) => on.rule(at.node.name, `-I INPUT 1 -p icmp --icmp-type 8 -j ${drop(at)}`),
  },
  'output-refuses-pods': {
    kernel: 'Lost: a node and its own pods (ping 1 of 3, tcp 1 of 6), a pod and its node (ping 1 of 3), some services.',
    make: (on, at) =>
      on.rule(at.node.name, `-I OUTPUT 1 -d ${at.pick([at.pod.address, at.peer.podCidr])} -j ${drop(at)}`),
  },
  'mark-then-drop': {
    kernel: 'Lost: pods of different nodes (ping 2 of 6, tcp 4 of 24), some services.',
    make(on, at) {
      on.rule(at.node.name, `-t mangle -I PREROUTING 1 -s ${at.far.address} -j MARK --set-xmark 0x20/0x30`);
      on.rule(at.node.name, '-I FORWARD 1 -m mark --mark 0x20/0x20 -j DROP');
    },
  },
  'connmark-then-drop': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (tcp 2 of 12), a pod and other nodes (ping 2 of 6), some services.',
    make(on, at) {
      on.rule(at.node.name, `-t mangle -I PREROUTING 1 -s ${at.pod.address} -j CONNMARK --set-xmark 0x7/0xffffffff`);
      on.rule(at.node.name, `-I FORWARD 1 -d ${at.pod.address} -m connmark --mark 0x7 -j DROP`);
    },
  },
  'goto-past-the-drop': {
    harmless: true,
    kernel: 'All is answered.',
    make(on, at) {
      on.chain(at.node.name, 'filter', 'SECOND', ['-s 203.0.113.0/24 -j DROP']);
      on.chain(at.node.name, 'filter', 'FIRST', ['-g SECOND', '-j DROP']);
      on.rule(at.node.name, '-I FORWARD 1 -j FIRST');
    },
  },
  'return-into-the-drop': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and other nodes (ping 2 of 6), some services.',
    make(on, at) {
      on.chain(at.node.name, 'filter', 'SECOND', [`-d ${at.pod.address} -j RETURN`, '-j ACCEPT']);
      on.chain(at.node.name, 'filter', 'FIRST', ['-j SECOND', `-m comment --comment "what SECOND returns" -j DROP`]);
      on.rule(at.node.name, '-I FORWARD 1 -j FIRST');
    },
  },
  'accepted-before-the-drop': {
    harmless: true,
    kernel: 'All is answered.',
    make(on, at, cluster) {
      const net = cluster.topology.clusterCidr;
      on.chain(at.node.name, 'filter', 'SITE', [`-s ${net} -d ${net} -j ACCEPT`, `-s ${at.peer.podCidr} -j DROP`]);
      on.rule(at.node.name, '-I FORWARD 1 -j SITE');
    },
  },
  'other-backend-drops': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and other nodes (ping 2 of 6), some services.',
    make(on, at, { topology }) {
      const other = topology.iptables === 'nft' ? 'legacy' : 'nft';
      on.rule(at.node.name, `-A FORWARD -d ${at.pod.address} -j ${drop(at)}`, other);
    },
  },
  'other-backend-policy': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), a pod and other nodes (ping 2 of 6), some services.',
    make(on, at, { topology }) {
      const other = topology.iptables === 'nft' ? 'legacy' : 'nft';
      on.rule(at.node.name, `-A FORWARD -s ${topology.clusterCidr} -d ${at.node.podCidr} -j ACCEPT`, other);
      on.policy(at.node.name, 'FORWARD', 'DROP', other);
    },
  },
  'nft-drops': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and other nodes (ping 2 of 6), some services.',
    make(on, at) {
      const [hook, priority, match] = at.pick([
        ['forward', '-10', `ip daddr ${at.pod.address}`],
        ['forward', 'filter + 10', `ip saddr ${at.pod.address} ip protocol tcp`],
        ['prerouting', '-350', `ip saddr ${at.far.address}`],
        ['postrouting', '150', `ip saddr ${at.node.podCidr} ip daddr ${at.peer.podCidr}`],
        ['input', '5', `ip protocol icmp icmp type echo-request`],
      ]);
      const family = at.pick(['ip', 'inet']);
      on.nft(
        at.node.name,
        [`${family} site`],
        `table ${family} site {\n chain ${hook} {\n type filter hook ${hook} priority ${priority}; policy accept;\n ${match} drop\n }\n}\n`,
      );
    },
  },
  'nft-policy-drop': {
    kernel:
      'Lost: pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), a pod and other nodes (ping 2 of 6), some services.',
    make(on, at) {
      on.nft(
        at.node.name,
        ['inet site'],
        `table inet site {\n set pods {\n type ipv4_addr; flags interval;\n elements = { ${at.node.podCidr}, ${at.coin() ? '198.51.100.0/24' : at.peer.podCidr} }\n }\n` +
          ' chain forward {\n type filter hook forward priority filter; policy drop;\n ct state established,related accept\n ip saddr @pods ip daddr @pods accept\n }\n}\n',
      );
    },
  },
  'nft-firewalld': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 16 of 24), a node and pods elsewhere (ping 2 of 6, tcp 4 of 12), a pod and other nodes (ping 2 of 6), some services; errors: Packet filtered, EHOSTUNREACH. An accept of iptables is none of nftables: both are asked.',
    make(on, at, cluster) {
      const trusted = at.coin() ? '' : `iifname "${podSide(cluster, at.node, at.pod)}" accept\n `;
      on.nft(
        at.node.name,
        ['inet firewalld'],
        'table inet firewalld {\n' +
          ' chain filter_FWD_public {\n icmp type echo-request accept\n }\n' +
          ` chain filter_FORWARD {\n type filter hook forward priority filter + 10; policy accept;\n ct state { established, related } accept\n ct status dnat accept\n iifname "lo" accept\n ${trusted}iifname "${nicOf(cluster, at.node)}" goto filter_FWD_public\n ct state invalid drop\n reject with icmpx type admin-prohibited\n }\n}\n`,
      );
    },
  },
  'nft-bridge-drop': {
    needs: ['bridge', 'siblings'],
    kernel: 'Lost: pods of one node (tcp 2 of 6).',
    make: (on, at) =>
      on.nft(
        at.node.name,
        ['bridge site'],
        `table bridge site {\n chain forward {\n type filter hook forward priority 0; policy accept;\n ip daddr ${at.pod.address} drop\n }\n}\n`,
      ),
  },
  'ebtables-drops': {
    needs: ['bridge', 'siblings'],
    kernel: 'Lost: pods of one node (tcp 2 of 6), or of that pod all that its bridge switches.',
    make(on, at, cluster) {
      const device = hostDevice(cluster, at.node, at.pod);
      const rule = at.pick([
        `FORWARD -p IPv4 --ip-dst ${at.pod.address} --ip-proto tcp --ip-dport 1:65535 -j DROP`,
        `FORWARD -i ${device} -j DROP`,
        `OUTPUT -o ${device} -p IPv4 --ip-src ! ${at.node.podCidr} -j DROP`,
      ]);
      on.nft(at.node.name, ['bridge filter'], 'table bridge filter {\n}\n');
      cluster.lab.exec(at.node.name, ['ebtables-nft', '-A', ...rule.split(' ')]);
    },
  },
  'nft-ingress-drop': {
    kernel: 'Lost: pods of different nodes (ping 2 of 6, tcp 2 of 24), some services.',
    make: (on, at, cluster) =>
      on.nft(
        at.node.name,
        ['netdev site'],
        `table netdev site {\n chain ingress {\n type filter hook ingress device "${hostDevice(cluster, at.node, at.pod)}" priority 0; policy accept;\n ip daddr ${at.far.address} drop\n }\n}\n`,
      ),
  },
  'set-without-a-member': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and other nodes (ping 2 of 6), some services.',
    make(on, at, { topology }) {
      const pods = topology.nodes.flatMap((n) => n.pods.map((p) => p.address)).filter((a) => a !== at.pod.address);
      on.ipset(at.node.name, 'allowed', 'hash:ip', pods);
      on.rule(at.node.name, `-I FORWARD 1 -s ${at.node.podCidr} -m set ! --match-set allowed src -j ${drop(at)}`);
    },
  },
  'set-of-nets-and-ports': {
    kernel: 'Lost: pods of different nodes (tcp 2 of 24), some services.',
    make(on, at) {
      on.ipset(at.node.name, 'blocked', 'hash:net,port', [`${at.peer.podCidr},tcp:8080`, `${at.node.podCidr},udp:53`]);
      on.rule(at.node.name, '-I FORWARD 1 -m set --match-set blocked dst,dst -j DROP');
    },
  },
});
