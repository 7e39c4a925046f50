/** Names that kind, k3d and minikube give to the containers that are their nodes. */
const NODE_CONTAINER =
  /^(?:docker|podman|nerdctl) ((?:[\w.-]+-)?control-plane\d*|(?:kind-|[\w.-]+-)?worker\d*|k3d-[\w.-]+-(?:server|agent)-\d+|minikube(?:-m\d+)?|kind-[\w.-]+|k3d-[\w.-]+)$/;
/** Of these the name alone is enough. */
const SURELY = /-control-plane\d*$|^k3d-.*-(?:server|agent)-\d+$|^minikube(?:-m\d+)?$|^kind-worker\d*$/;

/** The node that a container (`docker NAME`, as a place hint has it) may be by its name; `surely` asks for names that nothing else has. */
export function containerNode(netns: string, surely = true): string | undefined {
  const name = NODE_CONTAINER.exec(netns)?.[1];
  return name !== undefined && (!surely || SURELY.test(name)) ? name : undefined;
}
