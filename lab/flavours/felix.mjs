import { createHash } from 'node:crypto';

/** Felix marks each rule with a hash in its comment; only its form matters here. */
const tag = (text) =>
  `-m comment --comment "cali:${createHash('sha256').update(text).digest('base64url').slice(0, 16)}"`;
const say = (text) => `-m comment --comment "${text}"`;

function endpointRules(device) {
  const both = (chain, direction) => {
    const rule = (rest) => `-A ${chain} ${tag(`${chain} ${rest}`)} ${rest}`;
    return [
      rule('-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'),
      rule('-m conntrack --ctstate INVALID -j DROP'),
      rule('-j MARK --set-xmark 0x0/0x10000'),
      ...(direction === 'from'
        ? [
            `-A ${chain} -p udp ${tag(`${chain} vxlan`)} ${say('Drop VXLAN encapped packets originating in workloads')} -m multiport --dports 4789 -j DROP`,
            `-A ${chain} -p ipencap ${tag(`${chain} ipip`)} ${say('Drop IPinIP encapped packets originating in workloads')} -j DROP`,
          ]
        : []),
      rule(direction === 'from' ? '-j cali-pro-kns.default' : '-j cali-pri-kns.default'),
      rule(`${say('Return if profile accepted')} -m mark --mark 0x10000/0x10000 -j RETURN`),
      rule(`${say('Drop if no profiles matched')} -j DROP`),
    ];
  };
  return [
    `-A cali-from-wl-dispatch -i ${device} ${tag(`from ${device}`)} -g cali-fw-${device}`,
    `-A cali-to-wl-dispatch -o ${device} ${tag(`to ${device}`)} -g cali-tw-${device}`,
    ...both(`cali-fw-${device}`, 'from'),
    ...both(`cali-tw-${device}`, 'to'),
  ];
}

/** felix/rules/static.go, filterInputChain and filterOutputChain: only peers may send to the VTEP's port, and be sent to. */
function vxlanRules() {
  const rule = (chain, rest) => `-A ${chain} -p udp ${tag(`${chain} ${rest}`)} ${rest}`;
  const peers = '-m set --match-set cali40all-vxlan-net';
  return [
    rule(
      'cali-INPUT',
      `${say('Allow IPv4 VXLAN packets from allowed hosts')} -m multiport --dports 4789 ${peers} src -m addrtype --dst-type LOCAL -j ACCEPT`,
    ),
    rule(
      'cali-INPUT',
      `${say('Drop IPv4 VXLAN packets from non-allowed hosts')} -m multiport --dports 4789 -m addrtype --dst-type LOCAL -j DROP`,
    ),
    rule(
      'cali-OUTPUT',
      `${say('Allow IPv4 VXLAN packets to other allowed hosts')} -m multiport --dports 4789 -m addrtype --src-type LOCAL ${peers} dst -j ACCEPT`,
    ),
  ];
}

/** The same of IPIP. */
function ipipRules() {
  const rule = (chain, rest) => `-A ${chain} -p ipencap ${tag(`${chain} ipip ${rest}`)} ${rest}`;
  const hosts = '-m set --match-set cali40all-hosts-net';
  return [
    rule(
      'cali-INPUT',
      `${say('Allow IPIP packets from Calico hosts')} ${hosts} src -m addrtype --dst-type LOCAL -j ACCEPT`,
    ),
    rule('cali-INPUT', `${say('Drop IPIP packets from non-Calico hosts')} -j DROP`),
    rule(
      'cali-OUTPUT',
      `${say('Allow IPIP packets to other Calico hosts')} ${hosts} dst -m addrtype --src-type LOCAL -j ACCEPT`,
    ),
  ];
}

/** What policy let through. Since 3.17 Felix appends this behind everybody's rules (static.go, StaticFilterForwardAppendRules). */
const acceptRules = () => {
  const rule = (rest) => `-A FORWARD ${tag(`FORWARD ${rest}`)} ${rest}`;
  return [
    rule(`${say('Policy explicitly accepted packet.')} -m mark --mark 0x10000/0x10000 -j ACCEPT`),
    rule('-j MARK --set-xmark 0x10000/0x10000'),
  ];
};

function filterRules(devices, tunnel) {
  const rule = (chain, rest) => `-A ${chain} ${tag(`${chain} ${rest}`)} ${rest}`;
  return [
    rule('INPUT', '-j cali-INPUT'),
    rule('FORWARD', '-j cali-FORWARD'),
    rule('OUTPUT', '-j cali-OUTPUT'),
    ...(tunnel === 'vxlan.calico' ? vxlanRules() : tunnel === 'tunl0' ? ipipRules() : []),
    rule('cali-FORWARD', '-j MARK --set-xmark 0x0/0xe0000'),
    rule('cali-FORWARD', '-m mark --mark 0x0/0x10000 -j cali-from-hep-forward'),
    `-A cali-FORWARD -i cali+ ${tag('from')} -j cali-from-wl-dispatch`,
    `-A cali-FORWARD -o cali+ ${tag('to')} -j cali-to-wl-dispatch`,
    rule('cali-FORWARD', '-j cali-to-hep-forward'),
    `-A cali-INPUT -i cali+ ${tag('wl')} -g cali-wl-to-host`,
    rule('cali-INPUT', '-m mark --mark 0x10000/0x10000 -j ACCEPT'),
    rule('cali-OUTPUT', '-m mark --mark 0x10000/0x10000 -j ACCEPT'),
    `-A cali-OUTPUT -o cali+ ${tag('out')} -j RETURN`,
    rule('cali-wl-to-host', '-j cali-from-wl-dispatch'),
    rule('cali-wl-to-host', `${say('Configured DefaultEndpointToHostAction')} -j ACCEPT`),
    ...devices.flatMap(endpointRules),
    rule('cali-from-wl-dispatch', `${say('Unknown interface')} -j DROP`),
    rule('cali-to-wl-dispatch', `${say('Unknown interface')} -j DROP`),
    ...['cali-pri-kns.default', 'cali-pro-kns.default'].flatMap((chain) => [
      rule(chain, `${say('Profile kns.default ingress')} -j MARK --set-xmark 0x10000/0x10000`),
      rule(chain, '-m mark --mark 0x10000/0x10000 -j RETURN'),
    ]),
  ];
}

