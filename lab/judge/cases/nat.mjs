import { casesOf } from './case.mjs';
import { nicOf, routeFor, tunnelLink } from './shape.mjs';

const without = (pattern) => (lines) => lines.filter((line) => !pattern.test(line));
/** One of the lines that match, edited; the others as they are. */
const one = (at, pattern, edit) => (lines) => {
  const chosen = at.pick(lines.filter((l) => pattern.test(l)));
  return lines.flatMap((l) => (l === chosen ? edit(l) : [l]));
};

export const nat = casesOf('nat', {
  'masquerade-at-nic': {
    kernel: 'All is answered.',
    make: (on, at, cluster) =>
      on.rule(at.node.name, `-t nat -I POSTROUTING 1 -o ${nicOf(cluster, at.node)} -j MASQUERADE`),
  },
  'masquerade-to-peer': {
    kernel: 'All is answered; 8 seen with another source.',
    make(on, at, cluster) {
      const { device } = routeFor(cluster, at.node.name, at.far.address);
      on.rule(at.node.name, `-t nat -I POSTROUTING 1 -s ${at.node.podCidr} -o ${device} -j MASQUERADE`);
    },
  },
  'masquerade-all': {
    kernel: 'All is answered; 22 seen with another source.',
    make: (on, at) => on.rule(at.node.name, '-t nat -I POSTROUTING 1 -j MASQUERADE'),
  },
  'snat-to-nobody': {
    kernel:
      'Lost: pods of different nodes (ping 2 of 6, tcp 4 of 24), a pod and other nodes (ping 2 of 6), some services; 1 seen with another source, node ports.',
    make: (on, at) =>
      on.rule(at.node.name, `-t nat -I POSTROUTING 1 -s ${at.pod.address} -j SNAT --to-source 203.0.113.77`),
  },
  'snat-to-peer': {
    kernel: 'Lost: pods of different nodes (ping 1 of 6, tcp 2 of 24), some services, node ports.',
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-t nat -I POSTROUTING 1 -s ${at.pod.address} -d ${at.peer.podCidr} -j SNAT --to-source ${at.peer.internalIp}`,
      ),
  },
  'docker-masquerade': {
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.rule(at.node.name, '-t nat -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE'),
  },
  'docker-masquerade-of-pods': {
    kernel: 'All is answered; 10 seen with another source.',
    make: (on, at) => on.rule(at.node.name, `-t nat -I POSTROUTING 1 -s ${at.node.podCidr} ! -o docker0 -j MASQUERADE`),
  },
  'nat-accept-first': {
    kernel: 'Lost: some services; errors: ECONNREFUSED, node ports.',
    make: (on, at) => on.rule(at.node.name, `-t nat -I ${at.pick(['PREROUTING', 'OUTPUT'])} 1 -j ACCEPT`),
  },
  'return-first-in-postrouting': {
    kernel: 'Lost: some services, node ports.',
    make: (on, at) => on.rule(at.node.name, `-t nat -I POSTROUTING 1 -j ${at.pick(['ACCEPT', 'RETURN'])}`),
  },
  'dnat-steals-pod': {
    kernel: 'Lost: pods of different nodes (tcp 1 of 24).',
    make: (on, at) =>
      on.rule(
        at.node.name,
        `-t nat -I PREROUTING 1 -d ${at.far.address} -p tcp -j DNAT --to-destination ${at.pick([at.pod.address, '203.0.113.9'])}`,
      ),
  },
  'dnat-steals-pod-from-node': {
    kernel: 'All is answered. The other pod answers in its place, and its answer is translated back.',
    make: (on, at) =>
      on.rule(at.node.name, `-t nat -I OUTPUT 1 -d ${at.far.address} -j DNAT --to-destination ${at.pod.address}`),
  },
  'mark-all-for-masquerade': {
    needs: ['kube-proxy'],
    kernel: 'All is answered; 10 seen with another source.',
    make: (on, at) =>
      on.rule(at.node.name, `-t mangle -I PREROUTING 1 -s ${at.node.podCidr} -j MARK --set-xmark 0x4000/0x4000`),
  },
  'mark-erased': {
    needs: ['kube-proxy'],
    kernel: 'Lost: some services.',
    make: (on, at) => on.rule(at.node.name, '-t mangle -I POSTROUTING 1 -j MARK --set-xmark 0x0/0x4000'),
  },
  'felix-mark-taken': {
    needs: ['routed'],
    kernel: 'On calico-vxlan: all is answered.',
    make: (on, at) => on.rule(at.node.name, '-t mangle -I PREROUTING 1 -j MARK --set-xmark 0x10000/0x10000'),
  },
  'no-kube-postrouting': {
    needs: ['kube-proxy'],
    kernel: 'Lost: some services, node ports.',
    make: (on, at) => on.table(at.node.name, 'nat', without(/^-A POSTROUTING .*-j KUBE-POSTROUTING/)),
  },
  'kube-postrouting-empty': {
    needs: ['kube-proxy'],
    kernel: 'Lost: some services, node ports.',
    make: (on, at) => on.table(at.node.name, 'nat', without(/^-A KUBE-POSTROUTING /)),
  },
  'kube-mark-masq-empty': {
    needs: ['kube-proxy'],
    kernel: 'Lost: some services.',
    make: (on, at) => on.table(at.node.name, 'nat', without(/^-A KUBE-MARK-MASQ /)),
  },
  'no-jump-to-services': {
    needs: ['kube-proxy'],
    kernel: 'Lost: some services; errors: ECONNREFUSED, node ports.',
    make: (on, at) =>
      on.table(
        at.node.name,
        'nat',
        without(new RegExp(`^-A ${at.pick(['PREROUTING', 'OUTPUT', '(PREROUTING|OUTPUT)'])} .*-j KUBE-SERVICES`)),
      ),
  },
  'nat-flushed': {
    kernel: 'Lost: some services; errors: ECONNREFUSED, node ports.',
    make: (on, at) => on.table(at.node.name, 'nat', without(/^-A /)),
  },
  'cni-masquerade-gone': {
    kernel: 'All is answered.',
    make: (on, at) =>
      on.table(at.node.name, 'nat', (lines) =>
        lines.filter((l) => !/^-A (POSTROUTING|FLANNEL-\S+|cali-\S+) /.test(l) || l.includes('KUBE-')),
      ),
  },
  'cni-return-gone': {
    kernel: 'All is answered; 22 seen with another source.',
    make: (on, at) =>
      on.table(at.node.name, 'nat', (lines) => {
        const kept = lines.filter(
          (l) => !/^-A (POSTROUTING|FLANNEL-POSTRTG|KIND-MASQ-AGENT) .*-[sd] \S+ .*-j RETURN/.test(l),
        );
        // Where the CNI asks sets, the set of all pools says the same.
        return kept.length < lines.length ? kept : lines.map((l) => l.replace(/ -m set ! --match-set \S+ dst/, ''));
      }),
  },
  'pool-missing-in-set': {
    needs: ['sets'],
    kernel:
      'On calico-vxlan: lost: a pod and other nodes (ping 2 of 6), node ports; without the pool in the set of masqueraded ones pods leave with their own address.',
    make(on, at, cluster) {
      const { stdout } = cluster.lab.exec(at.node.name, ['ipset', 'save']);
      const [, set, member] = at.pick([...stdout.matchAll(/^add (\S+) (\S+)/gm)]);
      on.ipsetDelete(at.node.name, set, member);
    },
  },
  'overlay-masqueraded': {
    needs: ['vxlan'],
    kernel: 'All is answered.',
    make: (on, at, cluster) =>
      on.rule(
        at.node.name,
        `-t nat -I POSTROUTING 1 -p udp --dport ${tunnelLink(cluster, at.node).linkinfo.info_data.port} -j MASQUERADE`,
      ),
  },
});

const NO_ENDPOINTS = (ip, proto, port, id) =>
  `-A KUBE-SERVICES -d ${ip}/32 -p ${proto} -m comment --comment "${id} has no endpoints" -m ${proto} --dport ${port} -j REJECT --reject-with icmp-port-unreachable`;
const portal = (line) =>
  /^-A KUBE-SERVICES .*-d (\S+)\/32 -p (\S+) .*--comment "(\S+) cluster IP" .*--dport (\d+) -j (KUBE-SVC-\S+)/.exec(
    line,
  );

export const services = casesOf('services', {
  'stale-endpoint': {
    needs: ['kube-proxy'],
    kernel: 'Lost: node ports.',
    make: (on, at) =>
      on.table(
        at.node.name,
        'nat',
        one(at, /^-A KUBE-SEP-\S+ .*-j DNAT/, (l) => [
          l.replace(/--to-destination \S+/, `--to-destination ${at.peer.podCidr.replace(/\d+\/\d+$/, '61')}:8080`),
        ]),
      ),
  },
  'endpoint-at-other-port': {
    needs: ['kube-proxy'],
    kernel: 'Lost: some services; errors: ECONNREFUSED, node ports.',
    make: (on, at) =>
      on.table(
        at.node.name,
        'nat',
        one(at, /^-A KUBE-SEP-\S+ .*-j DNAT/, (l) => [l.replace(/:(\d+)$/, ':1')]),
      ),
  },
  'endpoint-pod-dead': {
    needs: ['kube-proxy'],
    kernel:
      'Lost: pods of one node (tcp 2 of 6), pods of different nodes (ping 4 of 6, tcp 8 of 24), a node and its own pods (ping 1 of 3, tcp 1 of 6), a node and pods elsewhere (ping 2 of 6, tcp 2 of 12), a pod and its node (ping 1 of 3), a pod and other nodes (ping 2 of 6), some services; errors: ENETUNREACH, node ports.',
    make: (on, at) => on.ip(`pod-${at.pod.name}`, 'link set eth0 down'),
  },
  'endpoint-without-dnat': {
    needs: ['kube-proxy'],
    kernel: 'All is answered.',
    make: (on, at) =>
      on.table(
        at.node.name,
        'nat',
        one(at, /^-A KUBE-SEP-\S+ .*-j DNAT/, () => []),
      ),
  },
  'service-without-chain': {
    needs: ['kube-proxy'],
    kernel: 'Lost: some services; errors: ENETUNREACH.',
    make: (on, at) =>
      on.table(
        at.node.name,
        'nat',
        one(at, /^-A KUBE-SERVICES .*-j KUBE-SVC-/, () => []),
      ),
  },
  'service-chain-empty': {
    needs: ['kube-proxy'],
    kernel: 'Lost: some services; errors: ECONNREFUSED, node ports.',
    make: (on, at) =>
      on.table(at.node.name, 'nat', (lines) => {
        const [, chain] = at.pick(lines.map((l) => /^-A (KUBE-SVC-\S+) .*-j KUBE-SEP-/.exec(l)).filter(Boolean));
        return lines.filter((l) => !l.startsWith(`-A ${chain} `));
      }),
  },
  'no-endpoints': {
    needs: ['kube-proxy'],
    kernel: 'Lost: some services; errors: ECONNREFUSED. Refused with an ICMP error, as kube-proxy wants it.',
    make(on, at, cluster) {
      const { stdout } = cluster.lab.exec(at.node.name, [`iptables-${cluster.topology.iptables}-save`, '-t', 'nat']);
      const chosen = at.pick(stdout.split('\n').filter(portal));
      const [, ip, proto, id, port] = portal(chosen);
      on.table(at.node.name, 'nat', (lines) =>
        lines.filter(
          (l) =>
            !(
              l.startsWith('-A KUBE-SERVICES ') &&
              l.includes(`-d ${ip}/32 -p ${proto} `) &&
              l.includes(`--dport ${port} `)
            ),
        ),
      );
      on.rule(at.node.name, NO_ENDPOINTS(ip, proto, port, id));
    },
  },
  'session-affinity': {
    needs: ['kube-proxy'],
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) =>
      on.table(at.node.name, 'nat', (lines) => {
        const [, chain] = at.pick(lines.map((l) => /^-A (KUBE-SVC-\S+) .*-j KUBE-SEP-/.exec(l)).filter(Boolean));
        const jumps = lines.filter((l) => new RegExp(`^-A ${chain} .*-j KUBE-SEP-`).test(l));
        const seps = jumps.map((l) => /-j (\S+)$/.exec(l)[1]);
        const remembered = seps.map(
          (s) =>
            `-A ${chain} -m recent --rcheck --seconds 10800 --reap --name ${s} --mask 255.255.255.255 --rsource -j ${s}`,
        );
        return lines.flatMap((l) => {
          if (l === jumps[0]) return [...remembered, l];
          const sep = seps.find((s) => l.startsWith(`-A ${s} `) && l.includes('-j DNAT'));
          return sep
            ? [l.replace(/ -j DNAT/, ` -m recent --set --name ${sep} --mask 255.255.255.255 --rsource -j DNAT`)]
            : [l];
        });
      }),
  },
  'marked-for-masquerade-always': {
    needs: ['kube-proxy'],
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) =>
      on.table(at.node.name, 'nat', (lines) =>
        lines.map((l) => (/-j KUBE-MARK-MASQ$/.test(l) ? l.replace(/! -s \S+ /, '') : l)),
      ),
  },
  'cluster-cidr-mismatch': {
    needs: ['kube-proxy'],
    kernel: 'All is answered.',
    make: (on, at, { topology }) =>
      on.table(at.node.name, 'nat', (lines) =>
        lines.map((l) =>
          /KUBE-MARK-MASQ$/.test(l) ? l.replace(`! -s ${topology.clusterCidr}`, '! -s 10.99.0.0/16') : l,
        ),
      ),
  },
  'node-masquerade-mark-gone': {
    needs: ['kube-proxy'],
    kernel: 'All is answered.',
    make: (on, at) =>
      on.table(at.node.name, 'nat', (lines) => lines.filter((l) => !/! -s \S+ .*-j KUBE-MARK-MASQ$/.test(l))),
  },
  'hairpin-mark-gone': {
    needs: ['kube-proxy'],
    kernel: 'Lost: some services.',
    make: (on, at) =>
      on.table(at.node.name, 'nat', (lines) => lines.filter((l) => !/^-A KUBE-SEP-\S+ .*-j KUBE-MARK-MASQ$/.test(l))),
  },
  'only-local-endpoints': {
    needs: ['kube-proxy', 'nodeport'],
    kernel: 'Lost: node ports; errors: ECONNREFUSED.',
    make: (on, at) =>
      // externalTrafficPolicy: Local on a node that has no endpoint, as kube-proxy 1.26 and later writes it.
      on.table(at.node.name, 'nat', (lines) => {
        const ext = lines.map((l) => /^-A (KUBE-EXT-\S+) -j KUBE-SVC-(\S+)$/.exec(l)).find(Boolean);
        if (!ext)
          return lines.map((l) =>
            /^-A KUBE-NODEPORTS .*-j KUBE-SVC-/.test(l) ? l.replace(/-j KUBE-SVC-\S+$/, '-j RETURN') : l,
          );
        const [line, chain, name] = ext;
        return lines.flatMap((l) => {
          if (l === `:${chain} - [0:0]` || l.startsWith(`:${chain} `)) return [l, `:KUBE-SVL-${name} - [0:0]`];
          return l === line
            ? [`-A ${chain} -m addrtype --src-type LOCAL -j KUBE-SVC-${name}`, `-A ${chain} -j KUBE-SVL-${name}`]
            : [l];
        });
      }),
  },
  'no-jump-to-nodeports': {
    needs: ['kube-proxy', 'nodeport'],
    kernel: 'Lost: node ports; errors: ECONNREFUSED.',
    make: (on, at) => on.table(at.node.name, 'nat', (lines) => lines.filter((l) => !/-j KUBE-NODEPORTS$/.test(l))),
  },
  'nodeport-blocked': {
    needs: ['kube-proxy', 'nodeport'],
    kernel: 'Lost: node ports.',
    make: (on, at) => on.rule(at.node.name, `-t raw -I PREROUTING 1 -p tcp --dport 30080 -j DROP`),
  },
  'nodeport-closed-in-input': {
    needs: ['kube-proxy', 'nodeport'],
    harmless: true,
    kernel: 'All is answered.',
    make: (on, at) => on.rule(at.node.name, `-I INPUT 1 -p tcp --dport 30080 -j DROP`),
  },
  'service-address-held': {
    kernel: 'All is answered. DNAT comes before routing.',
    make(on, at, { topology }) {
      on.ip(at.node.name, `address add ${at.pick(topology.services).clusterIp}/32 dev lo`);
    },
  },
  'service-route-blackholed': {
    kernel:
      "Lost: some services; errors: EINVAL. The node's own lookup comes before DNAT; what pods send is translated before it.",
    make: (on, at, { topology }) =>
      on.ip(
        at.node.name,
        `route add ${at.pick(['blackhole', 'unreachable', 'prohibit'])} ${topology.serviceCidr} metric 5`,
      ),
  },
});
