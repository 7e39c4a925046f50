/** Words that the names of cluster machines begin with, or that are all of it. */
const WORDS =
  'nodes?|hosts?|workers?|masters?|minions?|control-?planes?|controllers?|cp|servers?|srv|vm|k8s|k3s|k3d|kube\\w*|kind|minikube|ip(?=-\\d)|etcd|infra|compute|storage|slave|primary|secondary|leader|follower|agent|edge|gpu|rke2?|ocp|okd|talos|core|machine|knode|kmaster|kworker|centos|ubuntu|debian|rhel|sles|suse|rocky|alma|fedora|coreos|flatcar|raspberrypi|rpi|pi|nuc|esxi?|leaf|spine|tor|cumulus|router|gw|gateway|bastion|jump|web|db|app|lb|test|dev|prod|stage|staging|lab|cluster|vagrant|box|site|dc|rack|blade|bm|metal|pool|np|gke|aks|eks|i(?=-0)';
const NUMBERED = new RegExp(`^(?:[\\w-]+[-.])?(?:${WORDS})[-_.]?[\\w.-]*\\d[\\w.-]*$`, 'i');
/** Names of one word that a machine may have and little else. */
export const ROLE = /^(?:master|worker|minion|controlplane|control-plane|bastion|jumphost|localhost)$/i;

const DEVICE =
  /^(?:eth|en[opsx]\w*|wl\w*|bond|br|br-[0-9a-f]+|cni|cbr|docker|veth\w*|cali\w*|flannel|vxlan|tun|tap|team|ib|lo|dummy|vlan|virbr|kube-(?:ipvs|bridge)|nodelocaldns|ovs|genev|gre|sit|ipip|tunl|wg|vmnet|vboxnet|ens\w*|p\dp|lxc\w*|lxdbr|cilium\w*|weave|antrea\w*|nerdctl|podman)[\d.]*$/i;

export const isDeviceName = (name: string): boolean => DEVICE.test(name);

/** Files, versions, steps and the like have the shape of names. */
const OTHER =
  /\.(?:txt|log|conf|cfg|ya?ml|json|gz|tgz|sh|py|md|out|env|html?|service|io|png|zip)$|^v?\d+(?:\.\d+)*$|^(?:step|test|case|part|section|table|option|version|figure|fig|page|chapter|phase|stage|issue|bug|line|item|example|exercise|question|answer|attempt|try|update|edit|solution|scenario|method|iptables|ip6tables|ipv[46]|layer|k8s|kube|kubernetes|calico|flannel|cilium|docker|utf|sha|md|http|ssh|x86|amd|arm)[-_ ]?\d*$|^(?:kubernetes|kube|calico|docker|k8s)-(?:v?\d|[a-z]+$)/i;

/** `node-1`, `ip-10-0-0-1`, `worker2.example.com`, `k8s-master`: a word that stands alone and can be a machine's name. */
export function isMachineName(name: string): boolean {
  if (name.length > 253 || name.length < 2 || !/^[A-Za-z0-9][\w.-]*$/.test(name)) return false;
  if (ROLE.test(name)) return true;
  if (isDeviceName(name) || OTHER.test(name)) return false;
  if (!/[A-Za-z]/.test(name)) return false;
  return (
    NUMBERED.test(name) ||
    /^[a-z0-9]+(?:-[a-z0-9]+)*-(?:master|worker|node|controlplane|control-plane|minion|server|host|vm)$/i.test(name)
  );
}
