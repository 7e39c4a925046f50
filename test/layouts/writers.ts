import { ack } from './ack.js';
import { aksPeriscope } from './aks-periscope.js';
import { antrea } from './antrea.js';
import { bottlerocket } from './bottlerocket.js';
import { calicoClusterDiags } from './calico-cluster-diags.js';
import { calicoNodeDiags } from './calico-node-diags.js';
import { cilium } from './cilium.js';
import { clusterInfoDump } from './cluster-info-dump.js';
import { collect } from './collect.js';
import { crashd } from './crashd.js';
import { eks } from './eks.js';
import { gpuOperator } from './gpu-operator.js';
import { gravity } from './gravity.js';
import { gravitySystem } from './gravity-system.js';
import { insights } from './insights.js';
import { juju } from './juju.js';
import { kind } from './kind.js';
import { kops } from './kops.js';
import { kubeOvn } from './kube-ovn.js';
import { kubeadmDind } from './kubeadm-dind.js';
import { kubespray } from './kubespray.js';
import { microk8s } from './microk8s.js';
import { mustGather } from './must-gather.js';
import { rancher } from './rancher.js';
import { sos } from './sos.js';
import { submariner } from './submariner.js';
import { supportBundleKit } from './support-bundle-kit.js';
import { supportconfig } from './supportconfig.js';
import { talos } from './talos.js';
import { troubleshoot } from './troubleshoot.js';
import type { LayoutWriter } from './writer.js';

/** Every writer, sorted by layout: its file and one line here. */
// biome-ignore format: one line per layout
export const writers: readonly LayoutWriter[] = [
  ack,
  ...aksPeriscope,
  ...antrea,
  ...bottlerocket,
  calicoClusterDiags,
  calicoNodeDiags,
  ...cilium,
  clusterInfoDump,
  collect,
  ...crashd,
  ...eks,
  gpuOperator,
  gravity,
  gravitySystem,
  insights,
  ...juju,
  kind,
  kops,
  ...kubeadmDind,
  ...kubeOvn,
  ...kubespray,
  ...microk8s,
  ...mustGather,
  ...rancher,
  ...sos,
  submariner,
  supportBundleKit,
  ...supportconfig,
  ...talos,
  ...troubleshoot,
];
