import { gzipSync } from 'node:zlib';
import { tar } from '../bundle/tar-writer.js';
import { answersOf, type LayoutWriter } from './writer.js';

/** Names of `gravity system report --filter system` (lib/report/system.go). */
const FILES: Readonly<Record<string, string>> = {
  'iptables-save': 'iptables',
  'ip -d route show table all': 'ip-route',
  'route -n': 'route',
  'ifconfig -a': 'ifconfig',
  'ip -d addr show': 'ip-addr',
  'ip -d link show': 'ip-link',
  'ip -d neighbor show': 'ip-neighbor',
  'ip -d rule show': 'ip-rule',
  'ip -d maddress show': 'ip-maddress',
  'ip -d netconf show': 'ip-netconf',
  'bridge fdb show': 'bridge-fdb',
  'uname -a': 'uname',
};

const tgz = (files: Readonly<Record<string, string | Uint8Array>>): Uint8Array =>
  gzipSync(tar(...Object.entries(files).map(([name, body]) => ({ name, body }))));

export const gravity: LayoutWriter = {
  layout: 'gravity',
  title: 'gravity report',
  write(store) {
    const commands = Object.keys(FILES);
    const objects = {
      'k8s-nodes': 'kubectl get nodes -o wide',
      'k8s-describe-nodes': 'kubectl describe nodes',
      'k8s-pods': 'kubectl get pods -A -o wide',
      'k8s-services': 'kubectl get svc -A',
      'k8s-endpoints': 'kubectl get endpoints -A',
    };
    const members: Record<string, Uint8Array | string> = { 'cluster.json': '{}\n' };
    for (const node of store.nodes) {
      // A command that printed nothing leaves no file (lib/report).
      const files = [...answersOf(store, node, commands)].filter(([, text]) => text !== '');
      members[`${node}-debug-logs.tar.gz`] = tgz(Object.fromEntries(files.map(([c, text]) => [FILES[c] ?? c, text])));
    }
    members[`${store.nodes[0]}-k8s-logs.tar.gz`] = tgz(
      Object.fromEntries(Object.entries(objects).map(([name, command]) => [name, store.object(command)])),
    );
    return { files: { 'report.tar.gz': tgz(members) }, commands, objects: Object.values(objects) };
  },
};
