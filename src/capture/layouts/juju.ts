import type { Layout } from './layout.js';
import { commandsBy, rootBefore } from './machine.js';

/**
 * juju-crashdump (juju/juju-crashdump jujucrashdump/crashdump.py, addons.yaml): an archive without a top folder, `<machine>/baremetal/` and
 * `<machine>/lxd/<n>/` with the machine's /var/log and what addons printed; machines have numbers, and units are links to them.
 */
const MACHINE = /^((\d+)\/(?:baremetal|(?:lxd|lxc|kvm)\/(\d+)))\//;

/** Addons, at the top of a machine's folder. */
const command = commandsBy({
  'listening.txt': 'netstat -taupn | grep LISTEN',
  'psaux.txt': 'ps aux',
});

export const juju: Layout = {
  name: 'juju',
  title: 'juju-crashdump',
  root: rootBefore('\\d+/(?:baremetal|lxd/\\d+|lxc/\\d+)/'),
  confirm: (paths) => ['juju_status.yaml', 'model_config.yaml', 'debug_log.txt'].some((p) => paths.has(p)),
  locate(path, root) {
    const [, folder, machine, container] = MACHINE.exec(path) ?? [];
    if (folder === undefined) return undefined;
    // A machine also has the logs of the containers on it.
    const [, rootfs, lxd] = /^\d+\/baremetal\/(var\/lib\/lxd\/containers\/([^/]+)\/rootfs)\//.exec(path) ?? [];
    if (rootfs !== undefined)
      return { kind: 'unnamed', key: `${root}${folder}/${rootfs}`, by: `container ${lxd}`, name: lxd ?? '' };
    const name = container === undefined ? `machine-${machine}` : `machine-${machine}-lxd-${container}`;
    return { kind: 'unnamed', key: `${root}${folder}`, by: `folder ${folder}`, name };
  },
  command: (path) => command(path.replace(MACHINE, '')),
};
