import { six, sixPrefix, tunnelNameOf } from '../../ipv6.mjs';
import { macOf, podNs } from '../../topologies.mjs';
import { traitsOf } from './case.mjs';
import { forget } from './changes.mjs';
import { placeOf } from './place.mjs';
import { bridgeUnder, hostDevice, nicOf, podSide } from './shape.mjs';

/**
 * Faults of IPv6 on clusters of both families. A cluster that one of them has broken is thrown away, which costs less than to
 * remember the second family: `break` returns no way back.
 * @typedef {{ needs?: readonly string[], harmless?: true, make: (on: Changes6, at: import('./place.mjs').Place, cluster: import('../../cluster.mjs').Cluster) => unknown }} Short6
 * @typedef {ReturnType<typeof changes6>} Changes6
 */

const split = (line) => (line.match(/"[^"]*"|\S+/g) ?? []).map((w) => w.replaceAll('"', ''));

/** Changes without a way back. @param {import('../../cluster.mjs').Cluster} cluster */
const changes6 = ({ lab, topology }) => ({
  ip(ns, ...lines) {
    for (const line of lines) lab.ip(ns, ['-6', ...split(line)]);
  },
  link(ns, ...lines) {
    for (const line of lines) lab.ip(ns, split(line));
  },
  sysctl(ns, settings) {
    for (const [key, value] of Object.entries(settings)) lab.exec(ns, ['sysctl', '-qw', `net/ipv6/${key}=${value}`]);
  },
  rule: (ns, line) => void lab.exec(ns, [`ip6tables-${topology.iptables}`, ...split(line)]),
  nft: (ns, text) => void lab.exec(ns, ['nft', '-f', '-'], { input: text }),
  exec: (ns, words) => void lab.exec(ns, words),
});

/** The main table's line for the peer's pods, which the CNI wrote. */
function toPeer({ lab, topology }, at) {
  const prefix = sixPrefix(at.peer.podCidr);
  const line = lab.ip(at.node.name, ['-6', '-o', 'route', 'show', prefix]).stdout.trim();
  const word = (name) => new RegExp(` ${name} (\\S+)`).exec(` ${line}`)?.[1];
  return { prefix, gateway: word('via'), device: word('dev'), topology };
}
const pod6 = (pod) => six(pod.address);
const node6 = (node) => six(node.internalIp);
const nobody = (at) => node6(at.node).replace(/[0-9a-f]+$/, '247');
const conf = (dev, key) => `conf/${dev}/${key}`;

/** @type {Record<string, Short6>} */
const CASES = {
  'forwarding-off': { make: (on, at) => on.sysctl(at.node.name, { [conf('all', 'forwarding')]: 0 }) },
  'forwarding-off-devices-on': {
    make(on, at, cluster) {
      on.sysctl(at.node.name, { [conf('all', 'forwarding')]: 0 });
      on.sysctl(at.node.name, {
        [conf(nicOf(cluster, at.node), 'forwarding')]: 1,
        [conf(podSide(cluster, at.node, at.pod), 'forwarding')]: 1,
      });
    },
  },
  'forwarding-off-but-forced': {
    make(on, at, cluster) {
      on.sysctl(at.node.name, { [conf('all', 'forwarding')]: 0 });
      on.sysctl(at.node.name, {
        [conf(at.pick([podSide(cluster, at.node, at.pod), nicOf(cluster, at.node)]), 'force_forwarding')]: 1,
      });
    },
  },
  'device-forwarding-off': {
    harmless: true,
    make: (on, at, cluster) =>
      on.sysctl(at.node.name, {
        [conf(at.pick([podSide(cluster, at.node, at.pod), nicOf(cluster, at.node)]), 'forwarding')]: 0,
      }),
  },
  'disabled-on-device': {
    make: (on, at, cluster) =>
      on.sysctl(at.node.name, {
        [conf(
          at.pick([
            podSide(cluster, at.node, at.pod),
            nicOf(cluster, at.node),
            tunnelNameOf(cluster.topology) ?? 'eth0',
          ]),
          'disable_ipv6',
        )]: 1,
      }),
  },
  'disabled-in-pod': { make: (on, at) => on.sysctl(podNs(at.pod), { [conf('all', 'disable_ipv6')]: 1 }) },
  'route-missing': { make: (on, at, c) => on.ip(at.node.name, `route delete ${toPeer(c, at).prefix}`) },
  'route-refused': {
    make(on, at, c) {
      const { prefix } = toPeer(c, at);
      const kind = at.pick(['blackhole', 'unreachable', 'prohibit', 'throw']);
      if (at.coin()) on.ip(at.node.name, `route delete ${prefix}`, `route add ${kind} ${prefix}`);
      else on.ip(at.node.name, `route add ${kind} ${pod6(at.far)}/128`);
    },
  },
  'route-to-nobody': {
    make: (on, at, c) =>
      on.ip(at.node.name, `route add ${pod6(at.far)}/128 via ${nobody(at)} dev ${nicOf(c, at.node)}`),
  },
  'route-to-router': {
    make: (on, at, c) =>
      on.ip(
        at.node.name,
        `route replace ${toPeer(c, at).prefix} via ${six(c.topology[at.node.nics[0].network].gateway)}`,
      ),
  },
  'route-on-link': {
    make: (on, at, c) => on.ip(at.node.name, `route add ${pod6(at.far)}/128 dev ${nicOf(c, at.node)}`),
  },
  'route-shadowed': {
    make(on, at, c) {
      const { prefix } = toPeer(c, at);
      on.ip(
        at.node.name,
        `route add ${prefix} via ${nobody(at)} dev ${nicOf(c, at.node)} metric ${at.pick([100, 2000])}`,
      );
    },
  },
  'route-with-source': {
    make(on, at, c) {
      const { prefix, gateway, device } = toPeer(c, at);
      on.ip(
        at.node.name,
        `route replace ${prefix} ${gateway ? `via ${gateway} ` : ''}dev ${device} onlink src ${node6(at.node)}`,
      );
    },
  },
  'route-local': {
    make: (on, at) =>
      on.ip(at.node.name, `route add local ${at.coin() ? `${pod6(at.far)}/128` : sixPrefix(at.peer.podCidr)} dev lo`),
  },
  'default-missing': { harmless: true, make: (on, at) => on.ip(at.node.name, 'route delete default') },
  'rule-refuses-source': {
    make: (on, at) =>
      on.ip(
        at.node.name,
        `rule add from ${at.pick([pod6(at.pod), node6(at.node)])} ${at.pick(['prohibit', 'unreachable', 'blackhole'])} priority 100`,
      ),
  },
  'rule-to-table': {
    make: (on, at) =>
      on.ip(
        at.node.name,
        `route add unreachable default metric 5 table 66`,
        `rule add to ${pod6(at.far)} lookup 66 priority 90`,
      ),
  },
  'rule-by-mark': {
    make(on, at) {
      on.rule(at.node.name, `-t mangle -I PREROUTING 1 -s ${pod6(at.pod)} -j MARK --set-xmark 0x66/0xff`);
      on.ip(at.node.name, 'route add prohibit default table 67', 'rule add fwmark 0x66/0xff lookup 67 priority 91');
    },
  },
  'main-for-pods-only': {
    make: (on, at) =>
      on.ip(
        at.node.name,
        `rule add from ${sixPrefix(at.node.podCidr)} lookup main priority 70`,
        `rule add to ${sixPrefix(at.peer.podCidr)} prohibit priority 71`,
      ),
  },
  'neigh-lan-wrong': {
    make: (on, at, c) =>
      on.ip(
        at.node.name,
        `neigh replace ${node6(at.peer)} lladdr ${macOf('nobody')} dev ${nicOf(c, at.node)} nud permanent`,
      ),
  },
  'neigh-pod-wrong': {
    make: (on, at, c) =>
      on.ip(
        at.node.name,
        `neigh replace ${pod6(at.pod)} lladdr ${macOf('nobody')} dev ${podSide(c, at.node, at.pod)} nud permanent`,
      ),
  },
  'neigh-overlay-missing': {
    needs: ['vxlan'],
    make(on, at, c) {
      const { gateway, device } = toPeer(c, at);
      on.ip(at.node.name, `neigh delete ${gateway} dev ${device}`);
    },
  },
  'fdb-missing': {
    needs: ['vxlan'],
    make(on, at, { topology }) {
      const name = tunnelNameOf(topology);
      on.exec(at.node.name, [
        'bridge',
        'fdb',
        'delete',
        macOf(`vtep6 ${at.peer.name}`),
        'dev',
        name,
        'dst',
        underlay(topology, at.peer),
        'self',
      ]);
    },
  },
  'fdb-of-third': {
    needs: ['vxlan'],
    make(on, at, { topology }) {
      const name = tunnelNameOf(topology);
      on.exec(at.node.name, [
        'bridge',
        'fdb',
        'replace',
        macOf(`vtep6 ${at.peer.name}`),
        'dev',
        name,
        'dst',
        underlay(topology, at.third),
        'self',
        'permanent',
      ]);
    },
  },
  'tunnel-down': {
    needs: ['vxlan'],
    make: (on, at, { topology }) => on.link(at.node.name, `link set ${tunnelNameOf(topology)} down`),
  },
  'tunnel-mtu-least': {
    needs: ['vxlan'],
    make: (on, at, { topology }) => on.link(at.node.name, `link set ${tunnelNameOf(topology)} mtu 1280`),
  },
  'tunnel-other-vni': { needs: ['vxlan'], make: (on, at, c) => remade(on, at, c, { id: 77 }) },
  'tunnel-other-port': { needs: ['vxlan'], make: (on, at, c) => remade(on, at, c, { port: 9999 }) },
  'tunnel-new-mac': { needs: ['vxlan'], make: (on, at, c) => remade(on, at, c, { mac: macOf('new vtep') }) },
  'pod-mtu-small': { make: (on, at) => on.link(podNs(at.pod), 'link set eth0 mtu 1280') },
  'nic-mtu-small': { make: (on, at, c) => on.link(at.node.name, `link set ${nicOf(c, at.node)} mtu 1400`) },
  'pod-side-mtu-below-least': {
    make: (on, at, c) => on.link(at.node.name, `link set ${hostDevice(c, at.node, at.pod)} mtu 1200`),
  },
  'too-big-dropped': {
    make(on, at, c) {
      on.link(at.node.name, `link set ${nicOf(c, at.node)} mtu 1400`);
      on.rule(at.node.name, '-I OUTPUT 1 -p ipv6-icmp --icmpv6-type packet-too-big -j DROP');
    },
  },
  'bridge-address-missing': {
    needs: ['bridge'],
    make: (on, at, c) =>
      on.ip(at.node.name, `address delete ${gateway6(at)}/64 dev ${bridgeUnder(c, at.node, at.pod)}`),
  },
  'bridge-address-tentative': {
    needs: ['bridge'],
    make(on, at, c) {
      const bridge = bridgeUnder(c, at.node, at.pod);
      const { lab } = c;
      // Somebody else answers for it, and is gone when the address has failed its check.
      lab.add('thief');
      const peer = ['peer', 'name', 'eth0', 'netns', lab.full('thief')];
      lab.ip(at.node.name, ['link', 'add', 'thief', 'type', 'veth', ...peer]);
      on.link(at.node.name, `link set thief master ${bridge} up`);
      on.link('thief', 'link set eth0 up', `address add ${gateway6(at)}/64 dev eth0 nodad`);
      on.sysctl(at.node.name, { [conf('all', 'accept_dad')]: 1, [conf(bridge, 'accept_dad')]: 1 });
      on.ip(
        at.node.name,
        `address delete ${gateway6(at)}/64 dev ${bridge}`,
        `address add ${gateway6(at)}/64 dev ${bridge}`,
      );
      return new Promise((resolve) => setTimeout(resolve, 3000)).then(() => on.link(at.node.name, 'link delete thief'));
    },
  },
  'nic-address-missing': {
    make: (on, at, c) => on.ip(at.node.name, `address delete ${node6(at.node)}/64 dev ${nicOf(c, at.node)}`),
  },
  'nic-address-deprecated': {
    harmless: true,
    make: (on, at, c) =>
      on.ip(
        at.node.name,
        `address add ${six(at.node.internalIp.replace(/\d+$/, '91'))}/64 dev ${nicOf(c, at.node)}`,
        `address change ${at.pick([node6(at.node), six(at.node.internalIp.replace(/\d+$/, '91'))])}/64 dev ${nicOf(c, at.node)} preferred_lft 0`,
      ),
  },
  'nic-second-address': {
    harmless: true,
    make: (on, at, c) =>
      on.ip(
        at.node.name,
        `address add ${at.pick(['2001:db8:9::11/64', 'fd00:10:244:ffff::11/64', six(at.node.internalIp.replace(/\d+$/, '92')).concat('/64')])} dev ${nicOf(c, at.node)}`,
      ),
  },
  'pod-address-missing': { make: (on, at) => on.ip(podNs(at.pod), 'address flush dev eth0 scope global') },
  'pod-second-address': {
    harmless: true,
    make: (on, at) => on.ip(podNs(at.pod), `address add 2001:db8::${at.pick([7, 8])}/64 dev eth0`),
  },
  'pod-default-missing': { make: (on, at) => on.ip(podNs(at.pod), 'route delete default') },
  'pod-link-local-missing': { make: (on, at) => on.ip(podNs(at.pod), 'address flush dev eth0 scope link') },
  'node-holds-far-pod': {
    make: (on, at) => on.ip(at.node.name, `address add ${pod6(at.far)}/128 dev ${at.pick(['lo', 'eth0'])}`),
  },
  'node-address-on-lo': {
    make(on, at, c) {
      on.ip(
        at.node.name,
        `address delete ${node6(at.node)}/64 dev ${nicOf(c, at.node)}`,
        `address add ${node6(at.node)}/128 dev lo`,
      );
      on.ip(at.node.name, `route add ${node6(at.node).replace(/::[0-9a-f]+$/, '::')}/64 dev ${nicOf(c, at.node)}`);
    },
  },
  'proxy-ndp-for-far': {
    make(on, at, c) {
      on.sysctl(at.third.name, { [conf('all', 'proxy_ndp')]: 1 });
      on.ip(at.third.name, `neigh add proxy ${nobody(at)} dev ${nicOf(c, at.third)}`);
      on.ip(at.node.name, `route add ${pod6(at.far)}/128 via ${nobody(at)} dev ${nicOf(c, at.node)}`);
    },
  },
  'proxy-ndp-off': {
    needs: ['routed'],
    harmless: true,
    make: (on, at, c) => on.sysctl(at.node.name, { [conf(hostDevice(c, at.node, at.pod), 'proxy_ndp')]: 0 }),
  },
  'input-drops-icmp': { make: (on, at) => on.rule(at.node.name, '-I INPUT 1 -p ipv6-icmp -j DROP') },
  'input-drops-solicitations': {
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-I INPUT 1 -p ipv6-icmp --icmpv6-type ${at.pick(['neighbour-solicitation', 'neighbour-advertisement', '135'])} -j DROP`,
      ),
  },
  'output-drops-advertisements': {
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-I OUTPUT 1 -p ipv6-icmp --icmpv6-type ${at.pick(['neighbour-advertisement', 'neighbour-solicitation'])} -j DROP`,
      ),
  },
  'input-policy-drop': {
    make(on, at) {
      on.rule(at.node.name, '-I INPUT 1 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT');
      if (at.coin()) on.rule(at.node.name, '-I INPUT 1 -p ipv6-icmp -j ACCEPT');
      on.rule(at.node.name, '-P INPUT DROP');
    },
  },
  'input-allows-neighbours-only': {
    make(on, at) {
      on.rule(at.node.name, '-I INPUT 1 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT');
      for (const type of [133, 134, 135, 136])
        on.rule(at.node.name, `-I INPUT 1 -p ipv6-icmp --icmpv6-type ${type} -j ACCEPT`);
      on.rule(at.node.name, '-P INPUT DROP');
    },
  },
  'pod-drops-icmp': { make: (on, at) => on.rule(podNs(at.pod), '-I INPUT 1 -p ipv6-icmp -j DROP') },
  'invalid-dropped': {
    harmless: true,
    make(on, at) {
      on.rule(at.node.name, '-I INPUT 1 -m conntrack --ctstate INVALID -j DROP');
      on.rule(at.node.name, '-I FORWARD 1 -m conntrack --ctstate INVALID -j DROP');
    },
  },
  'forward-policy-drop': { make: (on, at) => on.rule(at.node.name, '-P FORWARD DROP') },
  'forward-refuses-peer-pods': {
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-I FORWARD 1 -s ${sixPrefix(at.node.podCidr)} -d ${sixPrefix(at.peer.podCidr)} -j ${at.pick(['DROP', 'REJECT', 'REJECT --reject-with icmp6-adm-prohibited', 'REJECT --reject-with icmp6-no-route'])}`,
      ),
  },
  'forward-refuses-tcp': {
    make: (on, at) => on.rule(at.node.name, `-I FORWARD 1 -p tcp -d ${pod6(at.pod)} -j REJECT --reject-with tcp-reset`),
  },
  'forward-refuses-ping': {
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-I FORWARD 1 -p ipv6-icmp --icmpv6-type ${at.pick(['echo-request', 'echo-reply', '128'])} -j DROP`,
      ),
  },
  'input-drops-overlay': {
    needs: ['vxlan'],
    make: (on, at) => on.rule(at.node.name, '-I INPUT 1 -p udp -m multiport --dports 8472,4789 -j DROP'),
  },
  'raw-rpfilter': {
    make(on, at, c) {
      if (at.coin())
        on.ip(at.node.name, `route add ${pod6(at.far)}/128 via ${six(c.topology[at.node.nics[0].network].gateway)}`);
      else on.ip(at.node.name, `route add unreachable ${pod6(at.far)}/128`);
      on.rule(at.node.name, `-t raw -I PREROUTING 1 -m rpfilter ${at.pick(['', '--loose '])}--invert -j DROP`);
    },
  },
  'nft-rpfilter': {
    make(on, at, c) {
      on.ip(at.node.name, `route add ${pod6(at.far)}/128 via ${six(c.topology[at.node.nics[0].network].gateway)}`);
      on.nft(
        at.node.name,
        'table inet rp { chain pre { type filter hook prerouting priority raw; meta nfproto ipv6 fib saddr . iif oif missing drop; }; }',
      );
    },
  },
  'nft-drops': {
    make: (on, at) =>
      on.nft(
        at.node.name,
        `table inet guard { chain f { type filter hook forward priority filter; ip6 saddr ${pod6(at.pod)} ip6 daddr { ${pod6(at.far)}, fd00::99 } ${at.pick(['drop', 'reject', 'icmpv6 type echo-request drop', 'meta l4proto tcp reject with tcp reset'])}; }; }`,
      ),
  },
  'nft-input-without-icmp': {
    make: (on, at) =>
      on.nft(
        at.node.name,
        `table inet host { chain in { type filter hook input priority 0; policy drop; ct state established,related accept; iif lo accept; ${at.pick(['', 'ip6 nexthdr icmpv6 icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } accept;', 'meta l4proto icmp accept;'])} tcp dport { 22, 6443 } accept; }; }`,
      ),
  },
  'bridge-nf-off': {
    needs: ['bridge'],
    harmless: true,
    make: (on, at) => on.exec(at.node.name, ['sysctl', '-qw', 'net.bridge.bridge-nf-call-ip6tables=0']),
  },
  'masquerade-all': {
    make: (on, at, c) => on.rule(at.node.name, `-t nat -I POSTROUTING 1 -o ${nicOf(c, at.node)} -j MASQUERADE`),
  },
  'masquerade-pods': {
    make: (on, at) => on.rule(at.node.name, `-t nat -I POSTROUTING 1 -s ${pod6(at.pod)} -j MASQUERADE`),
  },
  'snat-to-nobody': {
    make: (on, at) =>
      on.rule(at.node.name, `-t nat -I POSTROUTING 1 -s ${pod6(at.pod)} -j SNAT --to-source ${nobody(at)}`),
  },
  'dnat-steals-pod': {
    make: (on, at) =>
      on.rule(at.node.name, `-t nat -I PREROUTING 1 -d ${pod6(at.far)} -j DNAT --to-destination ${pod6(at.pod)}`),
  },
  'redirect-on-node': {
    make: (on, at) => on.rule(at.node.name, '-t nat -I PREROUTING 1 -p tcp --dport 8080 -j REDIRECT --to-ports 3128'),
  },
  notrack: { make: (on, at) => on.rule(at.node.name, `-t raw -I PREROUTING 1 -d ${pod6(at.pod)} -j CT --notrack`) },
  'nat-flushed': { make: (on, at) => on.rule(at.node.name, '-t nat -F') },
  'set-drops': {
    make(on, at) {
      on.exec(at.node.name, ['ipset', 'create', 'six', 'hash:net', 'family', 'inet6']);
      on.exec(at.node.name, ['ipset', 'add', 'six', sixPrefix(at.peer.podCidr)]);
      on.rule(at.node.name, `-I FORWARD 1 -s ${pod6(at.pod)} -m set --match-set six dst -j DROP`);
    },
  },
  'hop-limit-1': {
    make(on, at, c) {
      const ns = at.pick([podNs(at.pod), at.node.name]);
      on.sysctl(ns, { [conf(ns === at.node.name ? nicOf(c, at.node) : 'eth0', 'hop_limit')]: at.pick([1, 2]) });
    },
  },
  'node-ignores-ping': { make: (on, at) => on.sysctl(at.node.name, { 'icmp/echo_ignore_all': 1 }) },
  'port-isolated': {
    needs: ['bridge', 'siblings'],
    make(on, at, c) {
      for (const pod of at.node.pods)
        on.exec(at.node.name, ['bridge', 'link', 'set', 'dev', hostDevice(c, at.node, pod), 'isolated', 'on']);
    },
  },
  'pod-mac-changed': {
    harmless: true,
    make: (on, at) => on.link(podNs(at.pod), `link set eth0 address ${macOf('other pod')}`),
  },
  'nic-down': { make: (on, at, c) => on.link(at.node.name, `link set ${nicOf(c, at.node)} down`) },
  'ebtables-drops-solicitations': {
    needs: ['bridge'],
    make: (on, at) =>
      on.exec(at.node.name, [
        'ebtables-nft',
        '-A',
        at.pick(['OUTPUT', 'INPUT', 'FORWARD']),
        '-p',
        'IPv6',
        '--ip6-proto',
        'ipv6-icmp',
        '-j',
        'DROP',
      ]),
  },
};

