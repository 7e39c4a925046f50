import { parseCommandLine } from '../../src/capture/shell.js';

/** argv, then wrappers as words, then filters. */
function read(line: string): { argv: string; in: readonly string[]; filters: readonly string[] } {
  const found = parseCommandLine(line);
  return {
    argv: found?.argv.join(' ') ?? '',
    in: (found?.wrappers ?? []).map((w) =>
      w.kind === 'pod' ? `pod ${w.namespace ?? '?'}/${w.name}` : `${w.kind} ${w.name}`,
    ),
    filters: found?.filters ?? [],
  };
}

const bare = (argv: string, ...wrappers: string[]) => ({ argv, in: wrappers, filters: [] });

describe('wrappers', () => {
  test.each([
    ['sudo -E ip route', bare('ip route')],
    ['sudo -u root -n /sbin/ip route', bare('ip route')],
    ['KUBECONFIG=/etc/kubernetes/admin.conf kubectl get nodes', bare('kubectl get nodes')],
    ['time nice -n 10 ip route', bare('ip route')],
    ['timeout -k 5 10 ip route', bare('ip route')],
    ['watch -n 1 ip route', bare('ip route')],
    ["watch 'ip route'", bare('ip route')],
    ['env LC_ALL=C ip route', bare('ip route')],
    ['nsenter -t 1 -m -u -n -i ip route', bare('ip route')],
    ['nsenter -t 4711 -n ip route', bare('ip route', 'netns pid 4711')],
    ['nsenter -n -t 4711 -- ip route', bare('ip route', 'netns pid 4711')],
    ['nsenter -nt 4711 ip route', bare('ip route', 'netns pid 4711')],
    ['sudo nsenter --target 4711 --net ip route', bare('ip route', 'netns pid 4711')],
    ['nsenter --target=4711 --mount ip route', bare('ip route')],
    [
      'nsenter --net=/var/run/docker/netns/87cf ip addr show eth0',
      bare('ip addr show eth0', 'netns /var/run/docker/netns/87cf'),
    ],
    ['nsenter -n/var/run/netns/cni-1 ip a', bare('ip a', 'netns /var/run/netns/cni-1')],
    ['kubectl exec web-1 ip route', bare('ip route', 'pod ?/web-1')],
    ['kubectl -n <namespace> describe pod <pod-name>', bare('kubectl -n <namespace> describe pod <pod-name>')],
    ['iptables-restore <rules >errors', bare('iptables-restore')],
    ['kubectl exec -it web-1 -- ip route', bare('ip route', 'pod ?/web-1')],
    ['kubectl -n shop exec -it web-1 -c main -- ip route', bare('ip route', 'pod shop/web-1')],
    ['kubectl exec web-1 -n shop -c main -- ip route', bare('ip route', 'pod shop/web-1')],
    ['kubectl exec --namespace=shop -ti pod/web-1 -- ip route', bare('ip route', 'pod shop/web-1')],
    ['kubectl exec -nshop web-1 -- ping -n 10.0.0.1', bare('ping -n 10.0.0.1', 'pod shop/web-1')],
    ['kubectl exec web-1 -- ping -n 10.0.0.1', bare('ping -n 10.0.0.1', 'pod ?/web-1')],
    ['k3s kubectl exec web-1 -- ip route', bare('ip route', 'pod ?/web-1')],
    ['kubectl exec web-1 -- sh -c "ip route"', bare('ip route', 'pod ?/web-1')],
    ['oc debug node/worker-1 -- chroot /host ip route', bare('ip route', 'host worker-1')],
    ['docker exec -it --user root web ip route', bare('ip route', 'netns docker web')],
    ['docker container exec web ip route', bare('ip route', 'netns docker web')],
    ['crictl -r unix:///run/c.sock exec -it 3f2a ip route', bare('ip route', 'netns crictl 3f2a')],
    ['sudo gravity exec -i brctl showmacs cni0', bare('brctl showmacs cni0')],
    ['gravity exec ip route', bare('ip route')],
    ['ip netns exec blue ip route', bare('ip route', 'netns blue')],
    ['ip netns e blue ip route', bare('ip route', 'netns blue')],
    ['ip -n blue -4 route', bare('ip -4 route', 'netns blue')],
    ['ip -netns blue route', bare('ip route', 'netns blue')],
    ['ip -all netns exec ip route', bare('ip route', 'netns all')],
    ['ip -d -4 route show table all', bare('ip -d -4 route show table all')],
    ['ssh node-1 ip route', bare('ip route', 'host node-1')],
    ["ssh -i key -p 22 core@node-1 'sudo ip route'", bare('ip route', 'host node-1')],
    ['ssh node-1 kubectl exec web -- ip route', bare('ip route', 'host node-1', 'pod ?/web')],
    ['vagrant ssh node1 -c "ip route"', bare('ip route', 'host node1')],
    ['vagrant ssh -c "ip route" node1', bare('ip route', 'host node1')],
    ['vagrant ssh node1 -- ip route', bare('ip route', 'host node1')],
    ['vagrant ssh node1', bare('', 'host node1')],
    ['kubectl node-shell node-1 -- ip route', bare('ip route', 'host node-1')],
    ['kubectl node_shell node-1', bare('', 'host node-1')],
    ['kubectl debug node/node-1 -it --image=busybox -- ip route', bare('ip route', 'host node-1')],
    ['kubectl debug node/node-1 -it --image=busybox', bare('', 'host node-1')],
    ['oc debug node/node-1 -- chroot /host sh -c "ip route"', bare('ip route', 'host node-1')],
    ['oc debug nodes/node-1', bare('', 'host node-1')],
    ['kubectl run tmp --rm -it --image=busybox -- ip route', bare('ip route', 'pod ?/tmp')],
    ['kubectl run -i --tty --rm tmp --image busybox -n lab -- sh -c "ip route"', bare('ip route', 'pod lab/tmp')],
    ['kubectl run -it --rm --image=busybox -- ip route', bare('ip route', 'pod ?/unnamed')],
    ['kubectl run web --image=nginx', bare('kubectl run web --image=nginx')],
    ['kubectl debug -it web --image=busybox --target=app -- ip route', bare('ip route', 'pod ?/web')],
    ['kubectl debug web -it --image=busybox --copy-to=copy -- ip route', bare('ip route', 'pod ?/copy')],
    ['kubectl attach -it tmp', bare('', 'pod ?/tmp')],
    ['docker run --rm -e A=b busybox ip route', bare('ip route', 'netns docker run busybox')],
    ['docker run --rm --name n1 busybox ip route', bare('ip route', 'netns docker n1')],
    ['docker run --entrypoint ip busybox route', bare('ip route', 'netns docker run busybox')],
    ['docker run --net=host busybox ip route', bare('ip route')],
    ['podman run --network host -it busybox', bare('')],
    ['docker run --network=container:web busybox ip route', bare('ip route', 'netns docker web')],
    ['docker run -d nginx', bare('docker run -d nginx')],
    ['ctr run --rm busybox:latest c1 ip route', bare('ip route', 'netns ctr run busybox:latest')],
    ['lxc-attach -n c1 -- ip route', bare('ip route', 'netns lxc c1')],
    ['pct exec 105 -- ip route', bare('ip route', 'netns lxc 105')],
    ['virtctl ssh root@vm/vm1 -n lab -c "ip route"', bare('ip route', 'host vm1')],
    ['kathara exec r1 -- ip route', bare('ip route', 'netns kathara r1')],
    ['lab-tool exec --node r1 -- ip -4 route', bare('ip -4 route', 'netns lab-tool --node r1')],
    ['runc --root /run/lab exec c1 ip route', bare('ip route', 'netns runc c1')],
    ['vzctl exec 101 ip route', bare('ip route', 'netns vzctl 101')],
    ['podman unshare --rootless-netns ip route', bare('ip route', 'netns podman rootless')],
    ['docker run -dit alpine', bare('docker run -dit alpine')],
    ['make run all', bare('make run all')],
    ['git log -- ip route', bare('git log -- ip route')],
    ['lxc exec node-1 -- ip route', bare('ip route', 'host node-1')],
    ['lxc exec --env A=b node-1 -- sudo ip route', bare('ip route', 'host node-1')],
    ['incus shell node-1', bare('', 'host node-1')],
    ['multipass exec node-1 -- ip route', bare('ip route', 'host node-1')],
    ['multipass shell node-1', bare('', 'host node-1')],
    ['limactl shell node-1 sudo ip route', bare('ip route', 'host node-1')],
    ['minikube ssh ip route', bare('ip route', 'host minikube')],
    ['minikube -p lab ssh -n lab-m02 -- ip route', bare('ip route', 'host lab-m02')],
    ['minikube kubectl -- get nodes', bare('kubectl get nodes')],
    ['docker-machine ssh node-1 ip route', bare('ip route', 'host node-1')],
    ['gcloud compute ssh me@node-1 --zone europe-west1-b --command "ip route"', bare('ip route', 'host node-1')],
    ['gcloud compute ssh --zone=a node-1 -- ip route', bare('ip route', 'host node-1')],
    ['gcloud compute ssh node-1', bare('', 'host node-1')],
    ['talosctl -n 10.0.0.2 read /proc/net/route', bare('cat /proc/net/route', 'host 10.0.0.2')],
    ['talosctl dmesg --nodes 10.0.0.2', bare('dmesg', 'host 10.0.0.2')],
    ['talosctl -n 10.0.0.2 get routes', bare('talosctl get routes', 'host 10.0.0.2')],
    ['aws ssm start-session --target i-0123', bare('', 'host i-0123')],
    ['sshpass -p x ssh root@node-1 ip route', bare('ip route', 'host node-1')],
    ['ssh root@$n ip route', bare('ip route', 'hosts $n')],
    ['for n in a b; do ssh $n ip route; done', bare('ip route', 'hosts $n')],
    ['for i in 1 2; do ssh node-$i ip route; done', bare('ip route', 'hosts node-$i')],
    ['pdsh -w node-[1-3] ip route', bare('ip route', 'hosts node-[1-3]')],
    ['pdsh -w node-1 "ip route | sort"', bare('ip route', 'hosts node-1')],
    ['clush -a -b ip route', bare('ip route', 'hosts all')],
    ['pssh -i -H "a b" ip route', bare('ip route', 'hosts a b')],
    ['parallel-ssh -h hosts.txt -i ip route', bare('ip route', 'hosts all')],
    ["ansible all -i hosts -m shell -a 'ip route'", bare('ip route', 'hosts all')],
    ['ansible k8s -b -a "ip route"', bare('ip route', 'hosts k8s')],
    ["salt '*' cmd.run 'ip route'", bare('ip route', 'hosts *')],
    ['crictl exec 3f2a ip route', bare('ip route', 'netns crictl 3f2a')],
    ['docker compose exec node-1 ip route', bare('ip route', 'netns docker node-1')],
    ['ctr -n k8s.io task exec --exec-id x 3f2a ip route', bare('ip route', 'netns ctr 3f2a')],
    ['ip vrf exec mgmt ip route', bare('ip route')],
    ['ip vrf', bare('ip vrf')],
    ['chroot /host ip route', bare('ip route')],
    ['toolbox ip route', bare('ip route')],
    ['toolbox run -c x ip route', bare('ip route')],
    ["su - root -c 'ip route'", bare('ip route')],
    ['sudo su -', bare('su -')],
    ['gravity exec -it ip route', bare('ip route')],
    ['planet enter ip route', bare('ip route')],
    ['sudo planet enter -- --notty /sbin/ip -- route', bare('ip route')],
  ])('%s', (line, expected) => expect(read(line)).toEqual(expected));
});

