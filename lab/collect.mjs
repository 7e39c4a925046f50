import { fileURLToPath } from 'node:url';
import { podNs } from './topologies.mjs';

/** The collector that dumplint ships, on nodes of the lab. */
export const SCRIPT = fileURLToPath(new URL('../src/cli/collect.sh', import.meta.url));

export const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

const words = (node, line, more = []) => ['unshare', '--uts', ...more, 'sh', '-c', `hostname ${node.name} && ${line}`];

/** A shell line in the node's network namespace, with the node's host name. */
export const onNode = ({ lab }, node, line, more = []) =>
  lab.exec(node.name, words(node, line, more), { timeout: 300_000 });

/**
 * Pods of the node are processes of a PID namespace that nothing else is in: the script must find them, and no other node.
 * @returns {string[]} what to run in the node's network namespace
 */
export function collectWords({ lab }, node, out) {
  const pods = node.pods.map((pod) => `nsenter --net=/run/netns/${lab.full(podNs(pod))} sleep 60 &`).join(' ');
  const line = `${pods} sh ${quoted(SCRIPT)} -K -o ${quoted(out)}; status=$?; kill $(jobs -p) 2>/dev/null; exit $status`;
  return words(node, line, ['--pid', '--fork', '--kill-child', '--mount-proc']);
}
