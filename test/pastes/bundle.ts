import { join } from 'node:path';
import { openBundle } from '../../src/bundle/index.js';
import { type LoadedBundle, load } from '../../src/index.js';

/** One command and what it printed. */
export interface Output {
  readonly command: string;
  /** Without the last line end. */
  readonly text: string;
}

export interface Machine {
  readonly name: string;
  readonly address: string;
  readonly outputs: readonly Output[];
}

/** A stored bundle of the lab, taken apart: what would have been typed to get it. */
export interface Plain {
  readonly machines: readonly Machine[];
  readonly cluster: readonly Output[];
}

/** What prints the file of that name, in the folders and in the Gravity reports of samples/bundles (see lab/capture.mjs). */
const COMMANDS: readonly (readonly [RegExp, string])[] = [
  [/^ip-addr(\.txt)?$/, 'ip -d addr show'],
  [/^ip-link\.txt$/, 'ip link show'],
  [/^ip-link$/, 'ip -d link show'],
  [/^ip-route\.txt$/, 'ip route show table all'],
  [/^ip-route$/, 'ip -d route show table all'],
  [/^ip-rule(\.txt)?$/, 'ip rule show'],
  [/^ip-neigh(bor|\.txt)$/, 'ip neigh show'],
  [/^ip-netconf(\.txt)?$/, 'ip netconf show'],
  [/^bridge-fdb(\.txt)?$/, 'bridge fdb show'],
  [/^iptables(-save\.txt)?$/, 'iptables-save'],
  [/^route$/, 'route -n'],
  [/^sysctl\.txt$/, 'sysctl -a'],
  [/^subnet\.env$/, 'cat /run/flannel/subnet.env'],
  [/^uname(\.txt)?$/, 'uname -a'],
  [/^hostname\.txt$/, 'hostname'],
  [/^dmesg$/, 'dmesg'],
  [/^flanneld\.log$/, 'docker logs k8s_kube-flannel'],
  [/^planet-journal\.log\.gz$/, 'journalctl --no-pager'],
  [/^birdcl-show-protocols\.txt$/, 'birdcl show protocols'],
  [/^birdcl-show-route\.txt$/, 'birdcl show route'],
  [/^calicoctl-node-status\.txt$/, 'calicoctl node status'],
  [/^ping-(.+)\.txt$/, 'ping -c 2 $1'],
  [/^tcpdump-(.+)\.txt$/, 'tcpdump -ni $1'],
  [/^kubectl-get-endpoints-A\.txt$|^k8s-endpoints$/, 'kubectl get endpoints -A'],
  [/^kubectl-get-nodes-o-wide\.txt$|^k8s-nodes$/, 'kubectl get nodes -o wide'],
  [/^kubectl-get-nodes\.yaml$/, 'kubectl get nodes -o yaml'],
  [/^kubectl-get-pods-A-o-wide\.txt$|^k8s-pods$/, 'kubectl get pods -A -o wide'],
  [/^kubectl-get-svc-A\.txt$|^k8s-services$/, 'kubectl get svc -A'],
  [/^k8s-describe-nodes$/, 'kubectl describe nodes'],
  [/^cluster\.json$/, 'cat cluster.json'],
  [/^ip-maddress$/, 'ip -d maddress show'],
  [/^ipset-list\.txt$/, 'ipset list'],
];

function commandOf(inner: string): string {
  const name = inner.slice(inner.lastIndexOf('/') + 1);
  for (const [file, command] of COMMANDS) if (file.test(name)) return name.replace(file, command);
  throw new Error(`what prints ${inner}?`);
}

export interface Stored {
  readonly plain: Plain;
  readonly loaded: LoadedBundle;
}

/** A bundle of samples/bundles: the outputs that are read from it, by machine. */
export async function readStored(name: string): Promise<Stored> {
  const path = join(import.meta.dirname, '..', '..', 'samples', 'bundles', name);
  const loaded = await load([path]);
  const texts = new Map<string, string>();
  for await (const event of openBundle([path]))
    if (event.kind === 'file') texts.set(event.file.path, Buffer.from(event.file.bytes).toString('utf8'));
  const machines = new Map<string, Output[]>();
  const cluster: Output[] = [];
  for (const capture of loaded.model.captures) {
    const output = {
      command: commandOf(capture.inner),
      text: (texts.get(capture.path) ?? '').replace(/\n$/, ''),
    };
    const { place } = capture;
    if (place.kind === 'cluster') cluster.push(output);
    else machines.set(place.node, [...(machines.get(place.node) ?? []), output]);
  }
  return {
    loaded,
    plain: {
      machines: [...machines].map(([machine, outputs]) => ({
        name: machine,
        address: loaded.model.node(machine)?.addresses[0] ?? '10.0.0.1',
        outputs,
      })),
      cluster,
    },
  };
}
