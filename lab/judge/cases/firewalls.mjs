import { podNs } from '../../topologies.mjs';
import { casesOf } from './case.mjs';
import { hostDevice, nicOf, podSide } from './shape.mjs';

/** What other programs write into netfilter beside kube-proxy and the CNI: docker, firewalld, ufw, policy controllers. */
const ebtables = (on, at, lab, ...words) => {
  on.said(at.node.name, `ebtables ${words.join(' ')}`);
  lab.exec(at.node.name, ['ebtables-nft', ...words]);
  on.back(() => lab.exec(at.node.name, ['ebtables-nft', ...words.map((w) => (w === '-A' ? '-D' : w))]));
};

export const firewalls = casesOf('firewalls', {
  'docker-with-policy-drop': {
    kernel: "Lost where the CNI has no rules of its own: docker sets FORWARD's policy to DROP.",
    make(on, at) {
      const ns = at.node.name;
      on.chain(ns, 'filter', 'DOCKER-USER', ['-j RETURN']);
      on.chain(ns, 'filter', 'DOCKER', ['! -i docker0 -o docker0 -j DROP']);
      on.chain(ns, 'filter', 'DOCKER-ISOLATION-STAGE-2', ['-o docker0 -j DROP', '-j RETURN']);
      on.chain(ns, 'filter', 'DOCKER-ISOLATION-STAGE-1', [
        '-i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2',
        '-j RETURN',
      ]);
      on.rule(ns, '-I FORWARD 1 -i docker0 -o docker0 -j ACCEPT');
      on.rule(ns, '-I FORWARD 1 -i docker0 ! -o docker0 -j ACCEPT');
      on.rule(ns, '-I FORWARD 1 -o docker0 -j DOCKER');
      on.rule(ns, '-I FORWARD 1 -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT');
      on.rule(ns, '-I FORWARD 1 -j DOCKER-ISOLATION-STAGE-1');
      on.rule(ns, '-I FORWARD 1 -j DOCKER-USER');
      on.policy(ns, 'FORWARD', 'DROP');
    },
  },
  'docker-user-refuses': {
    kernel: 'Lost: what does not come from the LAN.',
    make(on, at, cluster) {
      on.chain(at.node.name, 'filter', 'DOCKER-USER', [
        `-i ${nicOf(cluster, at.node)} ! -s ${at.node.internalIp.replace(/\d+$/, '0/24')} -j DROP`,
        '-j RETURN',
      ]);
      on.rule(at.node.name, '-I FORWARD 1 -j DOCKER-USER');
    },
  },
  'firewalld-zones': {
    kernel: 'Lost: what the public zone does not allow.',
    make(on, at, cluster) {
      const nic = nicOf(cluster, at.node);
      const side = podSide(cluster, at.node, at.pod);
      on.nft(
        at.node.name,
        ['inet firewalld'],
        `table inet firewalld {
  chain filter_IN_public { jump filter_IN_public_allow
    meta l4proto { icmp, ipv6-icmp } accept
  }
  chain filter_IN_public_allow { tcp dport 22 accept
    ${at.pick(['udp dport 8472 accept', 'tcp dport 6443 accept'])}
  }
  chain filter_INPUT_ZONES { iifname "${nic}" goto filter_IN_public
    ${at.pick([`iifname "${side}" accept`, ''])}
    goto filter_IN_public
  }
  chain filter_INPUT {
    type filter hook input priority filter + 10; policy accept;
    ct state { established, related } accept
    ct status dnat accept
    iifname "lo" accept
    ct state invalid drop
    jump filter_INPUT_ZONES
    reject with icmpx admin-prohibited
  }
  chain filter_FORWARD {
    type filter hook forward priority filter + 10; policy accept;
    ct state { established, related } accept
    ct status dnat accept
    iifname "lo" accept
    ct state invalid drop
    ${at.pick(['reject with icmpx admin-prohibited', `iifname "${side}" accept`])}
  }
}
`,
      );
    },
  },
  'nft-before-raw': {
    kernel: 'Lost: one pod to another; it is dropped before connection tracking.',
    make: (on, at) =>
      on.nft(
        at.node.name,
        ['inet early'],
        `table inet early {
  set bad { type ipv4_addr . ipv4_addr; flags interval; elements = { ${at.pod.address} . ${at.peer.podCidr} } }
  chain pre {
    type filter hook prerouting priority -350; policy accept;
    ip saddr . ip daddr @bad drop
  }
}
`,
      ),
  },
  'nft-untracks': {
    kernel: 'Replies of what is not tracked are NEW or UNTRACKED for the rules.',
    make: (on, at) =>
      on.nft(
        at.node.name,
        ['ip untrack'],
        `table ip untrack {
  chain pre { type filter hook prerouting priority raw; policy accept;
    ip ${at.pick(['saddr', 'daddr'])} ${at.pod.address} notrack
  }
  chain forwarded { type filter hook forward priority filter - 5; policy accept;
    ct state untracked counter ${at.pick(['drop', 'accept'])}
  }
}
`,
      ),
  },
  'nft-snat-first': {
    kernel: 'Seen with another source: the chain of the lower priority translates first.',
    make: (on, at, cluster) =>
      on.nft(
        at.node.name,
        ['ip extra-nat'],
        `table ip extra-nat {
  chain post { type nat hook postrouting priority srcnat - 10; policy accept;
    ip saddr ${at.pod.address} oifname != "${podSide(cluster, at.node, at.pod)}" ${at.pick([`snat to ${at.node.internalIp}`, 'masquerade'])}
  }
}
`,
      ),
  },
  'nft-dnat-by-map': {
    kernel: 'Who asks the far pod on 8080 is answered by another.',
    make: (on, at) =>
      on.nft(
        at.node.name,
        ['ip redirector'],
        `table ip redirector {
  map to { type ipv4_addr . inet_service : ipv4_addr . inet_service; elements = { ${at.far.address} . 8080 : ${at.pod.address} . ${at.pod.listen.find((l) => l.protocol === 'TCP').port} } }
  chain pre { type nat hook prerouting priority dstnat - 5; policy accept;
    dnat ip to ip daddr . tcp dport map @to
  }
}
`,
      ),
  },
  'nft-egress-drops': {
    kernel: 'Lost: what leaves by the card to the peer.',
    make: (on, at, cluster) =>
      on.nft(
        at.node.name,
        ['netdev out'],
        `table netdev out {
  chain eg { type filter hook egress device "${nicOf(cluster, at.node)}" priority 0; policy accept;
    ip daddr ${at.peer.internalIp} ${at.pick(['drop', 'udp dport { 4789, 8472 } drop', 'meta l4proto icmp drop'])}
  }
}
`,
      ),
  },
  'nft-policy-by-states': {
    kernel: 'Lost: what is new and not from pods.',
    make: (on, at, cluster) =>
      on.nft(
        at.node.name,
        ['inet states'],
        `table inet states {
  chain forwarded { type filter hook forward priority filter - 1; policy drop;
    ct state vmap { established : accept, related : accept, invalid : drop }
    iifname { "${podSide(cluster, at.node, at.pod)}", "docker0" } accept
    ip daddr ${at.node.podCidr} ip protocol icmp icmp type echo-request accept
  }
}
`,
      ),
  },
  'nft-marks-for-table': {
    kernel: 'Lost: the mark leads to a table that refuses.',
    make(on, at) {
      on.nft(
        at.node.name,
        ['ip marker'],
        `table ip marker {
  chain pre { type filter hook prerouting priority mangle; policy accept;
    ip saddr ${at.pod.address} ip daddr ${at.far.address} meta mark set meta mark | 0x200
  }
  chain out { type route hook output priority mangle; policy accept;
    ip daddr ${at.far.address} meta mark set 0x200
  }
}
`,
      );
      on.ip(
        at.node.name,
        'route add unreachable default table 120',
        'rule add fwmark 0x200/0x200 lookup 120 priority 120',
      );
    },
  },
  'output-policy-drop': {
    kernel: 'Lost: all that the node begins.',
    make(on, at) {
      on.rule(at.node.name, '-A OUTPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT');
      if (at.coin()) on.rule(at.node.name, '-A OUTPUT -p udp -j ACCEPT');
      on.policy(at.node.name, 'OUTPUT', 'DROP');
    },
  },
  'security-table-drops': {
    kernel: 'Lost: one pod to another.',
    make: (on, at) => on.rule(at.node.name, `-t security -A FORWARD -s ${at.pod.address} -d ${at.far.address} -j DROP`),
  },
  'ctstatus-refused': {
    kernel: 'Lost: replies, or what has seen none.',
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-I FORWARD 1 -d ${at.pod.address} -m conntrack --ctstatus ${at.pick(['SEEN_REPLY', 'CONFIRMED', 'NONE'])} -j DROP`,
      ),
  },
  'ipsec-policy-none': {
    kernel: 'Lost: what comes without IPsec, and that is all.',
    make: (on, at) => on.rule(at.node.name, `-I FORWARD 1 -d ${at.pod.address} -m policy --dir in --pol none -j DROP`),
  },
  'ipsec-policy-wanted': {
    harmless: true,
    kernel: 'All is answered: nothing came by IPsec.',
    make: (on, at) => on.rule(at.node.name, `-I FORWARD 1 -d ${at.pod.address} -m policy --dir in --pol ipsec -j DROP`),
  },
  'set-with-devices': {
    kernel: 'Lost: a network by the device that it comes in from.',
    make(on, at, cluster) {
      on.ipset(at.node.name, 'netdev', 'hash:net,iface', [`${at.node.podCidr},${podSide(cluster, at.node, at.pod)}`]);
      on.rule(at.node.name, `-I FORWARD 1 -d ${at.peer.podCidr} -m set --match-set netdev src,src -j DROP`);
    },
  },
  'set-of-sets': {
    kernel: 'Lost: what one of two sets holds.',
    make(on, at) {
      on.ipset(at.node.name, 'one', 'hash:ip', [at.pod.address]);
      on.ipset(at.node.name, 'two', 'hash:net', [at.peer.podCidr]);
      on.ipset(at.node.name, 'both', 'list:set', ['one', 'two']);
      on.rule(at.node.name, `-I FORWARD 1 -m set --match-set both src -m set --match-set two dst -j DROP`);
    },
  },
  'set-of-triples': {
    kernel: 'Lost: one pod to a port of another.',
    make(on, at) {
      const { port } = at.far.listen.find((l) => l.protocol === 'TCP');
      on.ipset(at.node.name, 'triple', 'hash:ip,port,net', [`${at.pod.address},tcp:${port},${at.peer.podCidr}`]);
      on.rule(
        at.node.name,
        '-I FORWARD 1 -m set --match-set triple src,dst,dst -j REJECT --reject-with tcp-reset -p tcp',
      );
    },
  },
  'set-of-ports': {
    kernel: 'Lost: a range of ports.',
    make(on, at) {
      on.ipset(at.node.name, 'ports', 'bitmap:port range 0-65535', ['53', '8000-8100']);
      on.rule(at.node.name, `-I FORWARD 1 -d ${at.pod.address} -p tcp -m set --match-set ports dst -j DROP`);
    },
  },
  'weave-like-policy': {
    needs: ['bridge'],
    kernel: 'Lost: what no set allows, also between pods of the bridge.',
    make(on, at, cluster) {
      const ns = at.node.name;
      const side = podSide(cluster, at.node, at.pod);
      on.ipset(ns, 'weave-local', 'hash:ip', [at.pod.address]);
      on.ipset(ns, 'weave-allowed', 'hash:ip', [at.pick([at.far.address, at.node.podCidr.replace(/\d+\/\d+$/, '1')])]);
      on.chain(ns, 'filter', 'WEAVE-NPC-DEFAULT', ['-m set ! --match-set weave-local dst -j ACCEPT']);
      on.chain(ns, 'filter', 'WEAVE-NPC-INGRESS', [
        '-m set --match-set weave-allowed src -m set --match-set weave-local dst -j ACCEPT',
      ]);
      on.chain(ns, 'filter', 'WEAVE-NPC', [
        '-m state --state RELATED,ESTABLISHED -j ACCEPT',
        '-m state --state NEW -j WEAVE-NPC-DEFAULT',
        '-m state --state NEW -j WEAVE-NPC-INGRESS',
      ]);
      on.rule(ns, `-I FORWARD 1 -o ${side} -j DROP`);
      on.rule(ns, `-I FORWARD 1 -o ${side} -m state --state NEW -j NFLOG --nflog-group 86`);
      on.rule(
        ns,
        `-I FORWARD 1 -o ${side} -m comment --comment "NOTE: this must go before '-j KUBE-FORWARD'" -j WEAVE-NPC`,
      );
    },
  },
  'kube-router-policy': {
    kernel: 'Lost: what the policy of one pod does not allow.',
    make(on, at) {
      const ns = at.node.name;
      const ip = at.pod.address;
      on.ipset(ns, 'KUBE-SRC-1', 'hash:ip', [at.far.address]);
      on.chain(ns, 'filter', 'KUBE-NWPLCY-1', [
        '-m set --match-set KUBE-SRC-1 src -j MARK --set-xmark 0x10000/0x10000',
        '-m mark --mark 0x10000/0x10000 -j RETURN',
      ]);
      on.chain(ns, 'filter', 'KUBE-POD-FW-1', [
        '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        `-d ${ip} -m addrtype --src-type LOCAL -j ACCEPT`,
        `-d ${ip} -j KUBE-NWPLCY-1`,
        '-m mark ! --mark 0x10000/0x10000 -j REJECT --reject-with icmp-port-unreachable',
        '-j MARK --set-xmark 0x0/0x10000',
        '-j MARK --set-xmark 0x20000/0x20000',
      ]);
      on.chain(ns, 'filter', 'KUBE-ROUTER-FORWARD', [
        `-d ${ip} -m comment --comment "rule to jump traffic destined to POD" -j KUBE-POD-FW-1`,
        `-d ${ip} -m physdev --physdev-is-bridged -j KUBE-POD-FW-1`,
        '-m mark --mark 0x20000/0x20000 -j ACCEPT',
      ]);
      on.rule(ns, '-I FORWARD 1 -j KUBE-ROUTER-FORWARD');
    },
  },
  'calico-policy-denies': {
    needs: ['routed', 'cni-rules'],
    kernel: 'Lost: what the policy of one pod does not allow.',
    make(on, at, cluster) {
      const device = hostDevice(cluster, at.node, at.pod);
      on.ipset(at.node.name, 'cali40s:web', 'hash:net', [
        at.pick([at.far.address, at.sibling?.address ?? at.far.address]),
      ]);
      on.chain(at.node.name, 'filter', 'cali-pi-default.web', [
        `-p tcp -m set --match-set cali40s:web src -m multiport --dports ${at.pick(['8080', '53,9153', '80:8100'])} -j MARK --set-xmark 0x10000/0x10000`,
        '-m mark --mark 0x10000/0x10000 -j RETURN',
      ]);
      on.table(at.node.name, 'filter', (lines) => {
        const i = lines.findIndex((l) => l.startsWith(`-A cali-tw-${device} `) && l.includes('cali-pri-'));
        const policy = [
          `-A cali-tw-${device} -m comment --comment "Start of policies" -j MARK --set-xmark 0x0/0x20000`,
          `-A cali-tw-${device} -m mark --mark 0x0/0x20000 -j cali-pi-default.web`,
          `-A cali-tw-${device} -m mark --mark 0x10000/0x10000 -j RETURN`,
          `-A cali-tw-${device} -m mark --mark 0x0/0x20000 -j DROP`,
        ];
        return i < 0 ? lines : [...lines.slice(0, i), ...policy, ...lines.slice(i)];
      });
    },
  },
  'ebtables-policy-drop': {
    needs: ['bridge'],
    kernel: 'Lost: all that the bridge would switch, ARP too.',
    make(on, at, { lab }) {
      on.said(at.node.name, 'ebtables -P FORWARD DROP');
      lab.exec(at.node.name, ['ebtables-nft', '-P', 'FORWARD', 'DROP']);
      on.back(() => lab.exec(at.node.name, ['ebtables-nft', '-P', 'FORWARD', 'ACCEPT']));
    },
  },
  'ebtables-drops-arp': {
    needs: ['bridge'],
    kernel: 'Lost: what must ask for one pod.',
    make: (on, at, { lab }) =>
      ebtables(
        on,
        at,
        lab,
        '-A',
        at.pick(['OUTPUT', 'FORWARD']),
        '-p',
        'ARP',
        '--arp-ip-dst',
        at.pod.address,
        '-j',
        'DROP',
      ),
  },
  'ebtables-input-drops-source': {
    needs: ['bridge'],
    kernel: 'Lost: what one pod sends to its node, and beyond it.',
    make: (on, at, { lab }) => ebtables(on, at, lab, '-A', 'INPUT', '-s', at.pod.mac, '-j', 'DROP'),
  },
  'ebtables-no-spoofing': {
    needs: ['bridge'],
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at, { lab }) =>
      ebtables(
        on,
        at,
        lab,
        '-A',
        'FORWARD',
        '-p',
        'IPv4',
        '-s',
        at.pod.mac,
        '!',
        '--ip-src',
        at.pod.address,
        '-j',
        'DROP',
      ),
  },
  'ebtables-dnat': {
    needs: ['bridge', 'siblings'],
    kernel: 'Frames for one pod go to another.',
    make: (on, at, { lab }) =>
      ebtables(
        on,
        at,
        lab,
        '-t',
        'nat',
        '-A',
        'PREROUTING',
        '-d',
        at.sibling.mac,
        '-j',
        'dnat',
        '--to-destination',
        at.pod.mac,
      ),
  },
  'both-backends-hold-rules': {
    kernel: 'Lost: each backend drops what the other accepts.',
    make(on, at, { topology }) {
      const other = topology.iptables === 'nft' ? 'legacy' : 'nft';
      on.rule(at.node.name, `-I FORWARD 1 -d ${at.pod.address} -j ACCEPT`);
      on.rule(at.node.name, `-A FORWARD -d ${at.pod.address} -p tcp -j DROP`, other);
      on.rule(at.node.name, `-t nat -A POSTROUTING -s ${at.pod.address} -p udp -j MASQUERADE`, other);
    },
  },
  'pod-output-refused': {
    kernel: 'Lost: what the pod sends to ports of UDP.',
    make: (on, at) => on.rule(podNs(at.pod), '-A OUTPUT -p udp -m multiport --dports 53,5353 -j REJECT'),
  },
  'ping-limited-by-type': {
    kernel: 'Lost: echo replies of one pod.',
    make: (on, at) =>
      on.rule(at.node.name, `-I FORWARD 1 -s ${at.pod.address} -p icmp -m icmp --icmp-type echo-reply -j DROP`),
  },
  'resets-dropped': {
    kernel: 'Closed ports are silent.',
    make: (on, at) => on.rule(at.node.name, '-I FORWARD 1 -p tcp --tcp-flags RST RST -j DROP'),
  },
  'source-port-low': {
    harmless: true,
    kernel: 'All is answered: clients have high ports.',
    make: (on, at) =>
      on.rule(at.node.name, '-I FORWARD 1 -p tcp --sport 0:1023 ! --dport 0:1023 -m conntrack --ctstate NEW -j DROP'),
  },
  'connmark-restored': {
    kernel: 'Lost: what carries a mark of its connection.',
    make(on, at) {
      on.rule(
        at.node.name,
        `-t mangle -I PREROUTING 1 -s ${at.pod.address} -m conntrack --ctstate NEW -j CONNMARK --set-xmark 0x40/0x40`,
      );
      on.rule(at.node.name, '-t mangle -I PREROUTING 2 -j CONNMARK --restore-mark --nfmask 0x40 --ctmask 0x40');
      on.rule(
        at.node.name,
        `-I FORWARD 1 -m mark --mark 0x40/0x40 -m conntrack --ctdir ${at.pick(['REPLY', 'ORIGINAL'])} -j DROP`,
      );
    },
  },
  'input-drops-by-source-set': {
    kernel: 'Lost: what a peer sends to the node itself, its tunnel too.',
    make(on, at) {
      on.ipset(at.node.name, 'banned', 'hash:ip timeout 0', [at.peer.internalIp]);
      on.rule(at.node.name, '-I INPUT 1 -m set --match-set banned src -j REJECT --reject-with icmp-port-unreachable');
    },
  },
});
