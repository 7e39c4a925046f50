/**
 * The judge of the packet walk: real clusters, real probes, and `reach` compared with them. See judge/README.md.
 */
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ALL_CASES, fits } from './judge/case.mjs';
import { randomTrials } from './judge/random.mjs';
import { replay } from './judge/replay.mjs';
import { judged, MACHINE_TOPOLOGIES, TOPOLOGIES } from './judge/topologies.mjs';
import { runGroup } from './judge/trial.mjs';
import { assertNeeds } from './needs.mjs';
import { IN_MACHINE } from './slow.mjs';
import { runInMachine } from './vm/run.mjs';

const USAGE = `npm run judge -- --into DIR [--on TOPOLOGY]… [NAME…]    cases, by id, topology or category; all without a name
npm run judge -- --into DIR --random N [--seed N]       1-3 cases together, drawn by the seed
npm run judge -- --replay DIR [--every N] [--all]       compare again what lies in DIR
npm run judge -- --vm --into DIR …                      in a virtual machine
npm run judge -- --list
See lab/judge/README.md.`;

function argumentsOf(options) {
  try {
    return parseArgs({ allowPositionals: true, options });
  } catch (error) {
    console.error(`${error.message}\n\n${USAGE}`);
    return process.exit(2);
  }
}

const { values, positionals: names } = argumentsOf({
  into: { type: 'string' },
  on: { type: 'string', multiple: true, default: [] },
  random: { type: 'string' },
  seed: { type: 'string', default: '1' },
  replay: { type: 'string' },
  lib: { type: 'string', default: new URL('../dist/lib/src/index.js', import.meta.url).pathname },
  all: { type: 'boolean', default: false },
  every: { type: 'string', default: '1' },
  list: { type: 'boolean', default: false },
  vm: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const first = (list) => list[0];
const trialOf = (topology, one) => ({ name: `${topology.name}+${one.id}`, topology, cases: [one], pick: first });

/** Of the topologies that fit, always the same one for a case, and all of them for many cases. */
const oneOf = (list, id) =>
  list.slice(createHash('sha1').update(id).digest().readUInt32BE(0) % list.length).slice(0, 1);

/** In the virtual machine the clusters that this kernel cannot make; others there by `--on`. */
const isThere = values.vm || IN_MACHINE;
const POOL = isThere ? MACHINE_TOPOLOGIES : TOPOLOGIES;
const NAMED = isThere ? [...MACHINE_TOPOLOGIES, ...TOPOLOGIES] : TOPOLOGIES;

/** Every case where it belongs: on its own topology, on those that --on names, or on one that fits; `healthy` on all. */
function plainTrials() {
  return ALL_CASES.flatMap((one) => {
    if (one.topology) return [trialOf(judged(one.topology), one)];
    if (values.on.length > 0)
      return NAMED.filter((t) => values.on.includes(t.name) && fits(one, t)).map((t) => trialOf(t, one));
    const fitting = POOL.filter((t) => fits(one, t));
    if (fitting.length === 0) return [];
    const chosen = one.id === 'healthy' ? fitting : oneOf(fitting, one.id);
    return chosen.map((t) => trialOf(t, one));
  });
}

/** Of several trials, those of one topology are made on one cluster; a topology is its object, for cases bring variants of one name. */
async function make(trials) {
  const report = (line) => console.log(JSON.stringify(line));
  for (const topology of new Set(trials.map((t) => t.topology))) {
    const group = trials.filter((t) => t.topology === topology);
    const own = group.filter((t) => t.cases.some((c) => c.brokenFromStart));
    for (const trial of own) await runGroup([trial], values.into, report);
    await runGroup(
      group.filter((t) => !own.includes(t)),
      values.into,
      report,
    );
  }
}

/** Categories that no other kernel is asked; all others are made in the virtual machine by name. */
const ONLY_THERE = new Set(['ip-tunnel', 'wireguard', 'ipvs']);

const isWanted = ({ name, topology, cases }) =>
  names.length === 0
    ? !isThere || values.on.length > 0 || cases.every((c) => c.id === 'healthy' || ONLY_THERE.has(c.category))
    : names.some((n) => n === name || n === topology.name || cases.some((c) => c.id === n || c.category === n));

if (values.replay !== undefined) {
  const { text, ok } = await replay(values.replay, {
    lib: values.lib,
    names,
    all: values.all,
    every: Number(values.every),
  });
  console.log(text);
  process.exitCode = ok ? 0 : 1;
} else if (values.list) for (const { name, cases } of plainTrials()) console.log(`${name}  ${cases[0].story}`);
else if (values.vm) {
  if (values.into === undefined) throw new Error('usage: judge.mjs --vm --into DIR [NAME…]');
  const words = process.argv.slice(2).filter((w) => w !== '--vm');
  try {
    process.exitCode = await runInMachine(words, values.into);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
} else {
  if (values.into === undefined) throw new Error('usage: judge.mjs --into DIR [NAME…] | --replay DIR [NAME…] | --list');
  assertNeeds(['sos']);
  // One of the draws, made again by the name that it had.
  const drawn = names.filter((n) => n.includes('+random-'));
  const cases = names.filter((n) => !drawn.includes(n));
  const trials = values.random
    ? randomTrials(
        Number(values.random),
        Number(values.seed),
        values.on.length > 0 ? NAMED.filter((t) => values.on.includes(t.name)) : POOL,
        (one) => cases.length === 0 || cases.some((n) => n === one.id || n === one.category),
      ).filter((t) => drawn.length === 0 || drawn.includes(t.name))
    : plainTrials().filter(isWanted);
  if (trials.length === 0) throw new Error(`no such case: ${names.join(', ')}`);
  await make(trials);
  process.exit(0);
}
