import type { ClusterModel } from '../types.js';

const PROVIDER = /^(aws|gce|azure):\/\//;
/** Of kubelets that the clouds build themselves. */
const VERSION = /-(eks|gke)[-.]/;
/** Daemons that give pods addresses of the cloud's network. */
const DAEMON = /^(aws-node|azure-cns)-/;

/** The cloud whose network leads pods' addresses to nodes, by what names it: a node's providerID, kubelet's version, a daemon. */
export function cloudOf(model: ClusterModel): string | undefined {
  for (const { providerId = '', version = '' } of model.facts('node')) {
    const name = PROVIDER.exec(providerId)?.[1] ?? VERSION.exec(version)?.[1];
    if (name !== undefined) return name;
  }
  return model.facts('pod').find((p) => DAEMON.test(p.name))?.name;
}
