import type { Report } from '../engine/report.js';
import { asksCluster, inWords, uncheckedOf } from './missing.js';
import { type FormatOptions, listed, plural } from './options.js';
import { headline } from './text/index.js';
import { pen } from './text/pen.js';

/** A command that would settle open questions. */
export interface Need {
  /** Where to run it; null: of what asks the cluster once, wherever that works; of all else on every node, none of which is known. */
  readonly node: string | null;
  /** Read-only. */
  readonly command: string;
  /** What it supplies, and why that is not known yet. */
  readonly inputs: readonly string[];
  /** Rules that wait for it. */
  readonly rules: readonly string[];
}

/** An open question that no command on a node settles. */
export interface Unsettled {
  readonly input: string;
  readonly why: string;
  readonly nodes: readonly string[];
  readonly rules: readonly string[];
}

export interface Needs {
  readonly needs: readonly Need[];
  readonly unsettled: readonly Unsettled[];
}

const UNION = (a: readonly string[], b: readonly string[]): readonly string[] => [...new Set([...a, ...b])].sort();

/** What would have to be captured where, so that every rule that applies could look. */
export function needsOf(report: Report): Needs {
  const needs = new Map<string, Need>();
  const unsettled: Unsettled[] = [];
  for (const u of uncheckedOf(report)) {
    const why = `${u.input}: ${inWords(u.reason)}${u.detail === undefined ? '' : ` (${u.detail})`}`;
    if (u.command === undefined || u.reason === 'not-comparable') {
      unsettled.push({ input: u.input, why, nodes: u.nodes, rules: u.rules });
      continue;
    }
    for (const node of u.nodes.length > 0 && !asksCluster(u.command) ? u.nodes : [null]) {
      const key = `${node ?? ''}\u0000${u.command}`;
      const held = needs.get(key) ?? { node, command: u.command, inputs: [], rules: [] };
      needs.set(key, { ...held, inputs: UNION(held.inputs, [why]), rules: UNION(held.rules, u.rules) });
    }
  }
  return { needs: [...needs.values()], unsettled };
}

/** Nodes that need the same commands, together. */
function groups(
  needs: readonly Need[],
): readonly { readonly nodes: readonly string[]; readonly needs: readonly Need[] }[] {
  const byNode = new Map<string, Need[]>();
  for (const need of needs) {
    if (need.node === null) continue;
    const held = byNode.get(need.node);
    if (held) held.push(need);
    else byNode.set(need.node, [need]);
  }
  const byCommands = new Map<string, { nodes: string[]; needs: readonly Need[] }>();
  for (const [node, mine] of byNode) {
    const key = mine
      .map((n) => n.command)
      .sort()
      .join('\n');
    const held = byCommands.get(key);
    if (held) held.nodes.push(node);
    else byCommands.set(key, { nodes: [node], needs: mine });
  }
  return [...byCommands.values()];
}

/** The commands to run, node by node, each with what it settles. */
export function needsText(report: Report, options: FormatOptions = {}): string {
  const out = pen(options);
  const { needs, unsettled } = needsOf(report);
  out.prose(0, headline(report));
  out.line();
  const write = (rows: readonly Need[]): void => {
    const width = Math.min(46, Math.max(...rows.map((r) => r.command.length)));
    for (const r of rows) {
      const settles = `settles ${listed(r.rules, 1)}`;
      if (r.command.length > width || width + settles.length + 4 > out.width) {
        out.line('  ', r.command);
        out.line('    ', [settles, 'dim']);
      } else out.line('  ', r.command.padEnd(width), '  ', [settles, 'dim']);
    }
    out.line();
  };
  for (const { nodes, needs: rows } of groups(needs)) {
    out.prose(0, `On ${nodes.length > 1 ? 'each of ' : ''}${listed(nodes, 6)}:`);
    write(rows);
  }
  const nowhere = needs.filter((n) => n.node === null);
  for (const [heading, rows] of [
    ['On every node:', nowhere.filter((n) => !asksCluster(n.command))],
    ['Once, where kubectl works:', nowhere.filter((n) => asksCluster(n.command))],
  ] as const) {
    if (rows.length === 0) continue;
    out.line(heading);
    write(rows);
  }
  if (unsettled.length > 0) {
    out.line('Not settled by a command on a node:');
    for (const u of unsettled)
      out.prose(2, `${u.why}${u.nodes.length > 0 ? ` on ${listed(u.nodes, 3)}` : ''}; for ${listed(u.rules, 1)}`);
    out.line();
  }
  const count = needs.length + unsettled.length;
  if (count === 0)
    out.line(
      report.summary.captures === 0
        ? 'Nothing was captured: run `dumplint collect > collect.sh`, and that on every node as root.'
        : 'Nothing is missing: every rule that applies could look.',
    );
  else
    out.prose(
      0,
      `${plural(needs.length, 'command')} for ${plural(new Set(needs.flatMap((n) => n.rules)).size, 'rule')}. To capture everything at once: dumplint collect > collect.sh, and run that on every node as root.`,
    );
  return out.done();
}
