import { join } from 'node:path';
import { lint } from '../../src/index.js';

const judged = join(import.meta.dirname, '..', '..', 'samples', 'judged');

test.each([
  ['flannel-dual-stack', true],
  ['kubeadm-flannel', false],
])('%s: that all pairs are walked over IPv4 alone is said where there are both families', async (topology, isDual) => {
  const report = await lint([join(judged, topology, 'healthy', 'bundle')]);
  const open = report.rules.find((r) => r.id === 'trace/path-lost')?.missing.map((m) => m.input) ?? [];
  expect(open.includes('IPv6 between all ends')).toBe(isDual);
});