/** felix/rules/static.go, StaticRawPreroutingChain: Felix's own reverse path filter for what comes from workloads. */
function rawRules() {
  const rule = (chain, rest) => `-A ${chain} ${tag(`raw ${chain} ${rest}`)} ${rest}`;
  const fromWorkload = '-m mark --mark 0x40000/0x40000';
  return [
    ...chains(['cali-OUTPUT', 'cali-PREROUTING', 'cali-from-host-endpoint', 'cali-rpf-skip', 'cali-to-host-endpoint']),
    rule('PREROUTING', '-j cali-PREROUTING'),
    rule('OUTPUT', '-j cali-OUTPUT'),
    rule('cali-OUTPUT', '-j MARK --set-xmark 0x0/0xf0000'),
    rule('cali-OUTPUT', '-j cali-to-host-endpoint'),
    rule('cali-OUTPUT', '-m mark --mark 0x10000/0x10000 -j ACCEPT'),
    rule('cali-PREROUTING', '-j MARK --set-xmark 0x0/0xf0000'),
    `-A cali-PREROUTING -i cali+ ${tag('raw from')} -j MARK --set-xmark 0x40000/0x40000`,
    rule('cali-PREROUTING', `${fromWorkload} -j cali-rpf-skip`),
    rule('cali-PREROUTING', `${fromWorkload} -m rpfilter --validmark --invert -j DROP`),
    rule('cali-PREROUTING', '-m mark --mark 0x0/0x40000 -j cali-from-host-endpoint'),
    rule('cali-PREROUTING', '-m mark --mark 0x10000/0x10000 -j ACCEPT'),
  ];
}

/** felix/rules/static.go, StaticManglePreroutingChain. */
function mangleRules() {
  const rule = (chain, rest) => `-A ${chain} ${tag(`mangle ${chain} ${rest}`)} ${rest}`;
  return [
    ...chains(['cali-PREROUTING', 'cali-from-host-endpoint']),
    rule('PREROUTING', '-j cali-PREROUTING'),
    rule('cali-PREROUTING', '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'),
    rule('cali-PREROUTING', '-m mark --mark 0x10000/0x10000 -j ACCEPT'),
    rule('cali-PREROUTING', '-j cali-from-host-endpoint'),
    rule('cali-PREROUTING', `${say('Host endpoint policy accepted packet.')} -m mark --mark 0x10000/0x10000 -j ACCEPT`),
  ];
}

function natRules(tunnel) {
  const rule = (chain, rest) => `-A ${chain} ${tag(`nat ${chain} ${rest}`)} ${rest}`;
  return [
    rule('PREROUTING', '-j cali-PREROUTING'),
    rule('OUTPUT', '-j cali-OUTPUT'),
    rule('POSTROUTING', '-j cali-POSTROUTING'),
    rule('cali-OUTPUT', '-j cali-fip-dnat'),
    rule('cali-POSTROUTING', '-j cali-fip-snat'),
    rule('cali-POSTROUTING', '-j cali-nat-outgoing'),
    ...(tunnel
      ? [
          `-A cali-POSTROUTING -o ${tunnel} ${tag('nat vxlan')} -m addrtype ! --src-type LOCAL --limit-iface-out -m addrtype --src-type LOCAL -j MASQUERADE --random-fully`,
        ]
      : []),
    rule('cali-PREROUTING', '-j cali-fip-dnat'),
    rule(
      'cali-nat-outgoing',
      '-m set --match-set cali40masq-ipam-pools src -m set ! --match-set cali40all-ipam-pools dst -j MASQUERADE --random-fully',
    ),
  ];
}

const chains = (names) => names.map((name) => `:${name} - [0:0]`);

/**
 * Felix's rules for a node without host endpoints and with the default profile only: shape and order of
 * felix/rules/static.go and endpoints.go. It inserts its jumps before everybody else's.
 * @param {readonly string[]} devices @param {{ tunnel?: 'vxlan.calico' | 'tunl0', raw?: boolean, appends?: boolean }} [options]
 */
export function felixRules(devices, { tunnel, raw = false, appends = false } = {}) {
  return {
    ...(raw && { raw: rawRules(), mangle: mangleRules() }),
    filter: appends ? acceptRules() : [],
    nat: [],
    filterFirst: [
      ...chains(['cali-FORWARD', 'cali-INPUT', 'cali-OUTPUT', 'cali-from-hep-forward', 'cali-from-wl-dispatch']),
      ...chains(devices.flatMap((d) => [`cali-fw-${d}`, `cali-tw-${d}`])),
      ...chains([
        'cali-pri-kns.default',
        'cali-pro-kns.default',
        'cali-to-hep-forward',
        'cali-to-wl-dispatch',
        'cali-wl-to-host',
      ]),
      ...filterRules(devices, tunnel),
      ...(appends ? [] : acceptRules()),
    ],
    natFirst: [
      ...chains([
        'cali-OUTPUT',
        'cali-POSTROUTING',
        'cali-PREROUTING',
        'cali-fip-dnat',
        'cali-fip-snat',
        'cali-nat-outgoing',
      ]),
      ...natRules(tunnel),
    ],
  };
}
