/** Inside of the guest: the judge with the words that came along. */
import { readFileSync } from 'node:fs';

const words = JSON.parse(readFileSync(new URL('../../words.json', import.meta.url), 'utf8'));
const at = words.indexOf('--into');
process.argv.push(...words.toSpliced(at, 2), '--into', '/out');
await import('../judge.mjs');
