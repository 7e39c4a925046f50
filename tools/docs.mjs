/**
 * `npm run docs`: writes what is generated from the rules and types: docs/rules/, schema/, and the output block of the README.
 * `--check` writes nothing and fails when a file is not what it would write.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { effectsOf, needsOf, optionsOf } from '../dist/lib/src/cli/explain.js';
import { configJsonSchema } from '../dist/lib/src/config/schema.js';
import { lint, rules } from '../dist/lib/src/index.js';
import { reachJsonSchema, traceJsonSchema } from '../dist/lib/src/report/path/schema.js';
import {
  coverageJsonSchema,
  modelJsonSchema,
  needsJsonSchema,
  reportJsonSchema,
} from '../dist/lib/src/report/schema.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const toRule = (from, id) => `[${id}](${'../'.repeat(from.split('/').length - 1)}${id}.md)`;
const plain = (text) => text.replace(/[<>|*]/g, '\\$&');

/** What the rule says of a sample that it fires on: the words a user will see. */
async function example(rule) {
  const folder = join(root, 'samples/rules', rule.id);
  if (!existsSync(folder)) return [];
  const sample = readdirSync(folder)
    .sort()
    .find((f) => f.startsWith('fires-') && !f.endsWith('.json'));
  if (sample === undefined) return [];
  const path = join(folder, sample);
  const { findings } = await lint([path], { rules: [rule] });
  const [finding] = findings;
  if (!finding) return [];
  const proof = finding.evidence.map((e) => `${e.file.slice(folder.length + 1)}:${e.line}  ${e.text.trim()}`);
  return [
    '## Example',
    '',
    `From \`samples/rules/${rule.id}/${sample}\`:`,
    '',
    `> ${plain(finding.message)}`,
    '',
    '```text',
    ...proof,
    '```',
    '',
  ];
}

async function page(rule) {
  const out = [
    `# ${rule.id}`,
    '',
    `**${plain(rule.title)}.** Severity ${rule.severity}, since ${rule.since}.`,
    '',
    '## Why',
    '',
    plain(rule.why),
    '',
    '## Repair',
    '',
    plain(rule.fix),
    '',
  ];
  out.push(...(await example(rule)), '## Needs', '', ...needsOf(rule).map((n) => `- ${n}`), '');
  if (rule.technology !== undefined) out.push(`Applies only where the input shows ${rule.technology}.`, '');
  const options = await optionsOf(rule);
  if (options.length > 0) {
    out.push('## Options', '', '| option | type | default | |', '|---|---|---|---|');
    for (const o of options) out.push(`| \`${o.name}\` | ${plain(o.type)} | \`${o.default}\` | ${plain(o.says)} |`);
    out.push('');
  }
  const known = new Set(rules.map((r) => r.id));
  const list = (title, ids) => {
    if (ids.length > 0)
      out.push(`## ${title}`, '', ...ids.map((id) => `- ${known.has(id) ? toRule(rule.id, id) : `\`${id}\``}`), '');
  };
  list('Can be caused by', rule.causedBy ?? []);
  list('Can cause', effectsOf(rule, rules));
  list('See also', rule.seeAlso ?? []);
  return out.join('\n');
}

function index() {
  const rows = rules.map((r) => `| [${r.id}](${r.id}.md) | ${r.severity} | ${plain(r.title)} |`);
  return [
    '# Rules',
    '',
    'Generated from the rules by `npm run docs`.',
    '',
    '| rule | severity | what it finds |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

/** The README's output blocks hold what its commands print. */
function readme() {
  const text = readFileSync(join(root, 'README.md'), 'utf8');
  return text.replace(
    /(<!-- output of: (.*?) -->\n```(\w+)\n)[\s\S]*?(\n```\n<!-- end -->)/g,
    (_, before, command, _language, after) => {
      const args = command.replace(/^npx dumplint /, '').split(' ');
      const { stdout, status } = spawnSync(process.execPath, [join(root, 'dist/bin/bin.js'), ...args, '--no-color'], {
        cwd: root,
        encoding: 'utf8',
      });
      if (status !== 0 && status !== 1) throw new Error(`${command} ends with ${status}`);
      return before + stdout.trimEnd() + after;
    },
  );
}

const json = (value) => `${JSON.stringify(value, null, 2)}\n`;
const files = new Map([
  ['schema/report-1.json', json(reportJsonSchema())],
  ['schema/trace-1.json', json(traceJsonSchema())],
  ['schema/reach-1.json', json(reachJsonSchema())],
  ['schema/coverage-1.json', json(coverageJsonSchema())],
  ['schema/needs-1.json', json(needsJsonSchema())],
  ['schema/model-1.json', json(modelJsonSchema())],
  ['schema/config-1.json', json(configJsonSchema(rules))],
  ['docs/rules/README.md', index()],
]);
for (const rule of rules) files.set(`docs/rules/${rule.id}.md`, await page(rule));
if (existsSync(join(root, 'README.md'))) files.set('README.md', readme());

const present = existsSync(join(root, 'docs/rules'))
  ? readdirSync(join(root, 'docs/rules'), { recursive: true }).filter((f) => f.endsWith('.md'))
  : [];
const orphans = present.map((f) => `docs/rules/${f}`).filter((f) => !files.has(f));
const stale = [...files]
  .filter(([file, text]) => !existsSync(join(root, file)) || readFileSync(join(root, file), 'utf8') !== text)
  .map(([file]) => file);
if (process.argv.includes('--check')) {
  const wrong = [...stale, ...orphans];
  if (wrong.length > 0) {
    console.error(`not up to date, run \`npm run build && npm run docs\`: ${wrong.join(', ')}`);
    process.exitCode = 1;
  }
} else {
  for (const file of orphans) rmSync(join(root, file));
  for (const [file, text] of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  console.log(stale.length + orphans.length === 0 ? 'all up to date' : `wrote ${[...stale, ...orphans].join(', ')}`);
}
