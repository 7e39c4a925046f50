import type { Layout } from './layout.js';
import { rootBefore } from './machine.js';

/** juju-crashdump (juju/juju-crashdump): `<machine>/baremetal/` and `<machine>/lxd/<n>/` with the machine's /var/log; machines have numbers. */
const MACHINE = /^((\d+)\/(?:baremetal|(?:lxd|lxc|kvm)\/(\d+)))\//;

export const juju: Layout = {
  name: 'juju',
  title: 'juju-crashdump',
  root: rootBefore('\\d+/(?:baremetal|lxd/\\d+|lxc/\\d+)/'),
  confirm: (paths) => ['juju_status.yaml', 'model_config.yaml', 'debug_log.txt'].some((p) => paths.has(p)),
  locate(path, root) {
    const [, folder, machine, container] = MACHINE.exec(path) ?? [];
    if (folder === undefined) return undefined;
    const name = container === undefined ? `machine-${machine}` : `machine-${machine}-lxd-${container}`;
    return { kind: 'unnamed', key: `${root}${folder}`, by: `folder ${folder}`, name };
  },
};