const gateway6 = (at) => sixPrefix(at.node.podCidr).replace(/\/\d+$/, '1');
const underlay = (topology, node) =>
  six((node.nics.find((n) => n.name === topology.flannelIface) ?? node.nics[0]).address.split('/')[0]);

/** The tunnel made again with another parameter, its routes and entries with it. */
function remade(on, at, { lab, topology }, { id, port, mac }) {
  const name = tunnelNameOf(topology);
  const routes = lab.ip(at.node.name, ['-6', '-o', 'route', 'show', 'dev', name]).stdout.split('\n');
  const neighbours = lab.ip(at.node.name, ['-6', 'neigh', 'show', 'dev', name, 'nud', 'permanent']).stdout.split('\n');
  const fdb = lab.exec(at.node.name, ['bridge', 'fdb', 'show', 'dev', name]).stdout.split('\n');
  const [link] = JSON.parse(lab.ip(at.node.name, ['-d', '-j', 'link', 'show', 'dev', name]).stdout);
  const { info_data: data } = link.linkinfo;
  const address = lab.ip(at.node.name, ['-6', '-o', 'addr', 'show', 'dev', name, 'scope', 'global']).stdout;
  on.link(
    at.node.name,
    `link delete ${name}`,
    `link add ${name} address ${mac ?? link.address} mtu ${link.mtu} type vxlan id ${id ?? data.id} dstport ${port ?? data.port} local ${data.local6} dev ${data.link} nolearning`,
    `link set ${name} up`,
  );
  on.ip(at.node.name, `address add ${/inet6 (\S+)/.exec(address)[1]} dev ${name}`);
  for (const line of neighbours.filter((l) => l.trim() !== ''))
    on.ip(at.node.name, `neigh replace ${line.replace(/ PERMANENT.*/, '').trim()} dev ${name} nud permanent`);
  for (const line of fdb.filter((l) => l.includes(' dst ')))
    on.exec(at.node.name, ['bridge', 'fdb', 'replace', ...split(line), 'dev', name]);
  for (const line of routes.filter((l) => l.includes(' via ')))
    on.ip(at.node.name, `route add ${line.replace(/ (metric|pref) \S+/g, '').trim()} dev ${name}`);
}

/** @type {readonly import('../case.mjs').Case[]} */
export const ipv6 = Object.entries(CASES).map(([id, { needs = [], harmless, make }]) => ({
  id: `ipv6.${id}`,
  category: 'ipv6',
  kind: harmless ? 'oddity' : 'fault',
  story: `ipv6: ${id.replaceAll('-', ' ')}.`,
  fits: (topology) => topology.v6 === true && needs.every((need) => traitsOf(topology).has(need)),
  async break(cluster, pick) {
    await make(changes6(cluster), placeOf(cluster.topology, pick), cluster);
    await forget(cluster);
  },
}));
