import type { Style } from './style.js';
import { dressed } from './styles-dressed.js';
import { many } from './styles-many.js';
import { markup } from './styles-markup.js';
import { prose } from './styles-prose.js';
import { terminals } from './styles-terminal.js';

/** Every style, each with what it loses. */
export const styles: readonly Style[] = [...terminals, ...markup, ...dressed, ...prose, ...many];
