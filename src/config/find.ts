import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { inputHolding } from './inside.js';

/** Names in the order of precedence. No JavaScript: a file that is found by itself must not run. */
const NAMES = [
  '.dumplintrc',
  '.dumplintrc.json',
  '.dumplintrc.yaml',
  '.dumplintrc.yml',
  'dumplint.config.json',
  'dumplint.config.yaml',
  'dumplint.config.yml',
  'package.json',
] as const;

export interface Found {
  readonly file?: string;
  /** Configuration files that were seen and not used, as sentences. */
  readonly notes: readonly string[];
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Only a package.json with a `dumplint` key is a configuration. Read here, so that the many others cost no library. */
function isConfiguration(file: string): boolean {
  if (!file.endsWith('package.json')) return true;
  try {
    const text = readFileSync(file, 'utf8');
    if (!text.includes('"dumplint"')) return false;
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null && Object.hasOwn(json, 'dumplint');
  } catch {
    return false;
  }
}

/** In a folder that everybody may write to (`/tmp`) only one's own file counts: another user's could name modules to run. */
function isForeign(folder: string, file: string): boolean {
  const me = process.getuid?.();
  if (me === undefined || (statSync(folder).mode & 0o002) === 0) return false;
  return statSync(file).uid !== me;
}

/** Looks from `cwd` upwards by listing folders. A file at or below an input is part of what is judged and not used. */
export function findConfiguration(cwd: string, inputs: readonly string[]): Found {
  const notes: string[] = [];
  for (let folder = cwd; ; folder = dirname(folder)) {
    const names = list(folder);
    const here = NAMES.filter((n) => names.includes(n))
      .map((n) => join(folder, n))
      .filter(isConfiguration);
    const usable = here.filter((file) => {
      const input = inputHolding(file, inputs, cwd);
      if (input !== undefined)
        notes.push(
          `configuration ${file} is not used because it lies in the input ${input}; name it with --config if you trust it`,
        );
      if (input !== undefined) return false;
      const foreign = isForeign(folder, file);
      if (foreign)
        notes.push(
          `configuration ${file} is not used because another user put it into a folder that everybody may write to`,
        );
      return !foreign;
    });
    const [file, ...others] = usable;
    for (const other of others) notes.push(`configuration ${other} is not used because ${file} lies beside it`);
    if (file !== undefined || dirname(folder) === folder) return { ...(file !== undefined && { file }), notes };
  }
}
