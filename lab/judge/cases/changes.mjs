import { podNs } from '../../topologies.mjs';
import { putBack, remember } from './memory.mjs';

/**
 * Changes to a cluster by the real tools, each with its way back. `undo` takes all back, the last first; changes of several
 * cases must be taken back in the reverse order in which they were made.
 * @typedef {import('../../cluster.mjs').Cluster} Cluster
 * @typedef {(() => Promise<void>) & { commands: readonly string[] }} Undo
 * @typedef {ReturnType<typeof changesOf>} Changes
 */

export const namespacesOf = ({ topology }) => [
  ...(topology.outside ? ['outside'] : []),
  'lan',
  ...topology.nodes.flatMap((n) => [n.name, ...n.pods.map(podNs)]),
];

/** What the kernel learned: a neighbour's MAC, a route's MTU, a peer's window; where packets are forwarded also connections and ports. */
const FORGET = 'printf "neigh flush all\\nroute flush cache\\ntcp_metrics flush all\\n" | ip -force -batch - ';
const FORGET_MORE = `${FORGET}; conntrack -F; for b in /sys/class/net/*/brif; do [ -d "$b" ] && b=\${b%/brif} && bridge fdb flush dev \${b##*/} dynamic; done`;

/**
 * Makes every namespace forget what it learned, so that what follows depends on what is configured, and nothing on what was.
 * @param {Cluster} cluster
 */
export async function forget(cluster) {
  const forwards = new Set(['lan', ...cluster.topology.nodes.map((n) => n.name)]);
  const script = (ns) => (forwards.has(ns) ? FORGET_MORE : FORGET);
  await Promise.all(
    namespacesOf(cluster).map((ns) => cluster.lab.start(ns, ['sh', '-c', `(${script(ns)}) >/dev/null 2>&1`])),
  );
}

/** `-I CHAIN 3 …` is taken back by `-D CHAIN …`. */
const inverse = (words) => {
  const at = words.findIndex((w) => w === '-I' || w === '-A');
  if (at < 0) throw new Error(`no way back from iptables ${words.join(' ')}`);
  const rest = words.slice(at + 2);
  return [...words.slice(0, at), '-D', words[at + 1], ...(/^\d+$/.test(rest[0] ?? '') ? rest.slice(1) : rest)];
};