describe('pipes', () => {
  test.each([
    'ip route | less',
    'ip route | sort',
    'ip route | tee r.txt',
    'ip route |& cat',
    'ip route | sudo tee /x',
    "etcdctl get /x | jq '.'",
    'kubectl get nodes -o json | python3 -m json.tool',
  ])('%s keeps every line', (line) => expect(parseCommandLine(line)?.filters).toEqual([]));
  test.each([
    ['ip route | grep flannel.1', ['grep flannel.1']],
    ['ip route | head -3 | tee x', ['head -3']],
    ["ip route | awk '{print $1}'", ['awk {print $1}']],
    ['ip route | tail -n +2', ['tail -n +2']],
    ['ip route | sort -u', ['sort -u']],
    ['ip route | sudo grep x', ['sudo grep x']],
    ["jq . f | jq '.items[0]'", ['jq .items[0]']],
    ["bash -c 'ip route | grep x' | grep y", ['grep x', 'grep y']],
    ["ssh n 'ip route | grep x'", ['grep x']],
    ['kubectl exec p -- sh -c "ip route | grep x"', ['grep x']],
    ['ip route | grep "a | b; c"', ['grep a | b; c']],
  ])('%s cuts', (line, filters) => expect(parseCommandLine(line)?.filters).toEqual(filters));
});

