import { casesOf } from './case.mjs';

/**
 * Matches that a dump decides only with counters, lists or the packet's bytes, or not at all. Each stands before a drop of
 * what is for one pod.
 */
const MATCHES = {
  limit: [
    '-m limit --limit 600/min --limit-burst 3',
    'Lost: pods of one node (tcp 2 of 6), pods of different nodes (tcp 1 of 24), a node and pods elsewhere (ping 1 of 6), a pod and other nodes (ping 1 of 6).',
  ],
  hashlimit: [
    '-m hashlimit --hashlimit-above 1/min --hashlimit-burst 2 --hashlimit-mode srcip --hashlimit-name site',
    'Lost: pods of one node (tcp 1 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (tcp 2 of 12), some services.',
  ],
  'hashlimit-high': [
    '-m hashlimit --hashlimit-above 100000/sec --hashlimit-burst 10000 --hashlimit-mode srcip --hashlimit-name high',
    'All is answered.',
  ],
  'connlimit-high': ['-p tcp -m connlimit --connlimit-above 5000 --connlimit-mask 0', 'All is answered.'],
  recent: [
    '-m recent --update --seconds 60 --hitcount 2 --name site --rsource',
    'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 3 of 6, tcp 8 of 24), a node and pods elsewhere (ping 1 of 6, tcp 2 of 12), some services.',
  ],
  time: [
    '-m time --timestart 00:00 --timestop 23:59:59',
    'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and other nodes (ping 2 of 6), some services.',
  ],
  'time-past': ['-m time --datestop 2019-12-31T00:00:00', 'All is answered.'],
  u32: [
    '-m u32 --u32 "6&0xFF=1"',
    'Lost: pods of different nodes (ping 4 of 6), a node and pods elsewhere (ping 2 of 6), a pod and other nodes (ping 2 of 6).',
  ],
  bpf: [
    '-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"',
    'Lost: pods of one node (tcp 2 of 6), pods of different nodes (tcp 8 of 24), a node and pods elsewhere (tcp 2 of 12), some services.',
  ],
  string: [
    '-m string --algo bm --string name --to 200',
    'Lost: pods of one node (tcp 1 of 6), pods of different nodes (tcp 4 of 24), some services.',
  ],
  connlimit: [
    '-p tcp -m connlimit --connlimit-above 0 --connlimit-mask 0',
    'Lost: pods of one node (tcp 2 of 6), pods of different nodes (tcp 8 of 24), a node and pods elsewhere (tcp 2 of 12), some services.',
  ],
  quota: [
    '-m quota --quota 100000000',
    'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and other nodes (ping 2 of 6), some services.',
  ],
  nth: [
    '-m statistic --mode nth --every 2 --packet 0',
    'Lost: pods of one node (tcp 1 of 6), pods of different nodes (ping 1 of 6, tcp 5 of 24), a node and pods elsewhere (tcp 2 of 12), a pod and other nodes (ping 1 of 6), some services.',
  ],
  random: [
    '-m statistic --mode random --probability 0.5',
    'Lost: pods of one node (tcp 1 of 6), pods of different nodes (ping 1 of 6, tcp 3 of 24), a node and pods elsewhere (ping 1 of 6, tcp 2 of 12), some services.',
  ],
  length: [
    '-m length --length 0:60',
    'Lost: pods of one node (tcp 2 of 6), pods of different nodes (tcp 8 of 24), a node and pods elsewhere (tcp 2 of 12), some services.',
  ],
  'length-long': ['-m length --length 1501:65535', 'All is answered.'],
  tcpmss: [
    '-p tcp -m tcp --tcp-flags SYN,RST SYN -m tcpmss --mss 1:1459',
    'Lost: pods of one node (tcp 2 of 6), pods of different nodes (tcp 8 of 24), a node and pods elsewhere (tcp 2 of 12), some services.',
  ],
  'tcpmss-sane': ['-p tcp -m tcp --tcp-flags SYN,RST SYN -m tcpmss ! --mss 536:65535', 'All is answered.'],
  ttl: [
    '-m ttl --ttl-lt 64',
    'Lost: pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and other nodes (ping 2 of 6), some services.',
  ],
  mac: ['-m mac --mac-source 02:00:00:00:00:01', 'All is answered. Nobody has that MAC.'],
  pkttype: [
    '-m pkttype --pkt-type unicast',
    'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and other nodes (ping 2 of 6), some services.',
  ],
  dscp: [
    '-m dscp --dscp 0x00',
    'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and other nodes (ping 2 of 6), some services.',
  ],
  ecn: ['-p tcp -m ecn --ecn-tcp-ece', 'All is answered.'],
  connbytes: [
    '-m connbytes --connbytes 2: --connbytes-dir both --connbytes-mode packets',
    'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 2 of 6, tcp 8 of 24), a node and pods elsewhere (tcp 2 of 12), a pod and other nodes (ping 2 of 6), some services. Adding the rule turns nf_conntrack_acct on.',
  ],
  helper: ['-m helper --helper ftp', 'All is answered.'],
  cpu: [
    '-m cpu --cpu 0',
    'Lost: pods of different nodes (ping 3 of 6, tcp 4 of 24), a node and pods elsewhere (ping 1 of 6, tcp 1 of 12), a pod and other nodes (ping 1 of 6), some services. By where the packet happens to be processed.',
  ],
  devgroup: [
    '-m devgroup --src-group 0',
    'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and other nodes (ping 2 of 6), some services.',
  ],
  fragment: ['-f', 'All is answered. Conntrack reassembles before FORWARD, so no fragment is ever seen there.'],
  ctorigdst: ['-m conntrack --ctorigdst 198.51.100.1', 'All is answered. No connection was made to that address.'],
  'ctstate-dnat': ['-m conntrack --ctstate DNAT', 'Lost: some services.'],
  ctdir: [
    '-m conntrack --ctdir REPLY',
    'Lost: pods of one node (tcp 1 of 6), pods of different nodes (ping 2 of 6, tcp 4 of 24), a pod and other nodes (ping 2 of 6), some services.',
  ],
  iprange: [
    '-m iprange --src-range 10.0.0.1-10.255.255.254',
    'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), some services.',
  ],
  'addrtype-local': ['-m addrtype --dst-type LOCAL', 'All is answered.'],
  'addrtype-source': [
    '-m addrtype --src-type UNICAST --limit-iface-in',
    'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and other nodes (ping 2 of 6), some services.',
  ],
};

