/**
 * The start of the command line with what a lint loads, as one script (see tools/prepare.mjs): the build keeps V8's compiled code of it
 * beside it, because compiling is the larger part of a small lint. Other commands load as ever.
 */
import Lint from './commands/lint.js';
import Triage from './commands/triage.js';
import { start } from './start.js';

export const run = (): Promise<void> => start({ lint: Lint, triage: Triage });
