import type { Text } from '../../kit/index.js';
import { curling } from './curling.js';
import { dind } from './dind.js';
import { firstLine } from './first-line.js';
import { frr } from './frr.js';
import { interfaces } from './interfaces.js';
import { quoted } from './quoted.js';
import { run } from './run.js';
import type { Section, Sectioning } from './section.js';
import { stars } from './stars.js';
import { supportconfig } from './supportconfig.js';

/** Every way in which a collector puts several outputs into one file. Adding one is its file and one line here. */
const sectionings: readonly Sectioning[] = [
  curling,
  dind,
  firstLine,
  frr,
  interfaces,
  quoted,
  run,
  stars,
  supportconfig,
];

/** The sections of a file that a collector made of several outputs; undefined for all other files. */
export function sectionsOf(text: Text, head: readonly string[], inner: string): readonly Section[] | undefined {
  for (const sectioning of sectionings) {
    if (!sectioning.detect(head, inner)) continue;
    const sections = sectioning.split(text, inner);
    if (sections.length > 0) return sections;
  }
  return undefined;
}

export type { Section } from './section.js';