const match = ([name, [words, kernel]]) => [
  `match-${name}`,
  {
    kernel,
    make: (on, at) => {
      if (name === 'recent') on.rule(at.node.name, '-I FORWARD 1 -m recent --set --name site --rsource');
      on.rule(at.node.name, `-I FORWARD ${name === 'recent' ? 2 : 1} -d ${at.pod.address} ${words} -j DROP`);
    },
  },
];

export const matches = casesOf('matches', {
  ...Object.fromEntries(Object.entries(MATCHES).map(match)),
  'match-recent-listed': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and other nodes (ping 2 of 6), some services. Who stands in the list was written there by hand.',
    make: (on, at) => {
      on.rule(at.node.name, '-I FORWARD 1 -m recent --rcheck --name listed -j DROP');
      on.listed(at.node.name, 'listed', at.pod.address);
    },
  },
  'match-recent-nobody': {
    kernel: 'All is answered. Nobody stands in the list.',
    make: (on, at) => on.rule(at.node.name, '-I FORWARD 1 -m recent --rcheck --seconds 3600 --name nobody -j DROP'),
  },
  'match-connlabel': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and other nodes (ping 2 of 6), some services.',
    make: (on, at) => {
      on.rule(at.node.name, `-t mangle -I PREROUTING 1 -s ${at.pod.address} -m connlabel --label 5 --set`);
      on.rule(at.node.name, '-I FORWARD 1 -m connlabel --label 5 -j DROP');
    },
  },
  'match-owner': {
    kernel: 'Lost: a node and pods elsewhere (ping 1 of 6, tcp 2 of 12), some services.',
    make: (on, at) => on.rule(at.node.name, `-I OUTPUT 1 -d ${at.peer.podCidr} -m owner --uid-owner 0 -j DROP`),
  },
  'match-rpfilter': {
    kernel: 'All is answered.',
    make: (on, at) => on.rule(at.node.name, '-t raw -I PREROUTING 1 -m rpfilter --invert -j DROP'),
  },
  'match-socket': {
    kernel: 'All is answered.',
    make: (on, at) => on.rule(at.node.name, `-t mangle -I PREROUTING 1 -p tcp -m socket --transparent -j DROP`),
  },
  'target-ttl': {
    kernel: 'Lost: pods of different nodes (ping 2 of 6, tcp 4 of 24); errors: EHOSTUNREACH.',
    make: (on, at) => {
      const chain = at.pick(['PREROUTING', 'POSTROUTING']);
      on.rule(at.node.name, `-t mangle -I ${chain} 1 -d ${at.far.address} -j TTL --ttl-set 1`);
    },
  },
  'target-nfqueue': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and other nodes (ping 2 of 6), some services. Nobody listens on the queue, so it drops.',
    make: (on, at) => on.rule(at.node.name, `-I FORWARD 1 -s ${at.pod.address} -j NFQUEUE --queue-num 77`),
  },
  'target-nfqueue-bypass': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) =>
      on.rule(at.node.name, `-I FORWARD 1 -s ${at.pod.address} -j NFQUEUE --queue-num 77 --queue-bypass`),
  },
  'target-nfqueue-balance': {
    kernel: 'Lost: pods of different nodes (ping 2 of 6, tcp 4 of 24). Nobody listens on any of the queues.',
    make: (on, at) =>
      on.rule(at.node.name, `-t mangle -I PREROUTING 1 -d ${at.far.address} -j NFQUEUE --queue-balance 3:6`),
  },
  'target-tcpmss': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-t mangle -I FORWARD 1 -p tcp --tcp-flags SYN,RST SYN -j TCPMSS ${at.pick(['--clamp-mss-to-pmtu', '--set-mss 536'])}`,
      ),
  },
  'target-log': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.rule(at.node.name, '-I FORWARD 1 -m limit --limit 1/hour -j LOG --log-prefix "site: "'),
  },
  'target-tee': {
    harmless: true,
    // What the gateway says of the copy is quoted as if it were of the packet itself, and may come first.
    wavers: true,
    kernel: 'All is answered.',
    make: (on, at) =>
      on.rule(at.node.name, `-t mangle -I PREROUTING 1 -d ${at.pod.address} -j TEE --gateway 203.0.113.7`),
  },
  'target-ct-zone': {
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and other nodes (ping 2 of 6), some services. The reply is looked up in another zone and belongs to no connection.',
    make: (on, at) => on.rule(at.node.name, `-t raw -I PREROUTING 1 -s ${at.pod.address} -j CT --zone 7`),
  },
  'target-netmap': {
    kernel: 'Lost: pods of different nodes (ping 1 of 6, tcp 2 of 24).',
    make: (on, at) =>
      on.rule(at.node.name, `-t nat -I PREROUTING 1 -d ${at.peer.podCidr} -j NETMAP --to ${at.node.podCidr}`),
  },
  'target-redirect': {
    kernel: 'Lost: pods of different nodes (tcp 2 of 24); errors: ECONNREFUSED.',
    make: (on, at) =>
      on.rule(at.node.name, `-t nat -I PREROUTING 1 -p tcp -d ${at.far.address} -j REDIRECT --to-ports 1`),
  },
  'target-tproxy': {
    kernel: 'Lost: pods of different nodes (tcp 4 of 24). There is no such socket: dropped without a word.',
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-t mangle -I PREROUTING 1 -p tcp -d ${at.far.address} -j TPROXY --on-port 1 --tproxy-mark 0x1/0x1`,
      ),
  },
  'target-dscp': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.rule(at.node.name, '-t mangle -I POSTROUTING 1 -p tcp -j DSCP --set-dscp 0x10'),
  },
  'target-checksum': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.rule(at.node.name, '-t mangle -I POSTROUTING 1 -p udp -j CHECKSUM --checksum-fill'),
  },
});
