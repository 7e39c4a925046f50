/** Rules of a router between a client and a server, for make-rule-answers.mjs: of iptables for both families, or of nft. */
export const ADDRESSES = {
  4: { client: '10.1.0.2', gateway: '10.1.0.1', near: '10.2.0.1', server: '10.2.0.2', virtual: '10.9.0.2' },
  6: { client: 'fd01::2', gateway: 'fd01::1', near: 'fd02::1', server: 'fd02::2', virtual: 'fd09::2' },
};

const FAMILY = {
  4: {
    ...ADDRESSES[4],
    nets: '10.9.0.0/24',
    serverNet: '10.2.0.0/24',
    at: (ip, port) => `${ip}:${port}`,
    nobody: '198.51.100.7',
  },
  6: {
    ...ADDRESSES[6],
    nets: 'fd09::/64',
    serverNet: 'fd02::/64',
    at: (ip, port) => `[${ip}]:${port}`,
    nobody: '2001:db8::7',
  },
};

/** Tables in the form of iptables-restore: `[table, rule]`, or `[table, chain, policy]`. */
function restore(rules) {
  const tables = [...new Set(rules.map(([table]) => table))];
  return tables
    .map((table) => {
      const own = rules.filter(([t]) => t === table);
      const heads = own.filter((r) => r.length === 3).map(([, chain, policy]) => `:${chain} ${policy} [0:0]`);
      return [`*${table}`, ...heads, ...own.filter((r) => r.length === 2).map(([, rule]) => rule), 'COMMIT'].join('\n');
    })
    .join('\n')
    .concat('\n');
}
const both = (name, rules) => ({ name, v4: restore(rules(FAMILY[4], 4)), v6: restore(rules(FAMILY[6], 6)) });
const nft = (name, text) => ({ name, nft: text });
const inet = (name, chains, sets = '') => nft(name, `table inet own {\n${sets}${chains}\n}\n`);
const chain = (name, type, hook, priority, rules, policy = 'accept') =>
  `chain ${name} {\n type ${type} hook ${hook} priority ${priority}; policy ${policy};\n ${rules.join('\n ')}\n}\n`;

const dnat = (f, chainName, to = f.server) => [
  ['nat', `-A ${chainName} -d ${f.virtual} -p tcp --dport 81 -j DNAT --to-destination ${f.at(to, 80)}`],
  ['nat', `-A ${chainName} -d ${f.virtual} -j DNAT --to-destination ${to}`],
];

const rejects = (types4, types6) =>
  types4.map((type4, i) => {
    const type6 = types6[i];
    const tcp = type4 === 'tcp-reset' ? '-p tcp ' : '';
    return {
      name: `reject-${type4}`,
      v4: restore([['filter', `-A FORWARD -i c0 ${tcp}-j REJECT --reject-with ${type4}`]]),
      v6: restore([['filter', `-A FORWARD -i c0 ${tcp}-j REJECT --reject-with ${type6}`]]),
    };
  });

/** Rules that take what a limit or a quota leaves over. */
const counted = (name, match) => ({
  ...both(name, () => [
    ['filter', `-A FORWARD ${match} -j ACCEPT`],
    ['filter', '-A FORWARD -j DROP'],
  ]),
  counted: true,
});
const refused = (name, match) => ({ ...both(name, () => [['filter', `-A FORWARD ${match} -j DROP`]]), counted: true });