describe('redirections', () => {
  test.each([
    ['ip route > r.txt', true],
    ['ip route >> r.txt', true],
    ['ip route &> r.txt', true],
    ['ip route 1> r.txt', true],
    ['sudo tee /etc/sysctl.d/k8s.conf <<EOF', true],
    ['cat <<-EOF > x', true],
    ['ip route 2>&1', false],
    ['ip route 2>/dev/null', false],
    ['ip route 2> errors.txt', false],
    ['ip route 2>&1 | less', false],
    ['iptables-restore < rules', false],
    ['cat <<< text', false],
  ])('%s', (line, redirected) => {
    expect(parseCommandLine(line)?.redirected).toBe(redirected);
    expect(parseCommandLine(line)?.filters).toEqual([]);
  });
});

describe('several commands', () => {
  test.each([
    ['cd /tmp && ip route', 'ip route', []],
    ['export X=1; ip route', 'ip route', []],
    ['X=1; ip route', 'ip route', []],
    ['hostname; ip route', 'hostname', ['ip route']],
    ['ip addr && ip route || true', 'ip addr', ['ip route']],
    ['tcpdump -i cni0 &', 'tcpdump -i cni0', []],
    ['cd /tmp', 'cd /tmp', []],
  ])('%s', (line, argv, others) => {
    const found = parseCommandLine(line);
    expect(found?.argv.join(' ')).toBe(argv);
    expect(found?.others.map((o) => o.argv.join(' '))).toEqual(others);
  });

  test('a loop over namespaces runs in none that has a name, and not on the host', () =>
    expect(read('for ns in $(ip netns list); do ip netns exec $ns ip route; done')).toEqual(
      bare('ip route', 'netns $ns'),
    ));
});

