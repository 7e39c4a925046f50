import { join } from 'node:path';
import { lint } from '../../src/index.js';

const root = join(import.meta.dirname, '..', '..', 'samples');

/** What a repair restores of what is broken, of the rule's first finding. */
async function restored(sample: string, rule: string): Promise<readonly (number | null)[] | undefined> {
  const report = await lint([join(root, sample)]);
  const { explains } = report.findings.find((f) => f.rule === rule) ?? {};
  return explains && [explains.pathsRestored, explains.pathsBroken];
}

test.each([
  ['bundles/cni0-forwarding-off', 'kernel/forwarding-disabled'],
  ['bundles/missing-route', 'route/missing-peer-subnet'],
  ['rules/kernel/bridge-nf-call-iptables-off/fires-same-node-service.txt', 'kernel/bridge-nf-call-iptables-off'],
  ['rules/iptables/forward-drop/fires-docker-policy.txt', 'iptables/forward-drop'],
  ['rules/iptables/reject-before-cni/fires-rhel-default.txt', 'iptables/reject-before-cni'],
  ['rules/iptables/input-blocks-overlay/fires-hardened-input.txt', 'iptables/input-blocks-overlay'],
  ['rules/route/blackhole-remote-pods/fires-pods-of-a-peer.txt', 'route/blackhole-remote-pods'],
  ['rules/route/policy-routing-hijack/fires-nm-cloud-setup.txt', 'route/policy-routing-hijack'],
  ['rules/route/shadowed-or-duplicate/fires-stray-longer-prefix.txt', 'route/shadowed-or-duplicate'],
] as const)('%s: what %s breaks works with its repair', async (sample, rule) => {
  const [works, broken] = (await restored(sample, rule)) ?? [];
  expect(broken).toBeGreaterThan(0);
  expect(works).toBe(broken);
});

test('a symptom has no repair of its own, and a rule that cannot tell its repair in facts says nothing', async () => {
  const report = await lint([join(root, 'bundles/stale-vtep-mac')]);
  expect(report.findings.filter((f) => f.causedBy.length > 0)).not.toHaveLength(0);
  for (const f of report.findings) expect(f.explains.pathsRestored).toBeNull();
});