export const SCENARIOS = [
  both('queue-nobody-listens', () => [['filter', '-A FORWARD -p udp -j NFQUEUE --queue-balance 7:9']]),
  both('queue-bypass', () => [
    ['mangle', '-A FORWARD -p tcp -j DROP'],
    ['filter', '-A FORWARD -j NFQUEUE --queue-num 7 --queue-bypass'],
    ['filter', '-A FORWARD -j DROP'],
  ]),
  counted('quota-left', '-m quota --quota 1000000'),
  counted('quota-too-small', '-m quota --quota 20'),
  counted('limit-left', '-m limit --limit 1/min --limit-burst 100'),
  counted(
    'hashlimit-left',
    '-m hashlimit --hashlimit-upto 1/min --hashlimit-burst 100 --hashlimit-mode srcip --hashlimit-name left',
  ),
  refused(
    'hashlimit-unused',
    '-m hashlimit --hashlimit-above 1000/sec --hashlimit-burst 1000 --hashlimit-mode srcip --hashlimit-name above',
  ),
  refused('connlimit-unused', '-p tcp -m connlimit --connlimit-above 100'),
  {
    ...both('recent-listed', () => [
      ['filter', '-A FORWARD -p tcp -m recent --name bad --rcheck -j REJECT --reject-with tcp-reset'],
      ['filter', '-A FORWARD -p udp -m recent --name good ! --rcheck -j DROP'],
      ['filter', '-A FORWARD -p icmp -m recent --name bad --rcheck --hitcount 2 -j DROP'],
    ]),
    recent: { bad: [ADDRESSES[4].client, ADDRESSES[6].client], good: [ADDRESSES[6].client] },
  },
  both('mss', () => [
    ['filter', '-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -m tcpmss --mss 1:1459 -j DROP'],
    ['filter', '-A FORWARD -p tcp -m tcpmss ! --mss 1:65535 -m tcp --tcp-flags SYN SYN -j DROP'],
  ]),
  both('mss-set', () => [
    ['mangle', '-A FORWARD -p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1000'],
    ['filter', '-A FORWARD -p tcp -m tcp --dport 80 --tcp-flags SYN,RST SYN -m tcpmss ! --mss 1000 -j DROP'],
    ['filter', '-A OUTPUT -p tcp -m tcp --tcp-flags SYN,RST SYN -m tcpmss --mss 1000:1450 -j DROP'],
  ]),
  both('labels', () => [
    ['mangle', '-A PREROUTING -p udp -m connlabel --label 3 --set'],
    ['filter', '-A FORWARD -m connlabel --label 3 -j DROP'],
    ['filter', '-A FORWARD -m connlabel --label 4 -j DROP'],
  ]),
  both('lengths', () => [
    ['filter', '-A FORWARD -p tcp -m tcp --tcp-flags SYN,ACK SYN -m length ! --length 60 -j DROP'],
    ['filter', '-A FORWARD -p icmp -m length ! --length 84 -j DROP'],
    ['filter', '-A FORWARD -p ipv6-icmp -m length --length 104 -j DROP'],
    ['filter', '-A FORWARD -p udp -m length --length 1501:65535 -j DROP'],
  ]),
  both('dnat', (f) => [...dnat(f, 'PREROUTING'), ...dnat(f, 'OUTPUT')]),
  both('dnat-prerouting-only', (f) => dnat(f, 'PREROUTING')),
  both('dnat-masquerade', (f) => [
    ...dnat(f, 'PREROUTING'),
    ['nat', `-A POSTROUTING -d ${f.server} -m conntrack --ctstate DNAT -j MASQUERADE`],
  ]),
  both('dnat-marked-masquerade', (f) => [
    ['mangle', `-A PREROUTING -d ${f.virtual} -j MARK --set-xmark 0x4000/0x4000`],
    ...dnat(f, 'PREROUTING'),
    ['nat', '-A POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN'],
    ['nat', '-A POSTROUTING -j MARK --set-xmark 0x4000/0x0'],
    ['nat', '-A POSTROUTING -j MASQUERADE --random-fully'],
  ]),
  both('dnat-back-to-client', (f) => dnat(f, 'PREROUTING', f.client)),
  both('dnat-back-to-client-masqueraded', (f) => [
    ...dnat(f, 'PREROUTING', f.client),
    ['nat', `-A POSTROUTING -s ${f.client} -d ${f.client} -j MASQUERADE`],
  ]),
  both('dnat-to-itself', (f) => [...dnat(f, 'PREROUTING', f.gateway), ...dnat(f, 'OUTPUT', f.gateway)]),
  both('dnat-untracked', (f) => [['raw', `-A PREROUTING -d ${f.virtual} -j CT --notrack`], ...dnat(f, 'PREROUTING')]),
  both('dnat-reply-untracked', (f) => [
    ['raw', `-A PREROUTING -s ${f.server} -j CT --notrack`],
    ...dnat(f, 'PREROUTING'),
  ]),
  both('dnat-accepted-before', (f) => [['nat', '-A PREROUTING -p tcp -j ACCEPT'], ...dnat(f, 'PREROUTING')]),
  both('dnat-first-wins', (f) => [...dnat(f, 'PREROUTING', f.gateway), ...dnat(f, 'PREROUTING')]),
  both('redirect', () => [['nat', '-A PREROUTING -p tcp --dport 81 -j REDIRECT --to-ports 80']]),
  both('redirect-own', () => [['nat', '-A OUTPUT -p tcp --dport 81 -j REDIRECT --to-ports 80']]),
  both('netmap', (f) => [['nat', `-A PREROUTING -d ${f.nets} -j NETMAP --to ${f.serverNet}`]]),
  both('netmap-source', (f) => [['nat', `-A POSTROUTING -o s0 -j NETMAP --to ${f.serverNet}`]]),
  both('masquerade', () => [['nat', '-A POSTROUTING -o s0 -j MASQUERADE']]),
  both('snat', (f) => [['nat', `-A POSTROUTING -o s0 -j SNAT --to-source ${f.near}`]]),
  both('snat-to-nobody', (f) => [['nat', `-A POSTROUTING -o s0 -j SNAT --to-source ${f.nobody}`]]),
  both('snat-in-input', (f) => [['nat', `-A INPUT -p tcp -s ${f.client} -j SNAT --to-source ${f.server}`]]),
  both('zone-of-requests', () => [
    ['raw', '-A PREROUTING -i c0 -j CT --zone 7'],
    ['filter', '-A FORWARD -m conntrack --ctstate INVALID -j DROP'],
  ]),
  both('zone-of-both', (f) => [
    ['raw', '-A PREROUTING -j CT --zone 7'],
    ...dnat(f, 'PREROUTING'),
    ['filter', '-A FORWARD -m conntrack --ctstate INVALID -j DROP'],
  ]),
  both('zone-of-requests-original-only', (f) => [
    ['raw', '-A PREROUTING -i c0 -j CT --zone-orig 7'],
    ...dnat(f, 'PREROUTING'),
    ['filter', '-A FORWARD -m conntrack --ctstate INVALID -j DROP'],
  ]),
  both('zone-of-requests-dnat', (f) => [['raw', '-A PREROUTING -i c0 -j CT --zone 7'], ...dnat(f, 'PREROUTING')]),
  ...rejects(
    ['icmp-port-unreachable', 'icmp-host-unreachable', 'icmp-net-unreachable', 'icmp-admin-prohibited', 'tcp-reset'],
    ['icmp6-port-unreachable', 'icmp6-addr-unreachable', 'icmp6-no-route', 'icmp6-adm-prohibited', 'tcp-reset'],
  ),
  both('reject-of-replies', () => [['filter', '-A FORWARD -i s0 -j REJECT']]),
  both('reject-input', () => [
    ['filter', '-A INPUT -i c0 -p tcp -j REJECT --reject-with tcp-reset'],
    ['filter', '-A INPUT -i c0 -p udp -j REJECT'],
  ]),
  both('reject-output', (f) => [['filter', `-A OUTPUT -d ${f.server} -j REJECT`]]),
  both('drop-output', (f) => [['filter', `-A OUTPUT -d ${f.server} -j DROP`]]),
  both('policy', (_f, family) => [
    ['filter', 'FORWARD', 'DROP'],
    ['filter', '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'],
    ['filter', `-A FORWARD -p ${family === 4 ? 'icmp' : 'icmpv6'} -m conntrack --ctstate NEW -j ACCEPT`],
    ['filter', '-A FORWARD -p tcp -m multiport --dports 80,443 -m conntrack --ctstate NEW -j ACCEPT'],
  ]),
  both('ttl', (_f, family) => [
    ['mangle', `-A PREROUTING -i c0 -p tcp -j ${family === 4 ? 'TTL --ttl-set 1' : 'HL --hl-set 1'}`],
    ['mangle', `-A FORWARD -i s0 -p udp -j ${family === 4 ? 'TTL --ttl-dec 70' : 'HL --hl-dec 70'}`],
  ]),
  both('connmark', () => [
    ['mangle', '-A PREROUTING -j CONNMARK --restore-mark'],
    ['mangle', '-A PREROUTING -i c0 -p udp -j MARK --set-xmark 0x1/0x1'],
    ['mangle', '-A PREROUTING -j CONNMARK --save-mark'],
    ['filter', '-A FORWARD -i s0 -m connmark --mark 0x1/0x1 -j DROP'],
  ]),
  both('tproxy-nobody', () => [
    ['mangle', '-A PREROUTING -i c0 -p tcp -j TPROXY --on-port 9999 --tproxy-mark 0x1/0x1'],
  ]),
  inet(
    'nft-dnat',
    chain('p', 'nat', 'prerouting', -100, [
      `ip daddr ${ADDRESSES[4].virtual} tcp dport 81 dnat ip to ${ADDRESSES[4].server}:80`,
      `ip6 daddr ${ADDRESSES[6].virtual} tcp dport 81 dnat ip6 to [${ADDRESSES[6].server}]:80`,
      `ip daddr ${ADDRESSES[4].virtual} dnat ip to ${ADDRESSES[4].server}`,
      `ip6 daddr ${ADDRESSES[6].virtual} dnat ip6 to ${ADDRESSES[6].server}`,
    ]) + chain('q', 'nat', 'postrouting', 100, ['oifname "s0" masquerade']),
  ),
  inet(
    'nft-dnat-of-maps',
    `${chain('p', 'nat', 'prerouting', -100, [
      'dnat ip to ip daddr . tcp dport map @to4',
      'dnat ip6 to ip6 daddr . tcp dport map @to6',
      'ip daddr . udp dport vmap @jumps',
    ])} chain dns {\n dnat ip to ${ADDRESSES[4].server}\n }\n`,
    ` map to4 { type ipv4_addr . inet_service : ipv4_addr . inet_service; elements = { ${ADDRESSES[4].virtual} . 81 : ${ADDRESSES[4].server} . 80 } }\n` +
      ` map to6 { type ipv6_addr . inet_service : ipv6_addr . inet_service; elements = { ${ADDRESSES[6].virtual} . 81 : ${ADDRESSES[6].server} . 80 } }\n` +
      ` map jumps { type ipv4_addr . inet_service : verdict; elements = { ${ADDRESSES[4].virtual} . 53 : goto dns } }\n`,
  ),
  inet('nft-redirect', chain('p', 'nat', 'prerouting', -100, ['tcp dport 81 redirect to :80'])),
  inet(
    'nft-reject',
    chain('f', 'filter', 'forward', 0, ['iifname "c0" tcp dport 80 reject with tcp reset', 'iifname "c0" reject']),
  ),
  inet(
    'nft-reject-prohibited',
    chain('f', 'filter', 'forward', 0, ['iifname "c0" reject with icmpx admin-prohibited']),
  ),
  inet('nft-reject-of-one-family', chain('f', 'filter', 'forward', 0, ['iifname "c0" reject with icmpv6 no-route'])),
  inet(
    'nft-drop-behind-accept',
    chain('a', 'filter', 'forward', -10, ['accept']) + chain('b', 'filter', 'forward', 10, ['meta l4proto udp drop']),
  ),
  inet(
    'nft-policy',
    chain(
      'f',
      'filter',
      'forward',
      0,
      [
        'ct state vmap { established : accept, related : accept, invalid : drop }',
        'meta l4proto { icmp, ipv6-icmp } accept',
        'tcp dport 80 accept',
      ],
      'drop',
    ),
  ),
  inet(
    'nft-zones',
    chain('z', 'filter', 'prerouting', -300, ['iifname "c0" ct zone set 7']) +
      chain('f', 'filter', 'forward', 0, ['ct state invalid drop']),
  ),
  inet(
    'nft-zones-original',
    chain('z', 'filter', 'prerouting', -300, ['iifname "c0" ct original zone set 7']) +
      chain('f', 'filter', 'forward', 0, ['ct state invalid drop', 'ct original zone != 7 ct direction reply drop']),
  ),
  inet(
    'nft-notrack',
    chain('z', 'filter', 'prerouting', -300, ['udp dport 53 notrack']) +
      chain('f', 'filter', 'forward', 0, ['ct state untracked drop']),
  ),
  inet(
    'nft-fib',
    chain('p', 'filter', 'prerouting', 0, [
      'fib daddr type local tcp dport 80 drop',
      'fib saddr . iif oif missing drop',
    ]),
  ),
  inet(
    'nft-output',
    chain('o', 'filter', 'output', 0, [
      'oifname "s0" udp dport 53 drop',
      'oifname "s0" tcp dport 80 reject with tcp reset',
    ]),
  ),
  nft(
    'nft-ingress',
    `table netdev own {\n chain i {\n type filter hook ingress device "c0" priority 0;\n ip protocol tcp drop\n ip6 nexthdr udp drop\n }\n}\n`,
  ),
  nft(
    'nft-of-one-family',
    `table ip own {\n chain f {\n type filter hook forward priority 0;\n tcp dport 80 drop\n }\n}\ntable ip6 own {\n chain f {\n type filter hook forward priority 0;\n udp dport 53 drop\n }\n}\n`,
  ),
  {
    ...both('both-backends', () => [
      ['filter', '-A FORWARD -p tcp -j ACCEPT'],
      ['filter', '-A FORWARD -j DROP'],
    ]),
    nft: 'table inet own {\n chain f {\n type filter hook forward priority -5;\n tcp dport 80 drop\n }\n}\n',
  },
];