describe('words', () => {
  test.each([
    ['nsenter -t `pgrep -f "x y"` -n ip a', bare('ip a', 'netns pid `pgrep -f "x y"`')],
    ['nsenter -t $(pgrep (a)) -n ip a', bare('ip a', 'netns pid $(pgrep (a))')],
    ['ip route # show | grep x', bare('ip route')],
    ['echo a#b', bare('echo a#b')],
    ["docker ps --format='table {{.Names}}'", bare('docker ps --format=table {{.Names}}')],
    ['echo "a\\"b" \\| c', bare('echo a"b | c')],
    ["echo 'unclosed | x", bare('echo unclosed | x')],
  ])('%s', (line, expected) => expect(read(line)).toEqual(expected));

  test('nothing typed is no command', () => {
    expect(parseCommandLine('')).toBeUndefined();
    expect(parseCommandLine('  # only a comment')).toBeUndefined();
  });

  test('a line that never ends costs no more than its beginning', () => {
    for (const bomb of [
      '$('.repeat(1e5),
      '`'.repeat(1e5),
      'sudo '.repeat(1e5),
      "bash -c '".repeat(1e4),
      ';'.repeat(1e5),
    ]) {
      expect(() => parseCommandLine(bomb)).not.toThrow();
    }
  });
});
