import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { rules } from '../rules/index.js';
import type { Finding } from '../src/engine/report.js';
import { lint } from '../src/index.js';

/**
 * Walks samples/rules/<area>/<name>/. A sample is a file (a pasted transcript) or a folder (a bundle):
 *   fires-*    the rule finds what NAME.json lists, and nothing else
 *   quiet-*    the rule was able to look and finds nothing (healthy-cluster traps are called quiet-tNN-*)
 *   unknown-*  the rule says that it could not look, and finds nothing
 * NAME.json beside a fires-* sample: [{ nodes, subject, severity, confidence?, line: "text of the first evidence line" }].
 */
const root = join(import.meta.dirname, '..', 'samples', 'rules');

interface Expected {
  readonly nodes: readonly string[];
  readonly subject: string;
  readonly severity: string;
  readonly confidence?: string;
  readonly line: string;
}

const brief = (f: Finding): Expected => ({
  nodes: f.nodes,
  subject: f.subject,
  severity: f.severity,
  confidence: f.confidence,
  line: f.evidence[0].text.trim(),
});

describe.each(rules.map((r) => [r.id, r] as const))('%s', (id, rule) => {
  const folder = join(root, id);
  const samples = existsSync(folder)
    ? readdirSync(folder)
        .filter((f) => !f.endsWith('.json'))
        .sort()
    : [];

  test('has samples that fire, stay quiet and cannot know', () => {
    for (const kind of ['fires-', 'quiet-', 'unknown-'])
      expect(samples.filter((s) => s.startsWith(kind))).not.toHaveLength(0);
  });

  test.each(samples)('%s', async (sample) => {
    const report = await lint([join(folder, sample)], { rules: [rule] });
    const [outcome] = report.rules;
    expect(outcome?.error).toBeUndefined();
    const found = report.findings.map(brief);
    if (sample.startsWith('fires-')) {
      const expected = JSON.parse(
        readFileSync(join(folder, `${sample.replace(/\.(md|txt)$/, '')}.json`), 'utf8'),
      ) as Expected[];
      expect(
        found.map((f, i) => ({ ...f, ...(expected[i]?.confidence === undefined && { confidence: undefined }) })),
      ).toEqual(expected.map((e) => ({ confidence: undefined, ...e })));
      for (const f of report.findings) expect(f.evidence.every((e) => e.text !== '')).toBe(true);
    } else {
      expect(found).toEqual([]);
      if (sample.startsWith('quiet-')) expect(outcome?.outcome).toBe('clean');
      else expect(outcome?.missing).not.toHaveLength(0);
    }
  });
});
