import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { BOOTED, CAPTURED, FLANNEL_STARTED, isoOf, journalStamp } from '../clock.mjs';
import { describeNodes, endpointsTable, nodesWide, podsWide, servicesTable } from './kubectl.mjs';
import { tarGz } from './tar.mjs';

/** Names in `gravity system report --filter system` (lib/report/system.go), no extension and no header. */
const FILES = {
  'iptables-save': 'iptables',
  'ip-route-d': 'ip-route',
  'route-n': 'route',
  'ip-addr': 'ip-addr',
  'ip-link-d': 'ip-link',
  'ip-neigh': 'ip-neighbor',
  'ip-rule': 'ip-rule',
  'ip-maddr': 'ip-maddress',
  'ip-netconf': 'ip-netconf',
  'bridge-fdb': 'bridge-fdb',
  dmesg: 'dmesg',
  uname: 'uname',
};

/** Where a capture of a node stands in the bundle; flannel's log and lease are in planet's journal. */
export const gravityPath = (node, capture) =>
  `report.tar.gz!/${node}-debug-logs.tar.gz!/${FILES[`${capture}-d`] ?? FILES[capture] ?? 'planet-journal.log.gz'}`;

const day = (time) => ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'][new Date(time).getUTCDay()];
const journalTime = (time) => `${day(time)} ${isoOf(time).replace('T', ' ').replace('Z', ' UTC')}`;

/** The journal of planet, the container in which Gravity runs everything. */
function planetJournal(node, flannel, network) {
  const unit = (seconds, text) => `${journalStamp(FLANNEL_STARTED + seconds * 1000)} ${node.name} ${text}`;
  return [
    `-- Logs begin at ${journalTime(BOOTED)}, end at ${journalTime(CAPTURED)}. --`,
    unit(-4, 'systemd[1]: Starting Flannel...'),
    unit(-1, 'wait-for-etcd.sh[178]: cluster is healthy'),
    unit(-1, `etcdctl[627]: {"Network":"${network}", "Backend": {"Type": "vxlan", "Port": 8472}}`),
    // Another flannel than Gravity's logs to its pod, not to the journal: its lines lack the prefix.
    ...flannel
      .trimEnd()
      .split('\n')
      .map((line) => (/^[IWEF]\d{4} /.test(line) ? unit(1, `flanneld[692]: ${line}`) : line)),
    unit(3, 'systemd[1]: Started Flannel.'),
    '',
  ].join('\n');
}

function clusterJson({ topology }) {
  const servers = topology.nodes.map((n) => ({
    advertise_ip: n.internalIp,
    hostname: n.name,
    role: 'node',
    cluster_role: 'master',
    instance_type: '',
  }));
  const site = {
    account_id: '00000000-0000-0000-0000-000000000001',
    created: isoOf(BOOTED),
    created_by: 'agent@lab',
    domain: 'lab',
    state: 'active',
    cluster_state: { servers },
    app: { repository: 'gravitational.io', name: 'telekube', version: '6.1.48' },
    provider: 'onprem',
    license: 'redacted',
  };
  return `${JSON.stringify(site, null, '\t')}\n`;
}

/** One node's part. Like the collector, a command that printed nothing leaves no file. */
function debugLogs({ state }, node, captured) {
  const own = captured.filter((c) => c.node === node.name);
  const plain = own.filter((c) => FILES[c.name] && c.text !== '').map((c) => [FILES[c.name], c.text]);
  const flannel = own.find((c) => c.name === 'flanneld.log')?.text ?? '';
  const network = state.get(node.name).subnetEnv[0].replace('FLANNEL_NETWORK=', '');
  return new Map([...plain, ['planet-journal.log.gz', gzipSync(planetJournal(node, flannel, network), { level: 9 })]]);
}

/**
 * `report.tar.gz` as `gravity report` writes it: cluster.json, per node an archive, from the first master the objects.
 * @param {import('../cluster.mjs').Cluster} cluster
 * @param {readonly import('../capture.mjs').Captured[]} captured
 * @param {string} folder
 * @returns {Map<string, string>} the texts, by path in the bundle
 */
export function writeGravity(cluster, captured, folder) {
  const objects = new Map([
    ['k8s-nodes', nodesWide(cluster)],
    ['k8s-describe-nodes', describeNodes(cluster)],
    ['k8s-pods', podsWide(cluster)],
    ['k8s-services', servicesTable(cluster)],
    ['k8s-endpoints', endpointsTable(cluster)],
  ]);
  const inner = new Map(
    cluster.topology.nodes.map((n) => [`${n.name}-debug-logs.tar.gz`, debugLogs(cluster, n, captured)]),
  );
  inner.set(`${cluster.topology.nodes[0].name}-k8s-logs.tar.gz`, objects);
  const members = new Map([
    ['cluster.json', clusterJson(cluster)],
    ...[...inner].map(([name, files]) => [name, tarGz(files, CAPTURED)]),
  ]);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'report.tar.gz'), tarGz(members, CAPTURED));
  const plain = (content) => (typeof content === 'string' ? content : gunzipSync(content).toString());
  const texts = [...inner].flatMap(([archive, files]) =>
    [...files].map(([name, content]) => [`report.tar.gz!/${archive}!/${name}`, plain(content)]),
  );
  return new Map([...texts, ['report.tar.gz!/cluster.json', clusterJson(cluster)]]);
}
