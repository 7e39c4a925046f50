import { casesOf } from './case.mjs';

/** kube-proxy's table where it is nftables' (proxyMode nftables): maps of verdicts in place of chains of matches. */
const needs = ['kube-proxy-nft'];
const TABLE = 'ip kube-proxy';
const chains = ({ lab }, node, pattern) =>
  [...lab.exec(node.name, ['nft', 'list', 'table', ...TABLE.split(' ')]).stdout.matchAll(/^\tchain (\S+) \{/gm)]
    .map(([, name]) => name)
    .filter((name) => pattern.test(name));
const served = (at, { topology }) => at.pick(topology.services.filter((s) => s.app !== 'nobody'));
const keyOf = ({ clusterIp, ports: [{ protocol, port }] }) => `${clusterIp} . ${protocol.toLowerCase()} . ${port}`;
const flush = (name) => (on, at) => on.nftTable(at.node.name, TABLE, `flush chain ${TABLE} ${name}`);

export const proxyTable = casesOf('kube-proxy-nft', {
  'service-not-in-map': {
    needs,
    kernel: 'The service is refused: the check of cluster addresses rejects what was not translated.',
    make: (on, at, cluster) =>
      on.nftTable(at.node.name, TABLE, `delete element ${TABLE} service-ips { ${keyOf(served(at, cluster))} }`),
  },
  'service-not-in-map-nor-set': {
    needs,
    kernel: 'The service is lost without a word: an address of the service network that nobody has is dropped.',
    make(on, at, cluster) {
      const service = served(at, cluster);
      on.nftTable(
        at.node.name,
        TABLE,
        ...service.ports.map(
          (p) =>
            `delete element ${TABLE} service-ips { ${service.clusterIp} . ${p.protocol.toLowerCase()} . ${p.port} }`,
        ),
        `delete element ${TABLE} cluster-ips { ${service.clusterIp} }`,
      );
    },
  },
  'no-endpoints': {
    needs,
    kernel: 'The service is refused.',
    make(on, at, cluster) {
      const key = keyOf(served(at, cluster));
      on.nftTable(
        at.node.name,
        TABLE,
        `delete element ${TABLE} service-ips { ${key} }`,
        `add element ${TABLE} no-endpoint-services { ${key} : ${at.pick(['goto reject-chain', 'drop'])} }`,
      );
    },
  },
  'endpoint-stale': {
    needs,
    kernel: 'What is sent to that endpoint is lost.',
    make(on, at, cluster) {
      const chain = at.pick(chains(cluster, at.node, /^endpoint-.*\/tcp\//));
      const dead = at.peer.podCidr.replace(/\d+\/\d+$/, '61');
      on.nftTable(
        at.node.name,
        TABLE,
        `flush chain ${TABLE} ${chain}`,
        `add rule ${TABLE} ${chain} meta l4proto tcp dnat to ${dead}:8080`,
      );
    },
  },
  'endpoint-empty': {
    needs,
    kernel: 'A share of the connections ends in the chain untranslated, and is refused as one to a cluster address.',
    make: (on, at, cluster) =>
      on.nftTable(
        at.node.name,
        TABLE,
        `flush chain ${TABLE} ${at.pick(chains(cluster, at.node, /^endpoint-.*default\/web\//))}`,
      ),
  },
  'service-chain-empty': {
    needs,
    kernel: 'The service and its node port are refused.',
    make: (on, at, cluster) =>
      on.nftTable(
        at.node.name,
        TABLE,
        `flush chain ${TABLE} ${at.pick(chains(cluster, at.node, /^service-.*default\/web\//))}`,
      ),
  },
  'no-jump-in-prerouting': {
    needs,
    kernel: 'Services and node ports are refused for all but the node itself.',
    make: flush('nat-prerouting'),
  },
  'no-jump-in-output': {
    needs,
    kernel: 'Services and node ports are refused for the node itself.',
    make: flush('nat-output'),
  },
  'no-masquerading': {
    needs,
    kernel: 'Lost: a pod to itself through its service, and node ports that lead to another node.',
    make: flush('masquerading'),
  },
  'no-mark': { needs, kernel: 'Lost: a pod to itself through its service.', make: flush('mark-for-masquerade') },
  'nodeport-address-missing': {
    needs: [...needs, 'nodeport'],
    kernel: 'Node ports of the node are refused: they are not looked up, and nobody listens.',
    make: (on, at) => on.nftTable(at.node.name, TABLE, `flush set ${TABLE} nodeport-ips`),
  },
  'firewall-for-all': {
    needs,
    kernel: 'The service is lost without a word.',
    make: (on, at, cluster) =>
      on.nftTable(
        at.node.name,
        TABLE,
        `insert rule ${TABLE} firewall-check ip daddr ${served(at, cluster).clusterIp} drop`,
      ),
  },
  'table-gone': {
    needs,
    kernel: 'No service and no node port of the node.',
    make: (on, at) => on.nftTable(at.node.name, TABLE, `delete table ${TABLE}`, `add table ${TABLE}`),
  },
  'checks-gone': {
    needs,
    harmless: true,
    kernel: 'All is answered that was.',
    make: flush('service-endpoints-check'),
  },
});
