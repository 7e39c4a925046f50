import {
  defineRule,
  finding,
  isOfFirewall,
  type Loss,
  openQuestions,
  type Pair,
  type Paths,
  pairsOf,
  removeDecision,
  toolOf,
  tunnelOf,
  type View,
} from '#rule';

type Seen = 'iptables-table' | 'nft-chain' | 'bgp-peer' | 'address';

interface Blocked {
  readonly loss: Pick<Loss, 'node' | 'hook' | 'table' | 'chain' | 'by' | 'reason' | 'evidence' | 'skew' | 'answer'>;
  readonly from: string;
  readonly to: string;
  /** `udp/8472`, `IP-in-IP (protocol 4)`. */
  readonly what: string;
  readonly proto: string;
  readonly port?: number;
  readonly why: string;
  readonly breaks: readonly Pair[];
  /** The node at the other end, where the captures name it. */
  readonly peer?: string;
}

const NUMBERS: Readonly<Record<string, string>> = { ipip: 'IP-in-IP (protocol 4)', gre: 'GRE (protocol 47)' };

const overlays = (paths: Paths): readonly Blocked[] =>
  paths.losses.flatMap((loss) => {
    const tunnel = loss.tunnel && loss.hook !== undefined && loss.netns === '' ? tunnelOf(loss) : undefined;
    if (!tunnel) return [];
    const { from, to, proto, port } = tunnel;
    const what = port === undefined ? (NUMBERS[proto] ?? proto) : `${proto}/${port}`;
    return [
      { loss, from, to, what, proto, ...(port !== undefined && { port }), why: 'the overlay', breaks: pairsOf([loss]) },
    ];
  });

/** BGP sessions that the captures show a need for: their TCP connections are asked of the walk. */
function sessions(view: View<Seen>): readonly Blocked[] {
  return view.allHosts.flatMap((host) =>
    host.facts['bgp-peer'].flatMap((peer): readonly Blocked[] => {
      const other = view.allHosts.find((h) => h.facts.address.some((a) => a.address === peer.address));
      if (peer.family !== 4 || !other || other.node === host.node) return [];
      const asked = view.paths.trace({ src: `node:${host.node}`, dst: peer.address, proto: 'tcp', port: 179 });
      const loss = asked.kind === 'trace' && asked.trace.verdict === 'dropped' ? asked.trace.because : undefined;
      if (!loss || loss.hook === undefined || loss.by === 'closed-port') return [];
      return [
        {
          loss,
          from: host.node,
          to: peer.address,
          what: 'tcp/179',
          proto: 'tcp',
          port: 179,
          why: 'the BGP session',
          peer: loss.node === host.node ? other.node : host.node,
          breaks: [],
        },
      ];
    }),
  );
}

/** Opens a port by the tool in charge. */
function open(b: Blocked, tool: string): readonly string[] {
  const { proto, port, from } = b;
  const source = /^[0-9.]+$/.test(from) ? from : 'PEER';
  if (b.loss.hook !== 'input') return removeDecision(b.loss);
  if (tool === 'firewalld')
    return [
      port === undefined
        ? `firewall-cmd --permanent --add-protocol=${proto === 'ipip' ? 'ipencap' : proto}`
        : `firewall-cmd --permanent --add-port=${port}/${proto}`,
      'firewall-cmd --reload   # then restart kube-proxy and the CNI: a reload takes their rules away',
    ];
  if (tool === 'ufw')
    return port === undefined
      ? removeDecision(b.loss)
      : [`ufw allow from ${source} to any port ${port} proto ${proto}`];
  if (tool === 'nft') return removeDecision(b.loss);
  const match = port === undefined ? `-p ${proto === 'ipip' ? '4' : '47'}` : `-p ${proto} --dport ${port}`;
  return [`iptables -I INPUT -s ${source} ${match} -j ACCEPT   # and for each other node`];
}

export default defineRule({
  id: 'iptables/input-blocks-overlay',
  since: '0.1.0',
  severity: 'error',
  title: "The host firewall blocks the overlay's packets or a control port between nodes",
  why:
    'Pods of different nodes talk inside packets that the nodes send each other: UDP 8472 (flannel) or 4789 (Calico) for VXLAN, UDP 51820 for WireGuard, protocol 4 for IP-in-IP. On arrival these are ' +
    "packets to the node itself and must pass its INPUT chain; on departure OUTPUT. VXLAN's source port changes with each flow, so no earlier packet opens the way back. Blocked there, every " +
    'pod path from that peer is dead while pings between the nodes work.',
  fix: 'Open the port between all nodes in the tool that writes the firewall.',
  needs: [['iptables-table', 'nft-chain']],
  uses: ['bgp-peer', 'address'],
  seeAlso: ['iptables/reject-before-cni'],
  *check(view) {
    yield* openQuestions(view.paths, isOfFirewall);
    for (const b of [...overlays(view.paths), ...sessions(view)]) {
      const { loss } = b;
      const host = view.allHosts.find((h) => h.node === loss.node);
      const [at] = loss.evidence;
      if (!host || at === undefined) continue;
      const rule = loss.by === 'policy' ? 'policy DROP' : loss.reason.replace(/^[^:]*: /, '');
      const way = loss.hook === 'output' || loss.hook === 'postrouting' ? `to ${b.to}` : `from ${b.from}`;
      yield finding({
        nodes: b.peer === undefined ? [loss.node] : [loss.node, b.peer],
        subject: `${loss.hook?.toUpperCase()} ${b.what}: ${rule}`,
        message: `${loss.hook?.toUpperCase()} of ${loss.node} ${loss.by === 'reject' ? 'refuses' : 'drops'} ${b.what} ${way} by ${rule}: ${b.why} does not come through.`,
        confidence: loss.skew === undefined ? 'certain' : 'likely',
        evidence: [{ at }, ...(loss.skew === undefined ? [] : [{ at, note: loss.skew }])],
        breaks: b.breaks,
        repair: [{ node: loss.node, kind: 'remove', at }],
        fix: {
          summary: `on ${loss.node} open ${b.what} for the other nodes, and find what writes this rule at boot`,
          commands: open(b, toolOf(loss, host.facts)),
        },
      });
    }
  },
});