/** Words of a command line; double quotes keep what is between them together. */
const split = (line) => (line.match(/"[^"]*"|\S+/g) ?? []).map((w) => w.replaceAll('"', ''));

/** @param {Cluster} cluster */
export function changesOf(cluster) {
  const { lab, topology } = cluster;
  const backs = [];
  const commands = [];
  const remembered = new Set();
  const said = (ns, line) => void commands.push(`${ns}: ${line}`);

  function keep(ns) {
    if (remembered.has(ns)) return;
    remembered.add(ns);
    const before = remember(lab, ns);
    backs.push(() => putBack(lab, ns, before));
  }

  return {
    /** Commands of `ip` and `bridge`, without the program for `ip`; whatever they configure is found again and put back. */
    ip(ns, ...lines) {
      keep(ns);
      for (const line of lines) {
        said(ns, `ip ${line}`);
        lab.ip(ns, split(line));
      }
    },
    bridge(ns, ...lines) {
      keep(ns);
      for (const line of lines) {
        said(ns, `bridge ${line}`);
        lab.exec(ns, ['bridge', ...split(line)]);
      }
    },
    /** Settings by their path, as `net/ipv4/conf/cni0/forwarding`: names of devices have dots. */
    sysctl(ns, settings) {
      keep(ns);
      for (const [key, value] of Object.entries(settings)) {
        said(ns, `sysctl -w ${key}=${value}`);
        lab.exec(ns, ['sysctl', '-qw', `${key}=${value}`]);
      }
    },
    /** One rule, with `-I` or `-A`, into the tables that the cluster uses, or the others. */
    rule(ns, line, backend = topology.iptables) {
      const words = split(line);
      const program = `iptables-${backend}`;
      said(ns, `${program} ${line}`);
      lab.exec(ns, [program, ...words]);
      backs.push(() => void lab.exec(ns, [program, ...inverse(words)]));
    },
    /** A chain of its own, with its rules in their order. */
    chain(ns, table, name, rules, backend = topology.iptables) {
      const program = `iptables-${backend}`;
      const run = (...words) => lab.exec(ns, [program, '-t', table, ...words]);
      said(ns, `${program} -t ${table} -N ${name}`);
      run('-N', name);
      backs.push(() => {
        run('-F', name);
        run('-X', name);
      });
      for (const rule of rules) {
        said(ns, `${program} -t ${table} -A ${name} ${rule}`);
        run('-A', name, ...split(rule));
      }
    },
    policy(ns, chain, policy, backend = topology.iptables) {
      const program = `iptables-${backend}`;
      const { stdout } = lab.exec(ns, [program, '-S', chain]);
      const before = new RegExp(`^-P ${chain} (\\S+)`, 'm').exec(stdout)?.[1] ?? 'ACCEPT';
      said(ns, `${program} -P ${chain} ${policy}`);
      lab.exec(ns, [program, '-P', chain, policy]);
      backs.push(() => void lab.exec(ns, [program, '-P', chain, before]));
    },
    /**
     * A whole table, edited as text: lines of `iptables-save` in, lines for `iptables-restore` out.
     * @param {string} ns @param {string} table @param {(lines: string[]) => string[]} edit
     */
    table(ns, table, edit, backend = topology.iptables) {
      const read = () => lab.exec(ns, [`iptables-${backend}-save`, '-t', table]).stdout;
      const write = (text) => lab.exec(ns, [`iptables-${backend}-restore`, '-T', table], { input: text });
      const before = read();
      const lines = before.split('\n');
      const after = edit(lines);
      if (after.join('\n') === before) throw new Error(`nothing to edit in ${table} of ${ns}`);
      for (const line of lines.filter((l) => !after.includes(l))) said(ns, `iptables -t ${table}: without ${line}`);
      for (const line of after.filter((l) => !lines.includes(l))) said(ns, `iptables -t ${table}: with ${line}`);
      write(after.join('\n'));
      backs.push(() => void write(before));
    },
    /** Native tables; `names` as `inet judge`. */
    nft(ns, names, text) {
      for (const line of text
        .split('\n')
        .map((l) => l.trim())
        .filter((l) => l !== ''))
        said(ns, `nft: ${line}`);
      lab.exec(ns, ['nft', '-f', '-'], { input: text });
      backs.push(() => {
        for (const name of names) lab.exec(ns, ['nft', 'delete', 'table', ...name.split(' ')]);
      });
    },
    /** Commands of `nft` upon a table that is there; the table is put back as it was listed. */
    nftTable(ns, table, ...lines) {
      const before = lab.exec(ns, ['nft', 'list', 'table', ...table.split(' ')]).stdout;
      for (const line of lines) said(ns, `nft ${line}`);
      lab.exec(ns, ['nft', '-f', '-'], { input: `${lines.join('\n')}\n` });
      backs.push(() => void lab.exec(ns, ['nft', '-f', '-'], { input: `delete table ${table}\n${before}` }));
    },
    ipset(ns, name, type, members) {
      said(ns, `ipset create ${name} ${type}: ${members.join(' ')}`);
      lab.exec(ns, ['ipset', 'create', name, ...type.split(' ')]);
      for (const member of members) lab.exec(ns, ['ipset', 'add', name, ...member.split(' ')]);
      backs.push(() => void lab.exec(ns, ['ipset', 'destroy', name]));
    },
    ipsetDelete(ns, name, member) {
      said(ns, `ipset del ${name} ${member}`);
      lab.exec(ns, ['ipset', 'del', name, member]);
      backs.push(() => void lab.exec(ns, ['ipset', 'add', name, member]));
    },
    /** Into a list of `-m recent`, which goes with the last rule that names it. */
    listed(ns, list, address) {
      said(ns, `echo +${address} >/proc/net/xt_recent/${list}`);
      lab.exec(ns, ['tee', `/proc/net/xt_recent/${list}`], { input: `+${address}\n` });
    },
    /** A namespace of the case's own; it goes with all that is in it, so it goes first. */
    namespace(name) {
      lab.add(name);
      backs.push(() => lab.remove(name));
    },
    /** Anything else. */
    back(way) {
      backs.push(way);
    },
    said,
    /** @returns {Undo} */
    get undo() {
      return Object.assign(
        async () => {
          for (const back of backs.splice(0).reverse()) await back();
          await forget(cluster);
        },
        { commands },
      );
    },
  };
}
