import * as Flags from '@oclif/core/flags';
import type { Severity } from '../engine/types.js';

const LEVELS: readonly Severity[] = ['error', 'warning', 'info'];

/** Flags of every command that looks for a configuration. */
export const configFlags = {
  config: Flags.string({ char: 'c', helpValue: 'FILE', summary: 'Use this configuration file, wherever it lies.' }),
  'no-config': Flags.boolean({ summary: 'Use no configuration file.', exclusive: ['config'] }),
};

export const colorFlags = {
  color: Flags.boolean({
    allowNo: true,
    summary: 'Colour the output, or not; default: on a terminal, unless NO_COLOR is set.',
  }),
};

/** Flags of the commands that judge a bundle. */
export const lintFlags = {
  format: Flags.string({
    char: 'f',
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'FMT[=FILE]',
    summary: 'How to write the report, and where to: text, json, markdown. May be repeated.',
  }),
  level: Flags.option({ options: LEVELS, summary: 'Show findings of this severity and above; default: info.' })(),
  'fail-on': Flags.option({
    options: [...LEVELS, 'never'] as const,
    summary: 'Exit 1 when there are findings of this severity or above; default: error.',
  })(),
  rule: Flags.string({
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'RULE',
    summary: 'Run this rule only. May be repeated.',
  }),
  'allow-empty': Flags.boolean({ summary: 'An input in which nothing is recognised is no failure.' }),
  'print-config': Flags.boolean({ summary: 'Print the configuration in effect as JSON, and stop.' }),
  ...configFlags,
  ...colorFlags,
};

/** Flags of the commands that walk packets. */
export const walkFlags = {
  format: Flags.string({
    char: 'f',
    multiple: true,
    multipleNonGreedy: true,
    helpValue: 'FMT[=FILE]',
    summary: 'How to write the answer, and where to: text, json. May be repeated.',
  }),
  json: Flags.boolean({ summary: 'As -f json.', exclusive: ['format'] }),
  ascii: Flags.boolean({
    summary: 'Draw with ASCII only; default: on a terminal whose locale is not UTF-8.',
  }),
  'fail-on': Flags.option({
    options: ['partly', 'dropped', 'never'] as const,
    summary: 'Exit 1 when packets are lost on some way, or on all; default: partly.',
  })(),
  ...configFlags,
  ...colorFlags,
};
